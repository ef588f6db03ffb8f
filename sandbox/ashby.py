"""Ashby: its lists, as calls with a JSON body.

Facts from developers.ashbyhq.com (pagination and incremental synchronization, reference,
changelog): the envelope, errors with HTTP 200, the sync token with the last page only, the codes
that say that a token or cursor is of no use. Not published, so assumed: the life of a token, how
many pages one may be followed by, in which order rows come, the codes of other errors, and that a
wrong key is answered with 403.
"""

from __future__ import annotations

import base64
import binascii
from array import array
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from starlette.requests import Request

from sandbox import faults
from sandbox.exchange import Answer, Call, Endpoint, Refused, basic, json_answer
from sandbox.limits import FixedWindow
from sandbox.reader import World
from sandbox.store import Account

PAGE_MAX, HISTORIES_PER_APPLICATION = 100, 16
HISTORY_LIMIT, TOKEN_DAYS, SYNC_PAGES = "100000", "0", "1000"


@dataclass(frozen=True, slots=True)
class Listing:
    """One list. `reveal` shows what is hidden by default, `parent` is the id that it needs and the
    stream of that id; `paged` lists take limit and cursor, `synced` ones a syncToken too, `dated`
    ones createdAfter in milliseconds."""

    stream: str
    permission: str
    paged: bool = True
    synced: bool = False
    dated: bool = False
    reveal: str = ""
    parent: tuple[str, str] = ("", "")


LISTS = {
    "candidate.list": Listing("candidates", "candidatesRead", synced=True),
    "application.list": Listing("applications", "candidatesRead", synced=True, dated=True),
    "application.listHistory": Listing(
        "stage_histories", "candidatesRead", parent=("applicationId", "applications")
    ),
    "job.list": Listing("jobs", "jobsRead", synced=True),
    "opening.list": Listing("openings", "jobsRead", synced=True),
    "offer.list": Listing("offers", "offersRead", synced=True),
    "interviewPlan.list": Listing("interview_plans", "interviewsRead", reveal="includeArchived"),
    "interviewStage.list": Listing(
        "interview_stages",
        "interviewsRead",
        paged=False,
        parent=("interviewPlanId", "interview_plans"),
    ),
    "archiveReason.list": Listing(
        "archive_reasons", "hiringProcessMetadataRead", paged=False, reveal="includeArchived"
    ),
    "source.list": Listing("sources", "hiringProcessMetadataRead", reveal="includeArchived"),
    "user.list": Listing("users", "organizationRead", synced=True, reveal="includeDeactivated"),
    "department.list": Listing("departments", "organizationRead", reveal="includeArchived"),
    "location.list": Listing("locations", "organizationRead", reveal="includeArchived"),
    "customField.list": Listing(
        "custom_fields", "hiringProcessMetadataRead", synced=True, reveal="includeArchived"
    ),
}
PERMISSIONS = tuple(sorted({listing.permission for listing in LISTS.values()}))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a scan stands: its beginning on the clock, the change time after which it shows rows,
    the id after which the page begins, and the pages before it."""

    begun: str
    since: str = ""
    after: int = -1
    pages: int = 0


class Ashby:
    """The vendor. Cursors and tokens hold all there is to know, so a restart forgets nothing."""

    name = "ashby"

    def __init__(self, world: World) -> None:
        self._world = world
        self._limits = FixedWindow()
        self.endpoints = (Endpoint("POST", "/ashby/{call}", self.call, _stream),)

    def identify(self, request: Request) -> Account | None:
        """By the API key, the user of Basic authentication."""
        return self._world.account(self.name, basic(request)[0])

    def refuse(self, call: Call, kind: str) -> Answer:
        """Injected refusals; a ``bare`` one comes without errorInfo."""
        params: Mapping[str, Any] = call.fault.params if call.fault else {}
        if params.get("bare"):
            return json_answer(200, {"success": False, "errors": [str(params["code"])]})
        if kind == "429":
            wait = ("Retry-After", str(params.get("retry_after", 45)))
            return _failure("rate_limit_exceeded", "Too many requests.", 429, wait)
        if kind == "forbidden":
            code = str(params.get("code", "missing_endpoint_permission"))
            return _failure(code, "Refused on order.", int(params.get("status", 403)))
        if kind == "expired":
            return _failure("unauthorized", "The API key is not valid.", 401)
        return _failure("internal_server_error", "Something went wrong.", int(kind))

    def call(self, call: Call) -> Answer:
        """One page of one list."""
        if call.account is None:
            status = 403 if basic(call.request)[0] else 401
            return _failure("unauthorized", "The API key is not valid.", status)
        listing = LISTS.get(str(call.request.path_params["call"]))
        if listing is None:
            return _failure("not_found", "No such call.", 404)
        try:
            return self._page(call.account, listing, call)
        except Refused as refused:
            return refused.answer

    def _page(self, account: Account, listing: Listing, call: Call) -> Answer:
        if listing.permission not in account.scopes:
            text = f"The API key lacks {listing.permission}."
            raise Refused(_failure("missing_endpoint_permission", text, 403))
        asked = _asked(call.body)
        limit = _limit(asked, listing)
        self._take_history(account, listing)
        place = self._place(account, listing, asked)
        ids = self._ids(account, listing, asked, place)
        if mutation := call.drew("mutate"):
            start = bisect_right(ids, place.after)
            due = list(ids[start : start + limit])
            faults.mutate(self._world.home, account.account, listing.stream, due, mutation.params)
            self._world.refresh()
            ids = self._ids(account, listing, asked, place)
        first = bisect_right(ids, place.after)
        if (repeated := call.drew("repeat")) and place.after >= 0:
            first = max(0, first - int(repeated.params.get("rows", 10)))
        page = list(ids[first : first + limit])
        found = self._world.bodies(account.account, listing.stream, page)
        rows = [found[id_] for id_ in page if id_ in found]
        following = None
        if first + limit < len(ids):
            following = replace(place, after=page[-1], pages=place.pages + 1)
        return self._envelope(account, listing, rows, place, following)

    def _envelope(
        self,
        account: Account,
        listing: Listing,
        rows: list[bytes],
        place: Place,
        following: Place | None,
    ) -> Answer:
        owner = {"s": listing.stream, "a": account.account}
        body: dict[str, Any] = {
            "success": True,
            "results": [orjson.Fragment(row) for row in rows],
            "moreDataAvailable": following is not None,
        }
        if following is not None:
            body["nextCursor"] = _sealed({**owner, "p": astuple(following)})
        elif listing.synced:
            body["syncToken"] = _sealed({**owner, "t": place.begun})
        return json_answer(200, body)

    def _place(self, account: Account, listing: Listing, asked: Mapping[str, Any]) -> Place:
        cursor, token = asked.get("cursor"), asked.get("syncToken")
        owner = {"s": listing.stream, "a": account.account}
        now = self._world.clock.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        if cursor is not None:
            opened = _opened(cursor, "invalid_next_cursor", owner)
            place = Place(*opened.get("p", ("",)))
            if place.since and (token is None or _began(token, owner) != place.since):
                raise Refused(_failure("invalid_next_cursor", "Send its syncToken as well."))
            allowed = int(self._world.setting("ashby_sync_pages", SYNC_PAGES, account.account))
            if place.since and place.pages >= allowed:
                text = "Drop the syncToken and perform a full sync."
                raise Refused(_failure("incremental_sync_too_large", text))
            return place
        if token is None or not listing.synced:
            return Place(now)
        since = _began(token, owner)
        days = int(self._world.setting("ashby_token_days", TOKEN_DAYS, account.account))
        if days and datetime.fromisoformat(since) + timedelta(days=days) <= self._world.clock:
            raise Refused(_failure("sync_token_expired", "Perform a full sync."))
        return Place(now, since)

    def _ids(
        self, account: Account, listing: Listing, asked: Mapping[str, Any], place: Place
    ) -> array[int]:
        """Ids of the rows that are shown, ascending."""
        sql = "select id from records where account = ? and stream = ? and updated_at > ?"
        args: list[Any] = [account.account, listing.stream, place.since]
        if listing.reveal and asked.get(listing.reveal) is not True:
            sql += " and flags = ''"
        if listing.dated and "createdAfter" in asked:
            sql += " and created_at > ?"
            args.append(_created_after(asked["createdAfter"]))
        name, stream = listing.parent
        if name:
            parent = self._number(account, stream, asked.get(name))
            sql += " and id >= ? and id < ?"
            base = parent * HISTORIES_PER_APPLICATION
            args += [base, base + HISTORIES_PER_APPLICATION]
        return self._world.cached(
            (sql, *args), lambda: array("q", sorted(i for (i,) in self._world.rows(sql, args)))
        )

    def _number(self, account: Account, stream: str, key: object) -> int:
        """The number in the world of the record that a list is asked for."""
        sql = "select id from records where account = ? and stream = ? and key = ?"
        found = list(self._world.rows(sql, [account.account, stream, str(key)]))
        if not found:
            kind = stream.removesuffix("s")
            raise Refused(_failure(f"{kind}_not_found", "No such record."))
        return int(found[0][0])

    def _take_history(self, account: Account, listing: Listing) -> None:
        if listing.stream != "stage_histories":
            return
        limit = int(self._world.setting("ashby_history_limit", HISTORY_LIMIT, account.account))
        usage = self._limits.take(account.account, limit, 60)
        if not usage.allowed:
            wait = ("Retry-After", str(usage.reset_in))
            raise Refused(_failure("rate_limit_exceeded", "Too many requests.", 429, wait))


def _failure(code: str, text: str, status: int = 200, *headers: tuple[str, str]) -> Answer:
    """An error as the vendor words it, with HTTP 200 unless it is one of the real statuses."""
    info = {"code": code, "message": text, "requestId": "01JSANDBOX"}
    return json_answer(status, {"success": False, "errors": [code], "errorInfo": info}, *headers)


def _began(token: str, owner: Mapping[str, str]) -> str:
    """When the scan began that a token came from."""
    return str(_opened(token, "sync_token_invalid", owner).get("t", ""))


def _asked(body: bytes) -> dict[str, Any]:
    try:
        asked = orjson.loads(body or b"{}")
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise Refused(_failure("invalid_input", "The body is no JSON object."))
    return asked


def _limit(asked: Mapping[str, Any], listing: Listing) -> int:
    if not listing.paged:
        return 1_000_000
    limit = asked.get("limit", PAGE_MAX)
    if not isinstance(limit, int) or not 1 <= limit <= PAGE_MAX:
        raise Refused(_failure("invalid_input", f"limit is not between 1 and {PAGE_MAX}."))
    return limit


def _created_after(value: object) -> str:
    if not isinstance(value, int | float):
        raise Refused(_failure("invalid_input", "createdAfter is no number of milliseconds."))
    moment = datetime.fromtimestamp(value / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _sealed(content: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(content)).decode().rstrip("=")


def _opened(text: object, code: str, owner: Mapping[str, str]) -> dict[str, Any]:
    """What a cursor or token holds; the vendor's error when it is not one of this list."""
    try:
        content = orjson.loads(base64.urlsafe_b64decode(str(text) + "=" * (-len(str(text)) % 4)))
    except (binascii.Error, ValueError):
        content = None
    if not isinstance(content, dict) or any(content.get(k) != v for k, v in owner.items()):
        raise Refused(_failure(code, "It cannot be decoded; perform a full sync."))
    return content


def _stream(request: Request) -> str:
    call = str(request.path_params["call"])
    return LISTS[call].stream if call in LISTS else call
