"""The least requests that a vendor's lists can be read with, and what may come on top.

The least follows from the vendor's API alone: every page once, as full as the vendor makes them;
of what changed alone where it can be asked for that; one request for each record whose children
have to be asked for one by one; one for an access token that does not last. On top may come what
we choose to ask, which docs/sources/README.md explains: the first page of a list that turns out to
be long, and a page for each of the windows that it is then read in, which may not be full.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Literal

import orjson

Rows = Mapping[int, bytes]
"""A list's records (JSON) by number."""
WINDOW_DAYS = 92
"""The default of the option ``window_days``."""


@dataclass(frozen=True)
class Bounds:
    """The least requests of a run, and the most that we allow it."""

    least: int
    most: int

    def __add__(self, other: Bounds) -> Bounds:
        return Bounds(self.least + other.least, self.most + other.most)


@dataclass(frozen=True)
class Listing:
    """One list of a vendor.

    changes   it can be asked for what changed since a time
    parent    it is asked for each record of that list, if ``having`` is set in it
    parts     as often it is asked, since it hides some rows from the others
    longest   the most days that it can be asked for at once
    end       what says that a page is the last one: the page itself, that it is not full, or only
              that the next one is empty
    bounded   its pages are asked for up to a time; when there are several, after the first told it
    windowed  our first load of several pages is cut into windows
    """

    name: str
    changes: bool = False
    parent: str = ""
    having: str = ""
    parts: int = 1
    longest: int = 0
    end: Literal["said", "short", "empty"] = "said"
    bounded: bool = False
    windowed: bool = False


@dataclass(frozen=True)
class Vendor:
    """``page``: the rows of a full page; ``tokens``: requests for access tokens of one run."""

    page: int
    lists: tuple[Listing, ...]
    tokens: int = 0


def pages(rows: int, size: int, end: str = "said") -> int:
    """The requests for so many rows."""
    if end == "short":
        return rows // size + 1
    return ceil(rows / size) + 1 if end == "empty" else max(1, ceil(rows / size))


def bounds(
    vendor: Vendor, rows: Mapping[str, Rows], changed: Mapping[str, Rows], days: int = 0
) -> Bounds:
    """Of a run when a vendor has these ``rows`` by list, of which ``changed`` did so since the run
    before. ``days``: what the first load reaches back, during which all ``changed``; 0 later."""
    total = Bounds(vendor.tokens, vendor.tokens)
    for listing in vendor.lists:
        asked = changed if listing.changes else rows
        if listing.parent:
            parents = [orjson.loads(body) for body in asked.get(listing.parent, {}).values()]
            least = sum(not listing.having or bool(one.get(listing.having)) for one in parents)
            most = least
        else:
            parts = listing.parts * _cuts(days, listing.longest)
            windows = _cuts(days, WINDOW_DAYS) if listing.windowed else 1
            full = pages(len(asked.get(listing.name, {})), vendor.page, listing.end)
            least = max(parts, full)
            opened = listing.parts if listing.bounded and full > 1 else 0
            most = full + parts * (windows if full > 1 else 1) - 1 + opened
        total += Bounds(least, most)
    return total


def _cuts(days: int, longest: int) -> int:
    """Into how many parts of at most so many days a time is cut."""
    return max(1, ceil(days / longest)) if longest else 1


def _whole(names: str) -> Iterator[Listing]:
    """Small lists, and those that nothing filters."""
    return (Listing(name) for name in names.split())


def _changed(names: str) -> Iterator[Listing]:
    """Lists that can be asked for what changed, from a time or a token on."""
    return (Listing(name, changes=True) for name in names.split())


def _windowed(names: str, *, first: bool = True) -> Iterator[Listing]:
    """Lists read in windows of change time; ``first``: the first load in several."""
    return (Listing(name, changes=True, bounded=True, windowed=first) for name in names.split())


def _children(names: str, parent: str, having: str = "") -> Iterator[Listing]:
    """What is asked for parent by parent, of those that changed."""
    return (Listing(name, changes=True, parent=parent, having=having) for name in names.split())


VENDORS = {
    "greenhouse": Vendor(
        500,
        (
            *_windowed(
                "candidates applications application_stages rejection_details offers notes "
                "applied_candidate_tags"
            ),
            *_windowed(
                "rejection_reasons jobs job_interview_stages sources users departments offices "
                "custom_fields candidate_tags",
                first=False,
            ),
            Listing("job_posts", changes=True, parts=2, bounded=True),
        ),
        tokens=1,
    ),
    "lever": Vendor(
        100,
        (
            *_whole("archive_reasons stages users requisitions"),
            Listing("postings", changes=True, parts=2, bounded=True),
            Listing("opportunities", changes=True, parts=2, bounded=True, windowed=True),
            Listing("postings_deleted", changes=True, longest=28, bounded=True),
            *_changed("opportunities_deleted applications_deleted"),
            *_children("applications offers notes feedback", "opportunities"),
        ),
    ),
    "ashby": Vendor(
        100,
        (
            *_changed(
                "candidates applications jobs openings offers sources users departments locations "
                "custom_fields"
            ),
            *_whole("archive_reasons interview_plans"),
            *_children("stage_histories", "applications"),
            Listing("interview_stages", parent="interview_plans"),
        ),
    ),
    "workable": Vendor(
        100,
        (
            *_changed("candidates"),
            *_whole("jobs stages disqualification_reasons members"),
            *_children("activities", "candidates"),
            *_children("offers", "candidates", having="moved_to_offer_at"),
            *_children("job_stages", "jobs"),
        ),
    ),
    "herp": Vendor(100, tuple(_whole("candidacies requisitions users"))),
    "talentio": Vendor(100, tuple(_whole("candidates requisitions"))),
    "typeform": Vendor(
        1000, tuple(_windowed("responses_completed responses_partial responses_started"))
    ),
    "google_forms": Vendor(5000, tuple(_changed("responses")), tokens=1),
    "tally": Vendor(50, tuple(_changed("submissions"))),
    "mailgun": Vendor(300, (Listing("events", changes=True, end="empty"),)),
    "smarthr": Vendor(100, tuple(_whole("crews"))),
    "freee": Vendor(100, (Listing("employees", end="short"),), tokens=1),
}  # fmt: skip

NOT_POLLED = {
    "files": "exports are read from a folder",
    "operator": "its files are read from a folder",
    "sendgrid": "its events come by webhook",
    "ses": "its events come by webhook",
}
"""Sources that ask no vendor, and why."""
