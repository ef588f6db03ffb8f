"""HERP Hire public API: candidacies, requisitions, users.

Facts (the vendor's document v1.5.0 and help pages; working clients for what those leave out):
Bearer key of the tenant; 100 requests a minute per tenant, counted in x-remaining-request and
x-reset-at (ISO 8601, +09:00); pages of 100 by number, the last one says ``hasNextPage`` false, any
page size asked for is ignored; ids are UUIDs. No list filters by its change: a candidacy that ends
need not move its step, so a window by stepUpdatedAt would miss rejections. Every scan therefore
reads everything; what did not change is known by its hash, what is gone is deleted here too.

Lists come newest first unless asked otherwise, and then every new row moves all others to the next
page. Oldest first (appliedAt and createdAt never change), only a deletion can move rows.

Not published, so assumed: that requisitions and users page like candidacies, and their fields
(``title``, ``department`` and ``employmentType`` are told by one client). Clients differ in the
path: /hire/v1 or /hire/public, hence ``base_path``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pydantic import Field

from extractors.api import BEGINNING, ApiOptions, HttpApi, Window
from extractors.auth import BearerKey
from extractors.erasure import without
from extractors.pacing import RateHeaders
from extractors.paginate import numbered_pages
from extractors.stream import Fields, IdentityValue, Scan, Source, Stream, narrowed

CHANNEL = ("type", "kind", "mediaName", "isScout")
"""What is kept of a channel: its description is free text, often a person's name."""


class HerpOptions(ApiOptions):
    """Nothing is read in windows, so what bounds them has no effect here."""

    start_date: date = BEGINNING.date()
    page_size: int = Field(default=100, ge=100, le=100)
    base_path: str = Field(default="/hire/v1", pattern=r"^(/[A-Za-z0-9_.-]+)+$")
    """Where the lists are on the host; clients in production use two."""
    applied_from: date | None = None
    """First day, in Japan, of the candidacies that are read; an earlier one is deleted here."""


def _query(scan: Scan, window: Window | None) -> dict[str, str]:
    options = narrowed(scan.connection.options, HerpOptions)
    if scan.stream.name == "candidacies" and options.applied_from:
        return {"appliedAtFrom": options.applied_from.isoformat()}
    return {}


def _cut_channel(candidacy: Fields) -> Fields:
    channel = candidacy.get("channel")
    if not isinstance(channel, dict):
        return candidacy
    return {**candidacy, "channel": {name: channel.get(name) for name in CHANNEL}}


def _person(candidacy: Fields) -> Iterator[IdentityValue]:
    """E-mail address, phone number and the name, which is one field."""
    for kind, name in (("email", "email"), ("phone", "telephoneNumber"), ("name", "name")):
        if candidacy.get(name):
            yield kind, candidacy[name]


def _fields(names: str) -> frozenset[str]:
    return frozenset(names.split())


SOURCE = Source(
    name="herp",
    title="HERP Hire",
    options_model=HerpOptions,
    reader=HttpApi(
        title="HERP Hire",
        base_url="https://public-api.herp.cloud",
        auth=BearerKey,
        paginate=numbered_pages("hasNextPage"),
        query=_query,
        rate=RateHeaders(limit="", remaining="x-remaining-request", reset="x-reset-at", form="iso"),
    ),
    streams=(
        Stream(
            "candidacies",
            path="{base_path}/candidacies",
            params={"sort": "appliedAt", "direction": "asc"},
            prepare=_cut_channel,
            fields=_fields(
                "id name email telephoneNumber status requisitionId appliedAt step stepUpdatedAt "
                "terminationReason terminatedAt channel"
            ),
            identity=_person,
            erase=without("name email telephoneNumber"),
            complete=True,
            required_scope="candidacy:read",
        ),
        Stream(
            "requisitions",
            path="{base_path}/requisitions",
            params={"sort": "createdAt", "direction": "asc"},
            fields=_fields("id title name status department employmentType createdAt updatedAt"),
            complete=True,
            required_scope="requisition:read",
        ),
        Stream(
            "users",
            path="{base_path}/users",
            fields=_fields("id role status"),
            complete=True,
            required_scope="user:read",
        ),
    ),
)
