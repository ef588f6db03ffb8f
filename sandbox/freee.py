"""freee人事労務 API v1: employees of all periods, employees of a month, and the token endpoint.

Facts from freee/freee-api-schema (hr): OAuth 2.0; 10,000 requests an hour, X-Ratelimit-*; the list
of all periods is bare, `limit` 50 unless asked for and at most 100, `offset`, and leaves out who is
not on a payroll unless `with_no_payroll_calculation` is true. The list of a month, in an object,
leaves out whoever retired before that month: kept as it is, so that tests may show what that does.
A refresh token is good once: each answer brings the next one. Not published, so assumed: the order
of ids, error bodies, X-Ratelimit-Reset as an ISO time, 429 without Retry-After.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

import orjson
from starlette.requests import Request

from sandbox.exchange import Answer, Call, Endpoint, Refused, bearer, json_answer
from sandbox.limits import FixedWindow
from sandbox.reader import World
from sandbox.refresh_tokens import refresh_token, refreshes, rotate
from sandbox.store import Account

# Defaults of the settings in table meta, as they would stand there.
RATE_LIMIT, RATE_WINDOW_S, TOKEN_LIFETIME_S = "10000", "3600", 21600
LARGEST_PAGE, USUAL_PAGE = 100, 50


class Freee:
    """The vendor."""

    name = "freee"

    def __init__(self, world: World) -> None:
        self._world = world
        self._limits = FixedWindow()
        base = "/freee/hr/api/v1"
        self.endpoints = (
            Endpoint(
                "GET",
                f"{base}/companies/{{company_id}}/employees",
                self.of_all_periods,
                lambda request: "employees",
            ),
            Endpoint("GET", f"{base}/employees", self.of_a_month, lambda request: "monthly"),
            Endpoint("POST", "/freee/public_api/token", self.token, lambda request: "token"),
        )

    def identify(self, request: Request) -> Account | None:
        """By the present access token."""
        token = bearer(request)
        mine = (account for account in self._world.accounts if account.vendor == self.name)
        return next(
            (a for a in mine if token and token == access_token(a, refreshes(self._world, a))), None
        )

    def refuse(self, call: Call, kind: str) -> Answer:
        """Injected refusals, with the headers that every answer carries."""
        wait = str((call.fault.params if call.fault else {}).get("retry_after", 45))
        answers = {
            "429": _error(429, "too_many_requests", ("Retry-After", wait)),
            "500": _error(500, "internal_server_error"),
            "503": _error(503, "service_unavailable"),
            "expired": _error(401, "expired_access_token"),
            "forbidden": _error(403, "access_denied"),
        }
        headers = self._allowance(call.account, spend=False)[1] if call.account else []
        return answers[kind].with_headers(headers)

    def token(self, call: Call) -> Answer:
        """The refresh token grant: a new pair, and the token that was sent is used up."""
        form = call.form
        if form.get("grant_type") != "refresh_token":
            return _error(400, "unsupported_grant_type")
        for account in self._world.accounts:
            present = refresh_token(account, refreshes(self._world, account))
            known = (account.client_id, account.secret, present)
            sent = (form.get("client_id"), form.get("client_secret"), form.get("refresh_token"))
            if account.vendor == self.name and sent == known:
                return self._rotate(account)
        return _error(401, "invalid_grant")

    def _rotate(self, account: Account) -> Answer:
        number = rotate(self._world, account)
        return json_answer(
            200,
            {
                "access_token": access_token(account, number),
                "token_type": "bearer",
                "expires_in": TOKEN_LIFETIME_S,
                "refresh_token": refresh_token(account, number),
                "scope": "read write",
                "created_at": int(self._world.clock.timestamp()),
            },
        )

    def of_all_periods(self, call: Call) -> Answer:
        """One page of everybody, the retired too; who is on no payroll only if asked for."""
        return self._answered(call, call.request.path_params["company_id"], self._page)

    def of_a_month(self, call: Call) -> Answer:
        """One page of those who are there in a month."""
        return self._answered(call, dict(call.params).get("company_id", ""), self._month)

    def _answered(
        self, call: Call, company: str, list_: Callable[[Call, Account], Answer]
    ) -> Answer:
        account = call.account
        if account is None:
            return _error(401, "invalid_access_token")
        allowed, headers = self._allowance(account, spend=True)
        if not allowed:
            return _error(429, "too_many_requests").with_headers(headers)
        if company != str(account.user_id):
            return _error(403, "company_not_found").with_headers(headers)
        try:
            return list_(call, account).with_headers(headers)
        except Refused as refused:
            return refused.answer.with_headers(headers)

    def _page(self, call: Call, account: Account) -> Answer:
        params = dict(call.params)
        where = "1" if params.get("with_no_payroll_calculation") == "true" else "flags = ''"
        return Answer(200, orjson.dumps(self._rows(account, params, where, [])))

    def _month(self, call: Call, account: Account) -> Answer:
        params = dict(call.params)
        year, number = (_number(params.get(name, ""), 1) for name in ("year", "month"))
        month = f"{year:04d}-{number:02d}"
        field = "json_extract(cast(body as text), '$.{}')"
        where = (
            f"flags = '' and substr({field.format('entry_date')}, 1, 7) <= ?"
            f" and coalesce(substr({field.format('retire_date')}, 1, 7), '9999') >= ?"
        )
        return json_answer(200, {"employees": self._rows(account, params, where, [month, month])})

    def _rows(
        self, account: Account, params: dict[str, str], where: str, args: list[str]
    ) -> list[object]:
        limit = _number(params.get("limit", str(USUAL_PAGE)), 1)
        offset = _number(params.get("offset", "0"), 0)
        if limit > LARGEST_PAGE:
            raise Refused(_error(400, "limit_is_too_large"))
        rows = self._world.rows(
            "select cast(body as blob) from records"
            f" where account = ? and stream = 'employees' and {where}"
            " order by id limit ? offset ?",
            [account.account, *args, limit, offset],
        )
        return [orjson.loads(body) for (body,) in rows]

    def _allowance(self, account: Account, *, spend: bool) -> tuple[bool, list[tuple[str, str]]]:
        """Whether a request is left, and the headers; the reset is a time of the world's clock."""
        limit = int(self._world.setting("freee_rate_limit", RATE_LIMIT, account.account))
        window = self._world.setting("freee_rate_window_s", RATE_WINDOW_S, account.account)
        take = self._limits.take if spend else self._limits.look
        usage = take(account.account, limit, float(window))
        reset = self._world.clock + timedelta(seconds=usage.reset_in)
        return usage.allowed, [
            ("X-Ratelimit-Limit", str(usage.limit)),
            ("X-Ratelimit-Remaining", str(usage.remaining)),
            ("X-Ratelimit-Reset", reset.strftime("%Y-%m-%dT%H:%M:%S.000000Z")),
        ]


def access_token(account: Account, refreshes: int) -> str:
    """The access token that the n-th refresh gave; there is none before the first."""
    return sha256(f"{account.secret}:access:{refreshes}".encode()).hexdigest() if refreshes else ""


def _number(text: str, least: int) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise Refused(_error(400, "bad_request"))
    return int(text)


def _error(status: int, code: str, *headers: tuple[str, str]) -> Answer:
    return json_answer(status, {"status_code": status, "errors": [{"type": code}]}, *headers)
