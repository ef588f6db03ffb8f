"""One good record per stream, in the shape that extraction stores."""

from __future__ import annotations

from typing import Any

from extractors.stream import Fields
from tests.expectations.ashby_records import ASHBY
from tests.expectations.mail_records import MAIL_KEYS, MAILGUN, SENDGRID, SES
from tests.expectations.workable_records import WORKABLE

STAMPS = {"created_at": "2026-05-01T01:00:00.000Z", "updated_at": "2026-05-02T01:00:00.000Z"}
TIMES = {"landed_at": "2026-05-20T12:00:00Z"}
RESPONSE = {"token": "t-1", "hidden": {"token": "abc", "consent_version": "1"}, "answers": []}


COMPANY = {"company_id": "aozora"}

GREENHOUSE: dict[str, Fields] = {
    "rejection_reasons": {"name": "経験不足", "type": {"id": 1, "key": "WE_REJECTED_THEM"}},
    "candidates": {"last_activity_at": "2026-05-02T01:00:00.000Z", "tags": [], "private": False},
    "applications": {
        "candidate_id": 7,
        "job_id": 8,
        "status": "rejected",
        "prospect": False,
        "rejected_at": "2026-05-02T01:00:00.000Z",
    },
    "application_stages": {
        "application_id": 1,
        "job_interview_stage_id": 4,
        "entered_at": "2026-05-01T01:00:00.000Z",
        "exited_at": "2026-05-02T01:00:00.000Z",
        "days_in_stage": 1,
        "current": False,
    },
    "rejection_details": {
        "application_id": 1,
        "rejection_reason_id": 1,
        "rejected_at": "2026-05-02T01:00:00.000Z",
    },
    "jobs": {
        "name": "開発エンジニア",
        "status": "closed",
        "opened_at": "2026-01-01T00:00:00.000Z",
        "closed_at": "2026-02-01T00:00:00.000Z",
        "custom_fields": {"employment_type": {"value": "正社員", "type": "single_select"}},
    },
    "job_interview_stages": {"job_id": 8, "sort_order": 0, "name": "書類選考", "active": True},
    "job_posts": {"job_id": 8, "title": "開発エンジニア", "active": True},
    "offers": {
        "application_id": 1,
        "version": 1,
        "status": "Accepted",
        "sent_on": "2026-05-10",
        "resolved_at": "2026-05-12T03:00:00.000Z",
    },
    "notes": {"candidate_id": 7, "application_id": 1, "type": "EMAIL", "registration_token": "t"},
    "sources": {"name": "求人サイト"},
    "users": {"deactivated": False, "site_admin": True},
    "departments": {"name": "開発部"},
    "offices": {"name": "東京本社"},
    "custom_fields": {"name_key": "employment_type", "field_type": "job"},
    "candidate_tags": {"name": "経験者"},
    "applied_candidate_tags": {"candidate_tag_id": 2, "candidate_id": 7},
}
ARRIVED = {"received_at": "2026-06-30T12:00:00.123456+00:00"}
GREENHOUSE_WEBHOOKS: dict[str, Fields] = {
    "candidates_deleted": ARRIVED,
    "applications_deleted": {"candidate_id": 7, **ARRIVED},
    "candidate_merges": {"new_candidate_id": 7, **ARRIVED},
    "candidate_anonymisations": {"anonymized_fields": ["full_name"], **ARRIVED},
}
DELETED: Fields = {"deletedAt": 1777597200000}
MADE: Fields = {"createdAt": 1777597200000}
CHANGED: Fields = {**MADE, "updatedAt": 1777683600000}
LEVER: dict[str, Fields] = {
    "archive_reasons": {"text": "経験不足"},
    "stages": {"text": "書類選考"},
    "users": {"accessRole": "team member", **MADE},
    "requisitions": {"requisitionCode": "REQ-1", "status": "open", **CHANGED},
    "postings": {
        "text": "開発エンジニア",
        "state": "closed",
        "categories": {"commitment": "正社員"},
        **CHANGED,
    },
    "opportunities": {
        "contact": "c1",
        "archived": {"reason": "1", "archivedAt": 1777683600000},
        "stageChanges": [],
        **CHANGED,
    },
    "applications": {"parent_id": "o1", "posting": "1", **MADE},
    "offers": {"parent_id": "o1", "status": "sent", "sentDocumentAt": 1777683600000, **MADE},
    "notes": {"parent_id": "o1", **MADE},
    "feedback": {"parent_id": "o1", **MADE},
    "postings_deleted": DELETED,
    "opportunities_deleted": DELETED,
    "applications_deleted": DELETED,
}
UUID = "2863f776-a26c-4345-b7ce-4e02c3bdbf{:02x}"
HERP: dict[str, Fields] = {
    "candidacies": {
        "id": UUID.format(1),
        "name": "山田 太郎",
        "email": None,
        "telephoneNumber": "09012345678",
        "status": "terminated",
        "requisitionId": UUID.format(9),
        "appliedAt": "2026-05-01T10:00:00+09:00",
        "step": "firstInterview",
        "stepUpdatedAt": "2026-05-10T10:00:00+09:00",
        "terminationReason": "rejected",
        "terminatedAt": "2026-05-12T10:00:00+09:00",
        "channel": {"type": "media", "kind": None, "mediaName": "求人サイト", "isScout": False},
    },
    "requisitions": {
        "id": UUID.format(9),
        "title": "開発エンジニア",
        "status": "archived",
        "department": "開発部",
        "employmentType": "正社員",
        "createdAt": "2026-01-01T09:00:00+09:00",
        "updatedAt": "2026-02-01T09:00:00+09:00",
    },
    "users": {"id": "U-51VV5", "role": "member", "status": "active"},
}
TALENTIO: dict[str, Fields] = {
    "candidates": {
        "id": 1,
        "firstName": "太郎",
        "lastName": "山田",
        "email": None,
        "status": "fail",
        "registeredAt": "2026-05-01T10:00:00+09:00",
        "fixedAt": "2026-05-12T10:00:00+09:00",
        "channelType": "media",
        "channelName": "求人サイト",
        "stages": [{"id": 1, "type": "resume", "step": 1, "status": "fail"}],
        "requisition": {"id": 8, "name": "営業", "active": True},
    },
    "requisitions": {
        "id": 8,
        "name": "営業",
        "status": "active",
        "createdAt": "2026-01-01T09:00:00+09:00",
        "updatedAt": "2026-02-01T09:00:00+09:00",
    },
}
FILES: dict[str, Fields] = {
    "applications": {
        "id": "1",
        "system": "hrmos",
        "candidate_id": "c1",
        "job_id": "j1",
        "job_name": "営業",
        "department": "営業部",
        "office": None,
        "employment_type": "正社員",
        "channel": "求人サイト",
        "status": "不採用",
        "reason": "経験不足",
        "stage": None,
        "applied_at": "2026-05-01T00:00:00+09:00",
        "rejected_at": "2026-05-12T00:00:00+09:00",
        "withdrawn_at": None,
        "decided_at": "2026-05-12T00:00:00+09:00",
        "offered_at": None,
        "hired_at": None,
        "joined_at": None,
        "stages": [{"name": "書類選考", "order": 0, "is_offer": False}],
        "stage_history": "vendor",
        "unreadable": [],
    },
}
TYPEFORM: dict[str, Fields] = {
    "responses_completed": {**RESPONSE, **TIMES, "submitted_at": "2026-05-20T12:05:00Z"},
    "responses_partial": {**RESPONSE, **TIMES, "staged_at": "2026-05-20T12:04:00Z"},
    "responses_started": {**RESPONSE, **TIMES},
}
MAPPED: Fields = {
    "hidden": {"token": "t0000001"},
    "answers": [
        {"field": {"ref": "email"}, "text": "hanako@example.jp"},
        {"field": {"ref": "consent"}, "boolean": True},
    ],
}
GOOGLE_FORMS: dict[str, Fields] = {
    "responses": {
        "responseId": "r1",
        "createTime": "2026-05-20T12:05:00.055Z",
        "lastSubmittedTime": "2026-05-20T12:05:00.055199Z",
        **MAPPED,
    },
}
TALLY: dict[str, Fields] = {
    "submissions": {
        "id": "s1",
        "isCompleted": True,
        "submittedAt": "2026-05-20T12:05:00.000Z",
        **MAPPED,
    },
}
OPERATOR: dict[str, Fields] = {
    "contracts": {
        "contract_version": "1",
        "valid_from": "2024-07-01",
        "valid_to": "2025-07-01",
        "counting_event": "consented",
        "threshold": 10,
        "slots_per_threshold": 1,
        "slot_valid_days": 180,
        "slot_used_by": "introduced",
        "dedupe_scope": "company",
        "stated_on": "2024-06-20",
        "eligible_stages": "書類選考|一次面接",
        "eligible_channels": None,
        "excluded_channels": "Agency",
        "eligible_employment_types": "permanent|contract",
        "dedupe_window_days": 365,
        "slot_returned_by": "declined|early_leave",
        "early_leave_days": 90,
        "points_carry_over": "forfeit",
        "withdrawal_effect": "reverse",
    },
    "counted_registrations": {"registration_id": "r1", "counted_on": "2026-05-20"},
    "slots": {"slot_number": 1, "granted_on": "2026-05-20", "used_on": "2026-06-01"},
    "introductions": {
        "introduction_id": "i1",
        "slot_number": 1,
        "job_title": "営業",
        "introduced_on": "2026-05-21",
        "interview_on": "2026-05-28",
        "offered_on": "2026-06-03",
        "accepted_on": "2026-06-10",
        "declined_on": "2026-06-11",
    },
    "joins": {
        "join_id": "j1",
        "introduction_id": "i1",
        "joined_on": "2026-07-01",
        "employment_type": "正社員",
        "annual_salary_yen": 4_200_000,
    },
    "attestations": {
        "join_id": "j1",
        "month": "2026-08",
        "observed_on": "2026-08-31",
        "employed": "no",
        "left_on": "2026-08-20",
        "leave_type": "voluntary",
    },
    "hires": {
        "hire_id": "h1",
        "application_id": "7",
        "channel": "求人サイト",
        "joined_on": "2026-04-01",
        "employment_type": "正社員",
        "annual_salary_yen": 4_200_000,
        "left_on": "2026-06-20",
        "leave_type": "voluntary",
        "observed_on": "2026-06-30",
        "employee_number": "00012",
    },
    "costs": {
        "cost_id": "c1",
        "month": "2026-05",
        "kind": "internal",
        "category": "面接工数",
        "amount_yen": 120_000,
        "is_programme": "yes",
    },
    "fee_terms": {
        "valid_from": "2026-04-01",
        "fee_rate_percent": 32.5,
        "refund_steps": "30:100|90:50",
        "minimum_fee_yen": 800_000,
    },
    "registration_events": {
        "registration_id": "r1",
        "event": "verified",
        "occurred_on": "2026-05-22",
    },
    "mails": {
        "token": "abc",
        "application_id": "7",
        "sent_at": "2026-05-20T09:03:00Z",
        "message_id": None,
    },
}
CREW: Fields = {
    "id": "s1",
    "emp_code": "00012",
    "emp_status": "retired",
    "entered_at": "2024-04-01",
    "resigned_at": "2026-06-20",
    "leave_type": "voluntary",
}
EMPLOYEE: Fields = {
    "id": 1,
    "num": "00012",
    "entry_date": "2024-04-01",
    "retire_date": "2026-06-20",
}
RECORDS: dict[str, dict[str, Fields]] = {
    "greenhouse": {name: {"id": 1, **STAMPS, **record} for name, record in GREENHOUSE.items()}
    | {name: {"id": 1, **record} for name, record in GREENHOUSE_WEBHOOKS.items()},
    "lever": {name: {"id": "1", **record} for name, record in LEVER.items()},
    "herp": HERP,
    "talentio": TALENTIO,
    "files": FILES,
    "workable": WORKABLE,
    "ashby": {name: {"id": "a1", **record} for name, record in ASHBY.items()},
    "smarthr": {"crews": CREW},
    "freee": {"employees": EMPLOYEE},
    "typeform": {name: {"response_id": "r1", **record} for name, record in TYPEFORM.items()},
    "google_forms": GOOGLE_FORMS,
    "tally": TALLY,
    "mailgun": MAILGUN,
    "sendgrid": SENDGRID,
    "ses": SES,
    "operator": {name: {**COMPANY, **record} for name, record in OPERATOR.items()},
}
STREAMS = [(source, stream) for source, streams in RECORDS.items() for stream in streams]


def record(source: str, stream: str, number: int = 1, **changes: Any) -> Fields:
    """A good record; ``number`` makes it another one, ``changes`` replace fields."""
    identities: dict[str, dict[str, Any]] = {
        "greenhouse": {"id": number},
        "lever": {"id": str(number)},
        "herp": {"id": UUID.format(number)},
        "talentio": {"id": number},
        "files": {"id": str(number)},
        "ashby": {"id": f"a{number}"},
        "workable": {"id": f"w{number}"},
        "smarthr": {"id": f"s{number}"},
        "freee": {"id": number},
        "typeform": {"response_id": f"r{number}"},
        "google_forms": {"responseId": f"r{number}"},
        "tally": {"id": f"s{number}"},
        **{source: {key: f"e{number}"} for source, key in MAIL_KEYS.items()},
        "operator": {},
    }
    return {**RECORDS[source][stream], **identities[source], **changes}
