"""`python -m warehouse start | stop | migrate | url [--role R] | psql [--role R] [-- ARGS]`, and
`python -m warehouse dbt ARGS`, dbt on the project, which ends with dbt's exit code.

Exit codes: 0 done, 1 failed (the message names the remedy), 2 bad usage.
"""

import argparse
import logging
import os
import sys

from psycopg.conninfo import conninfo_to_dict

from warehouse import ROLES, WarehouseError, binaries, dbt, embedded, url
from warehouse.location import external_url
from warehouse.migrate import migrate

_EXTERNAL = "RELAY_WAREHOUSE_URL is set: its server is not ours to start or stop; nothing done."
_PSQL = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD",
         "dbname": "PGDATABASE", "sslmode": "PGSSLMODE"}  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        return int(arguments.run(arguments) or 0)
    except WarehouseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m warehouse", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, text in (
        ("start", _start, "start the embedded Postgres"),
        ("stop", _stop, "stop it"),
        ("migrate", _migrate, "make or update schemas, tables, roles and grants"),
        ("url", _url, "print the URL of the owner or of a role"),
        ("psql", _psql, "open psql; arguments after -- are psql's"),
        ("dbt", _dbt, "run dbt on the project, when no other build runs; arguments are dbt's"),
    ):
        command = commands.add_parser(name, help=text)
        command.set_defaults(run=run)
        if name in ("url", "psql"):
            command.add_argument("--role", choices=ROLES)
        if name == "psql":
            command.add_argument("arguments", nargs="*")
        if name == "dbt":
            of_dbt = "dbt's own: build, build --select MODEL, build --vars '{...}', ls, ..."
            command.add_argument("arguments", nargs=argparse.REMAINDER, help=of_dbt)
    return parser


def _start(_: argparse.Namespace) -> None:
    if external_url():
        print(_EXTERNAL)
        return
    print(f"The warehouse runs on {embedded.HOST}:{embedded.start()}.")


def _stop(_: argparse.Namespace) -> None:
    if external_url():
        print(_EXTERNAL)
        return
    print("The warehouse is stopped." if embedded.stop() else "The warehouse was not running.")


def _migrate(_: argparse.Namespace) -> None:
    applied = migrate()
    print(f"Applied: {', '.join(applied)}." if applied else "The warehouse is up to date.")


def _url(arguments: argparse.Namespace) -> None:
    print(url(arguments.role))


def _psql(arguments: argparse.Namespace) -> None:
    # Through the environment: a command line can be read by every user of the machine.
    known = conninfo_to_dict(url(arguments.role))
    settings = {_PSQL[key]: str(value) for key, value in known.items() if key in _PSQL}
    program = str(binaries.folder() / "psql")
    sys.stdout.flush()
    os.execve(program, [program, *arguments.arguments], {**os.environ, **settings})  # noqa: S606


def _dbt(arguments: argparse.Namespace) -> None:
    dbt.execute(arguments.arguments)


if __name__ == "__main__":
    sys.exit(main())
