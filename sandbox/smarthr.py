"""SmartHR API v1: the list of crews.

Facts from developer.smarthr.jp, its release notes and working clients: Bearer token; 5,000 requests
an hour and 10 a second, told by x-rate-limit-* and x-intensive-rate-limit-* (reset: seconds from
now); `page` from 1, `per_page` 10 unless asked for, at most 100; bare lists, x-total-count, Link;
`sort` by properties, `-` turns one round; `fields` narrows what a crew shows; `emp_status` filters;
errors are {code, type, message}. Not published, so assumed: the numbers of both limits, 400 for a
page, size, sort or field that does not exist, the order by creation without `sort`. The setting
smarthr_plan_limit makes every answer 403, as for a plan without the API.
"""

from __future__ import annotations

from urllib.parse import urlencode

import orjson
from starlette.requests import Request

from sandbox.exchange import Answer, Call, Endpoint, Refused, bearer, json_answer, stream_of_path
from sandbox.limits import FixedWindow
from sandbox.numbered import page
from sandbox.reader import World
from sandbox.store import Account

# Defaults of the settings in table meta, as they would stand there.
RATE_LIMIT, RATE_WINDOW_S, INTENSIVE_LIMIT, INTENSIVE_WINDOW_S = "5000", "3600", "1000", "1"
PLAN_LIMIT = "false"
LARGEST_PAGE, USUAL_PAGE = 100, 10
COLUMNS = {"id": "key", "created_at": "created_at", "updated_at": "updated_at"}
BODIES = ("emp_code", "emp_status", "entered_at", "resigned_at")


class SmartHr:
    """The vendor."""

    name = "smarthr"

    def __init__(self, world: World) -> None:
        self._world = world
        self._limits = {kind: FixedWindow() for kind in ("x-rate-limit", "x-intensive-rate-limit")}
        self.endpoints = (
            Endpoint("GET", "/smarthr/api/v1/{stream}", self.list_records, stream_of_path),
        )

    def identify(self, request: Request) -> Account | None:
        """By the access token."""
        return self._world.account(self.name, bearer(request))

    def refuse(self, call: Call, kind: str) -> Answer:
        """Injected refusals, with the headers that every answer carries."""
        wait = str((call.fault.params if call.fault else {}).get("retry_after", 45))
        answers = {
            "429": _error(429, 7, "too_many_requests", ("Retry-After", wait)),
            "500": _error(500, 8, "internal_server_error"),
            "503": _error(503, 9, "service_maintenance"),
            "expired": _error(401, 2, "unauthorized_token"),
            "forbidden": _error(403, 4, "forbidden"),
        }
        headers = self._allowance(call.account, spend=False)[1] if call.account else []
        return answers[kind].with_headers(headers)

    def list_records(self, call: Call) -> Answer:
        """One page of one list."""
        account = call.account
        if account is None:
            return _error(401, 2, "unauthorized_token")
        allowed, headers = self._allowance(account, spend=True)
        if not allowed:
            return _error(429, 7, "too_many_requests").with_headers(headers)
        if self._world.setting("smarthr_plan_limit", PLAN_LIMIT, account.account) == "true":
            return _error(403, 5, "plan_limit").with_headers(headers)
        try:
            return self._page(account.account, call).with_headers(headers)
        except Refused as refused:
            return refused.answer.with_headers(headers)

    def _page(self, account: str, call: Call) -> Answer:
        if call.stream != "crews":
            raise Refused(_error(404, 3, "not_found"))
        params = dict(call.params)
        number = _number(params.get("page", "1"))
        size = _number(params.get("per_page", str(USUAL_PAGE)))
        if size > LARGEST_PAGE:
            raise Refused(_error(400, 1, "bad_request"))
        sql, args = _query(account, params)
        bodies, total = page(self._world, account, call, number, sql, args, size)
        fields = [name for name in params.get("fields", "").split(",") if name]
        shown = [_narrowed(body, fields) for body in bodies]
        headers = [("x-total-count", str(total))]
        if number * size < total:
            following = urlencode({**params, "page": number + 1})
            headers.append(("Link", f'<{call.request.url.path}?{following}>; rel="next"'))
        return Answer(200, b"[" + b",".join(shown) + b"]", tuple(headers))

    def _allowance(self, account: Account, *, spend: bool) -> tuple[bool, list[tuple[str, str]]]:
        """Whether a request is left of both allowances, and the headers."""
        allowed, headers = True, []
        settings = (
            ("x-rate-limit", "smarthr_rate", RATE_LIMIT, RATE_WINDOW_S),
            ("x-intensive-rate-limit", "smarthr_intensive", INTENSIVE_LIMIT, INTENSIVE_WINDOW_S),
        )
        for kind, name, limit, seconds in settings:
            most = int(self._world.setting(f"{name}_limit", limit, account.account))
            window = float(self._world.setting(f"{name}_window_s", seconds, account.account))
            take = self._limits[kind].take if spend else self._limits[kind].look
            usage = take(account.account, most, window)
            allowed = allowed and usage.allowed
            headers += [
                (f"{kind}-limit", str(usage.limit)),
                (f"{kind}-remaining", str(usage.remaining)),
                (f"{kind}-reset", str(usage.reset_in)),
            ]
        return allowed, headers


def _query(account: str, params: dict[str, str]) -> tuple[str, list[str]]:
    """SQL of the ids of the crews in the order asked for."""
    where, args = "account = ? and stream = 'crews'", [account]
    if status := params.get("emp_status"):
        where += " and json_extract(cast(body as text), '$.emp_status') = ?"
        args.append(status)
    orders = []
    for part in params.get("sort", "created_at").split(","):
        name = part.removeprefix("-")
        if name not in COLUMNS and name not in BODIES:
            raise Refused(_error(400, 1, "bad_request"))
        column = COLUMNS.get(name, f"json_extract(cast(body as text), '$.{name}')")
        orders.append(f"{column} {'desc' if part.startswith('-') else 'asc'}")
    return f"select id from records where {where} order by {', '.join(orders)}, id", args


def _narrowed(body: bytes, fields: list[str]) -> bytes:
    if not fields:
        return body
    crew = orjson.loads(body)
    if unknown := set(fields) - crew.keys():
        raise Refused(_error(400, 1, f"bad_request: {', '.join(sorted(unknown))}"))
    return orjson.dumps({name: crew[name] for name in fields})


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise Refused(_error(400, 1, "bad_request"))
    return int(text)


def _error(status: int, code: int, kind: str, *headers: tuple[str, str]) -> Answer:
    content = {"code": code, "type": kind, "message": kind.replace("_", " "), "errors": []}
    return json_answer(status, content, *headers)
