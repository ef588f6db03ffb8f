"""Drift: what a vendor changes about its records without saying so.

A field that nobody knows is not stored (see ``Stream.fields``), and its name is kept for the gate
to report, once. A stored field that vanishes, or becomes of another type, stops the stream before
anything of the batch is landed: the state stays where it was, so that the next run reads the same
again once the vendor, or this stream's declaration, is mended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql

from extractors.erasure import erased
from extractors.errors import SourceError
from extractors.left_out import CUT, LEFT_OUT, known_fields
from extractors.stream import Connection, Stream
from warehouse.raw import raw_schema

ROWS_BEFORE = 1_000
"""Rows landed last, which say what a stream's records look like."""
FEWEST_BEFORE = 20
"""From fewer nothing is concluded."""
FEWEST_NEW = 5
"""Fewer odd rows are a matter of single records, which the gate holds back one by one."""
MOSTLY = 0.8
"""Share of the rows before that had a field: a few odd ones may have come in between."""
ROWS_NEW = 1_000
"""New rows that are looked at."""

_SHAPES = """
with before as materialized (
    select payload from {table}
    where connection = %(connection)s and seq <= %(last)s and not is_deleted
    order by seq desc limit %(rows_before)s
),
added as materialized (
    select payload from {table}
    where connection = %(connection)s and seq > %(last)s and not is_deleted
    order by seq limit %(rows_new)s
)
select field.name, known.total, known.present, known.filled, known.type,
    new.total, new.present, new.filled, new.types
from unnest(%(fields)s::text[]) as field (name)
cross join lateral (
    select count(*) as total, count(*) filter (where payload ? field.name) as present,
        count(payload ->> field.name) as filled,
        mode() within group (order by jsonb_typeof(payload -> field.name))
        filter (where jsonb_typeof(payload -> field.name) <> 'null') as type
    from before
) as known
cross join lateral (
    select count(*) as total, count(*) filter (where payload ? field.name) as present,
        count(payload ->> field.name) as filled,
        array_agg(distinct jsonb_typeof(payload -> field.name))
        filter (where jsonb_typeof(payload -> field.name) <> 'null') as types
    from added
) as new
order by field.name
"""

_LAST = "select coalesce(max(seq), 0) from {table} where connection = %s"

_REMEMBER = """
insert into landing.new_fields (connection, source, stream, field, records, run_id)
values (%s, %s, %s, %s, %s, %s)
on conflict do nothing
"""


class Drift:
    """What the batches of one landing show that is not as it was."""

    def __init__(
        self, session: psycopg.Connection, connection: Connection, source: str, stream: Stream
    ) -> None:
        self._session = session
        self._connection = connection.name
        self._source = source
        self._stream = stream
        self._where = f"{connection.name}.{stream.name}"
        self._table = sql.Identifier(raw_schema(source), stream.name)
        self._last = 0
        self._unknown: Counter[str] = Counter()
        left_out = LEFT_OUT.get(source, {}).get(stream.name, {})
        self._known = known_fields(source, stream)
        self._parts = frozenset(left_out.get(CUT, "").split())
        self._unseen: set[str] = set()
        self._said = {
            field
            for (field,) in session.execute(
                "select field from landing.new_fields where connection = %s and stream = %s",
                [connection.name, stream.name],
            )
        }

    def begin(self) -> None:
        """A transaction begins: what landed before it is the measure."""
        self._unknown.clear()
        self._unseen = set(self._parts)
        row = self._session.execute(
            sql.SQL(_LAST).format(table=self._table), [self._connection]
        ).fetchone()
        self._last = int(row[0]) if row else 0

    def see(self, record: Mapping[str, Any]) -> None:
        """A vendor's record as it came, before anything is derived from it."""
        if self._unseen:
            self._unseen -= record.keys()
        if self._stream.fields is not None and not record.keys() <= self._known:
            self._unknown.update(record.keys() - self._known)

    def remember(self, run_id: str) -> None:
        """Keep the names of new fields."""
        found: Counter[str] = Counter()
        for field, records in self._unknown.items():
            found[field_name(field)] += records
        for field, records in sorted(found.items()):
            if field not in self._said:
                self._session.execute(
                    _REMEMBER,
                    [self._connection, self._source, self._stream.name, field, records, run_id],
                )
        self._said |= found.keys()

    def require_shape(self) -> None:
        """Raise SourceError if a field that records have is in none of the new ones (or one that
        always had a value has none any more, as where it is derived from what is gone), or is
        of another type in all of them. Fields that go with a person say nothing."""
        if not self._last:
            return
        fields = dict.fromkeys(self._stream.fields or ())
        watched = sorted(set(erased(fields, self._stream)) - self._stream.volatile)
        found = self._session.execute(
            sql.SQL(_SHAPES).format(table=self._table),
            {
                "connection": self._connection,
                "last": self._last,
                "fields": watched,
                "rows_before": ROWS_BEFORE,
                "rows_new": ROWS_NEW,
            },
        )
        changes = []
        for field, total, present, filled, type_, new, still, filled_now, new_types in found:
            if total < FEWEST_BEFORE or new < FEWEST_NEW:
                continue
            needed = field not in self._stream.optional
            if needed and present > MOSTLY * total and not still:
                changes.append(f"the field {field} is in none of {new:,} new records")
            elif needed and filled == total and not filled_now:
                changes.append(f"the field {field} is empty in all {new:,} new records")
            elif type_ and filled_now >= FEWEST_NEW and type_ not in new_types:
                now = ", ".join(new_types)
                changes.append(f"the field {field} is of type {now}, not {type_} as before")
        if changes:
            raise self._changed("; ".join(changes))

    def _changed(self, what: str) -> SourceError:
        names = ", ".join(sorted({field_name(field) for field in self._unknown}))
        new = f" New fields came: {names}." if names else ""
        gone = ", ".join(sorted(self._unseen))
        lost = f" No record came with: {gone}." if gone else ""
        return SourceError(
            f"{self._where}: {what}.{lost}{new} Nothing of this batch was landed. Remedy: find out "
            "what the vendor changed; once it is mended, run again; if the records are right as "
            "they are, run once with --full."
        )


def field_name(field: str) -> str:
    """A field's name as results may show it: a vendor's identifier, never a value used as key."""
    plain = field.isascii() and field.replace("_", "").replace("-", "").isalnum()
    return field if plain and len(field) <= 60 else "(unusual name)"
