"""Talentio API v1: candidates (one row per application) and requisitions.

Facts (developers.talentio.com v1.1.2, working clients): Bearer token; 5,000 requests an hour, told
by X-Remaining and X-Reset (seconds from now); pages of 100 by number, a bare list each, X-Total
says how many rows there are. There is no application: a candidate holds its requisition, who
applies twice is two candidates. Candidates whose responsible employee was deactivated are hidden
unless ``includeInactiveResponsibleEmployees`` is true.

Which order is safe: ``registeredAt`` (and ``createdAt``) never change, so new rows stand at the end
and a change moves nobody. In the order of ``updatedAt`` a row that changes while the list is read
goes to the end, all behind it move one place forward, and the one that crosses a page's border is
never read. So does a filter with an upper bound, which a changed row leaves. Only a deletion can
move rows here, and then X-Total falls: such a scan is not believed.

One reading of the API tells of ``updatedAtFrom`` (seconds, no zone: taken as Japan's), others saw
no such filter, hence ``updated_filter``, off by default: then every scan reads everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from extractors.api import BEGINNING, ApiOptions, HttpApi, Window
from extractors.auth import BearerKey
from extractors.erasure import without
from extractors.pacing import RateHeaders
from extractors.paginate import counted_pages
from extractors.stream import Cursor, Fields, IdentityValue, Scan, Source, Stream, narrowed

PAGE_SIZE = 100
JAPAN = ZoneInfo("Asia/Tokyo")
STAGE = ("id", "type", "step", "status", "fixedAt")
"""What is kept of a stage: not the evaluations, and not scheduledAt, whose type is not stable."""
REQUISITION = ("id", "name", "active")


class TalentioOptions(ApiOptions):
    """``start_date`` and ``lag_minutes`` bound what is read only with ``updated_filter``."""

    start_date: date = BEGINNING.date()
    page_size: int = Field(default=PAGE_SIZE, ge=PAGE_SIZE, le=PAGE_SIZE)
    updated_filter: bool = False
    """Read only candidates that changed, by updatedAtFrom; deletions are then not noticed."""


def _query(scan: Scan, window: Window | None) -> dict[str, str]:
    if window is None:
        return {}
    return {"updatedAtFrom": window.lower.astimezone(JAPAN).strftime("%Y-%m-%dT%H:%M:%S")}


def _part(value: Any, names: tuple[str, ...]) -> Any:
    return {name: value.get(name) for name in names} if isinstance(value, dict) else None


def _cut(candidate: Fields) -> Fields:
    """The candidate with no more of its stages and its requisition than is needed."""
    stages = [_part(stage, STAGE) for stage in candidate.get("stages") or ()]
    requisition = _part(candidate.get("requisition"), REQUISITION)
    return {**candidate, "stages": stages, "requisition": requisition}


def _person(candidate: Fields) -> Iterator[IdentityValue]:
    """E-mail address and family + given name; no phone number is listed."""
    if candidate.get("email"):
        yield "email", candidate["email"]
    name = f"{candidate.get('lastName') or ''}{candidate.get('firstName') or ''}"
    if name:
        yield "name", name


def _changed_only(stream: Stream, options: BaseModel) -> Stream:
    if not narrowed(options, TalentioOptions).updated_filter:
        return stream
    return replace(stream, complete=False, cursor=Cursor("updatedAt", open_ended=True))


def _fields(names: str) -> frozenset[str]:
    return frozenset(names.split())


SOURCE = Source(
    name="talentio",
    title="Talentio",
    options_model=TalentioOptions,
    reader=HttpApi(
        title="Talentio",
        base_url="https://talentio.com/api/v1",
        auth=BearerKey,
        paginate=counted_pages("X-Total", PAGE_SIZE),
        query=_query,
        rate=RateHeaders(limit="", remaining="X-Remaining", reset="X-Reset", form="seconds"),
    ),
    streams=(
        Stream(
            "candidates",
            path="/candidates",
            params={"sort": "registeredAt", "includeInactiveResponsibleEmployees": "true"},
            prepare=_cut,
            fields=_fields(
                "id firstName lastName email status registeredAt fixedAt channelType channelName "
                "stages requisition"
            ),
            identity=_person,
            erase=without("firstName lastName email"),
            complete=True,
            adapt=_changed_only,
        ),
        Stream(
            "requisitions",
            path="/requisitions",
            params={"sort": "createdAt"},
            fields=_fields("id name status active createdAt updatedAt"),
            complete=True,
        ),
    ),
)
