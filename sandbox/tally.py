"""Tally's API: the submissions of a form.

Facts from developers.tally.so: Bearer key of a user; ``page`` from 1, 50 submissions each;
``filter`` all, completed or partial; ``startDate`` and ``endDate`` include their time; the answer
counts submissions by filter; 100 requests a minute. Not published, so assumed: newest first, the
counts leave the dates out, ``limit`` up to 500 is taken, 429 without Retry-After, other parameters
are ignored. ``afterId`` is not simulated.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import orjson
from starlette.requests import Request

from sandbox.exchange import Answer, Call, Endpoint, Refused, bearer, json_answer
from sandbox.limits import FixedWindow
from sandbox.reader import World
from sandbox.store import Account

PAGE_SIZE, PAGE_SIZE_MAX = 50, 500
RATE_LIMIT, RATE_WINDOW_S = "100", "60"  # defaults of the settings in table meta
FILTERS = ("all", "completed", "partial")


class Tally:
    """The vendor."""

    name = "tally"

    def __init__(self, world: World) -> None:
        self._world = world
        self._limits = FixedWindow()
        self.endpoints = (
            Endpoint(
                "GET",
                "/tally/forms/{form_id}/submissions",
                self.submissions,
                lambda _: "submissions",
            ),
        )

    def identify(self, request: Request) -> Account | None:
        """By the key of a user."""
        return self._world.account(self.name, bearer(request))

    def refuse(self, call: Call, kind: str) -> Answer:
        """Injected refusals."""
        wait = str((call.fault.params if call.fault else {}).get("retry_after", 45))
        return {
            "429": _error(429, "Too many requests", ("Retry-After", wait)),
            "500": _error(500, "Internal server error"),
            "503": _error(503, "Service unavailable"),
            "expired": _error(401, "Unauthorized"),
            "forbidden": _error(403, "Forbidden"),
        }[kind]

    def submissions(self, call: Call) -> Answer:
        """One page of a form's submissions."""
        account = call.account
        if account is None:
            return _error(401, "Unauthorized")
        limit = int(self._world.setting("tally_rate_limit", RATE_LIMIT, account.account))
        window = self._world.setting("tally_rate_window_s", RATE_WINDOW_S, account.account)
        if not self._limits.take(account.account, limit, float(window)).allowed:
            return _error(429, "Too many requests")
        if call.request.path_params["form_id"] != account.form_id:
            return _error(404, "Form not found")
        try:
            return self._page(account.account, dict(call.params))
        except Refused as refused:
            return refused.answer

    def _page(self, account: str, params: dict[str, str]) -> Answer:
        number = _number("page", params.get("page", "1"), 1, 1_000_000)
        size = _number("limit", params.get("limit", str(PAGE_SIZE)), 1, PAGE_SIZE_MAX)
        wanted = params.get("filter", "all")
        if wanted not in FILTERS:
            raise Refused(_error(400, "filter is unknown"))
        since = _time("startDate", params.get("startDate"), "0000")
        until = _time("endDate", params.get("endDate"), "9999")
        kinds = FILTERS[1:] if wanted == "all" else (wanted,)
        ids = self._ids(account, kinds, since, until)
        due = ids[(number - 1) * size : number * size]
        found = self._world.bodies(account, "submissions", due)
        head = orjson.dumps(
            {
                "page": number,
                "limit": size,
                "hasMore": number * size < len(ids),
                "totalNumberOfSubmissionsPerFilter": self._totals(account),
                "questions": [],
            }
        )
        bodies = b",".join(found[each] for each in due if each in found)
        return Answer(200, head[:-1] + b',"submissions":[' + bodies + b"]}")

    def _ids(self, account: str, kinds: Sequence[str], since: str, until: str) -> list[int]:
        """The numbers of the submissions, newest first."""
        sql = (
            "select id from records where account = ? and stream = 'submissions'"
            f" and flags in ({','.join('?' * len(kinds))}) and sort_at between ? and ?"
            " order by sort_at desc, id desc"
        )
        values = (account, *kinds, since, until)
        return self._world.cached(
            (sql, *values), lambda: [number for (number,) in self._world.rows(sql, values)]
        )

    def _totals(self, account: str) -> dict[str, int]:
        sql = (
            "select flags, count(*) from records where account = ? and stream = 'submissions'"
            " group by flags"
        )
        counted = self._world.cached(
            (sql, account), lambda: dict(self._world.rows(sql, (account,)))
        )
        return {
            "all": sum(counted.values()),
            **{kind: counted.get(kind, 0) for kind in FILTERS[1:]},
        }


def _number(name: str, text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise Refused(_error(400, f"{name} is not a number from {least} to {most}"))
    return int(text)


def _time(name: str, text: str | None, unbounded: str) -> str:
    """A bound in the sortable form of the column."""
    if text is None:
        return unbounded
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(_error(400, f"{name} is no ISO 8601 time")) from None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _error(status: int, message: str, *headers: tuple[str, str]) -> Answer:
    return json_answer(status, {"message": message}, *headers)
