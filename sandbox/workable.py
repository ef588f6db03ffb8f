"""Workable, SPI v3: its lists.

Facts from recorded answers and workable.readme.io: pages of at most 100, 50 unless asked; the next
page as a URL with ``since_id``, no ``paging`` on the last one; the rate headers, whose reset is
always ten seconds away. Not published, so assumed: the words of errors other than 404, and that a
page begins after the record that ``since_id`` names.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.requests import Request

from sandbox import faults
from sandbox.exchange import Answer, Call, Endpoint, Refused, bearer, json_answer
from sandbox.reader import World
from sandbox.store import Account

LIMIT, WINDOW_S, PAGE, PAGE_MAX = "100000", 10, 50, 100
CHILDREN = 32
SCOPES = ("r_candidates", "r_jobs")
NEEDS = {"jobs": "r_jobs", "stages": "r_jobs", "job_stages": "r_jobs", "members": "r_jobs"}
FILTERED = frozenset({"candidates", "jobs"})
PAGED = frozenset({"candidates", "jobs", "members"})
BASE = "/workable/spi/v3"


class Rolling:
    """At most so many requests of an account in any ten real seconds."""

    def __init__(self) -> None:
        self._taken: dict[str, deque[float]] = {}

    def take(self, account: str, limit: int) -> int:
        """What is left after this request, -1 when it is one too many. Each limit counts anew."""
        taken, now = self._taken.setdefault(f"{account}:{limit}", deque()), time.monotonic()
        while taken and taken[0] <= now - WINDOW_S:
            taken.popleft()
        if len(taken) >= limit:
            return -1
        taken.append(now)
        return limit - len(taken)


class Workable:
    """The vendor."""

    name = "workable"

    def __init__(self, world: World) -> None:
        self._world = world
        self._rolling = Rolling()
        lists = ("candidates", "jobs", "members", "stages", "disqualification_reasons")
        self.endpoints = (
            *(_endpoint(f"/{name}", name, self._list) for name in lists),
            _endpoint("/candidates/{parent}/activities", "activities", self._children),
            _endpoint("/candidates/{parent}/offer", "offers", self._offer),
            _endpoint("/jobs/{parent}/stages", "job_stages", self._children),
        )

    def identify(self, request: Request) -> Account | None:
        """By bearer token."""
        return self._world.account(self.name, bearer(request))

    def refuse(self, call: Call, kind: str) -> Answer:
        """Injected refusals."""
        wait = str((call.fault.params if call.fault else {}).get("retry_after", 45))
        answers = {
            "429": json_answer(429, {"error": "Too many requests"}, ("Retry-After", wait)),
            "expired": json_answer(401, {"error": "Not authorized"}),
            "forbidden": json_answer(403, {"error": "Forbidden"}),
        }
        return answers.get(kind) or json_answer(int(kind), {"error": "Something went wrong"})

    def _list(self, call: Call, account: Account) -> Answer:
        stream = call.stream
        asked = dict(call.params)
        limit = _limit(asked) if stream in PAGED else 1_000_000
        ids = self._ids(account, stream, asked)
        after = self._after(account, stream, asked)
        if mutation := call.drew("mutate"):
            start = bisect_right(ids, after)
            due = ids[start : start + limit]
            faults.mutate(self._world.home, account.account, stream, due, mutation.params)
            self._world.refresh()
            ids = self._ids(account, stream, asked)
        first = bisect_right(ids, after)
        if (repeated := call.drew("repeat")) and first:
            first = max(0, first - int(repeated.params.get("rows", 10)))
        page = ids[first : first + limit]
        rows = self._rows(account, stream, page)
        if stream == "disqualification_reasons":
            return json_answer(200, rows)
        body: dict[str, Any] = {stream: rows}
        if first + limit < len(ids):
            params = {**asked, "since_id": self._key(account, stream, page[-1])}
            host = f"https://{account.company_id}.workable.com"
            query = "&".join(f"{name}={value}" for name, value in params.items())
            body["paging"] = {"next": f"{host}/spi/v3/{stream}?{query}"}
        return json_answer(200, body)

    def _children(self, call: Call, account: Account) -> Answer:
        number = self._parent(call, account)
        name = "stages" if call.stream == "job_stages" else call.stream
        own = list(range(number * CHILDREN, number * CHILDREN + CHILDREN))
        return json_answer(200, {name: self._rows(account, call.stream, own)})

    def _offer(self, call: Call, account: Account) -> Answer:
        number = self._parent(call, account)
        candidate = {"id": call.request.path_params["parent"], "name": "…"}
        found = self._world.bodies(account.account, "offers", [number])
        offer = orjson.loads(found[number]) if found else {}
        return json_answer(200, {**offer, "candidate": candidate})

    def _parent(self, call: Call, account: Account) -> int:
        """The number of the record in the path. 404 when there is none."""
        stream = "jobs" if call.stream == "job_stages" else "candidates"
        key = str(call.request.path_params["parent"])
        return self._number(account, stream, key)

    def _number(self, account: Account, stream: str, key: str) -> int:
        sql = "select id from records where account = ? and stream = ? and key = ?"
        for (number,) in self._world.rows(sql, [account.account, stream, key]):
            return int(number)
        raise Refused(json_answer(404, {"error": "Not found"}))

    def _key(self, account: Account, stream: str, number: int) -> str:
        sql = "select key from records where account = ? and stream = ? and id = ?"
        return str(next(iter(self._world.rows(sql, [account.account, stream, number])))[0])

    def _after(self, account: Account, stream: str, asked: dict[str, str]) -> int:
        since = asked.get("since_id")
        return self._number(account, stream, since) if since else -1

    def _ids(self, account: Account, stream: str, asked: dict[str, str]) -> list[int]:
        sql, args = "select id from records where account = ? and stream = ?", [account.account]
        args.append(stream)
        for name in ("created_after", "updated_after"):
            if stream in FILTERED and name in asked:
                sql += f" and {name.removesuffix('_after')}_at > ?"
                args.append(_moment(asked[name]))
        return self._world.cached(
            (sql, *args), lambda: sorted(number for (number,) in self._world.rows(sql, args))
        )

    def _rows(self, account: Account, stream: str, ids: Sequence[int]) -> list[Any]:
        found = self._world.bodies(account.account, stream, ids)
        return [orjson.Fragment(found[number]) for number in ids if number in found]

    def answer(self, call: Call, handler: Any) -> Answer:
        """An answer with the rate headers, whatever it is."""
        if call.account is None:
            return json_answer(401, {"error": "Not authorized"})
        account = call.account.account
        limit = int(self._world.setting("workable_rate_limit", LIMIT, account))
        left = self._rolling.take(account, limit)
        reset = int(self._world.clock.timestamp()) + WINDOW_S
        headers = (
            ("x-rate-limit-limit", str(limit)),
            ("x-rate-limit-remaining", str(max(0, left))),
            ("x-rate-limit-reset", str(reset)),
        )
        if left < 0:
            return json_answer(429, {"error": "Too many requests"}, *headers)
        try:
            if NEEDS.get(call.stream, "r_candidates") not in call.account.scopes:
                raise Refused(json_answer(403, {"error": "Forbidden"}))
            answer = handler(call, call.account)
        except Refused as refused:
            answer = refused.answer
        return Answer(answer.status, answer.body, (*answer.headers, *headers), answer.media_type)


def _endpoint(path: str, stream: str, handler: Any) -> Endpoint:
    vendor = handler.__self__
    return Endpoint("GET", BASE + path, lambda call: vendor.answer(call, handler), lambda _: stream)


def _limit(asked: dict[str, str]) -> int:
    text = asked.get("limit", str(PAGE))
    if not text.isdigit() or not 1 <= int(text) <= PAGE_MAX:
        raise Refused(json_answer(422, {"error": "Limit must be between 1 and 100"}))
    return int(text)


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise Refused(json_answer(422, {"error": "Malformed time"})) from None
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
