"""Stories as an ATS without an API keeps them: what a row of its export says of an application.

Prospects are in no selection and so in no export. Times are seconds since 1970; the exports write
days. Statuses are words, as the two systems' screens have them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import orjson

from sandbox import world_catalog as catalog
from sandbox.store import Account, Record
from sandbox.world_ats import Emit
from sandbox.world_company import Company
from sandbox.world_herp import ended, last_change, shown_email
from sandbox.world_story import Application, Event, Story
from sandbox.world_time import iso_ms

Json = dict[str, Any]

DIGITS = 12
"""Of an id, which begins with zeros."""
OPEN, HIRED = "選考中", "内定承諾"
ENDS = {
    catalog.WE: "不採用",
    catalog.THEY: "辞退",
    catalog.SECURITY: "対象外",
    catalog.NONE_SPECIFIED: "選考終了",
}
TESTER: Json = {
    "application": 1,
    "candidate": 1,
    "family": "テスト",
    "given": "太郎",
    "email": "test@example.com",
    "phone": None,
}


def vendor_id(number: int) -> str:
    return f"{number:0{DIGITS}d}"


def no_records(company: Company, clock: int) -> Iterator[Record]:
    """Jobs are only known from their applications."""
    return iter(())


def projector(company: Company, clock: int, emit: Emit) -> Callable[[Story], None]:
    def project(story: Story) -> None:
        for application in story.applications:
            if not application.is_prospect and application.applied_at <= clock:
                emit(_record(company, application, clock))

    return project


def account(company: Company, rng: Random) -> Account:
    """Nothing asks for a secret; the folder is all there is."""
    name = company.ats_account
    return Account(name, company.ats, company.company_id, None, "", (), None, None)


def credentials(account: Account, url: str) -> Json:
    return {"conn_type": "generic"}


def _record(company: Company, application: Application, clock: int) -> Record:
    changed = last_change(application, clock)
    times = (iso_ms(application.applied_at), iso_ms(changed), iso_ms(changed))
    body = orjson.dumps(_row(application, clock))
    number = application.application_id
    return (company.ats_account, company.ats, "applications", number, None, *times, "", body)


def _row(application: Application, clock: int) -> Json:
    visible = [event for event in application.events if event.at <= clock]
    end = ended(visible)
    stages = {event.stage.name: event.at for event in reversed(visible) if event.stage}
    sent = [offer.sent_at for offer in application.offers if offer.sent_at <= clock]
    job, person = application.job, application.candidate.person
    source = application.source
    status = _status(end)
    return {
        "application": application.application_id,
        "candidate": application.candidate.candidate_id,
        "family": person.family,
        "given": person.given,
        "email": shown_email(application.candidate, clock),
        "phone": application.candidate.phone,
        "job": job.job_id,
        "job_name": job.name,
        "department": job.department,
        "office": job.offices[0] if job.offices else None,
        "label": job.label,
        "channel": None if source is None else catalog.SOURCES[source][0],
        "applied_at": application.applied_at,
        "status": status,
        "reason": end.reason.name if end and end.reason else None,
        "decided_at": end.at if end else None,
        "rejected_at": end.at if end and status not in (HIRED, "辞退") else None,
        "withdrawn_at": end.at if end and status == "辞退" else None,
        "offered_at": min(sent, default=None),
        "hired_at": end.at if end and status == HIRED else None,
        "stage": next((e.stage.name for e in reversed(visible) if e.stage), None),
        "stages": dict(reversed(stages.items())),
    }


def _status(end: Event | None) -> str:
    if end is None:
        return OPEN
    if end.kind == "offer_accepted":
        return HIRED
    return ENDS[end.reason.type_key if end.reason else catalog.NONE_SPECIFIED]
