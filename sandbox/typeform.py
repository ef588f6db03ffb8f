"""Typeform Responses API: the responses of one form; and the list of forms, which is that one.

Facts from typeform.com/developers/responses/reference/retrieve-responses: since/until are inclusive
and UTC, and filter submitted_at, staged_at or landed_at according to response_type; before/after
are exclusive response tokens that do not go with `sort`; newest first by default. Not published, so
assumed: `after` walks from old to new, a row of a mixed response_type list is filtered by its own
type's time, codes of 400, 403 and 429, refusal of unknown parameters, 400 for an unknown token.
`query`, `fields` and `answered_fields` are not simulated and refused.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request

from sandbox import faults
from sandbox.exchange import Answer, Call, Endpoint, Fault, Refused, bearer, json_answer
from sandbox.limits import FixedWindow
from sandbox.reader import World
from sandbox.store import Account

PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX = 25, 1000
RATE_LIMIT, RATE_WINDOW_S = "100000", 1.0
SCOPE = "responses:read"
FORM_MADE_AT = "2024-06-01T00:00:00Z"
TIME_OF_TYPE = {"started": "landed_at", "partial": "staged_at", "completed": "submitted_at"}
KNOWN = {
    "page_size",
    "since",
    "until",
    "after",
    "before",
    "included_response_ids",
    "excluded_response_ids",
    "response_type",
    "completed",
    "sort",
}

# (time that since/until filter, number, type): the order of processing, and which record it is
Position = tuple[str, int, str]


def error(status: int, code: str, description: str, *headers: tuple[str, str]) -> Answer:
    """The vendor's error body."""
    return json_answer(status, {"code": code, "description": description}, *headers)


def invalid(description: str) -> Refused:
    """400 for a bad parameter."""
    return Refused(error(400, "VALIDATION_ERROR", description))


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed request. `newest_first` is the order of the items."""

    page_size: int
    types: tuple[str, ...]
    since: str
    until: str
    after: str
    before: str
    included: tuple[str, ...]
    excluded: tuple[str, ...]
    newest_first: bool


class Typeform:
    """The vendor."""

    name = "typeform"

    def __init__(self, world: World) -> None:
        self._world = world
        self._limits = FixedWindow()
        self.endpoints = (
            Endpoint("GET", "/typeform/forms", self.forms, lambda _: "forms"),
            Endpoint("GET", "/typeform/forms/{form_id}/responses", self.responses, _stream),
        )

    def identify(self, request: Request) -> Account | None:
        """By personal access token."""
        return self._world.account(self.name, bearer(request))

    def refuse(self, call: Call, kind: str) -> Answer:
        """Injected refusals."""
        wait = str((call.fault.params if call.fault else {}).get("retry_after", 45))
        answers = {
            "429": error(429, "TOO_MANY_REQUESTS", "Too many requests", ("Retry-After", wait)),
            "500": error(500, "INTERNAL_SERVER_ERROR", "Internal server error"),
            "503": error(503, "SERVICE_UNAVAILABLE", "Service unavailable"),
            "expired": error(401, "AUTHENTICATION_FAILED", "Authentication failed"),
            "forbidden": error(403, "FORBIDDEN", f"Missing scope {SCOPE}"),
        }
        return answers[kind]

    def forms(self, call: Call) -> Answer:
        """The account's forms: its one form on the first page. Needs the scope forms:read, which
        an account of the sandbox has with responses:read."""
        account = call.account
        if account is None:
            return _unauthenticated(call.request)
        if SCOPE not in account.scopes:
            return error(403, "FORBIDDEN", "Missing scope forms:read")
        is_first = call.request.query_params.get("page", "1") == "1"
        form = {
            "id": account.form_id,
            "title": "キャリアリレー登録フォーム",
            "created_at": FORM_MADE_AT,
            "last_updated_at": FORM_MADE_AT,
        }
        items = [form] if is_first else []
        return json_answer(200, {"total_items": 1, "page_count": 1, "items": items})

    def responses(self, call: Call) -> Answer:
        """One page of a form's responses."""
        account = call.account
        if account is None:
            return _unauthenticated(call.request)
        limit = int(self._world.setting("typeform_rate_limit", RATE_LIMIT, account.account))
        usage = self._limits.take(account.account, limit, RATE_WINDOW_S)
        if not usage.allowed:
            wait = ("Retry-After", str(usage.reset_in))
            return error(429, "TOO_MANY_REQUESTS", "Too many requests", wait)
        if SCOPE not in account.scopes:
            return error(403, "FORBIDDEN", f"Missing scope {SCOPE}")
        form_id = call.request.path_params["form_id"]
        if form_id != account.form_id:
            return error(404, "FORM_NOT_FOUND", f"Non existing form with uid {form_id}")
        try:
            return self._page(account.account, call, parse(call))
        except Refused as refused:
            return refused.answer

    def _page(self, account: str, call: Call, query: Query) -> Answer:
        items = self._selected(account, query)
        if mutation := call.drew("mutate"):
            self._mutate(account, call.stream, items[: query.page_size], mutation)
            self._world.refresh()
            items = self._selected(account, query)
        page = items
        if (repeated := call.drew("repeat")) and (query.before or query.after):
            page = self._previous(account, query, int(repeated.params.get("rows", 10))) + items
        head = b'{"total_items":%d,"page_count":%d,"items":[' % (
            len(items),
            math.ceil(len(items) / query.page_size),
        )
        bodies = self._bodies(account, page[: query.page_size])
        return Answer(200, head + b",".join(bodies) + b"]}")

    def _mutate(self, account: str, asked: str, due: Sequence[Position], mutation: Fault) -> None:
        stream = f"responses_{due[0][2]}" if due else asked
        numbers = [number for _, number, type_ in due if type_ == due[0][2]]
        faults.mutate(self._world.home, account, stream, numbers, mutation.params)

    def _bodies(self, account: str, page: Sequence[Position]) -> list[bytes]:
        found: dict[tuple[str, int], bytes] = {}
        for type_ in {type_ for _, _, type_ in page}:
            numbers = [number for _, number, its in page if its == type_]
            bodies = self._world.bodies(account, f"responses_{type_}", numbers)
            found |= {(type_, number): body for number, body in bodies.items()}
        return [found[type_, n] for _, n, type_ in page if (type_, n) in found]

    def _selected(self, account: str, query: Query) -> list[Position]:
        """What is left to serve, in the order asked for."""
        rows = self._ascending(account, query)
        start, end = 0, len(rows)
        if query.after:
            start = bisect_right(rows, self._position(account, query, query.after))
        if query.before:
            end = bisect_left(rows, self._position(account, query, query.before))
        rows = rows[start:end]
        return rows[::-1] if query.newest_first else rows

    def _previous(self, account: str, query: Query, count: int) -> list[Position]:
        """The last `count` rows of the page before this one."""
        rows = self._ascending(account, query)
        if query.before:
            end = bisect_left(rows, self._position(account, query, query.before))
            return rows[end : end + count][::-1]
        start = bisect_right(rows, self._position(account, query, query.after))
        return rows[max(0, start - count) : start]

    def _ascending(self, account: str, query: Query) -> list[Position]:
        """Every response that meets the filters, oldest first."""
        sql = (
            "select sort_at, id from records"
            " where account = ? and stream = ? and sort_at >= ? and sort_at <= ?"
        )
        chosen: list[str] = []
        for operator, keys in (("in", query.included), ("not in", query.excluded)):
            if keys:
                sql += f" and key {operator} ({','.join('?' * len(keys))})"
                chosen += keys

        def collect() -> list[Position]:
            return sorted(
                (at, number, type_)
                for type_ in query.types
                for at, number in self._world.rows(
                    sql, (account, f"responses_{type_}", query.since, query.until, *chosen)
                )
            )

        key = (account, query.types, query.since, query.until, query.included, query.excluded)
        return self._world.cached(key, collect)

    def _position(self, account: str, query: Query, token: str) -> Position:
        """Where a token stands: among the types asked for, else where its response is now."""
        sql = "select sort_at, id from records where account = ? and stream = ? and key = ?"
        for type_ in dict.fromkeys((*query.types, *TIME_OF_TYPE)):
            for at, number in self._world.rows(sql, (account, f"responses_{type_}", token)):
                return at, number, type_
        raise invalid("before/after: no response has this token")


def _stream(request: Request) -> str:
    return f"responses_{request.query_params.get('response_type', 'completed')}"


def _unauthenticated(request: Request) -> Answer:
    text = "Authentication credentials not found on the Request Headers"
    if "authorization" in request.headers:
        text = "Authentication failed"
    return error(401, "AUTHENTICATION_FAILED", text)


def parse(call: Call) -> Query:
    """The query, or `Refused` with 400."""
    params = dict(call.params)
    if unknown := params.keys() - KNOWN:
        raise invalid(f"unknown or unsupported parameter: {', '.join(sorted(unknown))}")
    if "sort" in params and ("after" in params or "before" in params):
        raise invalid("sort cannot be combined with before or after")
    types = _types(params)
    return Query(
        page_size=_page_size(params.get("page_size", str(PAGE_SIZE_DEFAULT))),
        types=types,
        since=_bound("since", params.get("since"), "0000"),
        until=_bound("until", params.get("until"), "9999"),
        after=params.get("after", ""),
        before=params.get("before", ""),
        included=_list(params.get("included_response_ids", "")),
        excluded=_list(params.get("excluded_response_ids", "")),
        newest_first=_newest_first(params, types),
    )


def _types(params: dict[str, str]) -> tuple[str, ...]:
    value = params.get("response_type")
    if value is None:
        completed = params.get("completed", "true").lower()  # clients in production send True
        if completed not in ("true", "false"):
            raise invalid("completed: must be true or false")
        value = "completed" if completed == "true" else "started"
    types = tuple(value.split(","))
    if not set(types) <= TIME_OF_TYPE.keys():
        raise invalid("response_type: must be a list of started, partial, completed")
    return types


def _page_size(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= PAGE_SIZE_MAX):
        raise invalid(f"page_size: must be an integer from 1 to {PAGE_SIZE_MAX}")
    return int(value)


def _list(value: str) -> tuple[str, ...]:
    return tuple(part for part in value.split(",") if part)


def _newest_first(params: dict[str, str], types: tuple[str, ...]) -> bool:
    sort = params.get("sort")
    if sort is None:
        return "after" not in params
    field, _, direction = sort.partition(",")
    allowed = {TIME_OF_TYPE[type_] for type_ in types}
    if field not in allowed or direction not in ("asc", "desc"):
        raise invalid(f"sort: must be {' or '.join(sorted(allowed))}, then ,asc or ,desc")
    return direction == "desc"


def _bound(name: str, value: str | None, unbounded: str) -> str:
    """An inclusive bound, to the second, in the sortable form of the column."""
    if value is None:
        return unbounded
    try:
        at = (
            datetime.fromtimestamp(int(value), UTC)
            if value.isascii() and value.isdigit()
            else _iso(value)
        )
    except (ValueError, OverflowError, OSError):
        raise invalid(f"{name}: must be epoch seconds or ISO 8601 with T, UTC") from None
    fraction = ".000Z" if name == "since" else ".999Z"
    return at.replace(tzinfo=None).isoformat(timespec="seconds") + fraction


def _iso(value: str) -> datetime:
    at = datetime.fromisoformat(value)
    if "T" not in value:
        raise ValueError(value)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
