"""The quarantine: rows that wait until they are repaired, released or waived.

One entry per record version and rule. Staging leaves out rows with an open entry. An entry closes

- ``repaired``: a newer version of the record passed;
- ``released``: the row passes the present rules (a seed maps its code by now);
- ``waived``: a person let it through; the same payload is never held for that rule again.

A row whose last entry is released or waived is appended to the raw table again, unchanged, so that
whoever reads ``seq > n`` sees it. That takes the landing's lock: a seq handed out while a landing
is open could otherwise become visible before smaller ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

from expectations.batch import HELD_ROWS, NEW_ROWS, Stream
from expectations.rules import Rule
from expectations.seeds import Seeds, shown

_MOST_CODES = 50


def count_violations(
    connection: psycopg.Connection, table: str, rules: Sequence[Rule], seeds: Seeds
) -> dict[str, int]:
    """How many rows of a projected table break each rule."""
    if not rules:
        return {}
    counts = sql.SQL(", ").join(
        sql.SQL("count(*) filter (where {})").format(rule.violation(seeds)) for rule in rules
    )
    query = sql.SQL("select {} from pg_temp.{}").format(counts, sql.Identifier(table))
    row = connection.execute(query).fetchone() or ()
    return {rule.name: count for rule, count in zip(rules, row, strict=True)}


def unmapped_codes(
    connection: psycopg.Connection, table: str, rule: Rule, seeds: Seeds
) -> dict[str, int]:
    """The codes that break a mapped rule with their number of rows, the most frequent first."""
    query = sql.SQL(
        "select {c}, count(*) from pg_temp.{t} where {v} group by 1 order by 2 desc, 1 limit {n}"
    ).format(
        c=sql.Identifier(rule.column.name),
        t=sql.Identifier(table),
        v=rule.violation(seeds),
        n=sql.Literal(_MOST_CODES),
    )
    return dict(connection.execute(query).fetchall())


def hold(
    connection: psycopg.Connection,
    stream: Stream,
    table: str,
    rule: Rule,
    seeds: Seeds,
    run_id: str,
) -> int:
    """Open an entry for every row of a projected table that breaks the rule; returns how many
    rows are held by it now that were not. Waived entries stay waived. An entry of a payload that
    came back (or is still open) moves to the newest row with that payload."""
    codes = unmapped_codes(connection, table, rule, seeds) if rule.codes else {}
    query = sql.SQL(
        """
        insert into gate.quarantine as q (
            connection, source, stream, record_id, seq, payload_hash, rule, reason, status,
            found_at, found_run_id
        )
        select distinct on (b.record_id, b.payload_hash)
            %(connection)s, %(source)s, %(stream)s, b.record_id, b.seq, b.payload_hash, %(rule)s,
            {reason}, 'open', now(), %(run_id)s
        from pg_temp.{table} b
        where {violation}
        order by b.record_id, b.payload_hash, b.seq desc
        on conflict (connection, stream, record_id, payload_hash, rule) do update set
            seq = excluded.seq,
            reason = excluded.reason,
            status = 'open',
            found_at = excluded.found_at,
            found_run_id = excluded.found_run_id,
            closed_at = null,
            closed_by = null
        where q.status <> 'waived' and (q.status <> 'open' or q.seq < excluded.seq)
        """
    ).format(
        reason=_reason(rule, codes),
        table=sql.Identifier(table),
        violation=rule.violation(seeds),
    )
    names = {
        "connection": stream.connection,
        "source": stream.source,
        "stream": stream.name,
        "rule": rule.name,
        "run_id": run_id,
    }
    with psycopg.ClientCursor(connection) as cursor:
        cursor.execute(query, names)
        return cursor.rowcount


def _reason(rule: Rule, codes: Mapping[str, int]) -> sql.Composable:
    """The rule's message; of a mapped rule with the code, as far as codes may be shown."""
    message = f"{rule.message}. Remedy: {rule.remedy}."
    if not codes:
        return sql.Literal(message)
    arms = sql.SQL(" ").join(
        sql.SQL("when {} then {}").format(
            sql.Literal(code),
            sql.Literal(f"{rule.message}: {shown(code)}. Remedy: {rule.remedy}."),
        )
        for code in codes
    )
    return sql.SQL("case b.{} {} else {} end").format(
        sql.Identifier(rule.column.name), arms, sql.Literal(message)
    )


def close_passing(
    connection: psycopg.Connection,
    stream: Stream,
    rules: Sequence[Rule],
    seeds: Seeds,
    run_id: str,
) -> None:
    """Close as released every open entry of HELD_ROWS whose rule passes now or is gone, as far as
    the row is still the record's newest version: an older one waits for the newer to pass."""
    broken = sql.SQL(", ").join(
        sql.SQL("case when {} then {} end").format(rule.violation(seeds), sql.Literal(rule.name))
        for rule in rules
    )
    query = sql.SQL(
        """
        update gate.quarantine q set status = 'released', closed_at = now(), closed_by = %(run_id)s
        from (
            select record_id, seq, array[{broken}]::text[] as rules from pg_temp.{held}
        ) as h
        where q.connection = %(connection)s and q.stream = %(stream)s and q.status = 'open'
            and q.record_id = h.record_id and q.seq = h.seq
            and array_position(h.rules, q.rule) is null
            and not exists (
                select from {raw} n where n.connection = %(connection)s
                    and n.record_id = h.record_id and n.seq > h.seq
            )
        """
    ).format(held=sql.Identifier(HELD_ROWS), broken=broken, raw=stream.raw)
    with psycopg.ClientCursor(connection) as cursor:
        cursor.execute(
            query, {"connection": stream.connection, "stream": stream.name, "run_id": run_id}
        )


def append_freed(connection: psycopg.Connection, stream: Stream, run_id: str) -> int:
    """Append again every row of HELD_ROWS that no open entry holds any more and that is still the
    record's newest version; returns how many. The copies carry ``run_id``.

    The caller holds the landing's lock.
    """
    query = sql.SQL(
        """
        insert into {raw} (
            connection, record_id, payload, payload_hash, source_updated_at, extracted_at,
            run_id, is_deleted
        )
        select
            r.connection, r.record_id, r.payload, r.payload_hash, r.source_updated_at,
            r.extracted_at, %(run_id)s, r.is_deleted
        from pg_temp.{held} h
        join {raw} r
            on r.connection = %(connection)s and r.record_id = h.record_id and r.seq = h.seq
        where not exists (
            select from gate.quarantine q
            where q.connection = %(connection)s and q.stream = %(stream)s
                and q.record_id = h.record_id and q.seq = h.seq and q.status = 'open'
        )
        and not exists (
            select from {raw} n where n.connection = %(connection)s
                and n.record_id = h.record_id and n.seq > h.seq
        )
        order by h.seq
        """
    ).format(raw=stream.raw, held=sql.Identifier(HELD_ROWS))
    names = {"connection": stream.connection, "stream": stream.name, "run_id": run_id}
    return connection.execute(query, names).rowcount


def mark_repaired(connection: psycopg.Connection, stream: Stream, upto: int, run_id: str) -> int:
    """Close the open entries of records of which a newer checked version is not held."""
    query = sql.SQL(
        """
        update gate.quarantine q set status = 'repaired', closed_at = now(), closed_by = %(run_id)s
        where q.connection = %(connection)s and q.stream = %(stream)s and q.status = 'open'
            and exists (
                select from {raw} n
                where n.connection = q.connection and n.record_id = q.record_id
                    and n.seq > q.seq and n.seq <= %(upto)s
                    and not exists (
                        select from gate.quarantine o
                        where o.connection = n.connection and o.stream = q.stream
                            and o.record_id = n.record_id and o.seq = n.seq
                            and o.status = 'open'
                    )
            )
        """
    ).format(raw=stream.raw)
    names = {
        "connection": stream.connection,
        "stream": stream.name,
        "upto": upto,
        "run_id": run_id,
    }
    return connection.execute(query, names).rowcount


def open_records(connection: psycopg.Connection, stream: Stream) -> int:
    """How many records of the stream are held."""
    row = connection.execute(
        "select count(distinct record_id) from gate.quarantine "
        "where connection = %s and stream = %s and status = 'open'",
        [stream.connection, stream.name],
    ).fetchone()
    return int(row[0]) if row else 0


def held_by_new(connection: psycopg.Connection, stream: Stream) -> int:
    """How many of the new rows have an open entry."""
    row = connection.execute(
        sql.SQL(
            "select count(*) from pg_temp.{} b where exists ("
            "select from gate.quarantine q where q.connection = %s and q.stream = %s "
            "and q.record_id = b.record_id and q.seq = b.seq and q.status = 'open')"
        ).format(sql.Identifier(NEW_ROWS)),
        [stream.connection, stream.name],
    ).fetchone()
    return int(row[0]) if row else 0


def waived_among_new(connection: psycopg.Connection, stream: Stream) -> dict[str, int]:
    """By rule, how many of the new rows were waived before."""
    rows = connection.execute(
        sql.SQL(
            "select q.rule, count(*) from pg_temp.{} b join gate.quarantine q "
            "on q.record_id = b.record_id and q.payload_hash = b.payload_hash "
            "where q.connection = %s and q.stream = %s and q.status = 'waived' group by q.rule"
        ).format(sql.Identifier(NEW_ROWS)),
        [stream.connection, stream.name],
    )
    return dict(rows.fetchall())
