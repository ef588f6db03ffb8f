"""The clients, as data: which package reads which account, what of it, and what it gets wrong.

`routes` say where a client's requests go; it believes itself to speak to the vendor. Streams are
named as the client does, beside the sandbox's name for the list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from peers import tasks
from sandbox.store import Account


@dataclass(frozen=True)
class List_:
    """One stream of a client. `of`: the sandbox's list; `id`: the client's field; `where`: SQL of
    the records that are due, when `hidden` says what the vendor keeps back by default."""

    of: str
    id: str = "id"
    where: str = "true"
    hidden: str = ""


SHOWN = "flags = ''"


def default(of: str, hidden: str, id: str = "id") -> List_:
    """A list that a vendor shows in part unless asked for the rest, which the client does not."""
    return List_(of, id, SHOWN, hidden)


@dataclass(frozen=True)
class Client:
    """`task`: what the reader is told, of (account, bearer token if the vendor issues them).
    `faulted` is the list that meets what goes wrong, after `good_pages`."""

    name: str
    package: str
    vendor: str
    reader: str
    routes: Mapping[str, str]
    lists: Mapping[str, List_]
    task: Callable[[Account, str], dict[str, Any]]
    faulted: str
    good_pages: int = 1
    known: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(scenario, stream) -> why the client gets something else than is due; docs/peers.md says
    where in its code."""


LEVER = {"https://api.lever.co": "/lever"}
ASHBY = {"https://api.ashbyhq.com": "/ashby"}
TYPEFORM = {"https://api.typeform.com": "/typeform"}
GREENHOUSE = {
    "https://harvest.greenhouse.io/v3": "/greenhouse/v3",
    "https://auth.greenhouse.io": "/greenhouse",
}
GREENHOUSE_V1 = {"https://harvest.greenhouse.io/v1": "/greenhouse/v3"}

CONFIDENTIAL = "confidential ones"
IMPATIENT = "it ignores Retry-After"
ONE_TRY = "it tries nothing again"
V1 = "it asks in Harvest v1's words, which v3 refuses"
LEVER_CHILD = (
    "id / 16 in (select id from records where account = :account"
    " and stream = 'opportunities' and flags = '')"
)


def _lever_child(of: str) -> List_:
    return List_(of, "id", LEVER_CHILD, f"those of {CONFIDENTIAL}")


def written(of: str) -> List_:
    """The custom fields of one record, each written by itself: all of them are due."""
    return List_(
        "custom_fields", where=f"json_extract(cast(body as text), '$.field_type') = '{of}'"
    )


V1_FILTERED = ("applications", "candidates", "job_posts", "jobs", "offers", "users")

CLIENTS: tuple[Client, ...] = (
    Client(
        "Airbyte source-greenhouse",
        "airbyte-source-greenhouse",
        "greenhouse",
        "airbyte",
        GREENHOUSE_V1,
        {
            **{
                name: List_(name)
                for name in (
                    "applications",
                    "candidates",
                    "custom_fields",
                    "departments",
                    "jobs",
                    "offers",
                    "offices",
                    "sources",
                )
            },
            "job_posts": default("job_posts", "inactive ones"),
            "rejection_reasons": default("rejection_reasons", "its own reasons"),
            "users": default("users", "service accounts"),
        },
        tasks.airbyte_greenhouse,
        "custom_fields",
        good_pages=0,
        known={
            **{("", name): V1 for name in V1_FILTERED},
            ("429, wait", "custom_fields"): IMPATIENT,
            ("403", "custom_fields"): "it takes 403 for an empty list",
        },
    ),
    Client(
        "open-greenhouse-mcp",
        "open-greenhouse-mcp",
        "greenhouse",
        "sdks",
        GREENHOUSE,
        {
            **{
                name: List_(name)
                for name in (
                    "applications",
                    "application_stages",
                    "applied_candidate_tags",
                    "candidate_tags",
                    "candidates",
                    "custom_fields",
                    "departments",
                    "job_interview_stages",
                    "jobs",
                    "notes",
                    "offers",
                    "offices",
                    "rejection_details",
                    "rejection_reasons",
                    "sources",
                    "users",
                )
            },
            "job_posts": default("job_posts", "inactive ones"),
            "candidates, written": written("candidate"),
            "applications, written": written("application"),
        },
        tasks.greenhouse_mcp,
        "applications",
        known={
            ("", "applications, written"): "it merges the fields of candidates only",
            ("500 once", "applications"): "it tries only 429 again",
        },
    ),
    Client(
        "dlt on Greenhouse",
        "dlt",
        "greenhouse",
        "rest",
        GREENHOUSE,
        {"applications": List_("applications"), "candidates": List_("candidates")},
        tasks.rest(
            "https://harvest.greenhouse.io/v3",
            ("header_link", {}),
            {n: (f"/{n}", "$", {"per_page": 100}) for n in ("applications", "candidates")},
        ),
        "applications",
    ),
    Client(
        "Airbyte source-lever-hiring",
        "airbyte-source-lever-hiring",
        "lever",
        "airbyte",
        LEVER,
        {
            "opportunities": default("opportunities", CONFIDENTIAL),
            "users": List_("users"),
            **{name: _lever_child(name) for name in ("applications", "notes", "offers")},
        },
        tasks.airbyte_lever,
        "opportunities",
        known={("rows change", "opportunities"): "it reads up to when it began"},
    ),
    Client(
        "tap-lever",
        "tap-lever",
        "lever",
        "taps",
        LEVER,
        {
            "opportunities": default("opportunities", CONFIDENTIAL),
            "opportunity_applications": _lever_child("applications"),
            "opportunity_offers": _lever_child("offers"),
            "postings": default("postings", CONFIDENTIAL),
            "requisitions": List_("requisitions"),
            "archive_reasons": List_("archive_reasons"),
            "stages": List_("stages"),
            "users": default("users", "deactivated ones"),
        },
        tasks.tap_lever,
        "postings",
        good_pages=0,
    ),
    Client(
        "Airbyte source-ashby",
        "airbyte-source-ashby",
        "ashby",
        "airbyte",
        ASHBY,
        {
            **{n: List_(n) for n in ("applications", "candidates", "jobs", "offers")},
            **{n: default(n, "archived ones") for n in ("archive_reasons", "custom_fields")},
            **{n: default(n, "archived ones") for n in ("departments", "locations", "sources")},
            "users": default("users", "deactivated ones"),
        },
        tasks.airbyte_ashby,
        "applications",
        known={
            ("429, wait", "applications"): IMPATIENT,
            ("200 that fails", "applications"): "it does not look at success",
        },
    ),
    Client(
        "ashby",
        "ashby",
        "ashby",
        "sdks",
        ASHBY,
        {
            **{n: List_(n) for n in ("applications", "candidates", "jobs", "offers")},
            **{n: default(n, "archived ones") for n in ("archive_reasons", "custom_fields")},
            **{n: default(n, "archived ones") for n in ("departments", "locations", "sources")},
            "users": default("users", "deactivated ones"),
        },
        tasks.ashby_sdk,
        "applications",
        known={
            ("429, wait", "applications"): ONE_TRY,
            ("500 once", "applications"): ONE_TRY,
        },
    ),
    Client(
        "Airbyte source-workable",
        "airbyte-source-workable",
        "workable",
        "airbyte",
        {"https://{company}.workable.com": "/workable"},
        {
            "candidates": List_("candidates"),
            "jobs": List_("jobs", "shortcode"),
            "stages": List_("stages", "slug"),
        },
        tasks.airbyte_workable,
        "candidates",
        known={
            ("429, wait", "candidates"): IMPATIENT,
        },
    ),
    Client(
        "dlt on Workable",
        "dlt",
        "workable",
        "rest",
        {"https://{company}.workable.com": "/workable"},
        {
            "candidates": List_("candidates"),
            "jobs": List_("jobs", "shortcode"),
            "members": List_("members"),
        },
        tasks.rest(
            "https://{company}.workable.com/spi/v3",
            ("json_link", {"next_url_path": "paging.next"}),
            {n: (f"/{n}", n, {"limit": 100}) for n in ("candidates", "jobs", "members")},
        ),
        "candidates",
    ),
    Client(
        "dlt on HERP",
        "dlt",
        "herp",
        "rest",
        {"https://public-api.herp.cloud": "/herp"},
        {n: List_(n) for n in ("candidacies", "requisitions", "users")},
        tasks.rest(
            "https://public-api.herp.cloud/hire/v1",
            (
                "page",
                {"base_page": 1, "total_path": None, "has_more_path": "hasNextPage"},
            ),
            {n: (f"/{n}", n, {}) for n in ("candidacies", "requisitions", "users")},
        ),
        "candidacies",
    ),
    Client(
        "dlt on Talentio",
        "dlt",
        "talentio",
        "rest",
        {"https://talentio.com": "/talentio"},
        {
            "candidates": default("candidates", "those of inactive recruiters"),
            "requisitions": List_("requisitions"),
        },
        tasks.rest(
            "https://talentio.com/api/v1",
            ("page", {"base_page": 1, "total_path": None}),
            {n: (f"/{n}", "$", {}) for n in ("candidates", "requisitions")},
        ),
        "candidates",
    ),
    Client(
        "Airbyte source-typeform",
        "airbyte-source-typeform",
        "typeform",
        "airbyte",
        TYPEFORM,
        {"responses": List_("responses_completed", "response_id", hidden="not completed")},
        tasks.airbyte_typeform,
        "responses",
        good_pages=0,
        known={
            ("429, wait", "responses"): IMPATIENT,
        },
    ),
    Client(
        "tap-typeform",
        "tap-typeform",
        "typeform",
        "taps",
        TYPEFORM,
        {"submitted_landings": List_("responses_completed", "landing_id", hidden="not completed")},
        tasks.tap_typeform,
        "submitted_landings",
        known={
            ("429, wait", "submitted_landings"): IMPATIENT,
        },
    ),
    Client(
        "typeform",
        "typeform",
        "typeform",
        "sdks",
        TYPEFORM,
        {"responses": List_("responses_completed", "response_id", hidden="not completed")},
        tasks.typeform_sdk,
        "responses",
        known={
            ("429, wait", "responses"): ONE_TRY,
            ("500 once", "responses"): ONE_TRY,
        },
    ),
)
