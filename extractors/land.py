"""Landing: pages of records into a raw table, together with the state that they stand for.

One ``land`` call is one transaction: the new versions, their identity keys, the file mark and the
sync state commit together or not at all, so a process killed at any point leaves what the last
commit left. Memory does not grow with the number of records.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from extractors.deletions import GREATEST_LOSS, SMALLEST_LOSS, Deletions
from extractors.drift import Drift
from extractors.erasure import Erasure
from extractors.errors import SourceError, Unreachable
from extractors.identity import identity_keys
from extractors.registration import checked_key, register
from extractors.rows import Row
from extractors.stream import Connection, FileRef, Page, State, Stream
from extractors.versions import (
    COPY_COLUMNS,
    History,
    Known,
    RowEncoder,
    Version,
    changed,
    copy_of,
    versions_of,
)
from warehouse import WarehouseError, open_connection
from warehouse.locks import lock_stream
from warehouse.raw import raw_schema

CHUNK_ROWS = 4_000
"""Rows per look-up and COPY: fewer cost more waits for the server than they save memory."""
CHUNK_BYTES = 8_000_000
"""The same limit for streams of large records."""
CHUNKS_AHEAD = 2
"""Chunks that are being written, or wait for it, while the next one is being made."""

_log = logging.getLogger(__name__)

_SESSION = """
set enable_seqscan = off;
set enable_bitmapscan = off;
set idle_in_transaction_session_timeout = 0;
set timezone = 'UTC';
"""  # the plan that is best for a large table from the first row on, when there are no statistics

_KNOWN = """
select wanted.record_id, newest.payload_hash, newest.is_deleted, newest.source_updated_at,
       newest.run_id = %(run_id)s
from unnest(%(record_ids)s::text[]) as wanted (record_id)
cross join lateral (
    select payload_hash, is_deleted, source_updated_at, run_id
    from {table}
    where connection = %(connection)s and record_id = wanted.record_id
    order by seq desc
    limit 1
) as newest
"""

_KEYS = """
insert into vault.identity_keys
select %s, %s, %s, record_id, payload_hash, kind, key
from unnest(%b::text[], %b::bytea[], %b::text[], %b::text[])
    as added (record_id, payload_hash, kind, key)
on conflict do nothing
"""

_KEY_TYPES = ("text", "text", "text", "text", "bytea", "text", "text")

_STATE = """
insert into landing.sync_state (connection, source, stream, state, observed_at, run_id)
values (%s, %s, %s, %s, %s, %s)
on conflict (connection, stream) do update set
    source = excluded.source, state = excluded.state,
    observed_at = coalesce(excluded.observed_at, sync_state.observed_at),
    updated_at = now(), run_id = excluded.run_id
"""

_FILE = """
insert into landing.files (connection, path, content_hash, stream, row_count, run_id)
values (%s, %s, %s, %s, %s, %s)
on conflict do nothing
"""


@dataclass(frozen=True, slots=True)
class LandCounts:
    """Records read from the pages, and how many of them were new versions."""

    read: int
    landed: int


class Landing:
    """One stream of one connection, locked against other runs while open.

    ``state`` is what the last committed ``land`` left, None if there was none. ``full`` believes a
    complete scan however many records it no longer shows. Raises Unreachable
    when the warehouse cannot be connected to, ConfigError when the HMAC key is not the one that
    the warehouse's identity keys were made with.
    """

    def __init__(
        self,
        dsn: str,
        *,
        connection: Connection,
        source: str,
        stream: Stream,
        run_id: str,
        full: bool = False,
    ) -> None:
        self.connection = connection
        self.source = source
        self.stream = stream
        self.run_id = run_id
        self.state: State | None = None
        self.where = f"{connection.name}.{stream.name}"
        self._dsn = dsn
        self._full = full
        self._complete = False
        self._late = False
        self._table = sql.Identifier(raw_schema(source), stream.name)

    def __enter__(self) -> Self:
        try:
            self._session = open_connection(self._dsn, autocommit=True)
        except WarehouseError as error:
            raise Unreachable(f"{self.where}: {error}") from None
        try:
            self._open()
        except BaseException as error:
            known = self._database_error(error) if isinstance(error, psycopg.Error) else error
            self._session.close()
            raise known from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._session.close()

    def land(
        self,
        pages: Iterable[Page],
        state: State,
        observed_at: datetime | None = None,
        file: FileRef | None = None,
        *,
        complete: bool = False,
        late: bool = False,
    ) -> LandCounts:
        """Append the records that changed and move the state, in one transaction.

        ``complete``: the pages show every record there is; one that they do not show is deleted.
        ``late``: only what is newer than the landed version of a record is appended, and nothing is
        missed, whatever the stream is.
        Errors of the pages pass through, those of the database come as SourceError; after either
        nothing of this call is in the warehouse.
        """
        encoder = RowEncoder(self.connection.name, datetime.now(UTC), self.run_id)
        self._complete = (complete or self.stream.complete) and not late
        self._late = late
        self._anonymous.clear()
        self._deletions.buried.clear()
        try:
            with self._session.transaction():
                self._drift.begin()
                if self._complete:
                    self._deletions.begin()
                read, landed = self._land_all(self._chunks(pages, encoder))
                if self._complete:
                    landed += self._deletions.bury_unseen(
                        self.run_id, encoder.extracted_at, whatever=self._full
                    )
                if landed and not self._full and not self._history.is_first:
                    self._drift.require_shape()
                self._drift.remember(self.run_id)
                self._erase()
                if file is not None:
                    self._mark_file(file, read)
                self._save_state(state, observed_at)
        except psycopg.Error as error:
            raise self._database_error(error) from None
        self.state = state
        return LandCounts(read, landed)

    def _open(self) -> None:
        # children of another stream wait until it has landed: what it lands now has them too
        of_people = self.stream.deletes or self.stream.erases
        for stream in filter(None, (self.stream.name, of_people, self.stream.parent)):
            lock_stream(
                self._session,
                self.connection.name,
                stream,
                lambda: _log.warning("%s: another run is landing it; waiting", self.where),
            )
        self._session.execute(_SESSION)
        self._deletions = Deletions(
            self._session,
            sql.Identifier(raw_schema(self.source), self.stream.deletes or self.stream.name),
            self.connection.name,
            self.where,
        )
        people = self._source_stream(of_people) if of_people else self.stream
        self._erasure = Erasure(self._session, self.connection, self.source, people)
        self._requested = self._erasure.requested() if self.stream.erase else frozenset()
        self._anonymous: set[str] = set()
        self._drift = Drift(self._session, self.connection, self.source, self.stream)
        register(self._session, self.connection, self.source)
        self._hmac_key = checked_key(self._session, self.where) if self.stream.identity else b""
        self._history = History(empty=self._is_first_load())
        row = self._session.execute(
            "select state from landing.sync_state where connection = %s and stream = %s",
            [self.connection.name, self.stream.name],
        ).fetchone()
        self.state = row[0] if row else None

    def _is_first_load(self) -> bool:
        row = self._session.execute(
            sql.SQL("select exists (select from {} where connection = %s)").format(self._table),
            [self.connection.name],
        ).fetchone()
        return row == (False,)

    def _land_all(self, chunks: Iterable[list[Version]]) -> tuple[int, int]:
        """Records read and landed. One chunk is written while the next one is being made."""
        read = landed = 0
        writing: deque[Future[int]] = deque()
        with ThreadPoolExecutor(1, "land") as writer:
            for chunk in chunks:
                read += len(chunk)
                if len(writing) == CHUNKS_AHEAD:
                    landed += writing.popleft().result()
                writing.append(writer.submit(self._land_chunk, chunk))
            landed += sum(written.result() for written in writing)
        return read, landed

    def _chunks(self, pages: Iterable[Page], encoder: RowEncoder) -> Iterator[list[Version]]:
        version_of = versions_of(self.stream, self.where, encoder, self._hmac_key, self._requested)
        chunk: list[Version] = []
        size = 0
        for page in pages:
            for record in page.records:
                if not isinstance(record, Row):  # of rows nothing else was decoded
                    self._drift.see(record)
            versions = list(map(version_of, page.records))
            chunk += versions
            size += sum(len(version.row) for version in versions)
            if len(chunk) >= CHUNK_ROWS or size >= CHUNK_BYTES:
                yield chunk
                chunk, size = [], 0
        if chunk:
            yield chunk

    def _land_chunk(self, chunk: list[Version]) -> int:
        record_ids = {version.record_id for version in chunk}
        if self._complete:
            self._deletions.see(record_ids)
        if self.stream.deletes:
            self._deletions.bury(record_ids, self.run_id, datetime.now(UTC))
        known = self._known(self._history.of(record_ids))
        all_new = not known and len(record_ids) == len(chunk)
        added = chunk if all_new else changed(chunk, known, late=self._late)
        if added:
            self._copy(copy_of(added))
            self._anonymous.update(
                version.record_id
                for version in added
                if version.anonymised or (self.stream.erases and not self.stream.anonymised)
            )
            if self.stream.identity:
                self._add_keys(added)
        return len(added)

    def _source_stream(self, name: str) -> Stream:
        from extractors.registry import SOURCES  # which imports every vendor

        return SOURCES[self.source].stream(name).bound(self.connection.options)

    def _erase(self) -> None:
        """What is personal goes with what says so, in one transaction. That most people were made
        anonymous at once is not believed, unless the run is full: a right that was taken away looks
        like it, and nothing brings back what was erased."""
        doubtful = not (self._full or self._history.is_first or self.stream.erases)
        if doubtful and len(self._anonymous) > SMALLEST_LOSS:
            known = self._erasure.known()
            if len(self._anonymous) > GREATEST_LOSS * known:
                raise SourceError(
                    f"{self.where}: {len(self._anonymous):,} of {known:,} records came without "
                    "the person behind them; expected that of few at once. Nothing of this batch "
                    "was landed. Remedy: check the rights of the credential; if they were really "
                    "made anonymous, run once with --full."
                )
        self._erasure.erase(self._anonymous, "anonymised", self.run_id)
        self._erasure.erase(self._deletions.buried, "deleted", self.run_id)

    def _known(self, record_ids: list[str]) -> dict[str, Known]:
        """The newest landed versions, those of this transaction included."""
        if not record_ids:
            return {}
        rows = self._session.execute(
            sql.SQL(_KNOWN).format(table=self._table),
            {
                "run_id": self.run_id,
                "connection": self.connection.name,
                "record_ids": record_ids,
            },
            binary=True,
        )
        return {record_id: Known(*newest) for record_id, *newest in rows}

    def _copy(self, data: bytes) -> None:
        columns = sql.SQL(", ").join(map(sql.Identifier, COPY_COLUMNS))
        statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(self._table, columns)
        with self._session.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(data)

    def _add_keys(self, versions: list[Version]) -> None:
        """COPY, twice as fast as INSERT, as long as no payload comes back that was there before."""
        rows = [
            (version.record_id, version.payload_hash, kind, key)
            for version in versions
            for kind, key in identity_keys(version.person, self._hmac_key)
        ]
        fixed = (self.connection.name, self.source, self.stream.name)
        try:
            with (
                self._session.transaction(),
                self._session.cursor() as cursor,
                cursor.copy("copy vault.identity_keys from stdin (format binary)") as copy,
            ):
                copy.set_types(_KEY_TYPES)
                for row in rows:
                    copy.write_row(fixed + row)
        except psycopg.errors.UniqueViolation:
            columns = [list(column) for column in zip(*rows, strict=True)]
            self._session.execute(_KEYS, [*fixed, *columns])

    def _mark_file(self, file: FileRef, row_count: int) -> None:
        self._session.execute(
            _FILE,
            [
                self.connection.name,
                file.path,
                file.content_hash,
                self.stream.name,
                row_count,
                self.run_id,
            ],
        )

    def _save_state(self, state: State, observed_at: datetime | None) -> None:
        self._session.execute(
            _STATE,
            [
                self.connection.name,
                self.source,
                self.stream.name,
                Jsonb(state),
                observed_at,
                self.run_id,
            ],
        )

    def _database_error(self, error: psycopg.Error) -> SourceError:
        """Without the server's own text, which may quote a record."""
        if self._session.broken:
            return Unreachable(
                f"{self.where}: the warehouse went away while landing; nothing of this batch was "
                "kept. Remedy: see that it runs (`python -m warehouse start`), then run again."
            )
        return SourceError(
            f"{self.where}: the warehouse refused the rows with SQLSTATE {error.sqlstate} "
            f"({type(error).__name__}). Remedy: for a missing table or right run "
            "`python -m warehouse migrate`; else see the server's log."
        )
