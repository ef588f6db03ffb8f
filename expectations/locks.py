"""Advisory locks: one check of a stream at a time, and no check that appends while a landing runs.

They belong to the database session, so a killed process leaves none behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from expectations.batch import Stream
from warehouse.locks import lock_stream


class _Busy(Exception):
    """A landing holds the stream."""


@contextmanager
def exclusive(
    connection: psycopg.Connection, stream: Stream, report: Callable[[str], None]
) -> Iterator[bool]:
    """Be the only check of this stream, waiting for another one; yields whether landings of the
    stream are kept out as well, which is not waited for: a first load can take hours."""
    try:
        _lock_gate(connection, stream, report)
        yield _lock_landing(connection, stream)
    finally:
        if not connection.closed:
            connection.execute("select pg_advisory_unlock_all()")


def _lock_gate(
    connection: psycopg.Connection, stream: Stream, report: Callable[[str], None]
) -> None:
    name = [f"relay gate {stream.where}"]
    row = connection.execute(
        "select pg_try_advisory_lock(hashtextextended(%s, 0))", name
    ).fetchone()
    if row and not row[0]:
        report(f"{stream.where}: another check is running; waiting for its end")
        connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", name)


def _lock_landing(connection: psycopg.Connection, stream: Stream) -> bool:
    def refuse_to_wait() -> None:
        raise _Busy

    try:
        lock_stream(connection, stream.connection, stream.name, refuse_to_wait)
    except _Busy:
        return False
    return True
