"""Fault injection: what can go wrong between a vendor and its customer, on order.

A fault waits in table `faults` until a request to its vendor and stream draws it:
`inject(home, "greenhouse", "applications", "cut", after=1)` cuts the second page. Streams: the name
of the list, `token` (greenhouse's token endpoint), `responses_completed` and so on (typeform), or
`*` for all of the vendor.

| kind | what the client gets | params (default) |
|---|---|---|
| 429 | 429 with Retry-After | retry_after seconds (45) |
| 500, 503 | the vendor's error body | |
| expired | 401; at greenhouse the token is worthless from then on | |
| forbidden | 403 | ashby: status (403), code (missing_endpoint_permission) |
| timeout | no answer, then a reset | seconds (300) |
| drip | the answer in small pieces | seconds in all (10), pieces (20) |
| cut | Content-Length says more than is sent | share sent (0.5) |
| truncated | valid HTTP, half of the JSON | share sent (0.5) |
| html | a maintenance page with status 200 | |
| shape | an object where a list is due, and the reverse | |
| fields | records with other fields than before | add ({}), drop ([]), text ([]: becomes text) |
| reset | TCP reset in the middle of the answer | share sent (0.5) |
| mutate | rows due on the page change | count (1), delete (false), set ({}), seconds (1) later |
| repeat | the page begins with rows that the previous page has shown | rows (10) |

Every kind takes `account` (only requests of that account) as a param. `repeat` waits for a request
that has a previous page, `mutate` for a page that has rows.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sqlite3
import struct
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from sandbox import store
from sandbox.exchange import Answer, Fault

REFUSALS = frozenset({"429", "500", "503", "expired", "forbidden"})
REWRITES = frozenset({"truncated", "html", "shape", "fields"})
DELIVERIES = frozenset({"timeout", "drip", "cut", "reset"})
DATA = frozenset({"mutate", "repeat"})
KINDS = REFUSALS | REWRITES | DELIVERIES | DATA
UPDATED = frozenset({"updated_at", "updatedAt"})  # how vendors call the time of the last change
HTML = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Be right back.</body>"


@contextlib.contextmanager
def _writing(home: Path) -> Iterator[sqlite3.Connection]:
    """A write transaction on a connection of its own: the reader's connection must notice it."""
    with store.transaction(store.open_world(home)) as db:
        db.execute("begin immediate")
        yield db


def inject(
    home: Path,
    vendor: str,
    stream: str,
    kind: str,
    times: int | None = 1,
    after: int = 0,
    **params: Any,
) -> None:
    """Order a fault for the next `times` requests (None: for good) after `after` good ones."""
    if kind not in KINDS:
        raise ValueError(f"unknown fault {kind!r}: one of {', '.join(sorted(KINDS))}")
    aim = None if stream == "*" else stream
    with _writing(home) as db:
        _order(db, (vendor, aim, kind), times, {**params, "after": after})


def _order(
    db: sqlite3.Connection,
    aim: tuple[str, str | None, str],
    times: int | None,
    params: Mapping[str, Any],
) -> None:
    db.execute(
        "insert into faults (vendor, stream, kind, params, remaining) values (?, ?, ?, ?, ?)",
        (*aim, orjson.dumps(params).decode(), times),
    )


def clear(home: Path) -> None:
    """Forget every fault that has not been drawn."""
    with _writing(home) as db:
        db.execute("delete from faults")


def draw(home: Path, vendor: str, stream: str, account: str | None, *, paged: bool) -> Fault | None:
    """The fault that this request meets, taken off the table; the first ordered comes first.

    `paged`: the request asks for a later page, so that there is a previous one.
    """
    drawn: Fault | None = None
    with _writing(home) as db:
        rows = db.execute(
            "select id, kind, params, remaining from faults"
            " where vendor = ? and (stream is null or stream = ?) order by id",
            (vendor, stream),
        ).fetchall()
        for id_, kind, text, remaining in rows:
            params = orjson.loads(text)
            if params.get("account", account) != account:
                continue
            if params["after"] > 0:
                params["after"] -= 1
                changed = orjson.dumps(params).decode()
                db.execute("update faults set params = ? where id = ?", (changed, id_))
            elif drawn is None and (paged or kind != "repeat"):
                drawn = Fault(kind, params)
                if remaining == 1:
                    db.execute("delete from faults where id = ?", (id_,))
                elif remaining is not None:
                    db.execute("update faults set remaining = remaining - 1 where id = ?", (id_,))
    return drawn


def mutate(
    home: Path, account: str, stream: str, ids: Sequence[int], params: Mapping[str, Any]
) -> None:
    """Change the first `count` of `ids` as somebody at the vendor's customer would just now.

    The clock moves some ``seconds``, so the rows' updated_at lies above any bound taken before. A
    page without rows leaves it to the next one.
    """
    with _writing(home) as db:
        if not ids:
            vendor = next(one.vendor for one in store.accounts(db) if one.account == account)
            _order(db, (vendor, stream, "mutate"), 1, params)
            return
        later = timedelta(seconds=int(params.get("seconds", 1)))
        now = datetime.fromisoformat(store.clock(db)) + later
        store.set_meta(db, "clock", now.strftime("%Y-%m-%dT%H:%M:%SZ"))
        for id_ in ids[: int(params.get("count", 1))]:
            where = (account, stream, id_)
            if params.get("delete"):
                db.execute("delete from records where account=? and stream=? and id=?", where)
                continue
            body, updated_at = db.execute(
                "select body, updated_at from records where account=? and stream=? and id=?", where
            ).fetchone()
            record = orjson.loads(body) | params.get("set", {})
            for name in UPDATED & record.keys():
                updated_at = now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
                in_ms = isinstance(record[name], int)
                record[name] = int(now.timestamp() * 1000) if in_ms else updated_at
            db.execute(
                "update records set body=?, updated_at=? where account=? and stream=? and id=?",
                (orjson.dumps(record), updated_at, *where),
            )


def rewrite(answer: Answer, fault: Fault | None) -> Answer:
    """The answer with its content spoilt, if the fault is of that sort."""
    if fault is None or fault.kind not in REWRITES:
        return answer
    if fault.kind == "html":
        return Answer(200, HTML, (), "text/html; charset=utf-8")
    body = answer.body
    if fault.kind == "fields":
        body = orjson.dumps(_with_other_fields(orjson.loads(body), fault.params))
    elif fault.kind == "truncated":
        body = body[: _sent(answer, fault)]
    else:
        body = b'{"records":' + body + b"}" if body.startswith(b"[") else b"[" + body + b"]"
    return Answer(answer.status, body, answer.headers, answer.media_type)


def _with_other_fields(body: Any, params: Mapping[str, Any]) -> Any:
    """A page, a list or an object that holds lists, of records as the vendor has them now."""
    if isinstance(body, dict):
        return {
            name: _with_other_fields(part, params) if isinstance(part, list) else part
            for name, part in body.items()
        }
    dropped, texts = params.get("drop", ()), params.get("text", ())
    return [
        {
            name: str(value) if name in texts else value
            for name, value in {**record, **params.get("add", {})}.items()
            if name not in dropped
        }
        if isinstance(record, dict)
        else record
        for record in body
    ]


def _sent(answer: Answer, fault: Fault) -> int:
    return int(len(answer.body) * float(fault.params.get("share", 0.5)))


class SpoiltDelivery:
    """An ASGI response that goes wrong on the wire."""

    def __init__(
        self,
        answer: Answer,
        headers: Sequence[tuple[str, str]],
        fault: Fault,
        transport: asyncio.Transport,
    ) -> None:
        self._answer, self._headers, self._fault = answer, headers, fault
        self._transport = transport

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Deliver as `drip`, `timeout`, `cut` or `reset` asks for."""
        if self._fault.kind == "timeout":
            await _gone(receive, float(self._fault.params.get("seconds", 300)))
            await self._hang_up(receive, abort=True)
            return
        raw = [(name.lower().encode(), value.encode()) for name, value in self._headers]
        await send({"type": "http.response.start", "status": self._answer.status, "headers": raw})
        if self._fault.kind == "drip":
            await self._drip(receive, send)
            return
        part = self._answer.body[: _sent(self._answer, self._fault)]
        await send({"type": "http.response.body", "body": part, "more_body": True})
        await self._hang_up(receive, abort=self._fault.kind == "reset")

    async def _drip(self, receive: Receive, send: Send) -> None:
        body = self._answer.body
        pieces = int(self._fault.params.get("pieces", 20))
        size = max(1, -(-len(body) // pieces))
        for start in range(0, len(body), size):
            if await _gone(receive, float(self._fault.params.get("seconds", 10)) / pieces):
                return
            chunk = body[start : start + size]
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _hang_up(self, receive: Receive, *, abort: bool) -> None:
        """Close the connection (with RST if `abort`) and wait until the server has noticed."""
        if self._transport.is_closing():
            return
        if abort:
            linger = struct.pack("ii", 1, 0)
            self._transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, linger
            )
            self._transport.abort()
        else:
            self._transport.close()
        await _gone(receive, 5)


async def _gone(receive: Receive, seconds: float) -> bool:
    """Wait until the client has hung up, at most so long; whether it has."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
            return True
    return False
