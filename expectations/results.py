"""What a check found: kept in gate.results, one row per stream and run. No value of any record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from expectations.batch import Stream
from expectations.errors import GateStopped
from extractors.left_out import known_fields
from extractors.registry import SOURCES

KEPT = timedelta(days=400)
"""How long a result is kept: a year back there is something to compare with. Quarantine is not
history: what is open waits for its repair, and a waiver is asked for at every check."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule of a stream in one check. ``failed`` of ``checked`` new rows break it, ``waived`` of
    them were let through by a person before; the ids are those of some of the records. ``codes``
    are unmapped codes with their number of rows."""

    rule: str
    expectation: str
    critical: bool
    success: bool
    checked: int
    failed: int
    message: str
    remedy: str
    waived: int = 0
    record_ids: tuple[str, ...] = ()
    codes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class StreamResult:
    """The outcome for one stream.

    success   no new row was held back and the stream was not stopped
    stopped   the new rows were not taken: the watermark stays where it was
    held      records in open quarantine after the check, older ones included
    message   one line a person can act on; several findings are separated by '; '
    """

    connection: str
    source: str
    stream: str
    rows_checked: int
    rows_quarantined: int
    success: bool
    stopped: bool
    message: str
    held: int = 0
    released: int = 0
    repaired: int = 0
    findings: tuple[Finding, ...] = ()
    drift: dict[str, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def where(self) -> str:
        return f"{self.connection}.{self.stream}"

    @property
    def status(self) -> str:
        return status_of(stopped=self.stopped, held=self.held)

    @property
    def statistics(self) -> dict[str, Any]:
        """What gate.results keeps beside its columns."""
        return {
            "held": self.held,
            "released": self.released,
            "repaired": self.repaired,
            "drift": self.drift,
            "rules": [asdict(finding) for finding in self.findings],
            **self.facts,
        }


def counted(number: int, one: str, more: str | None = None) -> str:
    """The number with its noun: 1 record, 1,200 records."""
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"


def status_of(*, stopped: bool, held: int) -> str:
    """The one word that people are shown for a stream."""
    return "stopped" if stopped else "held back" if held else "passed"


@dataclass(frozen=True, slots=True)
class GateReport:
    """The outcome of one check of a connection."""

    run_id: str
    connection: str
    results: tuple[StreamResult, ...]

    @property
    def stopped(self) -> tuple[StreamResult, ...]:
        """The streams that did not pass; the others did."""
        return tuple(result for result in self.results if result.stopped)

    @property
    def rows_checked(self) -> int:
        return sum(result.rows_checked for result in self.results)

    @property
    def rows_quarantined(self) -> int:
        return sum(result.rows_quarantined for result in self.results)

    @property
    def held(self) -> int:
        """Records in open quarantine in the checked streams."""
        return sum(result.held for result in self.results)

    def require_success(self) -> None:
        """Raise GateStopped, naming every stopped stream, its cause and the remedy."""
        if self.stopped:
            raise GateStopped(" | ".join(result.message for result in self.stopped))


def write(connection: psycopg.Connection, run_id: str, result: StreamResult) -> None:
    """Add the result to gate.results."""
    connection.execute(
        """
        insert into gate.results (
            run_id, connection, source, stream, checked_at, rows_checked, rows_quarantined,
            success, stopped, message, statistics
        ) values (%s, %s, %s, %s, now(), %s, %s, %s, %s, %s, %s)
        """,
        [
            run_id,
            result.connection,
            result.source,
            result.stream,
            result.rows_checked,
            result.rows_quarantined,
            result.success,
            result.stopped,
            result.message,
            Jsonb(result.statistics),
        ],
    )


def prune(connection: psycopg.Connection, name: str) -> int:
    """Forget the results of a connection that are older than KEPT; how many. The newest of each
    stream stays, however old: it is what `status` shows."""
    return connection.execute(
        """
        delete from gate.results as old
        where old.connection = %s
            and old.checked_at < now() - %s
            and exists (
                select 1 from gate.results as newer
                where newer.connection = old.connection and newer.stream = old.stream
                    and newer.checked_at > old.checked_at
            )
        """,
        [name, KEPT],
    ).rowcount


def move_watermark(
    connection: psycopg.Connection,
    stream: Stream,
    run_id: str,
    checked_seq: int,
    observed_at: datetime | None,
) -> None:
    """Let staging read up to ``checked_seq``, as of the vendor's clock ``observed_at``."""
    connection.execute(
        """
        insert into gate.watermarks (
            connection, source, stream, checked_seq, observed_at, checked_at, run_id
        ) values (%s, %s, %s, %s, %s, now(), %s)
        on conflict (connection, stream) do update set
            source = excluded.source,
            checked_seq = greatest(watermarks.checked_seq, excluded.checked_seq),
            observed_at = coalesce(excluded.observed_at, watermarks.observed_at),
            checked_at = excluded.checked_at,
            run_id = excluded.run_id
        """,
        [stream.connection, stream.source, stream.name, checked_seq, observed_at, run_id],
    )


@dataclass(frozen=True, slots=True)
class Latest:
    """The last result of a stream, and what is held now."""

    connection: str
    source: str
    stream: str
    checked_at: datetime
    run_id: str
    rows_checked: int
    rows_quarantined: int
    success: bool
    stopped: bool
    message: str
    statistics: dict[str, Any]
    held: int

    @property
    def status(self) -> str:
        return status_of(stopped=self.stopped, held=self.held)


def latest(connection: psycopg.Connection, name: str | None = None) -> Sequence[Latest]:
    """The last result of every stream of every connection, or of one connection, by name."""
    rows = connection.execute(
        """
        select distinct on (r.connection, r.source, r.stream)
            r.connection, r.source, r.stream, r.checked_at, r.run_id, r.rows_checked,
            r.rows_quarantined, r.success, r.stopped, coalesce(r.message, ''),
            coalesce(r.statistics, '{}'),
            (
                select count(distinct q.record_id) from gate.quarantine q
                where q.connection = r.connection and q.stream = r.stream and q.status = 'open'
            )
        from gate.results r
        where %(name)s::text is null or r.connection = %(name)s
        order by r.connection, r.source, r.stream, r.checked_at desc
        """,
        {"name": name},
    ).fetchall()
    return [Latest(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Held:
    """Open quarantine of one rule and reason."""

    connection: str
    stream: str
    rule: str
    reason: str
    records: int
    since: datetime


def held(connection: psycopg.Connection, name: str | None = None) -> Sequence[Held]:
    """Open quarantine of every connection, or of one, by rule and reason, the largest first."""
    rows = connection.execute(
        """
        select connection, stream, rule, reason, count(distinct record_id), min(found_at)
        from gate.quarantine
        where status = 'open' and (%(name)s::text is null or connection = %(name)s)
        group by connection, stream, rule, reason
        order by connection, stream, count(distinct record_id) desc, rule, reason
        """,
        {"name": name},
    ).fetchall()
    return [Held(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class NewField:
    """A field that a vendor's records have, and that nobody has decided about yet."""

    connection: str
    source: str
    stream: str
    field: str
    records: int
    since: datetime


def new_fields(connection: psycopg.Connection, name: str | None = None) -> Sequence[NewField]:
    """New fields of every connection, or of one, until they are stored or left out knowingly."""
    rows = connection.execute(
        """
        select connection, source, stream, field, records, first_seen_at
        from landing.new_fields
        where %(name)s::text is null or connection = %(name)s
        order by connection, stream, field
        """,
        {"name": name},
    ).fetchall()
    return [found for found in (NewField(*row) for row in rows) if not _is_known(found)]


def _is_known(found: NewField) -> bool:
    streams = SOURCES[found.source].streams if found.source in SOURCES else ()
    return not any(
        stream.name == found.stream and found.field not in known_fields(found.source, stream)
        for stream in streams
    )
