"""Ashby: what its records have to satisfy, as they are stored (see ``extractors.ashby``).

Nothing here looks at a person's name, address or number.
"""

from __future__ import annotations

from collections.abc import Mapping

from expectations.columns import Column, condition, found_in, json_type, moment, number, text
from expectations.rules import (
    holds,
    in_order,
    mapped,
    matching,
    moment_rules,
    one_of,
    refers_to,
    required,
)
from expectations.seeds import EMPLOYMENT_LABELS, outcome_codes
from expectations.suites.suite import Suite, suite

SOURCE = "ashby"
OUTCOMES = outcome_codes(SOURCE)
DAY = r"^\d{4}-\d{2}-\d{2}(?:T.*)?$"

OUTCOME_CODE = Column(
    "outcome_code",
    "concat_ws(' / ', nullif(btrim(r.payload ->> 'status'), ''), "
    "case when r.payload ->> 'status' = 'Archived' "
    "then nullif(btrim(r.payload ->> 'archiveReasonType'), '') end)",
)
_ID = required(text("id"), key=True)

SUITES: Mapping[str, Suite] = {
    "candidates": suite(
        "id createdAt updatedAt name primaryEmailAddress emailAddresses primaryPhoneNumber "
        "phoneNumbers",
        _ID,
        moment_rules("createdAt", needed=True, key=True),
        moment_rules("updatedAt", needed=True, key=True),
        in_order(moment("createdAt"), moment("updatedAt")),
    ),
    "applications": suite(
        "id createdAt updatedAt archivedAt status candidateId jobId currentInterviewStageId "
        "sourceId archiveReasonId archiveReasonType",
        _ID,
        moment_rules("createdAt", needed=True, key=True),
        moment_rules("updatedAt", needed=True, key=True),
        in_order(moment("createdAt"), moment("updatedAt")),
        required(text("candidateId"), key=True),
        required(text("status"), key=True),
        mapped(OUTCOME_CODE, OUTCOMES),
        moment_rules("archivedAt"),
        in_order(moment("createdAt"), moment("archivedAt")),
        holds(
            condition(
                "archivedAt_present_when_archived",
                "case when r.payload ->> 'status' = 'Archived' "
                "then r.payload ->> 'archivedAt' is not null end",
            ),
            "status is Archived without archivedAt",
        ),
        holds(
            condition(
                "job_present_unless_lead",
                "case when r.payload ->> 'status' is distinct from 'Lead' "
                "then r.payload ->> 'jobId' is not null end",
            ),
            "jobId is missing and the application is no lead",
        ),
        refers_to(
            found_in("archiveReasonId", SOURCE, "archive_reasons"),
            "archive_reasons",
            "run the stream archive_reasons",
        ),
    ),
    "stage_histories": suite(
        "id parent_id stageId title enteredStageAt leftStageAt stageNumber",
        _ID,
        required(text("parent_id"), key=True),
        required(text("stageId")),
        moment_rules("enteredStageAt", needed=True),
        moment_rules("leftStageAt"),
        in_order(moment("enteredStageAt"), moment("leftStageAt")),
    ),
    "jobs": suite(
        "id createdAt updatedAt title status employmentType locationId departmentId "
        "defaultInterviewPlanId interviewPlanIds customRequisitionId confidential openedAt "
        "closedAt",
        _ID,
        required(text("title")),
        one_of(text("status"), ("Draft", "Open", "Closed", "Archived")),
        moment_rules("openedAt"),
        moment_rules("closedAt"),
        mapped(
            Column("employment_type", "nullif(btrim(r.payload ->> 'employmentType'), '')"),
            EMPLOYMENT_LABELS,
        ),
    ),
    "openings": suite(
        "id openedAt closedAt isArchived archivedAt openingState jobIds identifier", _ID
    ),
    "offers": suite(
        "id applicationId acceptanceStatus offerStatus decidedAt versionId versionCreatedAt "
        "startDate",
        _ID,
        required(text("applicationId"), key=True),
        one_of(
            text("acceptanceStatus"),
            ("Accepted", "Declined", "Pending", "Created", "Cancelled", "WaitingOnResponse"),
        ),
        moment_rules("decidedAt"),
        moment_rules("versionCreatedAt"),
        matching("startDate", DAY, "a day as YYYY-MM-DD"),
    ),
    "interview_stages": suite(
        "id title type orderInInterviewPlan interviewPlanId",
        _ID,
        required(text("title")),
        required(text("interviewPlanId")),
        required(number("orderInInterviewPlan")),
        one_of(
            text("type"),
            ("Lead", "PreInterviewScreen", "Active", "Offer", "Hired", "Archived"),
        ),
    ),
    "archive_reasons": suite("id text reasonType isArchived", _ID, required(text("text"))),
    "sources": suite("id title isArchived sourceType", _ID, required(text("title"))),
    "users": suite(
        "id globalRole isEnabled updatedAt",
        _ID,
        holds(
            condition(
                "isEnabled_is_boolean",
                f"coalesce({json_type('isEnabled').sql} = 'boolean', false)",
            ),
            "isEnabled is missing or not true or false",
        ),
    ),
    "departments": suite("id name parentId isArchived", _ID, required(text("name"))),
    "locations": suite("id name parentLocationId isArchived", _ID, required(text("name"))),
    "custom_fields": suite(
        "id title objectType fieldType isArchived isPrivate", _ID, required(text("title"))
    ),
}
