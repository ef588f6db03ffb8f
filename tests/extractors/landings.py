"""Helpers of the landing's tests: connections without a vendor, and what a landing left."""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

import psycopg
from psycopg import sql
from pydantic import BaseModel

import warehouse
from extractors.land import Landing
from extractors.registry import SOURCES
from extractors.run import StreamResult
from extractors.stream import Connection, Fields, Page, Record, Stream

RUN = "test_run"
CANDIDATES = SOURCES["greenhouse"].stream("candidates")
STAGES = SOURCES["greenhouse"].stream("application_stages")
_numbers = count(1)


class NoOptions(BaseModel):
    """Options of a connection that has none."""


def new_connection(source: str = "greenhouse", company: str = "aozora") -> Connection:
    """A connection that no other test uses, so that tests share a database."""
    name = f"connection_{next(_numbers)}"
    return Connection(name, company, source, name, NoOptions())


def landing(
    connection: Connection, stream: Stream = CANDIDATES, run_id: str = RUN, *, full: bool = False
) -> Landing:
    return Landing(
        warehouse.url("relay_loader"),
        connection=connection,
        source=connection.source,
        stream=stream,
        run_id=run_id,
        full=full,
    )


def land(
    connection: Connection,
    records: Iterable[Record],
    *,
    stream: Stream = CANDIDATES,
    size: int = 500,
    run_id: str = RUN,
) -> int:
    """Land records in pages of `size`; returns how many rows were appended."""
    listed = list(records)
    pages = [Page(listed[start : start + size]) for start in range(0, len(listed), size)]
    with landing(connection, stream, run_id) as opened:
        return opened.land(pages, {"until": "now"}).landed


def candidate(number: int, *, minute: int = 0, **fields: Any) -> Fields:
    """A candidate as Greenhouse shows it, changed at a minute of one hour."""
    return {
        "id": number,
        "created_at": "2026-01-01T00:00:00.000Z",
        "updated_at": f"2026-06-01T00:{minute:02d}:00.000Z",
        "first_name": "太郎",
        "last_name": "髙橋",
        "email_addresses": [{"value": f"taro{number}@example.com", "type": "home"}],
        "phone_numbers": [],
        **fields,
    }


def rows(connection: Connection, stream: str = "candidates") -> list[tuple[Any, ...]]:
    """(record_id, payload, source_updated_at) in the order in which they were appended."""
    statement = sql.SQL(
        "select record_id, payload, source_updated_at from {} where connection = %s order by seq"
    ).format(sql.Identifier(f"raw_{connection.source}", stream))
    return fetch(statement, [connection.name])


def newest(connection: Connection) -> dict[str, Any]:
    """The payload of each record's newest version."""
    return {record_id: payload for record_id, payload, _ in rows(connection)}


def keys(connection: Connection) -> list[tuple[Any, ...]]:
    """(record_id, kind, key) of the vault."""
    return fetch(
        sql.SQL(
            "select record_id, kind, key from vault.identity_keys where connection = %s"
            " order by record_id, kind, key"
        ),
        [connection.name],
    )


def requests_made(results: Iterable[StreamResult]) -> dict[str, int]:
    """How many requests each stream of a run took; every one must have succeeded."""
    listed = list(results)
    assert [result.error for result in listed if result.error] == []
    return {result.stream: result.counters.requests for result in listed}


def state(connection: Connection, stream: str = "candidates") -> Any:
    found = fetch(
        sql.SQL("select state from landing.sync_state where connection = %s and stream = %s"),
        [connection.name, stream],
    )
    return found[0][0] if found else None


def fetch(statement: sql.SQL | sql.Composed, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with warehouse.connect() as owner:
        return owner.execute(statement, values).fetchall()


def broken(records: list[Record], error: Exception) -> Iterable[Page]:
    """Pages that end in an error, as a vendor's do."""
    yield Page(records)
    raise error


def execute(statement: str) -> None:
    with psycopg.connect(warehouse.url(), autocommit=True) as owner:
        owner.execute(statement.encode())
