"""HERP Hire: the lists of its public API.

Facts from the vendor's document (v1.5.0) and from working clients: Bearer key per tenant, 100
requests a minute per tenant, told by x-remaining-request and x-reset-at (ISO 8601, +09:00); pages
of 100 by `page`, another size asked for is ignored; `hasNextPage`; newest first by default;
day filters are days in Japan, both ends included; there is no filter by change. Not published, so
assumed: names of the lists in the bodies, the order of equal times, error bodies, 400 for a value
that cannot be read, no Retry-After with the 429 of a spent allowance. One of the two base paths
that clients use answers, by table meta's herp_base_path; the other is a 404.
"""

from __future__ import annotations

from datetime import date, timedelta, timezone

from starlette.requests import Request

from sandbox.exchange import Answer, Call, Endpoint, Refused, bearer, json_answer, stream_of_path
from sandbox.limits import FixedWindow
from sandbox.numbered import PAGE_SIZE, page
from sandbox.reader import World
from sandbox.store import Account
from sandbox.world_time import DAY, iso_ms, tokyo_midnight

# Defaults of the settings in table meta, as they would stand there.
BASE_PATH, RATE_LIMIT, RATE_WINDOW_S = "/hire/v1", "100", "60"
JAPAN = timezone(timedelta(hours=9))

# What a list may be sorted by, the default first, as the column that holds it.
SORTS = {
    "candidacies": {"appliedAt": "created_at", "stepUpdatedAt": "sort_at"},
    "requisitions": {"createdAt": "created_at", "updatedAt": "updated_at"},
    "users": {"": "id"},
}
EQUALS = {
    "candidacies": ("requisitionId", "status", "step", "terminationReason"),
    "requisitions": ("status", "careerPageStatus"),
    "users": (),
}
DAYS = {"appliedAt": "created_at", "stepUpdatedAt": "sort_at"}


class Herp:
    """The vendor."""

    name = "herp"

    def __init__(self, world: World) -> None:
        self._world = world
        self._limits = FixedWindow()
        self.endpoints = (
            Endpoint(
                "GET", "/herp/{product}/{version}/{stream}", self.list_records, stream_of_path
            ),
        )

    def identify(self, request: Request) -> Account | None:
        """By the tenant's key."""
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
            headers = [(k, "0" if k == "x-remaining-request" else v) for k, v in headers]
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
        path = call.request.path_params
        base = self._world.setting("herp_base_path", BASE_PATH, account)
        if f"/{path['product']}/{path['version']}" != base or call.stream not in SORTS:
            raise Refused(_error(404, "Not Found"))
        params = dict(call.params)
        number = params.get("page", "1")
        if not number.isascii() or not number.isdigit() or int(number) < 1:
            raise Refused(_error(400, "page is not a number from 1 on"))
        sql, args = _query(account, call.stream, params)
        bodies, total = page(self._world, account, call, int(number), sql, args)
        more = b"true" if int(number) * PAGE_SIZE < total else b"false"
        listed = b",".join(bodies)
        name = call.stream.encode()
        return Answer(200, b'{"%b":[%b],"hasNextPage":%b}' % (name, listed, more))

    def _allowance(self, account: Account, *, spend: bool) -> tuple[bool, list[tuple[str, str]]]:
        """Whether a request is left, and the headers; the reset is on the sandbox's clock."""
        limit = int(self._world.setting("herp_rate_limit", RATE_LIMIT, account.account))
        window = self._world.setting("herp_rate_window_s", RATE_WINDOW_S, account.account)
        take = self._limits.take if spend else self._limits.look
        usage = take(account.account, limit, float(window))
        reset = self._world.clock + timedelta(seconds=usage.reset_in)
        headers = [
            ("x-remaining-request", str(usage.remaining)),
            ("x-reset-at", reset.astimezone(JAPAN).isoformat()),
        ]
        return usage.allowed, headers


def _query(account: str, stream: str, params: dict[str, str]) -> tuple[str, list[str]]:
    """SQL of the ids of a list in the order asked for; other parameters are ignored."""
    where, args = "account = ? and stream = ?", [account, stream]
    for name in EQUALS[stream]:
        if name in params:
            where += f" and json_extract(cast(body as text), '$.{name}') = ?"
            args.append(params[name])
    if stream == "candidacies":
        for name, column in DAYS.items():
            for suffix, operator, days in (("From", ">=", 0), ("To", "<", 1)):
                if day := params.get(f"{name}{suffix}"):
                    where += f" and {column} {operator} ?"
                    args.append(iso_ms(_midnight(day) + days * DAY))
    sorts = SORTS[stream]
    sort = params.get("sort", next(iter(sorts)))
    direction = params.get("direction", "desc")
    if sort not in sorts or direction not in ("asc", "desc"):
        raise Refused(_error(400, "sort or direction is unknown"))
    order = f"{sorts[sort]} {direction}, key {direction}"
    return f"select id from records where {where} order by {order}", args


def _midnight(text: str) -> int:
    """When a day in Japan begins."""
    try:
        return tokyo_midnight(date.fromisoformat(text))
    except ValueError:
        raise Refused(_error(400, "not a day as YYYY-MM-DD")) from None


def _error(status: int, message: str, *headers: tuple[str, str]) -> Answer:
    return json_answer(status, {"message": message}, *headers)
