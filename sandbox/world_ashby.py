"""Stories as Ashby shows them at a clock.

Archiving and hiring are stages of every interview plan, so they stand in an application's history
like any other; an application that is taken up again enters its last stage once more. Jobs share
two interview plans. An offer is one record, whatever its versions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import orjson

from sandbox import world_catalog as catalog
from sandbox.ashby import PERMISSIONS, Ashby
from sandbox.store import Account, Record
from sandbox.world_ashby_static import NAME, job_stages, plan_of, records, reference, uid
from sandbox.world_ats import Ats
from sandbox.world_company import Company
from sandbox.world_story import Application, Candidate, Event, Offer, Story
from sandbox.world_time import iso_ms, optional_ms

Json = dict[str, Any]
ENTRIES_PER_APPLICATION = 16
UNSENT = ("Created", "WaitingOnApprovalStart")
SENT = ("WaitingOnResponse", "WaitingOnCandidateResponse")
DECIDED = {
    "Accepted": ("Accepted", "CandidateAccepted"),
    "Rejected": ("Declined", "CandidateRejected"),
}


class Projector:
    """Projects stories of one company into records at `clock`; `emit` takes each record."""

    def __init__(self, company: Company, clock: int, emit: Callable[[Record], None]) -> None:
        self._company = company
        self._clock = clock
        self._emit = emit

    def story(self, story: Story) -> None:
        for candidate in story.candidates:
            if candidate.created_at <= self._clock:
                self._candidate(candidate, story.applications)
        for application in story.applications:
            if application.applied_at <= self._clock:
                self._application(application)

    def _put(self, stream: str, number: int, times: tuple[int, int], key: str, body: Json) -> None:
        created, updated = map(iso_ms, times)
        text = orjson.dumps({"id": key, **body})
        account = self._company.ats_account
        self._emit((account, NAME, stream, number, key, created, updated, updated, "", text))

    def _candidate(self, candidate: Candidate, applications: list[Application]) -> None:
        clock = self._clock
        own = [a for a in applications if a.candidate is candidate and a.applied_at <= clock]
        seen = [candidate.created_at, *(application.applied_at for application in own)]
        tags = []
        if candidate.tagged_at is not None and candidate.tagged_at <= clock:
            seen.append(candidate.tagged_at)
            tags = [{"id": uid("tag", candidate.tag), "title": catalog.TAGS[candidate.tag]}]
        email = candidate.email
        if candidate.corrected_at is not None and candidate.first_email is not None:
            if candidate.corrected_at <= clock:
                seen.append(candidate.corrected_at)
            else:
                email = candidate.first_email
        address = {"value": email, "type": "Personal", "isPrimary": True}
        phone = candidate.phone
        number = {"value": phone, "type": "Mobile", "isPrimary": True} if phone else None
        times = candidate.created_at, max(seen)
        body = {
            "createdAt": iso_ms(times[0]),
            "updatedAt": iso_ms(times[1]),
            "name": f"{candidate.person.family} {candidate.person.given}",
            "primaryEmailAddress": address,
            "emailAddresses": [address],
            "primaryPhoneNumber": number,
            "phoneNumbers": [number] if number else [],
            "socialLinks": [],
            "tags": tags,
            "position": None,
            "company": None,
            "school": None,
            "applicationIds": [vendor_id(application.application_id) for application in own],
            "fileHandles": [],
            "customFields": [],
            "fraudStatus": None,
        }
        key = vendor_id(candidate.candidate_id)
        self._put("candidates", candidate.candidate_id, times, key, body)

    def _application(self, application: Application) -> None:
        history = _History(application, self._clock)
        job, source = application.job, application.source
        number, reason = application.application_id, history.reason
        candidate = application.candidate
        current = history.entries[-1]
        times = application.applied_at, history.updated_at
        body: Json = {
            "createdAt": iso_ms(times[0]),
            "updatedAt": iso_ms(times[1]),
            "archivedAt": optional_ms(history.archived_at),
            "status": history.status,
            "customFields": [],
            "candidate": {
                "id": vendor_id(candidate.candidate_id),
                "name": f"{candidate.person.family} {candidate.person.given}",
                "primaryEmailAddress": {"value": candidate.email, "isPrimary": True},
            },
            "currentInterviewStage": reference(self._company, plan_of(job), current[0]),
            "source": None if source is None else _source(self._company, source),
            "archiveReason": None if reason is None else self._reason(reason),
            "job": {"id": vendor_id(job.job_id), "title": job.name},
            "creditedToUser": None,
            "hiringTeam": [{"userId": uid("user", job.recruiter_id), "role": "Recruiter"}],
        }
        self._put("applications", number, times, vendor_id(number), body)
        for position, (order, entered_at, left_at) in enumerate(history.entries):
            stage = reference(self._company, plan_of(job), order)
            entry = number * ENTRIES_PER_APPLICATION + position
            body = {
                "stageId": stage["id"],
                "title": stage["title"],
                "enteredStageAt": iso_ms(entered_at),
                "leftStageAt": optional_ms(left_at),
                "stageNumber": position,
                "actorId": uid("user", job.recruiter_id),
            }
            times = entered_at, left_at or entered_at
            self._put("stage_histories", entry, times, uid("history", entry), body)
        shown = [offer for offer in application.offers if offer.created_at <= self._clock]
        if shown:
            self._offer(application, shown[0].created_at, shown[-1])

    def _reason(self, event: Event) -> Json | None:
        """The reason of an archived application; none when it was archived without one."""
        if event.reason is None:
            return None
        kind = catalog_type(event.reason.type_key)
        key = uid("reason", event.reason.reason_id)
        archived = event.reason.is_default
        text = event.reason.name
        return {"id": key, "text": text, "reasonType": kind, "isArchived": archived}

    def _offer(self, application: Application, begun_at: int, offer: Offer) -> None:
        sent, resolved = offer.sent_at <= self._clock, offer.resolved_at <= self._clock
        updated_at = offer.resolved_at if resolved else offer.sent_at if sent else offer.created_at
        acceptance, status = SENT if sent else UNSENT
        if resolved and offer.outcome in DECIDED:
            acceptance, status = DECIDED[offer.outcome]
        number = application.application_id
        body = {
            "applicationId": vendor_id(number),
            "acceptanceStatus": acceptance,
            "offerStatus": status,
            "decidedAt": iso_ms(offer.resolved_at) if resolved else None,
            "latestVersion": {
                "id": uid("version", number * 4 + offer.version),
                "createdAt": iso_ms(offer.created_at),
                "startDate": offer.starts_on,
                "salary": {"currencyCode": "JPY", "value": 5_000_000},
                "openingId": uid("opening", application.job.job_id),
                "customFields": [],
                "fileHandles": [],
            },
        }
        self._put("offers", number, (begun_at, updated_at), uid("offer", number), body)


class _History:
    """An application at a clock. `entries`: (order in the plan, entered, left or None)."""

    def __init__(self, application: Application, clock: int) -> None:
        self.status = "Lead" if application.is_prospect else "Active"
        self.archived_at: int | None = None
        self.reason: Event | None = None
        self.entries: list[tuple[int, int, int | None]] = []
        self.updated_at = application.applied_at
        stages = job_stages(application.job)
        if application.is_prospect:  # also when another application came of it
            self._enter(0, application.applied_at)
        for event in application.events:
            if event.at > clock:
                break
            if event.kind == "stage_entered" and event.stage is not None:
                self._enter(1 + event.stage.sort_order, event.at)
            elif event.kind == "rejected":
                self.status, self.archived_at, self.reason = "Archived", event.at, event
                self._enter(len(stages) - 1, event.at)
            elif event.kind == "unrejected":
                self.status, self.archived_at, self.reason = "Active", None, None
                self._enter(self.entries[-2][0], event.at)
            elif event.kind == "offer_accepted":
                self.status = "Hired"
                self._enter(len(stages) - 2, event.at)

    def _enter(self, order: int, at: int) -> None:
        if self.entries:
            last, entered_at, _ = self.entries[-1]
            self.entries[-1] = (last, entered_at, at)
        self.entries.append((order, at, None))
        self.updated_at = at


def catalog_type(type_key: str) -> str:
    """How Ashby sorts the reason."""
    known = {catalog.WE: "RejectedByOrg", catalog.THEY: "RejectedByCandidate"}
    return known.get(type_key, "Other")


def vendor_id(number: int) -> str:
    """The id of a candidate, application or job."""
    return uid("record", number)


def _source(company: Company, source: int) -> Json:
    return {"id": uid("source", company.base_id + source), "title": catalog.SOURCES[source][0]}


def _account(company: Company, rng: Random) -> Account:
    secret = f"{rng.getrandbits(256):064x}"
    return Account(
        company.ats_account, NAME, company.company_id, None, secret, PERMISSIONS, None, None
    )


def _records(company: Company, clock: int) -> Iterator[Record]:
    return records(company, clock, vendor_id, catalog_type)


ATS = Ats(
    name=NAME,
    simulator=Ashby,
    vendor_id=vendor_id,
    records=_records,
    projector=lambda company, clock, emit: Projector(company, clock, emit).story,
    account=_account,
    options=lambda number: {"history_per_minute": "100000"},
    credentials=lambda account, url: {
        "conn_type": "http",
        "host": f"{url}/ashby",
        "login": account.secret,
    },
)
