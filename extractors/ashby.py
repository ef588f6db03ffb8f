"""Ashby.

Facts (https://developers.ashbyhq.com): every list is ``POST /{resource}.list`` with a JSON body,
the API key is the user of Basic authentication. Archived records and disabled users are hidden
unless asked for. Interview stages are listed for one interview plan at a time, stage histories for
one application at a time and at most 100 in a minute. Nothing tells of deleted records; a merge of
candidates leaves the applications with the one that stays.

Not published, so assumed: no limit for other lists; answers without ``syncToken`` mean that a list
has none (``ashby_calls``); the codes of ``full_scan_codes`` are all that ask for a full scan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from extractors.api import HttpApi
from extractors.ashby_calls import AshbyOptions, Calls
from extractors.auth import BasicKey
from extractors.erasure import is_blanked, without
from extractors.paginate import link_next
from extractors.stream import Fields, IdentityValue, Source, Stream

ARCHIVED = {"includeArchived": "true"}
CANDIDATES, JOBS, OFFERS = "candidatesRead", "jobsRead", "offersRead"
INTERVIEWS, PROCESS, ORGANIZATION = (
    "interviewsRead",
    "hiringProcessMetadataRead",
    "organizationRead",
)


def _person(candidate: Fields) -> Iterator[IdentityValue]:
    """E-mail addresses, phone numbers and the name (in one field, in the order it was typed)."""
    for kind, main, listed in (
        ("email", "primaryEmailAddress", "emailAddresses"),
        ("phone", "primaryPhoneNumber", "phoneNumbers"),
    ):
        entries = [candidate.get(main), *(candidate.get(listed) or ())]
        values = [entry["value"] for entry in entries if entry and entry.get("value")]
        yield from ((kind, value) for value in dict.fromkeys(values))
    if candidate.get("name"):
        yield "name", candidate["name"]


def _anonymised(candidate: Fields) -> bool:
    """How an anonymised candidate looks is not published; assumed: no name, no address, no number.
    KeyError for a record without these fields: that is drift."""
    listed = [candidate["emailAddresses"], candidate["phoneNumbers"]]
    first = [candidate.get("primaryEmailAddress"), candidate.get("primaryPhoneNumber")]
    return is_blanked([candidate["name"]], [*listed, *first])


def _application(record: Fields) -> Fields:
    """Ids instead of the candidate, the job, the stage and the people around the application."""
    reason, source = record.get("archiveReason") or {}, record.get("source") or {}
    return {
        **record,
        "candidateId": record["candidate"]["id"],
        "jobId": (record.get("job") or {}).get("id"),
        "currentInterviewStageId": (record.get("currentInterviewStage") or {}).get("id"),
        "sourceId": source.get("id"),
        "archiveReasonId": reason.get("id"),
        "archiveReasonType": reason.get("reasonType"),
    }


def _opening(record: Fields) -> Fields:
    """The jobs and the identifier of the newest version; descriptions and hiring teams are left."""
    version = record.get("latestVersion") or {}
    return {**record, "jobIds": version.get("jobIds"), "identifier": version.get("identifier")}


def _offer(record: Fields) -> Fields:
    """Of the newest version its id and times: salaries and letters are never stored."""
    version = record.get("latestVersion") or {}
    return {
        **record,
        "versionId": version.get("id"),
        "versionCreatedAt": version.get("createdAt"),
        "startDate": version.get("startDate"),
    }


def _stream(name: str, path: str, permission: str, fields: str, **more: Any) -> Stream:
    stream = Stream(
        name,
        path=f"/{path}",
        fields=frozenset({"id", *fields.split()}),
        required_scope=permission,
    )
    return replace(stream, **more)


_ARCHIVABLE: dict[str, Any] = {"params": ARCHIVED}

SOURCE = Source(
    name="ashby",
    title="Ashby",
    options_model=AshbyOptions,
    reader=Calls(
        HttpApi(
            title="Ashby",
            base_url="https://api.ashbyhq.com",
            auth=BasicKey,
            paginate=link_next,
            query=lambda scan, window: {},
            method="POST",
        ),
        unpaged=frozenset({"/archiveReason.list"}),
        each={"/interviewStage.list": ("/interviewPlan.list", "interviewPlanId")},
    ),
    streams=(
        _stream(
            "candidates",
            "candidate.list",
            CANDIDATES,
            "createdAt updatedAt name primaryEmailAddress emailAddresses primaryPhoneNumber "
            "phoneNumbers",
            identity=_person,
            erase=without(
                "name primaryEmailAddress emailAddresses primaryPhoneNumber phoneNumbers"
            ),
            anonymised=_anonymised,
        ),
        _stream(
            "applications",
            "application.list",
            CANDIDATES,
            "createdAt updatedAt archivedAt status candidateId jobId currentInterviewStageId "
            "sourceId archiveReasonId archiveReasonType",
            prepare=_application,
        ),
        _stream(
            "stage_histories",
            "application.listHistory",
            CANDIDATES,
            "parent_id stageId title enteredStageAt leftStageAt stageNumber",
            parent="applications",
            params={"applicationId": "{parent}"},
        ),
        _stream(
            "jobs",
            "job.list",
            JOBS,
            "createdAt updatedAt title status employmentType locationId departmentId "
            "defaultInterviewPlanId interviewPlanIds customRequisitionId confidential openedAt "
            "closedAt",
        ),
        _stream(
            "openings",
            "opening.list",
            JOBS,
            "openedAt closedAt isArchived archivedAt openingState jobIds identifier",
            prepare=_opening,
        ),
        _stream(
            "offers",
            "offer.list",
            OFFERS,
            "applicationId acceptanceStatus offerStatus decidedAt versionId versionCreatedAt "
            "startDate",
            prepare=_offer,
        ),
        _stream(
            "interview_stages",
            "interviewStage.list",
            INTERVIEWS,
            "title type orderInInterviewPlan interviewPlanId",
        ),
        _stream(
            "archive_reasons",
            "archiveReason.list",
            PROCESS,
            "text reasonType isArchived",
            **_ARCHIVABLE,
        ),
        _stream("sources", "source.list", PROCESS, "title isArchived sourceType", **_ARCHIVABLE),
        _stream(
            "users",
            "user.list",
            ORGANIZATION,
            "globalRole isEnabled updatedAt",
            params={"includeDeactivated": "true"},
        ),
        _stream(
            "departments",
            "department.list",
            ORGANIZATION,
            "name parentId isArchived",
            **_ARCHIVABLE,
        ),
        _stream(
            "locations",
            "location.list",
            ORGANIZATION,
            "name parentLocationId isArchived",
            **_ARCHIVABLE,
        ),
        _stream(
            "custom_fields",
            "customField.list",
            PROCESS,
            "title objectType fieldType isArchived isPrivate",
            **_ARCHIVABLE,
        ),
    ),
)
