"""Lever Data API v1.

Facts, from recorded traffic and working clients (the vendor's own pages could not be read): a list
is {data, hasNext, next}, newest first, continued by ``offset``; keys without a value are absent;
opportunities and postings filter by updated_at, the lists of deleted records by deleted_at, all in
milliseconds and inclusive. What hangs on an opportunity has no filter and is asked for one by one.
A limit of 10 requests a second with a burst of 20 is published, and no header tells of it.
Postings deleted are told of at most 29 days at once, by one client.

Nothing is ever written; the answer to a write leaves out name, e-mail and phone and must never be
landed.

Unknown, so assumed: a change of an application or offer touches its opportunity's updatedAt (notes
and feedback are said not to). ``confidential`` needs a key with access to confidential data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pydantic import BaseModel, Field

from extractors.api import ApiOptions, HttpApi, Window
from extractors.auth import BasicKey
from extractors.erasure import without
from extractors.pacing import TokenBucket
from extractors.paginate import offset_next
from extractors.stream import Cursor, Fields, IdentityValue, Scan, Source, Stream, narrowed

UPDATED = Cursor("updatedAt", unit="ms")
FILTERS = {"updatedAt": "updated_at", "deletedAt": "deleted_at"}


class LeverOptions(ApiOptions):
    page_size: int = Field(default=100, ge=1, le=100)
    requests_per_second: float = Field(default=10, gt=0, le=1000)
    """What the account may ask for in the long run."""
    burst: int = Field(default=20, ge=1, le=1000)
    """Requests that may follow each other at once."""
    confidential: bool = False
    """Whether confidential postings and their opportunities are read, too."""


def _rate(options: BaseModel) -> TokenBucket:
    mine = narrowed(options, LeverOptions)
    return TokenBucket(mine.requests_per_second, mine.burst)


def _query(scan: Scan, window: Window | None) -> dict[str, str]:
    query = {"limit": str(narrowed(scan.connection.options, LeverOptions).page_size)}
    if window is None or scan.stream.cursor is None:
        return query
    name = FILTERS[scan.stream.cursor.field]
    bounds = {"start": window.lower, "end": window.upper}
    return query | {
        f"{name}_{bound}": str(int(at.timestamp() * 1000)) for bound, at in bounds.items() if at
    }


def _confidential_too(stream: Stream, options: BaseModel) -> Stream:
    """Lists show confidential rows only when asked for them by themselves."""
    if not narrowed(options, LeverOptions).confidential:
        return stream
    values = ("non-confidential", "confidential")
    return replace(stream, passes=tuple({"confidentiality": value} for value in values))


def _person(opportunity: Fields) -> Iterator[IdentityValue]:
    """E-mail addresses, phone numbers and name of the contact; nothing once it is anonymised."""
    if opportunity.get("isAnonymized"):
        return
    for email in opportunity.get("emails") or ():
        if email:
            yield "email", email
    for phone in opportunity.get("phones") or ():
        if phone.get("value"):
            yield "phone", phone["value"]
    if opportunity.get("name"):
        yield "name", opportunity["name"]


def _dated(offer: Fields) -> Fields:
    """Of an offer's documents only when they were put there; their names are personal."""
    times = {f"{kind}At": (offer.get(kind) or {}).get("uploadedAt") for kind in DOCUMENTS}
    return offer | {name: at for name, at in times.items() if at is not None}


DOCUMENTS = ("sentDocument", "signedDocument")


ALWAYS = frozenset({"id", "parent_id", "contact", "text", "createdAt", "updatedAt", "deletedAt"})
"""Keys that every record has, whose list stores them: keys without a value are absent."""


def _stream(name: str, fields: str, **more: object) -> Stream:
    stored = frozenset({"id", *fields.split()})
    stream = Stream(
        name,
        path=f"/{name}",
        fields=stored,
        optional=stored - ALWAYS,
        required_scope=f"List all {name.replace('_', ' ')}",
    )
    return replace(stream, **more)  # type: ignore[arg-type]


def _children(name: str, fields: str, **more: object) -> Stream:
    """What hangs on each opportunity."""
    path = f"/opportunities/{{parent}}/{name}"
    return _stream(name, f"parent_id {fields}", path=path, parent="opportunities", **more)


def _deleted(name: str, cursor: Cursor) -> Stream:
    path = f"/{name}/deleted"
    scope = f"List all {name}"
    return _stream(
        f"{name}_deleted",
        "deletedAt",
        path=path,
        deletes=name,
        cursor=cursor,
        required_scope=scope,
    )


SOURCE = Source(
    name="lever",
    title="Lever",
    options_model=LeverOptions,
    reader=HttpApi(
        title="Lever",
        base_url="https://api.lever.co/v1",
        auth=BasicKey,
        paginate=offset_next,
        query=_query,
        rate=_rate,
    ),
    streams=(
        # closed opportunities point to reasons and stages that the lists may no longer show, so
        # what vanishes from these two is kept
        _stream("archive_reasons", "text"),
        _stream("stages", "text"),
        # without includeDeactivated who has left is not listed, and would count as deleted
        _stream(
            "users",
            "accessRole createdAt deactivatedAt",
            complete=True,
            params={"includeDeactivated": "true"},
        ),
        # filtered by creation only, which misses changes
        _stream(
            "requisitions",
            "requisitionCode status headcountHired headcountTotal postings createdAt updatedAt",
            complete=True,
        ),
        _stream(
            "postings",
            "text state categories reqCode confidentiality createdAt updatedAt",
            cursor=replace(UPDATED, reference=True),
            adapt=_confidential_too,
        ),
        _stream(
            "opportunities",
            "contact stage archived sources origin stageChanges applications confidentiality "
            "isAnonymized createdAt updatedAt",
            cursor=UPDATED,
            identity=_person,
            erase=without(""),  # of the contact keys alone are kept
            anonymised=lambda opportunity: bool(opportunity.get("isAnonymized")),
            person="contact",
            adapt=_confidential_too,
        ),
        _deleted("postings", Cursor("deletedAt", unit="ms", longest=28)),
        _deleted("opportunities", Cursor("deletedAt", unit="ms", open_ended=True)),
        _children("applications", "posting type createdAt"),
        _deleted("applications", Cursor("deletedAt", unit="ms", open_ended=True)),
        _children(
            "offers", "posting status createdAt sentDocumentAt signedDocumentAt", prepare=_dated
        ),
        # no text of these is stored: nobody needs it
        _children("notes", "createdAt deletedAt"),
        _children("feedback", "createdAt completedAt deletedAt"),
    ),
)
