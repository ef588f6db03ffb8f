"""Waiving: a person lets held records through, knowing what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from expectations import quarantine
from expectations.batch import HELD_ROWS, Stream
from expectations.errors import GateError
from expectations.locks import exclusive


@dataclass(frozen=True, slots=True)
class Waived:
    """Entries closed, and records that no other rule holds and that the next check lets pass."""

    entries: int
    records: int


def waive(
    session: psycopg.Connection,
    stream: Stream,
    *,
    records: Sequence[str] = (),
    rule: str | None = None,
    by: str,
    run_id: str,
) -> Waived:
    """Close open entries as waived: of these records, of this rule, or of both.

    The same payload is never held again for a waived rule. Raises GateError when nothing fits or
    while a landing of the stream is running, since the records are appended to raw again.
    """
    if not records and rule is None:
        raise GateError("Waiving needs records or a rule. Remedy: name --record, --rule or both.")
    with exclusive(session, stream, lambda line: None) as landing_paused:
        if not landing_paused:
            raise GateError(
                f"{stream.where}: a landing is running, so nothing was waived. "
                "Remedy: waive again when it has ended."
            )
        with session.transaction():
            return _close(session, stream, records, rule, by, run_id)


def _close(
    session: psycopg.Connection,
    stream: Stream,
    records: Sequence[str],
    rule: str | None,
    by: str,
    run_id: str,
) -> Waived:
    held = sql.Identifier(HELD_ROWS)
    session.execute(sql.SQL("drop table if exists pg_temp.{}").format(held))
    session.execute(
        sql.SQL("create temporary table {} (record_id text, seq bigint) on commit drop").format(
            held
        )
    )
    entries = session.execute(
        sql.SQL(
            """
            with closed as (
                update gate.quarantine q
                set status = 'waived', closed_at = now(), closed_by = %(by)s
                where q.connection = %(connection)s and q.stream = %(stream)s
                    and q.status = 'open'
                    and (%(rule)s::text is null or q.rule = %(rule)s)
                    and (%(every)s or q.record_id = any(%(records)s))
                returning q.record_id, q.seq
            ),
            noted as (insert into {held} select distinct record_id, seq from closed)
            select count(*) from closed
            """
        ).format(held=held),
        {
            "by": by,
            "connection": stream.connection,
            "stream": stream.name,
            "rule": rule,
            "every": not records,
            "records": list(records),
        },
    ).fetchone()
    if not entries or not entries[0]:
        raise GateError(
            f"{stream.where}: no open quarantine entry fits, so nothing was waived. "
            f"Remedy: see `python -m expectations status {stream.connection}`."
        )
    return Waived(entries[0], quarantine.append_freed(session, stream, run_id))
