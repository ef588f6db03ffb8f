"""Stories as Workable shows them at a clock.

A candidate is one application, so a person who applies twice is two candidates, with the same
address. Whether a disqualified candidate withdrew, and when, only the activities tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from random import Random
from typing import Any

import orjson

from sandbox import world_catalog as catalog
from sandbox.store import Account, Record
from sandbox.workable import CHILDREN, SCOPES, Workable
from sandbox.world_ats import Ats
from sandbox.world_company import Company, Job
from sandbox.world_static import SET_UP
from sandbox.world_story import Application, Event, Story
from sandbox.world_time import iso_ms, optional_ms

Json = dict[str, Any]
NAME = "workable"
EMPLOYMENT = {
    "正社員": "Full-time",
    "契約社員": "Contract",
    "アルバイト": "Part-time",
    "パート": "Part-time",
}
OFFERED = {"Accepted": "accepted", "Rejected": "declined"}


def vendor_id(number: int) -> str:
    """The id of a candidate, who is one application, and the shortcode of a job."""
    return blake2b(f"workable:{number}".encode(), digest_size=6).hexdigest().upper()


class Projector:
    """Projects stories of one company into records at `clock`; `emit` takes each record."""

    def __init__(self, company: Company, clock: int, emit: Callable[[Record], None]) -> None:
        self._company = company
        self._clock = clock
        self._emit = emit

    def story(self, story: Story) -> None:
        for application in story.applications:
            if application.applied_at <= self._clock:
                self._candidate(application)

    def _candidate(self, application: Application) -> None:
        number, person = application.application_id, application.candidate.person
        seen = [event for event in application.events if event.at <= self._clock]
        activities = list(_activities(application, seen))
        state = _State(application, seen)
        email, corrected_at = self._email(application)
        times = (
            application.applied_at,
            max(application.applied_at, corrected_at, *(event.at for event in seen)),
        )
        source = application.source
        body: Json = {
            "id": vendor_id(number),
            "name": f"{person.given} {person.family}",
            "firstname": person.given,
            "lastname": person.family,
            "headline": None,
            "account": {"subdomain": self._company.company_id, "name": self._company.name},
            "job": {
                "shortcode": vendor_id(application.job.job_id),
                "title": application.job.name,
            },
            "stage": state.stage,
            "stage_kind": state.kind,
            "disqualified": state.disqualified is not None,
            "anonymized": False,
            "disqualification_reason": state.reason,
            "hired_at": optional_ms(state.hired_at),
            "moved_to_offer_at": optional_ms(state.offered_at),
            "sourced": application.is_prospect,
            "profile_url": f"https://workable.example/{vendor_id(number)}",
            "address": None,
            "phone": application.candidate.phone,
            "email": email,
            "domain": None,
            "common_source": None if source is None else catalog.SOURCES[source][0],
            "created_at": iso_ms(times[0]),
            "updated_at": iso_ms(times[1]),
        }
        self._emit(_record(self._company, "candidates", number, times, body["id"], body))
        for position, (at, fields) in enumerate(activities):
            own = number * CHILDREN + position
            key = f"{own:x}"
            made = {"id": key, "created_at": iso_ms(at), **fields}
            self._emit(_record(self._company, "activities", own, (at, at), key, made))
        self._offer(application)

    def _email(self, application: Application) -> tuple[str, int]:
        """The address at the clock, and when it was last changed (0: never)."""
        candidate = application.candidate
        if candidate.corrected_at is None or candidate.first_email is None:
            return candidate.email, 0
        if candidate.corrected_at <= self._clock:
            return candidate.email, candidate.corrected_at
        return candidate.first_email, 0

    def _offer(self, application: Application) -> None:
        shown = [offer for offer in application.offers if offer.created_at <= self._clock]
        if not shown:
            return
        offer = shown[-1]
        state = "sent" if offer.sent_at <= self._clock else "pending"
        if offer.resolved_at <= self._clock:
            state = OFFERED.get(offer.outcome, state)
        body = {
            "created_at": iso_ms(offer.created_at),
            "state": state,
            "document_variables": [{"key": "salary", "value": "5000000"}],
        }
        number, times = application.application_id, (offer.created_at, offer.created_at)
        self._emit(_record(self._company, "offers", number, times, vendor_id(number), body))


class _State:
    """A candidate at a clock."""

    def __init__(self, application: Application, seen: list[Event]) -> None:
        self.stage, self.kind = pipeline(application.job)[0]
        self.disqualified: Event | None = None
        self.hired_at: int | None = None
        self.offered_at: int | None = None
        for event in seen:
            if event.kind == "stage_entered" and event.stage is not None:
                self.stage, self.kind = pipeline(application.job)[1 + event.stage.sort_order]
                if self.kind == "offer":
                    self.offered_at = event.at
            elif event.kind == "rejected":
                self.disqualified = event
            elif event.kind == "unrejected":
                self.disqualified = None
            elif event.kind == "offer_accepted":
                self.stage, self.kind = pipeline(application.job)[-1]
                self.hired_at = event.at

    @property
    def reason(self) -> str | None:
        """The words of the reason; None without one."""
        event = self.disqualified
        return event.reason.name if event and event.reason else None


def _activities(application: Application, seen: list[Event]) -> Iterator[tuple[int, Json]]:
    """(time, fields) of what a candidate's timeline shows."""
    stage = pipeline(application.job)[0][0]
    for event in seen:
        fields: Json = {"stage_name": stage, "target_stage": None, "body": None}
        if event.kind == "stage_entered" and event.stage is not None:
            moved = event.stage.sort_order > 0
            fields |= {
                "action": "moved" if moved else "applied",
                "action_stage": stage,
                "target_stage": event.stage.name,
            }
            stage = event.stage.name
        elif event.kind == "rejected":
            withdrew = event.reason is not None and event.reason.type_key == catalog.THEY
            fields |= {"action": "disqualified", "withdrew": withdrew}
        elif event.kind == "unrejected":
            fields |= {"action": "reverted"}
        elif event.kind == "offer_accepted":
            fields |= {"action": "hired", "target_stage": pipeline(application.job)[-1][0]}
        else:
            continue
        yield event.at, fields


def pipeline(job: Job) -> list[tuple[str, str]]:
    """(name, kind) of a job's stages in their order."""
    names = [stage.name for stage in job.stages]
    kinds = ["applied", *["interview"] * (len(names) - 2), "offer"]
    return [("Sourced", "sourced"), *zip(names, kinds, strict=True), ("Hired", "hired")]


def _record(
    company: Company, stream: str, number: int, times: tuple[int, int], key: str, body: Json
) -> Record:
    created, updated = map(iso_ms, times)
    text = orjson.dumps(body)
    return company.ats_account, NAME, stream, number, key, created, updated, updated, "", text


def _records(company: Company, clock: int) -> Iterator[Record]:
    """Jobs with their stages, the account's own stages, reasons and members."""
    for job in company.jobs:
        if job.opened_at > clock:
            continue
        closed_at = job.closed_at if job.closed_at and job.closed_at <= clock else None
        body: Json = {
            "id": f"{job.job_id:x}",
            "title": job.name,
            "full_title": job.name,
            "shortcode": vendor_id(job.job_id),
            "code": f"REQ-{job.job_id % 100_000}",
            "state": "published" if closed_at is None else "closed",
            "department": job.department,
            "employment_type": EMPLOYMENT.get(job.label or ""),
            "location": {"location_str": job.offices[0]} if job.offices else {},
            "created_at": iso_ms(job.opened_at),
        }
        times = job.opened_at, closed_at or job.opened_at
        yield _record(company, "jobs", job.job_id, times, body["shortcode"], body)
        yield from _stages(company, "job_stages", job, job.job_id * CHILDREN)
    yield from _stages(company, "stages", company.jobs[0], 0)
    for reason in company.reasons:
        number, times = reason.reason_id, (SET_UP, SET_UP)
        body = {"id": f"{number:x}", "name": reason.name}
        yield _record(company, "disqualification_reasons", number, times, body["id"], body)
    for user in company.users:
        body = {
            "id": f"{user.user_id:x}",
            "name": f"{user.given} {user.family}",
            "email": f"staff{user.user_id % 1000:03d}@{company.company_id}.example",
            "role": "admin" if user.is_admin else "simple",
            "active": user.deactivated_at is None or user.deactivated_at > clock,
        }
        yield _record(company, "members", user.user_id, (SET_UP, SET_UP), body["id"], body)


def _stages(company: Company, stream: str, job: Job, base: int) -> Iterator[Record]:
    for position, (name, kind) in enumerate(pipeline(job)):
        slug = f"stage-{position}"
        body = {"slug": slug, "name": name, "kind": kind, "position": position}
        yield _record(company, stream, base + position, (SET_UP, SET_UP), slug, body)


def _account(company: Company, rng: Random) -> Account:
    secret = f"{rng.getrandbits(256):064x}"
    return Account(company.ats_account, NAME, company.company_id, None, secret, SCOPES, None, None)


ATS = Ats(
    name=NAME,
    simulator=Workable,
    vendor_id=vendor_id,
    records=_records,
    projector=lambda company, clock, emit: Projector(company, clock, emit).story,
    account=_account,
    options=lambda number: {},
    credentials=lambda account, url: {
        "conn_type": "http",
        "host": f"{url}/workable",
        "password": account.secret,
    },
)
