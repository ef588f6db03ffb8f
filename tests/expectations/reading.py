"""What the gate has left in the warehouse."""

from __future__ import annotations

import psycopg


def entries(session: psycopg.Connection, connection: str) -> list[tuple[str, str, str, str]]:
    """(stream, record, rule, status) of the quarantine."""
    return session.execute(
        "select stream, record_id, rule, status from gate.quarantine where connection = %s "
        "order by stream, record_id, rule, seq",
        [connection],
    ).fetchall()


def passed(session: psycopg.Connection, connection: str, stream: str) -> dict[str, int]:
    """What staging would read: per record the greatest seq that passed."""
    return dict(
        session.execute(
            f"""
            select r.record_id, max(r.seq) from raw_greenhouse.{stream} r
            join gate.watermarks w on w.connection = r.connection and w.stream = %(stream)s
            where r.connection = %(connection)s and r.seq <= w.checked_seq and not exists (
                select from gate.quarantine q
                where q.connection = r.connection and q.stream = w.stream
                    and q.record_id = r.record_id and q.seq = r.seq and q.status = 'open'
            )
            group by 1
            """,
            {"connection": connection, "stream": stream},
        ).fetchall()
    )


def watermark(session: psycopg.Connection, connection: str, stream: str) -> int | None:
    row = session.execute(
        "select checked_seq from gate.watermarks where connection = %s and stream = %s",
        [connection, stream],
    ).fetchone()
    return row[0] if row else None
