"""dbt on the warehouse, one writing run at a time.

A build makes each table beside the old one and swaps them; two builds at once would swap each
other's. dbt closes its connections after every model and cannot hold a lock over a run, so
whoever starts it does: `python -m warehouse dbt ...`, and the DAG's producer.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg

from warehouse.location import connect, url
from warehouse.locks import lock_dbt

PROJECT = Path(__file__).resolve().parents[1] / "dbt_project"
READ_ONLY = frozenset({"clean", "compile", "debug", "deps", "docs", "list", "ls", "parse", "show"})
"""Commands that build nothing and so need not wait for a build."""
WAITING = "another dbt build is running; waiting for its end"


def environment(configured: Iterable[str] = ()) -> dict[str, str]:
    """What dbt_project asks for: the login, and the sources whose models are built, which are those
    of every connection that ever landed and those ``configured``. Raises WarehouseError."""
    parts = urlsplit(url("relay_transformer"))
    sslmode = dict(parse_qsl(parts.query)).get("sslmode", "prefer")
    return {
        "RELAY_PG_SSLMODE": sslmode,
        "RELAY_PG_HOST": parts.hostname or "127.0.0.1",
        "RELAY_PG_PORT": str(parts.port or 5432),
        "RELAY_PG_DATABASE": parts.path.lstrip("/"),
        "RELAY_TRANSFORMER_PASSWORD": unquote(parts.password or ""),
        "RELAY_SOURCES": " ".join(sorted({*configured, *_landed_sources()})),
    }


def _landed_sources() -> set[str]:
    with connect("relay_transformer", autocommit=True) as session:
        found = session.execute("select distinct source from landing.connections").fetchall()
    return {source for (source,) in found}


def only_build(report: Callable[[str], None]) -> psycopg.Connection:
    """A session that keeps other builds waiting until it is closed or its process ends; says so
    through `report` and waits, without a limit, while another one does."""
    session = connect("relay_transformer", autocommit=True)
    lock_dbt(session, lambda: report(WAITING))
    return session


def execute(arguments: Sequence[str]) -> NoReturn:
    """Become dbt with these arguments, when no other build runs."""
    program = str(Path(sys.executable).with_name("dbt"))
    folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    settings = {**os.environ, **environment(), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    if arguments and arguments[0] not in READ_ONLY:
        session = only_build(lambda line: print(line, file=sys.stderr, flush=True))
        # dbt inherits the open session, so the lock ends with dbt, however that ends
        os.set_inheritable(session.fileno(), True)
    sys.stdout.flush()
    os.execve(program, [program, *arguments, *folders], settings)  # noqa: S606
