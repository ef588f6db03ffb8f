"""Stories as Lever's Data API v1 shows them at a clock.

An application of the world is an opportunity with one application; a prospect is an opportunity
without. A candidate is the contact, who stands in each of its opportunities. The stages are one
list for the whole account, and the history of an opportunity stands in its stageChanges. What Lever
does not know of a story (departments as a tree, mails) is not shown; keys without a value are
absent. Notes and feedback do not touch an opportunity's updatedAt.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any
from uuid import UUID, uuid5

import orjson

from sandbox import world_catalog as catalog
from sandbox.lever import CHILDREN, LISTS, Lever
from sandbox.store import Account, Record
from sandbox.world_ats import Ats, Emit
from sandbox.world_company import Company, Job, Stage
from sandbox.world_story import Application, Candidate, Offer, Story
from sandbox.world_time import DAY, HOUR, START, iso_ms

Json = dict[str, Any]
NAMESPACE = UUID("6f1a2d0c-8f6e-4f0e-9d25-6b1f4a3c7e11")
SET_UP = START - 300 * DAY
HIRED = 900  # number of the archive reason of hires, from the company's first
LEAD, APPLICANT = ("lead-new", "New lead"), ("applicant-new", "New applicant")
PIPELINE = ("書類選考", "店舗面接", "一次面接", "二次面接", "最終面接", "オファー")
OWN_STAGES = 2  # LEAD and APPLICANT come first
CONFIDENTIAL_TITLES = ("新規事業企画",)
SPAN = 16  # ids kept free for the children of an application


def vendor_id(number: int) -> str:
    """A Lever id of a record of the world."""
    return str(uuid5(NAMESPACE, str(number)))


def _child_id(kind: str, number: int) -> str:
    return str(uuid5(NAMESPACE, f"{kind} {number}"))


def application_key(number: int) -> str:
    """The id of what an opportunity's person applied with."""
    return _child_id("application", number)


def _record(
    company: Company,
    stream: str,
    number: int,
    key: str,
    at: tuple[int, int],
    body: Json,
    flags: str,
) -> Record:
    created, updated = map(iso_ms, at)
    present = {name: value for name, value in {"id": key, **body}.items() if value is not None}
    account = company.ats_account
    text = orjson.dumps(present)
    return (account, "lever", stream, number, key, created, updated, created, flags, text)


def _ms(time: int | None) -> int | None:
    return None if time is None else time * 1000


def _confidentiality(job: Job) -> str:
    is_confidential = job.name.startswith(CONFIDENTIAL_TITLES)
    return "confidential" if is_confidential else "non-confidential"


def _flags(job: Job) -> str:
    return "confidential" if _confidentiality(job) == "confidential" else ""


def records(company: Company, clock: int) -> Iterator[Record]:
    """Every configuration record of the company's Lever account at `clock`."""
    yield from _codes(company)
    yield from _users(company, clock)
    for job in company.jobs:
        if job.opened_at <= clock:
            yield from _job(company, job, clock)


def _codes(company: Company) -> Iterator[Record]:
    at = (SET_UP, SET_UP)
    reasons = [(reason.reason_id, reason.name, "non-hired") for reason in company.reasons]
    for number, text, kind in (*reasons, (company.base_id + HIRED, "Hired", "hired")):
        body = {"text": text, "status": "active", "type": kind}
        yield _record(company, "archive_reasons", number, vendor_id(number), at, body, "")
    own = [(key, text) for key, text in (LEAD, APPLICANT)]
    named = [(_stage_id(company, name), name) for name in PIPELINE]
    for index, (key, text) in enumerate(own + named):
        yield _record(company, "stages", index, key, at, {"text": text}, "")


def _stage_id(company: Company, name: str) -> str:
    return _child_id("stage", company.base_id + PIPELINE.index(name))


def _users(company: Company, clock: int) -> Iterator[Record]:
    for user in company.users:
        if user.is_service:
            continue
        left = user.deactivated_at
        is_gone = left is not None and left <= clock
        mail = f"staff{user.user_id % 1000:03d}@{company.company_id}.example"
        body = {
            "name": f"{user.family} {user.given}",
            "username": mail.partition("@")[0],
            "email": mail,
            "accessRole": "super admin" if user.is_admin else "team member",
            "createdAt": _ms(SET_UP),
            "deactivatedAt": _ms(left) if is_gone else None,
        }
        key = vendor_id(user.user_id)
        updated_at = left if left is not None and is_gone else SET_UP
        flags = "deactivated" if is_gone else ""
        yield _record(company, "users", user.user_id, key, (SET_UP, updated_at), body, flags)


def _job(company: Company, job: Job, clock: int) -> Iterator[Record]:
    """A posting, and the requisition behind it."""
    closed_at = job.closed_at if job.closed_at is not None and job.closed_at <= clock else None
    at = (job.opened_at, closed_at or job.opened_at)
    times = {"createdAt": _ms(at[0]), "updatedAt": _ms(at[1])}
    code = f"REQ-{job.job_id % 100_000}"
    categories = {
        "department": job.department,
        "location": job.offices[0] if job.offices else None,
        "allLocations": list(job.offices) or None,
        "commitment": job.label,
    }
    posting = {
        "text": job.name,
        "state": "published" if closed_at is None else "closed",
        "distributionChannels": ["public"],
        "user": vendor_id(job.recruiter_id),
        "owner": vendor_id(job.recruiter_id),
        "categories": {name: value for name, value in categories.items() if value is not None},
        "content": {"description": f"{job.name}を募集しています。"},
        "country": "JP",
        "reqCode": code,
        "confidentiality": _confidentiality(job),
        **times,
    }
    key = vendor_id(job.job_id)
    yield _record(company, "postings", job.job_id, key, at, posting, _flags(job))
    requisition = {
        "requisitionCode": code,
        "name": job.name,
        "status": "open" if closed_at is None else "closed",
        "headcountTotal": 1,
        "headcountHired": 0,
        "postings": [key],
        "confidentiality": _confidentiality(job),
        **times,
    }
    own = _child_id("requisition", job.job_id)
    yield _record(company, "requisitions", job.job_id, own, at, requisition, _flags(job))


class Projector:
    """Projects stories of one company into records at `clock`; `emit` takes each record."""

    def __init__(self, company: Company, clock: int, emit: Emit) -> None:
        self._company = company
        self._clock = clock
        self._emit = emit

    def story(self, story: Story) -> None:
        for application in story.applications:
            if application.applied_at <= self._clock:
                self._opportunity(application)

    def _opportunity(self, application: Application) -> None:
        job, candidate = application.job, application.candidate
        changes, archived, times = self._history(application)
        times += self._corrections(candidate)
        updated_at = max(at for at in times if at <= self._clock)
        number, prospect = application.application_id, application.is_prospect
        job_flags = "" if prospect else _flags(job)
        stage = changes[-1]["toStageId"] if changes else (LEAD if prospect else APPLICANT)[0]
        source = application.source
        body = {
            **self._person(candidate),
            "contact": vendor_id(candidate.candidate_id),
            "stage": stage,
            "confidentiality": "confidential" if job_flags else "non-confidential",
            "archived": archived,
            "tags": [] if prospect else [job.name],
            "sources": [] if source is None else [catalog.SOURCES[source][0]],
            "stageChanges": changes,
            "origin": "sourced" if prospect else "applied",
            "owner": vendor_id(job.recruiter_id),
            "followers": [vendor_id(job.recruiter_id)],
            "applications": [] if prospect else [application_key(number)],
            "createdAt": _ms(application.applied_at),
            "updatedAt": _ms(updated_at),
            "lastInteractionAt": _ms(updated_at),
            "isAnonymized": False,
        }
        at = (application.applied_at, updated_at)
        key = vendor_id(number)
        self._emit(_record(self._company, "opportunities", number, key, at, body, job_flags))
        self._children(application, number)

    def _person(self, candidate: Candidate) -> Json:
        email = candidate.email
        if candidate.corrected_at is not None and candidate.corrected_at > self._clock:
            email = candidate.first_email or email
        return {
            "name": f"{candidate.person.family} {candidate.person.given}",
            "headline": "",
            "emails": [email],
            "phones": [{"type": "mobile", "value": candidate.phone}] if candidate.phone else [],
            "links": [],
        }

    def _corrections(self, candidate: Candidate) -> list[int]:
        corrected = candidate.corrected_at if candidate.first_email is not None else None
        return [at for at in (candidate.tagged_at, corrected) if at is not None]

    def _history(self, application: Application) -> tuple[list[Json], Json | None, list[int]]:
        """Changes of stage, the archiving that stands, and when anything happened."""
        changes: list[Json] = []
        archived: Json | None = None
        times = [application.applied_at]
        for event in application.events:
            if event.at > self._clock:
                break
            if event.kind == "stage_entered" and event.stage is not None:
                changes.append(self._change(application, event.stage, event.at))
            elif event.kind == "rejected":
                reason = vendor_id(event.reason.reason_id) if event.reason else None
                archived = {"archivedAt": _ms(event.at)} | ({"reason": reason} if reason else {})
            elif event.kind == "unrejected":
                archived = None
            elif event.kind == "offer_accepted":
                hired = vendor_id(self._company.base_id + HIRED)
                archived = {"archivedAt": _ms(event.at), "reason": hired}
            if event.kind != "mail_sent":
                times.append(event.at)
        for offer in application.offers:
            times += [offer.created_at, offer.sent_at, offer.resolved_at]
        return changes, archived, times

    def _change(self, application: Application, stage: Stage, at: int) -> Json:
        return {
            "toStageId": _stage_id(self._company, stage.name),
            "toStageIndex": OWN_STAGES + PIPELINE.index(stage.name),
            "updatedAt": _ms(at),
            "userId": vendor_id(application.job.recruiter_id),
        }

    def _children(self, application: Application, number: int) -> None:
        job = application.job
        first = number * SPAN
        posting = vendor_id(job.job_id)
        if not application.is_prospect:
            body = {
                "opportunityId": vendor_id(number),
                "candidateId": vendor_id(number),
                "type": "posting",
                "posting": posting,
                "name": self._person(application.candidate)["name"],
                "email": application.candidate.email,
                "createdAt": _ms(application.applied_at),
            }
            key = application_key(number)
            self._child("applications", first, key, application.applied_at, body)
        for offer in application.offers:
            if offer.created_at <= self._clock:
                self._offer(application, first + offer.version, offer, posting)
        for place, note in enumerate(application.notes):
            if note.at <= self._clock and note.content not in ("mail", "invitation"):
                body = {
                    "text": "応対が丁寧。希望条件を確認済み。",
                    "user": vendor_id(job.recruiter_id),
                    "secret": False,
                    "createdAt": _ms(note.at),
                }
                key = _child_id("note", first + place)
                self._child("notes", first + place, key, note.at, body)
        self._feedback(application, first)

    def _offer(self, application: Application, number: int, offer: Offer, posting: str) -> None:
        sent = offer.sent_at <= self._clock
        signed = offer.resolved_at <= self._clock and offer.outcome == "Accepted"
        body = {
            "status": "signed" if signed else "sent" if sent else "draft",
            "creator": vendor_id(application.job.recruiter_id),
            "posting": posting,
            "fields": [{"identifier": "salary_amount", "value": 5_000_000}],
            "createdAt": _ms(offer.created_at),
            "sentDocument": self._document("offer", offer.sent_at) if sent else None,
            "signedDocument": self._document("signed", offer.resolved_at) if signed else None,
        }
        self._child("offers", number, _child_id("offer", number), offer.created_at, body)

    def _document(self, name: str, at: int) -> Json:
        return {
            "fileName": f"{name}.pdf",
            "uploadedAt": _ms(at),
            "downloadUrl": f"https://lever.example/{name}.pdf",
        }

    def _feedback(self, application: Application, first: int) -> None:
        interviews = [event for event in application.events if event.kind == "stage_entered"][1:]
        for place, event in enumerate(interviews):
            at = event.at + HOUR
            if at > self._clock:
                return
            body = {
                "type": "interview",
                "text": "面接評価",
                "fields": [{"type": "score-system", "text": "評価", "value": "3 - Yes"}],
                "user": vendor_id(application.job.recruiter_id),
                "createdAt": _ms(at),
                "completedAt": _ms(at),
            }
            self._child("feedback", first + place, _child_id("feedback", first + place), at, body)

    def _child(self, stream: str, number: int, key: str, at: int, body: Json) -> None:
        self._emit(_record(self._company, stream, number, key, (at, at), body, ""))


def _account(company: Company, rng: Random) -> Account:
    scopes = (*LISTS, *CHILDREN, "confidential")
    secret = f"{rng.getrandbits(160):040x}"
    return Account(
        company.ats_account, "lever", company.company_id, None, secret, scopes, None, None
    )


def _credentials(account: Account, url: str) -> Json:
    return {"conn_type": "http", "host": f"{url}/lever/v1", "password": account.secret}


ATS = Ats(
    name="lever",
    simulator=Lever,
    vendor_id=vendor_id,
    records=records,
    projector=lambda company, clock, emit: Projector(company, clock, emit).story,
    account=_account,
    # the sandbox is not as slow as the vendor; some jobs are confidential
    options=lambda number: {"confidential": "true", "requests_per_second": "1000", "burst": "1000"},
    credentials=_credentials,
)
