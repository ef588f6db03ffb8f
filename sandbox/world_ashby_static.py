"""What an Ashby account holds besides applicants: jobs, openings, plans, staff, lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid5

import orjson

from sandbox import world_catalog as catalog
from sandbox.store import Record
from sandbox.world_company import Company, Job
from sandbox.world_static import CUSTOM_FIELDS, SET_UP
from sandbox.world_time import iso_ms, optional_ms

Json = dict[str, Any]
Row = tuple[str, int, int, int, str, str, Json]
NAME = "ashby"
SPACE = UUID("5b0e6f0e-9a53-4d6e-8f8e-0a5b7f1c2d3e")
STAGES_PER_PLAN = 16
PLANS = (("通常選考", catalog.STAGES), ("店舗選考", catalog.SHORT_STAGES))
EMPLOYMENT = {"正社員": "FullTime", "契約社員": "Contract", "アルバイト": "PartTime"}
CLOSED_CHANNEL = 5  # a source that is archived and still stands on applications


def uid(kind: str, number: int) -> str:
    """The vendor's id of a record: the same for ever, and in no order."""
    return str(uuid5(SPACE, f"{kind}:{number}"))


def plan_of(job: Job) -> int:
    """Which of the two interview plans a job has."""
    return int(len(job.stages) == len(catalog.SHORT_STAGES))


def stages_of(plan: int) -> list[tuple[str, str]]:
    """(title, type) of a plan's stages in their order, those of the system included."""
    names = PLANS[plan][1]
    inner = ["PreInterviewScreen", *["Active"] * (len(names) - 2), "Offer"]
    own = list(zip(names, inner, strict=True))
    return [("New Lead", "Lead"), *own, ("Hired", "Hired"), ("Archived", "Archived")]


def job_stages(job: Job) -> list[tuple[str, str]]:
    return stages_of(plan_of(job))


def reference(company: Company, plan: int, order: int) -> Json:
    """A stage as other records show it."""
    title, kind = stages_of(plan)[order]
    number = _plan_number(company, plan) * STAGES_PER_PLAN + order
    return {"id": uid("stage", number), "title": title, "type": kind, "orderInInterviewPlan": order}


def records(
    company: Company,
    clock: int,
    vendor_id: Callable[[int], str],
    reason_type: Callable[[str], str],
) -> Iterator[Record]:
    """Every configuration record of the company's account at `clock`."""
    rows = (
        *_jobs(company, clock, vendor_id),
        *_plans(company),
        *_lists(company, reason_type),
        *_users(company, clock),
    )
    for stream, number, created_at, updated_at, key, flags, body in rows:
        created, updated = iso_ms(created_at), iso_ms(updated_at)
        text = orjson.dumps({"id": key, **body})
        account = company.ats_account
        yield account, NAME, stream, number, key, created, updated, updated, flags, text


def _jobs(company: Company, clock: int, vendor_id: Callable[[int], str]) -> Iterator[Row]:
    for job in company.jobs:
        if job.opened_at > clock:
            continue
        closed_at = job.closed_at if job.closed_at and job.closed_at <= clock else None
        plan = uid("plan", _plan_number(company, plan_of(job)))
        updated_at = closed_at or job.opened_at
        kind = EMPLOYMENT.get(job.label or "", "PartTime" if job.label else "")
        body: Json = {
            "title": job.name,
            "confidential": False,
            "status": "Open" if closed_at is None else "Closed",
            "employmentType": kind,
            "locationId": uid("location", job.office_ids[0]) if job.office_ids else None,
            "departmentId": uid("department", job.department_id) if job.department_id else None,
            "defaultInterviewPlanId": plan,
            "interviewPlanIds": [plan],
            "customFields": [],
            "jobPostingIds": [uid("post", job.post_id)],
            "customRequisitionId": f"REQ-{job.job_id % 100_000}",
            "hiringTeam": [{"userId": uid("user", job.recruiter_id), "role": "Recruiter"}],
            "createdAt": iso_ms(job.opened_at),
            "updatedAt": iso_ms(updated_at),
            "openedAt": iso_ms(job.opened_at),
            "closedAt": optional_ms(closed_at),
        }
        yield "jobs", job.job_id, job.opened_at, updated_at, vendor_id(job.job_id), "", body
        version = {
            "id": uid("opening version", job.job_id),
            "identifier": f"REQ-{job.job_id % 100_000}",
            "description": f"{job.name}を募集しています。",
            "jobIds": [vendor_id(job.job_id)],
            "hiringTeam": [{"userId": uid("user", job.recruiter_id)}],
        }
        body = {
            "openedAt": iso_ms(job.opened_at),
            "closedAt": optional_ms(closed_at),
            "isArchived": False,
            "archivedAt": None,
            "openingState": "Open" if closed_at is None else "Closed",
            "latestVersion": version,
        }
        key = uid("opening", job.job_id)
        yield "openings", job.job_id, job.opened_at, updated_at, key, "", body


def _plan_number(company: Company, plan: int) -> int:
    return company.base_id + 1 + plan


def _plans(company: Company) -> Iterator[Row]:
    for plan, (title, _) in enumerate(PLANS):
        number = _plan_number(company, plan)
        key = uid("plan", number)
        body: Json = {"title": title, "isArchived": plan == 1}
        yield "interview_plans", number, SET_UP, SET_UP, key, "archived" if plan else "", body
        for order in range(len(stages_of(plan))):
            stage = {**reference(company, plan, order), "interviewPlanId": key}
            own = number * STAGES_PER_PLAN + order
            yield "interview_stages", own, SET_UP, SET_UP, stage.pop("id"), "", stage


def _lists(company: Company, reason_type: Callable[[str], str]) -> Iterator[Row]:
    for reason in company.reasons:
        flags = "archived" if reason.is_default else ""
        kind = reason_type(reason.type_key)
        body: Json = {"text": reason.name, "reasonType": kind, "isArchived": bool(flags)}
        number = reason.reason_id
        yield "archive_reasons", number, SET_UP, SET_UP, uid("reason", number), flags, body
    for offset, (name, type_id, type_name, _weight) in enumerate(catalog.SOURCES):
        number = company.base_id + offset
        flags = "archived" if offset == CLOSED_CHANNEL else ""
        kind_of = {"id": uid("source type", type_id), "title": type_name}
        body = {"title": name, "isArchived": bool(flags), "sourceType": kind_of}
        yield "sources", number, SET_UP, SET_UP, uid("source", number), flags, body
    for offset, name in enumerate(catalog.DEPARTMENTS):
        number = company.base_id + 1 + offset
        body = {"name": name, "parentId": None, "isArchived": False}
        yield "departments", number, SET_UP, SET_UP, uid("department", number), "", body
    for offset, (name, place) in enumerate(catalog.OFFICES):
        number = company.base_id + 1 + offset
        address = {"postalAddress": {"addressRegion": place, "addressCountry": "JP"}}
        body = {"name": name, "parentLocationId": None, "isArchived": False, "address": address}
        yield "locations", number, SET_UP, SET_UP, uid("location", number), "", body
    for offset, (name_key, name, kind_name, value_type) in enumerate(CUSTOM_FIELDS):
        number = company.base_id + 1 + offset
        flags = "archived" if name_key == "headcount_reason" else ""
        body = {
            "title": name,
            "objectType": kind_name.title(),
            "fieldType": value_type,
            "isArchived": bool(flags),
            "isPrivate": False,
        }
        yield "custom_fields", number, SET_UP, SET_UP, uid("field", number), flags, body


def _users(company: Company, clock: int) -> Iterator[Row]:
    for user in company.users:
        left = user.deactivated_at if user.deactivated_at and user.deactivated_at <= clock else None
        body: Json = {
            "firstName": user.given,
            "lastName": user.family,
            "email": f"staff{user.user_id % 1000:03d}@{company.company_id}.example",
            "globalRole": "Organization Admin" if user.is_admin else "Limited Access",
            "isEnabled": left is None,
            "updatedAt": iso_ms(left or SET_UP),
        }
        key = uid("user", user.user_id)
        flags = "" if left is None else "disabled"
        yield "users", user.user_id, SET_UP, left or SET_UP, key, flags, body
