"""Greenhouse Harvest v3.

Facts (https://harvestdocs.greenhouse.io; known deviations of the published schema are tolerated):
lists are flat, ordered by id descending, linked by ``Link: rel="next"`` with a cursor that stands
alone in its query; every list used here filters by updated_at. A limit counts requests in fixed
windows of 30 seconds and says in its headers what is left. A list needs its scope *and* an acting
user who is Site Admin. A customer's own credential signs in by client credentials, a partner's app
by refresh tokens, each taken once and dead after 24 hours (/docs/harvest-partner-oauth). Deleted
records vanish without a trace.

Only Recruiting webhooks tell of them (grnhse/greenhouse-api-docs, candidate events):
``delete_candidate`` with the applications that went too, ``merge_candidate`` instead of it when
both are set up, ``candidate_anonymized``. Events carry no time of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, Field, field_validator

from extractors.api import ApiOptions, HttpApi, Window, iso
from extractors.auth import ClientCredentials, RefreshTokens
from extractors.credentials import Credentials
from extractors.erasure import is_blanked, without
from extractors.inbox import InboxOptions
from extractors.paginate import link_next
from extractors.stream import (
    Connection,
    Cursor,
    Fields,
    IdentityValue,
    InboxEvent,
    Scan,
    Source,
    Stream,
    narrowed,
)

TOKEN_URL = "https://auth.greenhouse.io/token"  # noqa: S105
REFRESH_LIFE = timedelta(hours=24)
MAILED_LINK = r"(?:[?&#]|&amp;)token=([A-Za-z0-9_.~-]+)"


class GreenhouseOptions(ApiOptions, InboxOptions):
    """``date_filter``: clients report two syntaxes of the same filter, an account takes one:
    pipe ``updated_at=gte|T1|lte|T2`` or bracket ``updated_at[gte]=T1&updated_at[lte]=T2``."""

    page_size: int = Field(default=500, ge=1, le=500)
    date_filter: Literal["pipe", "bracket"] = "pipe"
    link_token_pattern: str = MAILED_LINK
    """Regular expression whose first group is the token of the registration link in a mail."""

    @field_validator("link_token_pattern")
    @classmethod
    def _has_one_group(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        if groups < 1:
            raise ValueError("needs a group around the token")
        return pattern


def _auth(connection: Connection, credentials: Credentials) -> ClientCredentials | RefreshTokens:
    """A partner's app, which a company has authorised, or a credential of the company's own."""
    if credentials.extra.get("refresh_token"):
        return RefreshTokens(connection, credentials, TOKEN_URL, life=REFRESH_LIFE, basic=True)
    return ClientCredentials(connection, credentials, TOKEN_URL)


def _query(scan: Scan, window: Window | None) -> dict[str, str]:
    options = narrowed(scan.connection.options, GreenhouseOptions)
    query = {"per_page": str(options.page_size)}
    if window is None:
        return query
    bounds = {"gte": iso(window.lower)}
    if window.upper:
        bounds["lte"] = iso(window.upper)
    if options.date_filter == "bracket":
        return query | {f"updated_at[{bound}]": at for bound, at in bounds.items()}
    return query | {"updated_at": "|".join(f"{bound}|{at}" for bound, at in bounds.items())}


def _person(candidate: Fields) -> Iterator[IdentityValue]:
    """E-mail addresses, phone numbers and family + given name of a candidate."""
    for kind, listed in (("email", "email_addresses"), ("phone", "phone_numbers")):
        for entry in candidate.get(listed) or ():
            if entry.get("value"):
                yield kind, entry["value"]
    name = f"{candidate.get('last_name') or ''}{candidate.get('first_name') or ''}"
    if name:
        yield "name", name


def _anonymised(candidate: Fields) -> bool:
    """Anonymising makes the first name ``Anonymized`` and the last name the id, and empties what
    was chosen of the rest; only when nothing is left is it the whole person. KeyError for a record
    without these fields: that is drift."""
    last_name = candidate["last_name"]
    addresses = (
        entry.get("value")
        for listed in ("email_addresses", "phone_numbers")
        for entry in candidate[listed] or ()
    )
    names = [candidate["first_name"], "" if last_name == str(candidate["id"]) else last_name]
    return is_blanked(names, addresses)


def _read_link(stream: Stream, options: BaseModel) -> Stream:
    """Notes keep of a mail only the token of its registration link: the text is personal."""
    link = re.compile(narrowed(options, GreenhouseOptions).link_token_pattern)

    def prepare(note: Fields) -> Fields:
        found = link.search(note.get("body") or "")
        return {**note, "registration_token": found[1] if found else None}

    return replace(stream, prepare=prepare)


def _webhook(
    name: str, fields: str, read: Callable[[str, Fields], Iterable[Fields]], **more: object
) -> Stream:
    """A stream that webhooks feed: ``read`` gives the records of (action, payload)."""

    def unpack(event: InboxEvent) -> Iterator[Fields]:
        body = event.json()
        for record in read(body["action"], body.get("payload") or {}):
            yield {**record, "received_at": event.received_at.isoformat()}

    return replace(
        Stream(
            name,
            fields=frozenset({"id", "received_at", *fields.split()}),
            volatile=frozenset({"received_at"}),
            inbox=unpack,
        ),
        **more,  # type: ignore[arg-type]
    )


_GONE = ("delete_candidate", "merge_candidate")


def _gone_candidates(action: str, payload: Fields) -> Iterator[Fields]:
    """A merged candidate is gone as well: its id stands for nobody any more."""
    if action in _GONE:
        yield {"id": payload["person"]["id"]}


def _gone_applications(action: str, payload: Fields) -> Iterator[Fields]:
    if action in _GONE:
        person = payload["person"]
        for application in person.get("deleted_application_ids") or ():
            yield {"id": application, "candidate_id": person["id"]}


def _merges(action: str, payload: Fields) -> Iterator[Fields]:
    if action == "merge_candidate":
        person = payload["person"]
        yield {"id": person["id"], "new_candidate_id": person["new_candidate_id"]}


def _anonymisations(action: str, payload: Fields) -> Iterator[Fields]:
    if action == "candidate_anonymized":
        fields = list(payload["anonymized_fields"])
        yield {"id": payload["candidate_id"], "anonymized_fields": fields}


_OF_THE_PERSON = frozenset({"full_name", "emails", "email_addresses", "phone_numbers"})


def _is_of_the_person(event: Fields) -> bool:
    """Whether more was anonymised than, say, attachments: what identifies the person goes then,
    all of it, since nobody would be known by the rest."""
    return not _OF_THE_PERSON.isdisjoint(event["anonymized_fields"])


def _fields(names: str) -> frozenset[str]:
    return frozenset({"id", "created_at", "updated_at", *names.split()})


def _stream(name: str, fields: str, *, reference: bool = False, **more: object) -> Stream:
    return replace(
        Stream(
            name,
            path=f"/v3/{name}",
            cursor=Cursor("updated_at", reference=reference),
            fields=_fields(fields),
            required_scope=f"harvest:{name}:list",
        ),
        **more,  # type: ignore[arg-type]
    )


SOURCE = Source(
    name="greenhouse",
    title="Greenhouse",
    options_model=GreenhouseOptions,
    reader=HttpApi(
        title="Greenhouse",
        base_url="https://harvest.greenhouse.io",
        auth=_auth,
        paginate=link_next,
        query=_query,
        body=lambda row: list[row],  # type: ignore[valid-type]
    ),
    streams=(
        _stream(
            "candidates",
            "first_name last_name phone_numbers email_addresses tags private last_activity_at",
            identity=_person,
            erase=without("first_name last_name phone_numbers email_addresses tags"),
            anonymised=_anonymised,
        ),
        _stream(
            "applications",
            "agency_note_id candidate_id coordinator_id job_id job_post_id recruiter_id "
            "referrer_id source_id stage_id stage_name status needs_decision prospect "
            "rejected_at last_activity_at prospective_job_ids",
        ),
        _stream(
            "application_stages",
            "application_id job_interview_stage_id entered_at exited_at days_in_stage current",
            volatile=frozenset({"days_in_stage"}),
        ),
        _stream(
            "rejection_details",
            "application_id rejected_by_id rejection_note_id rejection_reason_id rejected_at",
        ),
        # without include_defaults the vendor's own reasons are left out
        _stream(
            "rejection_reasons", "name type", reference=True, params={"include_defaults": "true"}
        ),
        _stream(
            "jobs",
            "name requisition_id confidential status opened_at closed_at is_template "
            "copied_from_id department_id office_ids custom_fields",
            reference=True,
        ),
        _stream("job_interview_stages", "job_id sort_order name active", reference=True),
        # active posts only, unless the others are asked for by themselves
        _stream(
            "job_posts",
            "title internal active live featured first_published_at language public_url job_id "
            "job_board_id",
            reference=True,
            passes=({"active": "true"}, {"active": "false"}),
        ),
        _stream(
            "offers",
            "version application_id job_id candidate_id opening_id status starts_on sent_on "
            "resolved_at",
        ),
        _stream(
            "notes",
            "candidate_id application_id user_id type visibility registration_token",
            adapt=_read_link,
        ),
        _stream("sources", "name type", reference=True),
        # without show_service_accounts applications may point to users that are never listed
        _stream(
            "users",
            "agency_id deactivated site_admin office_ids department_ids",
            reference=True,
            params={"show_service_accounts": "true"},
        ),
        _stream("departments", "name parent_id external_id", reference=True),
        _stream("offices", "name parent_id external_id location", reference=True),
        _stream(
            "custom_fields",
            "field_type sort_order name value_type private required active name_key description",
            reference=True,
        ),
        _stream("candidate_tags", "name", reference=True),
        _stream("applied_candidate_tags", "candidate_tag_id candidate_id"),
        _webhook("candidates_deleted", "", _gone_candidates, deletes="candidates"),
        _webhook(
            "applications_deleted", "candidate_id", _gone_applications, deletes="applications"
        ),
        _webhook("candidate_merges", "new_candidate_id", _merges),
        _webhook(
            "candidate_anonymisations",
            "anonymized_fields",
            _anonymisations,
            erases="candidates",
            anonymised=_is_of_the_person,
        ),
    ),
)
