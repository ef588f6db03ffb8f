"""The rows of one check: from the raw table to temporary tables that hold only what rules need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

import psycopg
from psycopg import sql

from expectations.columns import Column
from expectations.seeds import Seeds
from expectations.suites import Suite
from extractors.drift import field_name

NEW_ROWS = "gate_new_rows"
HELD_ROWS = "gate_held_rows"
_FIELD_NAMES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Stream:
    """The stream that is checked, and how messages name it."""

    connection: str
    source: str
    name: str

    @property
    def where(self) -> str:
        return f"{self.connection}.{self.name}"

    @property
    def raw(self) -> sql.Identifier:
        return sql.Identifier(f"raw_{self.source}", self.name)


@dataclass(frozen=True, slots=True)
class Span:
    """The new rows: ``after`` < seq <= ``upto``; ``observed_at`` is the vendor's clock at the
    start of the last scan, None when there is none. ``landed`` tells whether any scan ever
    committed."""

    after: int
    upto: int
    observed_at: datetime | None
    landed: bool


def span(connection: psycopg.Connection, stream: Stream) -> Span:
    """What is to be checked now, read in one statement."""
    query = sql.SQL(
        """
        select
            coalesce((
                select w.checked_seq from gate.watermarks w
                where w.connection = %(connection)s and w.stream = %(stream)s
            ), 0),
            coalesce((
                select max(r.seq) from {raw} r where r.connection = %(connection)s
            ), 0),
            (
                select s.observed_at from landing.sync_state s
                where s.connection = %(connection)s and s.stream = %(stream)s
            ),
            exists (
                select from landing.sync_state s
                where s.connection = %(connection)s and s.stream = %(stream)s
            )
        """
    ).format(raw=stream.raw)
    names = {"connection": stream.connection, "stream": stream.name}
    row = connection.execute(query, names).fetchone()
    if row is None:
        raise RuntimeError("a query of constants returned no row")
    after, upto, observed_at, landed = row
    return Span(after, max(after, upto), observed_at, landed)


def project_new(
    connection: psycopg.Connection, stream: Stream, suite: Suite, seeds: Seeds, rows: Span
) -> int:
    """Project the new rows that are not deletions into NEW_ROWS; returns how many there are."""
    where = "r.connection = %(connection)s and r.seq > %(after)s and r.seq <= %(upto)s"
    return _project(
        connection,
        NEW_ROWS,
        stream,
        suite,
        seeds,
        f"from {{raw}} r {{joins}} where {where} and not r.is_deleted",
        {"after": rows.after, "upto": rows.upto},
    )


def project_held(connection: psycopg.Connection, stream: Stream, suite: Suite, seeds: Seeds) -> int:
    """Project the rows in open quarantine into HELD_ROWS; returns how many there are."""
    return _project(
        connection,
        HELD_ROWS,
        stream,
        suite,
        seeds,
        """
        from (
            select distinct q.record_id, q.seq from gate.quarantine q
            where q.connection = %(connection)s and q.stream = %(stream)s and q.status = 'open'
        ) as held
        join {raw} r
            on r.connection = %(connection)s and r.record_id = held.record_id
            and r.seq = held.seq
        {joins}
        """,
        {"stream": stream.name},
    )


def _project(
    connection: psycopg.Connection,
    table: str,
    stream: Stream,
    suite: Suite,
    seeds: Seeds,
    rows: LiteralString,
    parameters: dict[str, object],
) -> int:
    name = sql.Identifier(table)
    joins = dict.fromkeys(column.join for column in suite.columns if column.join)
    statement = sql.SQL(
        "create temporary table {table} as select r.record_id, r.seq, r.payload_hash{columns} "
    ).format(table=name, columns=_select_list(suite.columns))
    statement += sql.SQL(rows).format(
        raw=stream.raw, joins=sql.SQL(" ").join(_trusted(join) for join in joins)
    )
    connection.execute(sql.SQL("drop table if exists pg_temp.{}").format(name))
    known = {
        f"known_{rule.column.name}": list(seeds.known(rule.codes))
        for rule in suite.rules
        if rule.codes
    }
    # Client-side binding: `create table as` takes no parameters of the server's own protocol.
    with psycopg.ClientCursor(connection) as cursor:
        cursor.execute(statement, {"connection": stream.connection, **known, **parameters})
        return cursor.rowcount


def _select_list(columns: Sequence[Column]) -> sql.Composable:
    return sql.SQL("").join(
        sql.SQL(", {} as {}").format(_trusted(column.sql), sql.Identifier(column.name))
        for column in columns
    )


def _trusted(text: str) -> sql.SQL:
    """SQL of a suite: constants of this package, never input."""
    return sql.SQL(text)


def drift(
    connection: psycopg.Connection, stream: Stream, suite: Suite, rows: Span
) -> dict[str, int]:
    """Top-level fields of the new records that the suite does not know, with the number of
    records that have them; the most frequent ones."""
    if not suite.fields:
        return {}
    query = sql.SQL(
        """
        select k.field, count(*)
        from (
            select r.payload - %(known)s::text[] as unknown from {raw} r
            where r.connection = %(connection)s and r.seq > %(after)s and r.seq <= %(upto)s
        ) as odd
        cross join lateral jsonb_object_keys(odd.unknown) as k (field)
        where odd.unknown <> '{{}}'
        group by k.field order by count(*) desc, k.field limit %(limit)s
        """
    ).format(raw=stream.raw)
    parameters = {
        "connection": stream.connection,
        "after": rows.after,
        "upto": rows.upto,
        "known": sorted(suite.fields),
        "limit": _FIELD_NAMES_SHOWN,
    }
    found = connection.execute(query, parameters).fetchall()
    return {field_name(field): count for field, count in found}


def new_fields(connection: psycopg.Connection, stream: Stream, run_id: str) -> dict[str, int]:
    """Fields that extraction saw and did not store, with the number of records that had them when
    they were first seen. Each is given once; part of the caller's transaction."""
    found = connection.execute(
        "update landing.new_fields set reported_run_id = %s"
        " where connection = %s and stream = %s and reported_run_id is null"
        " returning field, records",
        [run_id, stream.connection, stream.name],
    ).fetchall()
    return dict(sorted(found))
