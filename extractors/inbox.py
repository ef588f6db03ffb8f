"""Reading the inbox: the webhooks of a connection, in the order of their arrival, as batches.

A stream with ``inbox`` is fed from there, after it was polled or (without a ``path``) alone. The
position is the id of the last event, part of the stream's state. An event that cannot be unpacked
is named in the quarantine, and the rest goes on. Events are deleted once every stream of their
connection has landed them and ``inbox_days`` have passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, LiteralString

import psycopg
from pydantic import BaseModel, ConfigDict, Field

import warehouse
from extractors.errors import RelayError, SourceError, Unreachable
from extractors.stream import (
    Batch,
    Connection,
    Fields,
    InboxEvent,
    Page,
    Reader,
    Scan,
    State,
    Unpack,
)
from extractors.versions import HASH_BYTES, MISSHAPEN, prepared

EVENTS_PER_BATCH = 500
BYTES_PER_BATCH = 8_000_000
RULE = "inbox_event"
POSITION = "inbox"
"""The key of the position in a stream's state, beside what its polling keeps there."""

_READ = """
select event_id, received_at, headers, body, encode(body_hash, 'hex')
from (
    select *, sum(octet_length(body)) over (order by event_id) - octet_length(body) as bytes
    from (
        select * from inbox.events
        where connection = %(connection)s and event_id > %(after)s
        order by event_id
        limit %(limit)s
    ) as following
) as following
where bytes < %(bytes)s
order by event_id
"""

_HOLD = """
insert into gate.quarantine as q (
    connection, source, stream, record_id, seq, payload_hash, rule, reason, status, found_at,
    found_run_id
)
values (
    %(connection)s, %(source)s, %(stream)s, %(record_id)s, %(seq)s, %(hash)s, %(rule)s,
    %(reason)s, 'open', now(), 'inbox'
)
on conflict (connection, stream, record_id, payload_hash, rule) do update set
    reason = excluded.reason, status = 'open', closed_at = null, closed_by = null
where q.status <> 'waived'
"""

_HELD = """
select record_id from gate.quarantine
where connection = %(connection)s and stream = %(stream)s and rule = %(rule)s and status = 'open'
"""

_CLOSE = """
update gate.quarantine set status = %(status)s, closed_at = now(), closed_by = 'inbox'
where connection = %(connection)s and stream = %(stream)s and rule = %(rule)s and status = 'open'
    and record_id = any(%(record_ids)s)
"""

_CLEAR = """
with gone as (
    delete from inbox.events
    where connection = %(connection)s and received_at < now() - make_interval(days => %(days)s)
        and event_id <= (
            select min(coalesce((state.state ->> %(position)s)::bigint, 0))
            from unnest(%(streams)s::text[]) as fed (stream)
            left join landing.sync_state as state
                on state.connection = %(connection)s and state.stream = fed.stream
        )
    returning event_id
)
update gate.quarantine as q set status = 'waived', closed_at = now(), closed_by = 'inbox_days'
from gone
where q.connection = %(connection)s and q.rule = %(rule)s and q.status = 'open'
    and q.seq = gone.event_id
"""


class InboxOptions(BaseModel):
    """Options of every source that can send webhooks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    webhooks: bool = False
    """Whether the inbox takes webhooks for this connection."""
    inbox_days: int = Field(default=30, ge=1, le=3660)
    """Days after which a webhook that has landed is deleted from the inbox."""


def takes_webhooks(connection: Connection) -> bool:
    """Whether the inbox takes webhooks for this connection."""
    options = connection.options
    return isinstance(options, InboxOptions) and options.webhooks


@dataclass(frozen=True, slots=True)
class InboxOnly:
    """The reader of a source that only sends webhooks: there is nothing to ask it for."""

    def batches(self, scan: Scan) -> Iterator[Batch]:
        yield from ()


def fed(reader: Reader, scan: Scan, streams: Sequence[str]) -> Iterator[Batch]:
    """What ``reader`` reads of a stream, then what the inbox has for it. ``streams`` are those of
    the connection that webhooks feed.

    A webhook says of a record what polling says, or less: so polling comes first, and of a record
    that it has shown the webhook adds nothing. A vendor that cannot be asked does not keep its
    webhooks from landing; its error is raised after them.
    """
    unpack = scan.stream.inbox
    if unpack is None or not takes_webhooks(scan.connection):
        if scan.stream.path or unpack is None:
            yield from reader.batches(scan)
        return
    state = dict(scan.state or {})
    position = int(state.pop(POSITION, 0))
    failed: RelayError | None = None
    if scan.stream.path:
        try:
            for batch in reader.batches(replace(scan, state=state or None)):
                joined: State = {POSITION: position}
                yield replace(batch, state=joined, pages=_joining(batch, joined))
                state = batch.state
        except RelayError as error:
            failed = error
    yield from _Inbox(scan, unpack, streams).batches(state, position)
    if failed is not None:
        yield Batch("polling", _raising(failed), {**state, POSITION: position})


def _raising(error: RelayError) -> Iterator[Page]:
    """Pages that only fail: as a batch of their own they leave what came before them landed."""
    raise error
    yield Page([])


def _joining(batch: Batch, joined: State) -> Iterator[Page]:
    """The batch's pages; its state, which may come with the last one, is added to ``joined``."""
    yield from batch.pages
    joined.update(batch.state)


@dataclass(slots=True)
class _Inbox:
    """The inbox as one stream reads it."""

    scan: Scan
    unpack: Unpack
    streams: Sequence[str]
    held: frozenset[str] = frozenset()

    def batches(self, state: State, position: int) -> Iterator[Batch]:
        """The events after ``position``; a stream without any gets one empty batch at first."""
        read = False
        try:
            with warehouse.connect("relay_loader", autocommit=True) as session:
                self._clear(session)
                self.held = self._held(session)
                while events := self._following(session, position):
                    position = events[-1].event_id
                    pages = [Page(self._records(session, events))]
                    label = f"webhooks {events[0].event_id} .. {position}"
                    yield Batch(label, pages, {**state, POSITION: position}, late=True)
                    read = True
        except warehouse.WarehouseError as error:
            raise Unreachable(f"{self.scan.where}: {error}") from None
        except psycopg.Error as error:
            raise SourceError(
                f"{self.scan.where}: the inbox cannot be read: SQLSTATE {error.sqlstate} "
                f"({type(error).__name__}). Remedy: run `python -m warehouse migrate`; else see "
                "the server's log."
            ) from None
        if not read and self.scan.state is None and not self.scan.stream.path:
            yield Batch("no webhooks", [], {**state, POSITION: position})

    def _following(self, session: psycopg.Connection, position: int) -> list[InboxEvent]:
        found = session.execute(
            _READ,
            {
                "connection": self.scan.connection.name,
                "after": position,
                "limit": EVENTS_PER_BATCH,
                "bytes": BYTES_PER_BATCH,
            },
        )
        return [InboxEvent(*event) for event in found]

    def _records(self, session: psycopg.Connection, events: Iterable[InboxEvent]) -> list[Fields]:
        """The stream's records of the events that can be unpacked; the others are held."""
        records: list[Fields] = []
        repaired: list[str] = []
        for event in events:
            try:
                found = list(self.unpack(event))
                for record in found:
                    self.scan.stream.record_id(prepared(record, self.scan.stream))
            except MISSHAPEN as error:
                self._hold(session, event, error)
                continue
            records += found
            if _record_id(event) in self.held:
                repaired.append(_record_id(event))
        if repaired:
            self._execute(session, _CLOSE, status="repaired", record_ids=repaired)
        return records

    def _hold(self, session: psycopg.Connection, event: InboxEvent, error: Exception) -> None:
        reason = (
            f"not what {self.scan.connection.source} documents ({type(error).__name__}). Remedy: "
            "compare it with the vendor's documentation (inbox.events has it until it is "
            "inbox_days old); read again with --full after a correction, or waive it."
        )
        self.scan.notice(f"{self.scan.where}: webhook {event.event_id} is held: {reason}")
        self._execute(
            session,
            _HOLD,
            source=self.scan.connection.source,
            record_id=_record_id(event),
            seq=event.event_id,
            hash=bytes.fromhex(event.body_hash)[:HASH_BYTES],
            reason=f"the webhook is {reason}",
        )

    def _held(self, session: psycopg.Connection) -> frozenset[str]:
        found = self._execute(session, _HELD)
        return frozenset(record_id for (record_id,) in found)

    def _clear(self, session: psycopg.Connection) -> None:
        options = self.scan.connection.options
        if isinstance(options, InboxOptions):
            self._execute(
                session,
                _CLEAR,
                days=options.inbox_days,
                position=POSITION,
                streams=list(self.streams),
            )

    def _execute(
        self, session: psycopg.Connection, statement: LiteralString, **values: object
    ) -> psycopg.Cursor[Any]:
        names = {
            "connection": self.scan.connection.name,
            "stream": self.scan.stream.name,
            "rule": RULE,
        }
        return session.execute(statement, {**names, **values})


def _record_id(event: InboxEvent) -> str:
    return f"inbox:{event.event_id}"
