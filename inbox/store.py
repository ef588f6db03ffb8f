"""Storing events: whatever waits is written in one transaction, so that many cost one commit.

An event is answered for only after its commit. A database that is away fails the event at once,
and the vendor sends it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg
from psycopg.types.json import Jsonb

MAX_WAITING = 1_000
"""Events that may wait to be written; more are refused."""
EVENTS_PER_COMMIT = 200
BYTES_PER_COMMIT = 8_000_000
"""A commit takes no more events once it has that much."""
TIMEOUT = 10.0
"""Seconds after which an event that is not stored yet is given up; it may be stored later."""

_log = logging.getLogger(__name__)

_SESSION = """
set statement_timeout = '8s';
set lock_timeout = '8s';
set idle_in_transaction_session_timeout = '8s';
"""

_INSERT = """
insert into inbox.events (connection, source, headers, body)
select connection, source, headers, body
from unnest(%b::text[], %b::text[], %b::jsonb[], %b::bytea[])
    with ordinality as added (connection, source, headers, body, number)
order by number
"""


class StoreAway(Exception):
    """The event is not stored; the vendor is to send it again."""


@dataclass(frozen=True, slots=True)
class Event:
    """What is stored of a webhook."""

    connection: str
    source: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class _Waiting:
    event: Event | None
    done: asyncio.Future[None]

    @property
    def size(self) -> int:
        return len(self.event.body) if self.event else 0


@dataclass(slots=True)
class Store:
    """The writer of inbox.events; ``url`` gives the address, asked for at each connecting."""

    url: Callable[[], str]
    _queue: asyncio.Queue[_Waiting] = field(default_factory=lambda: asyncio.Queue(MAX_WAITING))
    _session: psycopg.AsyncConnection | None = None
    _asking: asyncio.Task[None] | None = None

    async def put(self, event: Event) -> None:
        """Returns once the event has been committed. Raises StoreAway."""
        await self._wait(event)

    async def ping(self) -> None:
        """Raises StoreAway if the database does not answer. Who asks meanwhile is told the same."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._wait(None))
        await asyncio.shield(self._asking)

    async def run(self) -> None:
        """Write what comes until cancelled."""
        try:
            while True:
                await self._write(await self._batch())
        finally:
            await self._close()

    async def _wait(self, event: Event | None) -> None:
        waiting = _Waiting(event, asyncio.get_running_loop().create_future())
        try:
            self._queue.put_nowait(waiting)
            async with asyncio.timeout(TIMEOUT):
                await waiting.done
        except (asyncio.QueueFull, TimeoutError):
            raise StoreAway from None

    async def _batch(self) -> list[_Waiting]:
        batch = [await self._queue.get()]
        size = batch[0].size
        while (
            len(batch) < EVENTS_PER_COMMIT and size < BYTES_PER_COMMIT and not self._queue.empty()
        ):
            batch.append(self._queue.get_nowait())
            size += batch[-1].size
        return [waiting for waiting in batch if not waiting.done.done()]

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        """All or none, and only then the answers."""
        events = [waiting.event for waiting in batch if waiting.event is not None]
        stored = await self._try(events)
        for waiting in batch:
            if waiting.done.done():
                continue
            if stored:
                waiting.done.set_result(None)
            else:
                waiting.done.set_exception(StoreAway())

    async def _try(self, events: Sequence[Event]) -> bool:
        """Whether the events are stored. A connection that was open before may have died meanwhile,
        so what fails on it is tried on a new one; should it have been stored after all, it is
        there twice, as if the vendor had sent it twice. Whatever goes wrong, the writer goes on."""
        opened_before = self._session is not None
        try:
            await self._insert(events)
        except Exception as error:
            await self._close()
            if opened_before:
                return await self._try(events)
            state = getattr(error, "sqlstate", None) or ""
            _log.error("%d events not stored: %s %s", len(events), type(error).__name__, state)
            return False
        return True

    async def _insert(self, events: Sequence[Event]) -> None:
        session = self._session or await self._connect()
        self._session = session
        async with asyncio.timeout(TIMEOUT):
            if not events:
                await session.execute("select 1")
                return
            columns = [
                [event.connection for event in events],
                [event.source for event in events],
                [Jsonb(dict(event.headers)) for event in events],
                [event.body for event in events],
            ]
            await session.execute(_INSERT, columns)

    async def _connect(self) -> psycopg.AsyncConnection:
        session = await psycopg.AsyncConnection.connect(
            self.url(), autocommit=True, connect_timeout=3, application_name="relay inbox"
        )
        await session.execute(_SESSION)
        return session

    async def _close(self) -> None:
        if self._session is not None:
            with suppress(Exception):
                await self._session.close()
            self._session = None
