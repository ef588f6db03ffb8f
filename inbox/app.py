"""The service's two routes: POST /hooks/<connection> and GET /health.

An answer says nothing but its status: 204 stored, 401 not signed by the vendor, 404 no such
connection, 408 and 413 a body that is too slow or too large, 429 too many, 503 try again later.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from fastapi import FastAPI, Request, Response
from starlette.requests import ClientDisconnect

from inbox.hooks import Hook
from inbox.limits import Allowance
from inbox.schemes import Refused, Unverifiable
from inbox.store import Event, Store, StoreAway

RETRY_AFTER = "30"
"""Seconds after which a vendor may try again what could not be stored."""
MAX_HEADER = 500
"""Characters that are stored of a header."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """max_bytes     of a body, compressed or not as it is sent
    body_seconds  in which a body has to be there
    """

    max_bytes: int = 2_000_000
    body_seconds: float = 10.0
    allowance: Allowance = field(default_factory=lambda: Allowance(per_second=50, burst=500))


@dataclass(slots=True)
class _Refusals:
    """Logs what was not taken; of what comes again and again one line a minute."""

    every: float = 60.0
    _count: Counter[tuple[str, int]] = field(default_factory=Counter)
    _told: dict[tuple[str, int], float] = field(default_factory=dict)

    def note(self, connection: str, status: int) -> None:
        kind, now = (connection, status), time.monotonic()
        self._count[kind] += 1
        if now - self._told.get(kind, now - self.every) >= self.every:
            _log.warning("%s: answered %d, %d times", connection, status, self._count.pop(kind))
            self._told[kind] = now


class _TooLarge(Exception):
    """The body is larger than allowed."""


def application(hooks: Mapping[str, Hook], store: Store, limits: Limits) -> FastAPI:
    """The service over a store that is written to while it runs."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        writing = asyncio.create_task(store.run())
        yield
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing

    refusals = _Refusals()
    app = FastAPI(openapi_url=None, redirect_slashes=False, lifespan=lifespan)

    @app.get("/health")
    async def health() -> Response:
        try:
            await store.ping()
        except StoreAway:
            return _answer(503)
        return _answer(204)

    @app.post("/hooks/{connection}")
    async def take(connection: str, request: Request) -> Response:
        hook = hooks.get(connection)
        if hook is None:
            return _answer(404, close=True)
        answer = await _taken(hook, request, store, limits)
        if answer.status_code != 204:
            refusals.note(hook.connection, answer.status_code)
        return answer

    return app


async def _taken(hook: Hook, request: Request, store: Store, limits: Limits) -> Response:
    if hook.scheme is None:
        return _answer(503, retry_after=RETRY_AFTER, close=True)
    if wait := limits.allowance.wait(hook.connection):
        return _answer(429, retry_after=str(math.ceil(wait)), close=True)
    try:
        body = await _body(request, limits)
    except _TooLarge:
        return _answer(413, close=True)
    except (TimeoutError, ClientDisconnect):
        return _answer(408, close=True)
    try:
        await hook.scheme.verify(request.headers, body)
        limits.allowance.take(hook.connection)
        kept = {name: _kept(request.headers[name]) for name in hook.scheme.keeps
                if name in request.headers}  # fmt: skip
        await store.put(Event(hook.connection, hook.source, kept, body))
        await hook.scheme.stored(body)
    except Refused:
        return _answer(401)
    except (Unverifiable, StoreAway):
        return _answer(503, retry_after=RETRY_AFTER)
    return _answer(204)


async def _body(request: Request, limits: Limits) -> bytes:
    """The body as it came, never more of it in memory than is allowed."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or len(declared) > 12 or int(declared) > limits.max_bytes:
        raise _TooLarge
    body = bytearray()
    async with asyncio.timeout(limits.body_seconds):
        async for chunk in request.stream():
            body += chunk
            if len(body) > limits.max_bytes:
                raise _TooLarge
    return bytes(body)


def _kept(value: str) -> str:
    """A header as it may be stored: short and printable."""
    return "".join(filter(str.isprintable, value))[:MAX_HEADER]


def _answer(status: int, *, retry_after: str = "", close: bool = False) -> Response:
    headers = {"Retry-After": retry_after} if retry_after else {}
    if close:  # what is left of the body is not read
        headers["Connection"] = "close"
    return Response(status_code=status, headers=headers)
