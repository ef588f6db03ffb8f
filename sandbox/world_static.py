"""What an account holds besides applicants: jobs, posts, staff, reasons, channels, fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from sandbox import world_catalog as catalog
from sandbox.store import Record
from sandbox.world_company import Company, Job
from sandbox.world_time import DAY, START, iso_ms, optional_ms

Json = dict[str, Any]
SET_UP = START - 300 * DAY  # when the account was configured
# (name key, name, object, value type)
CUSTOM_FIELDS = (
    ("employment_type", "雇用形態", "job", "single_select"),
    ("headcount_reason", "募集背景", "job", "long_text"),
    ("jlpt_level", "日本語能力", "candidate", "single_select"),
    ("salary_expectation", "希望年収", "application", "number"),
    ("signing_bonus", "入社一時金", "offer", "currency"),
)


def records(company: Company, clock: int) -> Iterator[Record]:
    """Every configuration record of the company's Greenhouse account at `clock`."""
    parts = (_jobs, _job_posts, _stages, _users, _organisation, _lists, _custom_fields)
    for part in parts:
        for stream, id_, created_at, updated_at, flags, body in part(company, clock):
            created, updated = iso_ms(created_at), iso_ms(updated_at)
            record = {"id": id_, "created_at": created, "updated_at": updated, **body}
            yield (
                company.ats_account,
                "greenhouse",
                stream,
                id_,
                None,
                created,
                updated,
                updated,
                flags,
                orjson.dumps(record),
            )


Row = tuple[str, int, int, int, str, Json]


def _is_closed(job: Job, clock: int) -> bool:
    return job.closed_at is not None and job.closed_at <= clock


def _visible_jobs(company: Company, clock: int) -> Iterator[tuple[Job, int | None]]:
    """Jobs with the time at which they have closed, if they have."""
    for job in company.jobs:
        if job.opened_at <= clock:
            yield job, job.closed_at if _is_closed(job, clock) else None


def _jobs(company: Company, clock: int) -> Iterator[Row]:
    for job, closed_at in _visible_jobs(company, clock):
        label = {"name": "雇用形態", "type": "single_select", "value": job.label}
        body = {
            "name": job.name,
            "requisition_id": f"REQ-{job.job_id % 100_000}",
            "notes": None,
            "confidential": False,
            "status": "open" if closed_at is None else "closed",
            "opened_at": iso_ms(job.opened_at),
            "closed_at": optional_ms(closed_at),
            "is_template": False,
            "copied_from_id": None,
            "department_id": job.department_id,
            "office_ids": list(job.office_ids),
            "custom_fields": {"employment_type": label},
        }
        yield "jobs", job.job_id, job.opened_at, closed_at or job.opened_at, "", body


def _job_posts(company: Company, clock: int) -> Iterator[Row]:
    """Two posts of each job: the public one while it is open, and an internal one never shown."""
    for job, closed_at in _visible_jobs(company, clock):
        for offset, internal in enumerate((False, True)):
            active = not internal and closed_at is None
            body = {
                "title": job.name,
                "internal": internal,
                "active": active,
                "live": active,
                "featured": False,
                "first_published_at": None if internal else iso_ms(job.opened_at),
                "content": f"<p>{job.name}を募集しています。</p>",
                "internal_content": None,
                "language": "ja",
                "public_url": (
                    None
                    if internal
                    else f"https://boards.greenhouse.example/{company.company_id}/{job.post_id}"
                ),
                "demographic_question_set_id": None,
                "job_id": job.job_id,
                "job_board_id": company.base_id + 1,
                "questions": [],
            }
            updated_at = job.opened_at if internal or closed_at is None else closed_at
            flags = "" if active else "inactive"
            yield "job_posts", job.post_id + offset, job.opened_at, updated_at, flags, body


def _stages(company: Company, clock: int) -> Iterator[Row]:
    for job, _ in _visible_jobs(company, clock):
        for stage in job.stages:
            body = {
                "job_id": job.job_id,
                "sort_order": stage.sort_order,
                "name": stage.name,
                "active": True,
            }
            yield "job_interview_stages", stage.stage_id, job.opened_at, job.opened_at, "", body


def _users(company: Company, clock: int) -> Iterator[Row]:
    for user in company.users:
        left = user.deactivated_at
        deactivated = left is not None and left <= clock
        mail = f"staff{user.user_id % 1000:03d}@{company.company_id}.example"
        body: Json = {
            "first_name": user.given,
            "last_name": user.family,
            "primary_email": mail,
            "job_title": user.title,
            "agency_id": None,
            "name": f"{user.family} {user.given}",
            "deactivated": deactivated,
            "site_admin": user.is_admin,
            "employee_id": None if user.is_service else f"E{user.user_id % 1000:04d}",
            "linked_candidate_ids": [],
            "office_ids": [],
            "department_ids": [],
            "interviewer_tags": [],
            "emails": [mail],
            "custom_fields": {},
        }
        flags = "service_account" if user.is_service else ""
        updated_at = left if left is not None and deactivated else SET_UP
        yield "users", user.user_id, SET_UP, updated_at, flags, body


def _organisation(company: Company, _: int) -> Iterator[Row]:
    for number, name in enumerate(catalog.DEPARTMENTS):
        body: Json = {"name": name, "parent_id": None, "external_id": f"D{number + 1:02d}"}
        yield "departments", company.base_id + 1 + number, SET_UP, SET_UP, "", body
    for number, (name, place) in enumerate(catalog.OFFICES):
        body = {
            "name": name,
            "parent_id": None if number == 0 else company.base_id + 1,
            "external_id": None,
            "location": place,
            "primary_in_house_contact_user_id": company.users[0].user_id,
        }
        yield "offices", company.base_id + 1 + number, SET_UP, SET_UP, "", body


def _lists(company: Company, _: int) -> Iterator[Row]:
    base = company.base_id + 1
    for number, (name, type_id, type_name, _weight) in enumerate(catalog.SOURCES):
        body: Json = {"name": name, "type": {"id": type_id, "name": type_name}}
        yield "sources", base + number, SET_UP, SET_UP, "", body
    for number, name in enumerate(catalog.TAGS):
        yield "candidate_tags", base + number, SET_UP, SET_UP, "", {"name": name}
    for reason in company.reasons:
        type_id, type_name = catalog.REASON_TYPES[reason.type_key]
        body = {
            "name": reason.name,
            "type": {"id": type_id, "key": reason.type_key, "name": type_name},
        }
        flags = "default" if reason.is_default else ""
        yield "rejection_reasons", reason.reason_id, SET_UP, SET_UP, flags, body


def _custom_fields(company: Company, _: int) -> Iterator[Row]:
    for number, (name_key, name, field_type, value_type) in enumerate(CUSTOM_FIELDS):
        body: Json = {
            "field_type": field_type,
            "sort_order": number,
            "name": name,
            "description": None,
            "value_type": value_type,
            "private": False,
            "required": False,
            "require_approval": False,
            "trigger_new_version": False,
            "active": name_key != "headcount_reason",
            "updated_by_id": company.users[0].user_id,
            "internal_type": None,
            "expose_in_job_board_api": False,
            "placeholder": None,
            "name_key": name_key,
            "application_type": "all_applications" if field_type == "application" else None,
            "api_only": False,
            "use_for_job_approvals": False,
            "use_for_offer_approvals": False,
            "template_token_string": None,
            "default_value": None,
        }
        yield "custom_fields", company.base_id + 1 + number, SET_UP, SET_UP, "", body
