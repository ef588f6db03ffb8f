"""Lever Data API v1: lists, lists of deleted records, what hangs on an opportunity, some writes.

Facts from recorded traffic and working clients. A list is {data, hasNext, next}; `next`, absent on
the last page, is a percent-encoded JSON array [n, creation in ms, id], and is taken as `offset`
decoded once or not at all. Time filters are inclusive milliseconds. Users that were deactivated are
listed with `includeDeactivated=true` only. A key is the user of Basic authentication. A limit is a
token bucket that no header tells of. Not published, so assumed: newest first; the answers of 400,
401, 403 and 429; that `archive_reasons` and `stages` leave `hasNext` out; that lists show
confidential rows only with `confidentiality=confidential` and a key with access to them; that
`postings/deleted` answers 400 to more than 29 days.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote

import orjson
from starlette.requests import Request

from sandbox import faults
from sandbox.exchange import Answer, Call, Endpoint, Handler, Refused, basic, json_answer
from sandbox.lever_writes import SCOPES, BadRequest, Writes
from sandbox.lever_writes import children as children_of
from sandbox.limits import TokenBucket
from sandbox.reader import World
from sandbox.store import Account

# Defaults of the settings in table meta, as they would stand there.
RATE_PER_S, BURST = "100000", "100000"
LIMIT_MAX = 100
LONGEST_MS = 29 * 86_400_000
SPAN = 16  # numbers of an opportunity's children: from SPAN times its own

Position = tuple[str, str, int]
"""created_at, id, number in the world: the order of a list."""


@dataclass(frozen=True, slots=True)
class Listing:
    """`times` are its time filters; `longest` the most that one may span, in ms; `reveal` the
    parameter that shows what is hidden without it."""

    times: tuple[str, ...] = ()
    has_next: bool = True
    has_confidential: bool = False
    longest: int | None = None
    reveal: str = ""


LISTS = {
    "opportunities": Listing(("updated_at", "created_at"), has_confidential=True),
    "postings": Listing(("updated_at", "created_at"), has_confidential=True),
    "requisitions": Listing(("created_at",)),
    "users": Listing(reveal="includeDeactivated"),
    "archive_reasons": Listing(has_next=False),
    "stages": Listing(has_next=False),
    "opportunities_deleted": Listing(("deleted_at",)),
    "applications_deleted": Listing(("deleted_at",)),
    "postings_deleted": Listing(("deleted_at",), longest=LONGEST_MS),
}
CHILDREN = ("applications", "notes", "offers", "feedback")
CHILD = Listing()


def error(status: int, code: str, message: str) -> Answer:
    """The vendor's error body."""
    return json_answer(status, {"code": code, "message": message})


def invalid(message: str) -> Refused:
    """400 for a bad parameter."""
    return Refused(error(400, "BadRequestError", message))


def unknown() -> Refused:
    """404 for a path that leads nowhere."""
    return Refused(error(404, "NotFoundError", "That resource doesn't exist on your account"))


def refusing(handler: Handler) -> Handler:
    """A handler that answers what it refuses."""

    def answer(call: Call) -> Answer:
        try:
            return handler(call)
        except Refused as refused:
            return refused.answer

    return answer


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed request: SQL conditions with their values, and where the page begins."""

    limit: int
    conditions: str
    values: tuple[str | int, ...]
    after: tuple[str, str] | None


class Lever:
    """The vendor."""

    name = "lever"

    def __init__(self, world: World) -> None:
        self._world = world
        self._limits = TokenBucket()
        self._writes = Writes(world)
        root = "/lever/v1"
        one = f"{root}/opportunities/{{opportunity}}"
        listed = refusing(self.list_records)
        self.endpoints = (
            Endpoint("GET", f"{root}/{{list}}", listed, _listed),
            Endpoint("GET", f"{root}/{{list}}/deleted", listed, _deleted),
            Endpoint("GET", one, refusing(self.retrieve), _opportunities),
            Endpoint("GET", f"{one}/{{list}}", refusing(self.list_children), _listed),
            Endpoint("POST", f"{one}/{{list}}", refusing(self.write), _listed),
        )

    def identify(self, request: Request) -> Account | None:
        """By the API key, which is the user of Basic authentication."""
        return self._world.account(self.name, basic(request)[0])

    def refuse(self, call: Call, kind: str) -> Answer:
        """Injected refusals; none of them has a header of its own."""
        answers = {
            "429": error(429, "TooManyRequestsError", "Too many requests"),
            "500": error(500, "InternalServerError", "Something went wrong"),
            "503": error(503, "ServiceUnavailableError", "Service unavailable"),
            "expired": error(401, "UnauthorizedError", "Invalid key"),
            "forbidden": error(403, "ForbiddenError", "Missing permission"),
        }
        return answers[kind]

    def list_records(self, call: Call) -> Answer:
        """One page of one list."""
        account, listing = self._admitted(call), LISTS.get(call.stream)
        if listing is None:
            raise unknown()
        self._permit(account, call.stream)
        return self._asked(account, call, listing)

    def list_children(self, call: Call) -> Answer:
        """One page of what hangs on one opportunity."""
        account, number = self._opportunity(call, call.stream if call.stream in CHILDREN else None)
        return self._asked(account, call, CHILD, *children_of(number, SPAN))

    def retrieve(self, call: Call) -> Answer:
        """One opportunity, whole."""
        account, number = self._opportunity(call, call.stream)
        [body] = self._world.bodies(account.account, call.stream, [number]).values()
        return Answer(200, b'{"data":' + body + b"}")

    def write(self, call: Call) -> Answer:
        """Tags or a note of one opportunity; see `sandbox.lever_writes`."""
        account, number = self._opportunity(call, SCOPES.get(call.stream))
        try:
            return self._writes.write(account, number, call)
        except BadRequest as bad:
            raise invalid(str(bad)) from None

    def _admitted(self, call: Call) -> Account:
        account = call.account
        if account is None:
            raise Refused(error(401, "UnauthorizedError", "Invalid key"))
        rate, burst = (
            float(self._world.setting(name, default, account.account))
            for name, default in (("lever_rate_per_s", RATE_PER_S), ("lever_burst", BURST))
        )
        if not self._limits.take(account.account, rate, burst):
            raise Refused(self.refuse(call, "429"))
        return account

    def _permit(self, account: Account, scope: str) -> None:
        may_write = self._world.setting("may_write", "false", account.account) == "true"
        if scope not in {*account.scopes, *(SCOPES.values() if may_write else ())}:
            raise Refused(error(403, "ForbiddenError", "Missing permission"))

    def _opportunity(self, call: Call, scope: str | None) -> tuple[Account, int]:
        """Who asks, and the number of the opportunity that the path names; without a scope there
        is nothing at that path."""
        account = self._admitted(call)
        key = call.request.path_params["opportunity"]
        sql = "select id from records where account = ? and stream = 'opportunities' and key = ?"
        found = [number for (number,) in self._world.rows(sql, (account.account, key))]
        if scope is None or not found:
            raise unknown()
        self._permit(account, scope)
        return account, found[0]

    def _asked(
        self,
        account: Account,
        call: Call,
        listing: Listing,
        condition: str = "",
        values: tuple[int, ...] = (),
    ) -> Answer:
        query = parse(call, listing, account, int(self._world.clock.timestamp() * 1000))
        narrowed = Query(
            query.limit, query.conditions + condition, (*query.values, *values), query.after
        )
        return self._page(account.account, call, listing, narrowed)

    def _page(self, account: str, call: Call, listing: Listing, query: Query) -> Answer:
        due = self._due(account, call.stream, query)
        if mutation := call.drew("mutate"):
            numbers = [number for _, _, number in due[: query.limit]]
            faults.mutate(self._world.home, account, call.stream, numbers, mutation.params)
            self._world.refresh()
            due = self._due(account, call.stream, query)
        if (repeated := call.drew("repeat")) and query.after is not None:
            rows = self._rows(account, call.stream, query)
            shown = len(rows) - len(due)
            due = rows[max(0, shown - int(repeated.params.get("rows", 10))) :]
        page = due[: query.limit]
        found = self._world.bodies(account, call.stream, [number for _, _, number in page])
        data = b",".join(found[number] for _, _, number in page if number in found)
        more = len(due) > len(page)
        rest = b""
        if listing.has_next:
            rest += b',"hasNext":true' if more else b',"hasNext":false'
        if more:
            rest += b',"next":' + orjson.dumps(to_offset(page[-1]))
        return Answer(200, b'{"data":[' + data + b"]" + rest + b"}")

    def _due(self, account: str, stream: str, query: Query) -> Sequence[Position]:
        """What is left to serve."""
        rows = self._rows(account, stream, query)
        if query.after is None:
            return rows
        ascending = [(created, key) for created, key, _ in reversed(rows)]
        return rows[len(rows) - bisect_left(ascending, query.after) :]

    def _rows(self, account: str, stream: str, query: Query) -> list[Position]:
        """Every row that meets the conditions, newest first."""
        sql = (
            "select created_at, key, id from records where account = ? and stream = ?"
            + query.conditions
        )
        values = (account, stream, *query.values)
        return self._world.cached(
            (sql, values), lambda: sorted(self._world.rows(sql, values), reverse=True)
        )


def parse(call: Call, listing: Listing, account: Account, now: int) -> Query:
    """The query, or `Refused` with 400; `now` in milliseconds."""
    params = dict(call.params)
    bounds = {f"{name}_{end}" for name in listing.times for end in ("start", "end")}
    known = {
        "limit",
        "offset",
        *bounds,
        *(("confidentiality",) if listing.has_confidential else ()),
        *((listing.reveal,) if listing.reveal else ()),
    }
    if others := params.keys() - known:
        raise invalid(f"unknown parameter: {', '.join(sorted(others))}")
    limit = params.get("limit", str(LIMIT_MAX))
    if not limit.isdigit() or not 1 <= int(limit) <= LIMIT_MAX:
        raise invalid(f"limit: must be an integer from 1 to {LIMIT_MAX}")
    conditions, values = "", []
    for name in listing.times:
        low, high = _ms(params, f"{name}_start"), _ms(params, f"{name}_end")
        if listing.longest and low is not None and (high or now) - low > listing.longest:
            raise invalid(f"{name}: at most 29 days")
        column = "updated_at" if name == "deleted_at" else name
        for operator, bound in ((">=", low), ("<=", high)):
            if bound is not None:
                conditions += f" and {column} {operator} ?"
                values.append(_text(bound))
    if listing.reveal and params.get(listing.reveal, "").lower() != "true":
        conditions += " and flags = ''"
    if listing.has_confidential:
        conditions += _confidential(params.get("confidentiality", "non-confidential"), account)
    return Query(int(limit), conditions, tuple(values), from_offset(params.get("offset")))


def _confidential(wanted: str, account: Account) -> str:
    if wanted not in ("confidential", "non-confidential"):
        raise invalid("confidentiality: must be confidential or non-confidential")
    if wanted == "non-confidential":
        return " and flags <> 'confidential'"
    return " and flags = 'confidential'" if "confidential" in account.scopes else " and 1 = 0"


def to_offset(position: Position) -> str:
    """The vendor's `next`, percent-encoded."""
    created, key, _ = position
    at = int(datetime.fromisoformat(created).timestamp() * 1000)
    return quote(orjson.dumps([3, at, key]).decode(), safe="")


def from_offset(offset: str | None) -> tuple[str, str] | None:
    """Where a page begins; `offset` as the query's decoding left it: plain or still encoded."""
    if offset is None:
        return None
    try:
        _, at, key = orjson.loads(unquote(offset))
        return _text(int(at)), str(key)
    except (ValueError, TypeError):
        raise invalid("offset: not one of ours") from None


def _ms(params: dict[str, str], name: str) -> int | None:
    value = params.get(name)
    if value is None:
        return None
    if not value.isdigit() or len(value) > 14:
        raise invalid(f"{name}: must be a time in milliseconds")
    return int(value)


def _text(ms: int) -> str:
    """A time in the sortable form of the columns."""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def _listed(request: Request) -> str:
    return str(request.path_params["list"])


def _opportunities(request: Request) -> str:
    return "opportunities"


def _deleted(request: Request) -> str:
    return f"{request.path_params['list']}_deleted"
