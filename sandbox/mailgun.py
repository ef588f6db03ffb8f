"""Mailgun's Events API.

Facts from documentation.mailgun.com (events, event polling): Basic authentication as user ``api``
with the key; GET /v3/{domain}/events with begin and end (RFC 2822 or epoch seconds), ascending
(yes, no), limit (300 at most) and tags; {items, paging: {first, next, previous}} with whole URLs,
whose last part names a place in the list; one follows ``next`` until a page is empty. Events come
late and are inserted where their time belongs, also into pages that were read: a page can be
trusted once its last event is half an hour old. Not published, so assumed: begin and end are
included, 100 events unless asked, 400 for a value that cannot be read or a limit out of range, 404
for another domain, and the bodies of errors. An account here keeps its events for ever, unless
table meta's mailgun_retention_days says how many days.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime

import orjson
from starlette.requests import Request

from sandbox.exchange import Answer, Call, Endpoint, Refused, basic, json_answer
from sandbox.limits import FixedWindow
from sandbox.reader import World
from sandbox.store import Account
from sandbox.world_time import iso_ms

LIMIT_DEFAULT, LIMIT_MAX = 100, 300
RATE_LIMIT, RATE_WINDOW_S, RETENTION_DAYS = "100000", "1", "0"
LAST = "9999"
Place = tuple[str, int]


class Mailgun:
    """The vendor."""

    name = "mailgun"

    def __init__(self, world: World) -> None:
        self._world = world
        self._limits = FixedWindow()
        self.endpoints = (
            Endpoint("GET", "/mailgun/v3/{domain}/events", self.first, _stream),
            Endpoint("GET", "/mailgun/v3/{domain}/events/{place}", self.following, _stream),
        )

    def identify(self, request: Request) -> Account | None:
        """By the API key, as the password of the user api."""
        user, key = basic(request)
        return self._world.account(self.name, key) if user == "api" else None

    def refuse(self, call: Call, kind: str) -> Answer:
        """Injected refusals."""
        wait = str((call.fault.params if call.fault else {}).get("retry_after", 45))
        answers = {
            "429": _error(429, "Too Many Requests", ("Retry-After", wait)),
            "500": _error(500, "Internal Server Error"),
            "503": _error(503, "Service Unavailable"),
            "expired": _error(401, "Forbidden"),
            "forbidden": _error(403, "Forbidden"),
        }
        return answers[kind]

    def first(self, call: Call) -> Answer:
        """The first page of a query."""
        return self._answer(call, lambda: _asked(dict(call.params)))

    def following(self, call: Call) -> Answer:
        """The page at the place that a link of an earlier page names."""
        return self._answer(call, lambda: _read(str(call.request.path_params["place"])))

    def _answer(self, call: Call, read: Callable[[], _Query]) -> Answer:
        account = call.account
        if account is None:
            return _error(401, "Forbidden")
        limit = int(self._world.setting("mailgun_rate_limit", RATE_LIMIT, account.account))
        usage = self._limits.take(account.account, limit, float(RATE_WINDOW_S))
        if not usage.allowed:
            return _error(429, "Too Many Requests", ("Retry-After", str(usage.reset_in)))
        if call.request.path_params["domain"] != account.client_id:
            return _error(404, "Domain not found")
        try:
            return self._page(account, call, read())
        except Refused as refused:
            return refused.answer

    def _page(self, account: Account, call: Call, query: _Query) -> Answer:
        ascending, (begin, end, tag), limit, place = query
        rows = self._rows(account.account, begin, end, tag)
        if not ascending:
            rows.reverse()
        if place is not None:
            at = tuple(place)
            rows = [row for row in rows if (row > at if ascending else row < at)]
        page = rows[:limit]
        bodies = self._world.bodies(account.account, "events", [number for _, number in page])
        last = page[-1] if page else place
        host = f"{call.request.url.scheme}://{call.request.url.netloc}"
        base = f"{host}/mailgun/v3/{account.client_id}/events"
        links = {
            name: f"{base}/{_write(ascending, (begin, end, tag), limit, to)}"
            for name, to in (("first", None), ("next", last), ("previous", place))
        }
        items = b",".join(bodies[number] for _, number in page if number in bodies)
        return Answer(200, b'{"items":[' + items + b'],"paging":' + orjson.dumps(links) + b"}")

    def _rows(self, account: str, begin: str, end: str, tag: str) -> list[Place]:
        """(time, number) of the events in a range, oldest first."""
        days = int(self._world.setting("mailgun_retention_days", RETENTION_DAYS, account))
        if days:
            oldest = self._world.clock - timedelta(days=days)
            begin = max(begin, iso_ms(int(oldest.timestamp())))
        sql = (
            "select sort_at, id from records where account = ? and stream = 'events'"
            " and sort_at >= ? and sort_at <= ? and (? = '' or exists (select 1 from"
            " json_each(cast(body as text), '$.tags') where json_each.value = ?))"
            " order by sort_at, id"
        )
        return [
            (str(at), int(number))
            for at, number in self._world.rows(sql, (account, begin, end, tag, tag))
        ]


_Query = tuple[bool, tuple[str, str, str], int, Place | None]


def _asked(params: dict[str, str]) -> _Query:
    ascending = params.get("ascending", "no")
    limit = params.get("limit", str(LIMIT_DEFAULT))
    if ascending not in ("yes", "no"):
        raise Refused(_error(400, "ascending must be yes or no"))
    if not limit.isdigit() or not 1 <= int(limit) <= LIMIT_MAX:
        raise Refused(_error(400, f"limit must be from 1 to {LIMIT_MAX}"))
    begin = _time(params["begin"]) if "begin" in params else ""
    end = _time(params["end"]).replace(".000Z", ".999Z") if "end" in params else LAST
    return ascending == "yes", (begin, end, params.get("tags", "")), int(limit), None


def _time(text: str) -> str:
    try:
        at = float(text) if text.replace(".", "", 1).isdigit() else None
        return iso_ms(int(parsedate_to_datetime(text).timestamp() if at is None else at))
    except (ValueError, TypeError, OverflowError):
        raise Refused(
            _error(400, "begin and end must be RFC 2822 dates or epoch seconds")
        ) from None


def _write(ascending: bool, among: tuple[str, str, str], limit: int, place: Place | None) -> str:
    """A place in a list, as the last part of a URL."""
    return base64.urlsafe_b64encode(orjson.dumps([ascending, among, limit, place])).decode()


def _read(text: str) -> _Query:
    try:
        ascending, (begin, end, tag), limit, place = orjson.loads(base64.urlsafe_b64decode(text))
        return ascending, (begin, end, tag), limit, (place[0], place[1]) if place else None
    except (ValueError, TypeError, binascii.Error):
        raise Refused(_error(400, "Invalid page")) from None


def _stream(request: Request) -> str:
    return "events"


def _error(status: int, message: str, *headers: tuple[str, str]) -> Answer:
    return json_answer(status, {"message": message}, *headers)
