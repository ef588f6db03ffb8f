"""Talentio API v1: its two lists.

Facts from developers.talentio.com (v1.1.2) and working clients: Bearer token; 5,000 requests an
hour, X-Remaining and X-Reset (seconds); pages of 100 by `page`, bare lists, X-Total; oldest first
by `registeredAt` (requisitions: `createdAt`), `-` before a sort turns it round; days as yyyy/MM/dd,
times as yyyy-MM-ddThh:mm:ss; candidates of deactivated employees are hidden unless
`includeInactiveResponsibleEmployees` is true. Not published, so assumed: days and times are Japan's
and both ends included, error bodies, 400 for a value that cannot be read, no Retry-After with the
429 of a spent allowance. Whether updatedAtFrom and updatedAtTo filter is disputed: table meta's
talentio_updated_filter says it; without it they are ignored, as other unknown parameters are.
"""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request

from sandbox.exchange import Answer, Call, Endpoint, Refused, bearer, json_answer, stream_of_path
from sandbox.limits import FixedWindow
from sandbox.numbered import page
from sandbox.reader import World
from sandbox.store import Account
from sandbox.world_time import DAY, TOKYO, iso_ms, parse

# Defaults of the settings in table meta, as they would stand there.
RATE_LIMIT, RATE_WINDOW_S, UPDATED_FILTER = "5000", "3600", "false"

# What a list may be sorted by, the default first, as the column that holds it.
SORTS = {
    "candidates": {
        "registeredAt": "created_at",
        "appliedAt": "created_at",
        "updatedAt": "updated_at",
    },
    "requisitions": {"createdAt": "created_at", "updatedAt": "updated_at"},
}


class Talentio:
    """The vendor."""

    name = "talentio"

    def __init__(self, world: World) -> None:
        self._world = world
        self._limits = FixedWindow()
        self.endpoints = (
            Endpoint("GET", "/talentio/api/v1/{stream}", self.list_records, stream_of_path),
        )

    def identify(self, request: Request) -> Account | None:
        """By the access token."""
        return self._world.account(self.name, bearer(request))

    def refuse(self, call: Call, kind: str) -> Answer:
        """Injected refusals, with the headers that every answer carries."""
        wait = str((call.fault.params if call.fault else {}).get("retry_after", 45))
        answers = {
            "429": _error(429, "Too Many Requests", ("Retry-After", wait)),
            "500": _error(500, "Internal Server Error"),
            "503": _error(503, "Service Unavailable"),
            "expired": _error(401, "Unauthorized"),
            "forbidden": _error(403, "Forbidden"),
        }
        headers = self._allowance(call.account, spend=False)[1] if call.account else []
        if kind == "429":
            headers = [(k, "0" if k == "X-Remaining" else v) for k, v in headers]
        return answers[kind].with_headers(headers)

    def list_records(self, call: Call) -> Answer:
        """One page of one list."""
        account = call.account
        if account is None:
            return _error(401, "Unauthorized")
        allowed, headers = self._allowance(account, spend=True)
        if not allowed:
            return _error(429, "Too Many Requests").with_headers(headers)
        try:
            return self._page(account.account, call).with_headers(headers)
        except Refused as refused:
            return refused.answer.with_headers(headers)

    def _page(self, account: str, call: Call) -> Answer:
        if call.stream not in SORTS:
            raise Refused(_error(404, "Not Found"))
        params = dict(call.params)
        number = params.get("page", "1")
        if not number.isascii() or not number.isdigit() or int(number) < 1:
            raise Refused(_error(400, "page is not a number from 1 on"))
        by_change = self._world.setting("talentio_updated_filter", UPDATED_FILTER, account)
        sql, args = _query(account, call.stream, params, by_change=by_change == "true")
        bodies, total = page(self._world, account, call, int(number), sql, args)
        return Answer(200, b"[" + b",".join(bodies) + b"]", (("X-Total", str(total)),))

    def _allowance(self, account: Account, *, spend: bool) -> tuple[bool, list[tuple[str, str]]]:
        """Whether a request is left, and the headers."""
        limit = int(self._world.setting("talentio_rate_limit", RATE_LIMIT, account.account))
        window = self._world.setting("talentio_rate_window_s", RATE_WINDOW_S, account.account)
        take = self._limits.take if spend else self._limits.look
        usage = take(account.account, limit, float(window))
        return usage.allowed, [
            ("X-Remaining", str(usage.remaining)),
            ("X-Reset", str(usage.reset_in)),
        ]


def _query(
    account: str, stream: str, params: dict[str, str], *, by_change: bool
) -> tuple[str, list[str]]:
    """SQL of the ids of a list in the order asked for."""
    where, args = "account = ? and stream = ?", [account, stream]
    if params.get("includeInactiveResponsibleEmployees") != "true":
        where += " and flags = ''"
    if "status" in params:
        where += " and json_extract(cast(body as text), '$.status') = ?"
        args.append(params["status"])
    bounds = [("appliedAt", "created_at", _day, DAY)] if stream == "candidates" else []
    if by_change:
        bounds.append(("updatedAt", "updated_at", _second, 1))
    for name, column, read, length in bounds:
        for suffix, operator, more in (("From", ">=", 0), ("To", "<", length)):
            if value := params.get(f"{name}{suffix}"):
                where += f" and {column} {operator} ?"
                args.append(iso_ms(read(value) + more))
    sorts = SORTS[stream]
    sort = params.get("sort", next(iter(sorts)))
    if sort.removeprefix("-") not in sorts:
        raise Refused(_error(400, "sort is unknown"))
    direction = "desc" if sort.startswith("-") else "asc"
    order = f"{sorts[sort.removeprefix('-')]} {direction}, id {direction}"
    return f"select id from records where {where} order by {order}", args


def _day(text: str) -> int:
    return _read(text, "%Y/%m/%d")


def _second(text: str) -> int:
    return _read(text, "%Y-%m-%dT%H:%M:%S")


def _read(text: str, form: str) -> int:
    try:
        moment = datetime.strptime(text, form)
    except ValueError:
        raise Refused(_error(400, "not a day or time in the documented form")) from None
    return parse(f"{moment.isoformat()}Z") - TOKYO


def _error(status: int, message: str, *headers: tuple[str, str]) -> Answer:
    return json_answer(status, {"message": message}, *headers)
