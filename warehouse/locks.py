"""One writer at a time: for the raw rows of a stream, and for everything that dbt builds.

Advisory locks of the database. Whoever appends to `raw_<source>.<stream>` for a connection holds
that stream's, so that within a connection a row that commits later has the greater `seq`, which
readers by `seq >` rely on.
"""

from collections.abc import Callable

import psycopg


def lock_stream(
    session: psycopg.Connection, connection: str, stream: str, on_wait: Callable[[], None]
) -> None:
    """Hold the lock until the session ends (also by a crash); waits without a limit.

    `on_wait` is called once if somebody else holds it. The session must be in autocommit mode.
    """
    _lock(session, f"relay landing {connection}.{stream}", on_wait)


def lock_dbt(session: psycopg.Connection, on_wait: Callable[[], None]) -> None:
    """Be the only build of the marts, until the session ends; otherwise as `lock_stream`."""
    _lock(session, "relay dbt build", on_wait)


def _lock(session: psycopg.Connection, name: str, on_wait: Callable[[], None]) -> None:
    row = session.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", [name]).fetchone()
    if row and not row[0]:
        on_wait()
        session.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [name])
