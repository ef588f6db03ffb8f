"""Greenhouse Harvest v3: token endpoint, lists, and some writes.

Facts from harvestdocs.greenhouse.io (authentication, pagination, list endpoints) and from working
clients. Lists are bare arrays, newest id first; the next page is only known from the Link header;
a cursor travels alone. Date filters are documented as `updated_at=gte|T`; clients in production
also send `updated_at[gte]=T`: both are accepted unless `meta` says otherwise. Not published, so
assumed: the messages of 403 and 429, the life of a cursor, the answer to an unknown parameter.
"""

from __future__ import annotations

import secrets
import time
from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import orjson
from starlette.requests import Request

from sandbox import faults
from sandbox.exchange import (
    Answer,
    Call,
    Endpoint,
    Refused,
    basic,
    bearer,
    json_answer,
    stream_of_path,
)
from sandbox.greenhouse_query import (
    Filter,
    Listing,
    error,
    filters,
    from_cursor,
    is_id,
    per_page,
    to_cursor,
)
from sandbox.greenhouse_writes import SCOPES, Writes
from sandbox.limits import FixedWindow
from sandbox.reader import World
from sandbox.refresh_tokens import refresh_token, refreshed_at, refreshes, rotate
from sandbox.store import Account

# Defaults of the settings in table meta, as they would stand there.
TOKEN_LIFETIME_S, CURSOR_LIFETIME_S, RATE_LIMIT, RATE_WINDOW_S = "3600", "3600", "100000", "30"
REFRESH_LIFE = timedelta(hours=24)

LISTS = {
    "applications": Listing(
        parents=("candidate_id", "job_id", "job_post_id", "source_id", "stage_id"),
        equals=("status", "prospect"),
        dates=("last_activity_at",),
    ),
    "application_stages": Listing(parents=("application_id", "job_interview_stage_id")),
    "applied_candidate_tags": Listing(parents=("candidate_id", "candidate_tag_id")),
    "candidate_tags": Listing(),
    "candidates": Listing(equals=("private",), dates=("last_activity_at",)),
    "custom_fields": Listing(equals=("active", "field_type")),
    "departments": Listing(parents=("parent_id",)),
    "job_interview_stages": Listing(parents=("job_id",), equals=("active",)),
    "job_posts": Listing(
        parents=("job_id",), equals=("active", "live"), preset=(("active", "true"),)
    ),
    "jobs": Listing(parents=("department_id",), equals=("status", "confidential")),
    "notes": Listing(parents=("candidate_id", "application_id", "user_id"), equals=("type",)),
    "offers": Listing(parents=("application_id", "candidate_id", "job_id"), equals=("status",)),
    "offices": Listing(parents=("parent_id",)),
    "rejection_details": Listing(parents=("application_id", "rejection_reason_id")),
    "rejection_reasons": Listing(hidden_flag="default", reveal="include_defaults"),
    "sources": Listing(),
    "users": Listing(
        equals=("deactivated",), hidden_flag="service_account", reveal="show_service_accounts"
    ),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """What an access token stands for; `expires` on the real clock."""

    account: Account
    sub: str
    expires: float


class Greenhouse:
    """The vendor, with the tokens it has issued (a restart forgets them)."""

    name = "greenhouse"

    def __init__(self, world: World) -> None:
        self._world = world
        self._limits = FixedWindow()
        self._writes = Writes(world)
        self._grants: dict[str, Grant] = {}
        self.endpoints = (
            Endpoint("POST", "/greenhouse/token", self.token, lambda _: "token"),
            Endpoint("GET", "/greenhouse/v3/{stream}", self.list_records, stream_of_path),
            Endpoint("POST", "/greenhouse/v3/{stream}", self.write, stream_of_path),
            Endpoint("PATCH", "/greenhouse/v3/{stream}/{id}", self.write, stream_of_path),
            Endpoint("DELETE", "/greenhouse/v3/{stream}/{id}", self.write, stream_of_path),
        )

    def identify(self, request: Request) -> Account | None:
        """By bearer token; at the token endpoint by client id and secret."""
        if token := bearer(request):
            grant = self._grant(token)
            return grant.account if grant else None
        login = basic(request)
        mine = (a for a in self._world.accounts if a.vendor == self.name)
        return next((a for a in mine if (a.client_id, a.secret) == login), None)

    def refuse(self, call: Call, kind: str) -> Answer:
        """Injected refusals, with the headers that every answer of a list carries."""
        if call.stream == "token" and kind in ("expired", "forbidden"):
            return _invalid_client()
        account = call.account.account if call.account else ""
        if kind == "expired":
            self._grants.pop(bearer(call.request), None)
        wait = str((call.fault.params if call.fault else {}).get("retry_after", 45))
        answers = {
            "429": error(429, "Too Many Requests", headers=[("Retry-After", wait)]),
            "500": error(500, "Internal Server Error"),
            "503": error(503, "Service Unavailable"),
            "expired": error(401, "Unauthorized", "Token has expired"),
            "forbidden": error(403, "Forbidden", f"Missing scope {_scope(call.stream)}"),
        }
        headers = self._limit_headers(account, spend=False)[1]
        if kind == "429":
            headers = [(k, "0" if k == "X-RateLimit-Remaining" else v) for k, v in headers]
        return answers[kind].with_headers(headers)

    def token(self, call: Call) -> Answer:
        """By client credentials or, for a partner's app, by a refresh token; Basic, with a form
        body; errors as RFC 6749 names them."""
        account = call.account
        if account is None:
            return _invalid_client()
        grant_type = call.form.get("grant_type")
        if grant_type not in ("client_credentials", "refresh_token"):
            return _refused_grant("unsupported_grant_type")
        is_partner = self._world.setting("greenhouse_partner", "false", account.account) == "true"
        if is_partner != (grant_type == "refresh_token"):
            return _refused_grant("unauthorized_client")
        if is_partner:
            return self._refreshed(account, call.form.get("refresh_token", ""))
        sub = call.form.get("sub", "")
        if sub and not self._is_user(account, sub):
            return _refused_grant("invalid_grant", "sub is not a user id")
        return json_answer(200, self._granted(account, sub))

    def _refreshed(self, account: Account, sent: str) -> Answer:
        """A new pair; tokens got before stay good until they end (not published, so assumed)."""
        at, now = refreshed_at(self._world, account), self._world.clock
        present = refresh_token(account, refreshes(self._world, account))
        if sent != present or (at is not None and now - at > REFRESH_LIFE):
            return _refused_grant("invalid_grant")
        following = refresh_token(account, rotate(self._world, account))
        return json_answer(200, {**self._granted(account, ""), "refresh_token": following})

    def _granted(self, account: Account, sub: str) -> dict[str, str | int]:
        lifetime = int(self._world.setting("token_lifetime_s", TOKEN_LIFETIME_S, account.account))
        token = secrets.token_urlsafe(32)
        self._grants[token] = Grant(account, sub, time.time() + lifetime)
        expires_at = self._world.clock + timedelta(seconds=lifetime)
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": lifetime,
            "expires_at": expires_at.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "scope": " ".join(sorted(self._scopes(account))),
        }

    def list_records(self, call: Call) -> Answer:
        """One page of one list."""
        return self._answered(call, self._list)

    def write(self, call: Call) -> Answer:
        """A change of one record; see `sandbox.greenhouse_writes`."""
        return self._answered(call, self._write)

    def _answered(self, call: Call, handler: Callable[[Grant, Call], Answer]) -> Answer:
        grant = self._grant(bearer(call.request))
        if grant is None:
            return error(401, "Unauthorized", "Token could not be decoded or has expired")
        allowed, headers = self._limit_headers(grant.account.account, spend=True)
        if not allowed:
            return error(429, "Too Many Requests").with_headers(headers)
        try:
            answer = handler(grant, call)
        except Refused as refused:
            answer = refused.answer
        return answer.with_headers(headers)

    def _list(self, grant: Grant, call: Call) -> Answer:
        if call.stream not in LISTS:
            raise Refused(error(404, "Resource not found"))
        self._authorise(grant, _scope(call.stream))
        if grant.sub and not self._is_user(grant.account, grant.sub, site_admin=True):
            raise Refused(error(403, "Forbidden", "The authorizing user is not a Site Admin"))
        return self._page(grant.account.account, call)

    def _write(self, grant: Grant, call: Call) -> Answer:
        scope = SCOPES.get((call.request.method, call.stream))
        if scope is None:
            raise Refused(error(404, "Resource not found"))
        self._authorise(grant, scope)
        user = int(grant.sub) if grant.sub else grant.account.user_id
        return self._writes.write(grant.account, user, call)

    def _page(self, account: str, call: Call) -> Answer:
        syntax = self._world.setting("date_filter", "both", account)
        lifetime = float(self._world.setting("cursor_lifetime_s", CURSOR_LIFETIME_S, account))
        params, before = from_cursor(account, call.stream, call.params, lifetime)
        rows = per_page(params)
        conditions = filters(LISTS[call.stream], params, syntax)
        ids = self._ids(account, call.stream, conditions)
        if mutation := call.drew("mutate"):
            due = _slice(ids, before, rows)[0]
            faults.mutate(self._world.home, account, call.stream, due, mutation.params)
            self._world.refresh()
            ids = self._ids(account, call.stream, conditions)
        if (repeated := call.drew("repeat")) and before is not None:
            shown = bisect_left(ids, before) + int(repeated.params.get("rows", 10))
            before = ids[shown] if shown < len(ids) else None
        page, more = _slice(ids, before, rows)
        found = self._world.bodies(account, call.stream, page)
        answer = Answer(200, b"[" + b",".join(found[i] for i in page if i in found) + b"]")
        if not more:
            return answer
        cursor = to_cursor(account, call.stream, params, page[-1])
        url = call.request.url.replace(query=f"cursor={cursor}")
        return answer.with_headers([("Link", f'<{url}>; rel="next"')])

    def _ids(self, account: str, stream: str, conditions: Sequence[Filter]) -> array[int]:
        """Ids of the rows that now meet the conditions, ascending."""
        where = "".join(f" and {condition.sql}" for condition in conditions)
        args = [account, stream, *(arg for condition in conditions for arg in condition.args)]
        sql = f"select id from records where account = ? and stream = ?{where}"
        return self._world.cached(
            (sql, *args), lambda: array("q", sorted(id_ for (id_,) in self._world.rows(sql, args)))
        )

    def _authorise(self, grant: Grant, scope: str) -> None:
        if scope not in self._scopes(grant.account):
            raise Refused(error(403, "Forbidden", f"Missing scope {scope}"))

    def _scopes(self, account: Account) -> set[str]:
        may_write = self._world.setting("may_write", "false", account.account) == "true"
        return {*account.scopes, *(SCOPES.values() if may_write else ())}

    def _is_user(self, account: Account, sub: str, *, site_admin: bool = False) -> bool:
        if not is_id(sub):
            return False
        body = self._world.bodies(account.account, "users", [int(sub)]).get(int(sub))
        return body is not None and (not site_admin or orjson.loads(body)["site_admin"] is True)

    def _grant(self, token: str) -> Grant | None:
        grant = self._grants.get(token)
        if grant is None or grant.expires <= time.time():
            self._grants.pop(token, None)
            return None
        return grant

    def _limit_headers(self, account: str, *, spend: bool) -> tuple[bool, list[tuple[str, str]]]:
        """Whether a request is left, and the headers; reset is an epoch on the sandbox's clock."""
        limit = int(self._world.setting("rate_limit", RATE_LIMIT, account))
        seconds = float(self._world.setting("rate_window_s", RATE_WINDOW_S, account))
        usage = (self._limits.take if spend else self._limits.look)(account, limit, seconds)
        headers = [
            ("X-RateLimit-Limit", str(usage.limit)),
            ("X-RateLimit-Remaining", str(usage.remaining)),
            ("X-RateLimit-Reset", str(int(self._world.clock.timestamp()) + usage.reset_in)),
        ]
        if not usage.allowed and spend:
            headers.append(("Retry-After", str(usage.reset_in)))
        return usage.allowed, headers


def _invalid_client() -> Answer:
    text = "Client authentication failed"
    return json_answer(401, {"error": "invalid_client", "error_description": text})


def _refused_grant(error: str, description: str = "") -> Answer:
    described = {"error_description": description} if description else {}
    return json_answer(400, {"error": error, **described})


def _scope(stream: str) -> str:
    return f"harvest:{stream}:list"


def _slice(ids: array[int], before: int | None, per_page: int) -> tuple[list[int], bool]:
    """The page below `before`, descending, and whether another follows."""
    end = len(ids) if before is None else bisect_left(ids, before)
    start = max(0, end - per_page)
    return list(reversed(ids[start:end])), start > 0
