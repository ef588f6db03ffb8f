"""Deleted records: a last row with ``is_deleted`` after the newest version, which it repeats.

A source tells of deletions in one of two ways: it lists what it deleted (a stream that ``deletes``
another), or a scan that reads everything no longer shows a record (a stream that is ``complete``).
Nothing is ever taken out of raw: a record that comes back is simply a newer version.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import psycopg
from psycopg import sql

from extractors.errors import SourceError

SMALLEST_LOSS = 20
"""Records that may vanish in one scan whatever their share: small lists change a lot."""
GREATEST_LOSS = 0.5
"""Share of the records that may vanish in one scan before it is taken for a broken one."""

_SEEN = "create temporary table seen (record_id text primary key) on commit drop"
_SEE = "insert into seen select unnest(%s::text[]) on conflict do nothing"

_NEWEST = """
    select distinct on (record_id) record_id, seq, is_deleted
    from {table}
    where connection = %(connection)s
    order by record_id, seq desc
"""

_LOSS = """
select count(*) filter (where not newest.is_deleted) as known,
    count(*) filter (where not newest.is_deleted and seen.record_id is null) as gone
from ({newest}) as newest
left join seen on newest.record_id = seen.record_id
"""

_BURY = """
insert into {table} (
    connection, record_id, payload, payload_hash, source_updated_at, extracted_at, run_id,
    is_deleted
)
select last.connection, last.record_id, last.payload, last.payload_hash, last.source_updated_at,
    %(at)s, %(run_id)s, true
from ({newest}) as newest
inner join {table} as last
    on last.connection = %(connection)s and last.record_id = newest.record_id
        and last.seq = newest.seq
where not newest.is_deleted and {gone}
returning record_id
"""

_UNSEEN = "not exists (select from seen where seen.record_id = newest.record_id)"
_LISTED = "newest.record_id = any(%(record_ids)s)"


class Deletions:
    """What one landing transaction knows of records that are gone from ``table``; ``buried`` are
    the ids of those that it marked."""

    def __init__(
        self, session: psycopg.Connection, table: sql.Identifier, connection: str, where: str
    ) -> None:
        self._session = session
        self._table = table
        self._connection = connection
        self._where = where
        self.buried: set[str] = set()

    def begin(self) -> None:
        """Expect every record of the table to be seen until the transaction ends."""
        self._session.execute(_SEEN)

    def see(self, record_ids: Iterable[str]) -> None:
        self._session.execute(_SEE, [list(record_ids)])

    def bury_unseen(self, run_id: str, at: datetime, *, whatever: bool) -> int:
        """Mark the records as deleted that were not seen; returns how many.

        Raises SourceError when too many are gone to believe it, unless ``whatever``.
        """
        newest = sql.SQL(_NEWEST).format(table=self._table)
        row = self._session.execute(
            sql.SQL(_LOSS).format(newest=newest), {"connection": self._connection}
        ).fetchone()
        known, gone = row or (0, 0)
        if gone > max(SMALLEST_LOSS, GREATEST_LOSS * known) and not whatever:
            raise SourceError(
                f"{self._where}: {gone:,} of {known:,} records are gone from the list; expected "
                "to see most of them again. Nothing of this scan was landed. Remedy: check the "
                "rights and options of the connection; if they are really gone, run once with "
                "--full."
            )
        return self._bury(sql.SQL(_UNSEEN), run_id, at, []) if gone else 0

    def bury(self, record_ids: Iterable[str], run_id: str, at: datetime) -> int:
        """Mark the named records as deleted, those that are known and still there."""
        return self._bury(sql.SQL(_LISTED), run_id, at, record_ids)

    def _bury(self, gone: sql.SQL, run_id: str, at: datetime, record_ids: Iterable[str]) -> int:
        newest = sql.SQL(_NEWEST).format(table=self._table)
        cursor = self._session.execute(
            sql.SQL(_BURY).format(table=self._table, newest=newest, gone=gone),
            {
                "connection": self._connection,
                "record_ids": list(record_ids),
                "run_id": run_id,
                "at": at,
            },
        )
        self.buried.update(record_id for (record_id,) in cursor)
        return cursor.rowcount
