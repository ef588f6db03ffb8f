"""Stories as Talentio shows them at a clock: a candidate for each application, its job in it.

A candidate's responsible employee is its job's recruiter, for one in seven somebody who leaves one
day, and whose candidates are hidden by default from then on. Prospects are in the pool, where no
selection is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import orjson

from sandbox import world_catalog as catalog
from sandbox.store import Account, Record
from sandbox.talentio import Talentio
from sandbox.world_ats import Ats, Emit
from sandbox.world_company import Company, Job
from sandbox.world_herp import ended, japan, last_change, optional_japan, shown_email
from sandbox.world_story import Application, Event, Story
from sandbox.world_time import DAY, END, iso_ms, tokyo_date

Json = dict[str, Any]
STATUSES = {catalog.THEY: "reject"}  # whoever withdrew; everybody else who was turned down: fail
TYPES = {"書類選考": "resume", "オファー": "offer"}
CHANNELS = {"エージェント紹介": "agent", "社員紹介": "referral", "自社採用サイト": "career"}


def _projector(company: Company, clock: int, emit: Emit) -> Callable[[Story], None]:
    left = {user.user_id for user in company.users if (user.deactivated_at or clock + 1) <= clock}

    def project(story: Story) -> None:
        for application in story.applications:
            if application.applied_at <= clock:
                emit(_candidate(company, application, clock, left))

    return project


def _candidate(company: Company, application: Application, clock: int, left: set[int]) -> Record:
    candidate = application.candidate
    visible = [event for event in application.events if event.at <= clock]
    end = ended(visible)
    changed = last_change(application, clock)
    body: Json = {
        "id": application.application_id,
        "firstName": candidate.person.given,
        "lastName": candidate.person.family,
        "email": shown_email(candidate, clock),
        "description": "応対が丁寧。希望条件を確認済み。",
        "url": f"https://talentio.example/c/{application.application_id}",
        "registeredAt": japan(application.applied_at),
        "fixedAt": optional_japan(end.at if end else None),
        "status": _status(application, end),
        "priority": 0,
        "channelType": None,
        "channelName": None,
        "stages": _stages(application, visible, end),
        "referrerEmployee": None,
        "agentCompany": None,
        "requisition": None if application.is_prospect else _brief(application.job, clock),
        "tags": [],
    }
    if application.source is not None:
        name = catalog.SOURCES[application.source][0]
        body |= {"channelType": CHANNELS.get(name, "media"), "channelName": name}
    hidden = "inactive" if _responsible(company, application) in left else ""
    times = (application.applied_at, changed)
    return _record(company, "candidates", application.application_id, times, hidden, body)


def _responsible(company: Company, application: Application) -> int:
    """The employee, which for some is the first of the staff to leave."""
    leaver = min(company.users, key=lambda user: (user.is_service, user.deactivated_at or END))
    return leaver.user_id if application.application_id % 7 == 0 else application.job.recruiter_id


def _status(application: Application, end: Event | None) -> str:
    if application.is_prospect:
        return "poolActive"
    if end is None:
        return "ongoing"
    if end.kind == "offer_accepted":
        return "pass"
    return STATUSES.get(end.reason.type_key if end.reason else "", "fail")


def _stages(application: Application, visible: list[Event], end: Event | None) -> list[Json]:
    """Every stage entered; the time of a plan is a text or an object, as clients have met both."""
    entered = [event for event in visible if event.kind == "stage_entered" and event.stage]
    found = []
    for number, event in enumerate(entered):
        stage = event.stage
        if stage is None:
            continue
        is_last = number + 1 == len(entered)
        until = end if is_last else entered[number + 1]
        day = tokyo_date(event.at + DAY)
        failed = is_last and end is not None and end.kind == "rejected"
        found.append(
            {
                "id": application.application_id * 16 + number,
                "type": TYPES.get(stage.name, "interview"),
                "step": stage.sort_order + 1,
                "status": "ongoing" if until is None else "fail" if failed else "pass",
                "scheduledAt": {"date": day} if number % 2 else f"{day}T10:00:00+09:00",
                "fixedAt": optional_japan(until.at if until else None),
                "evaluations": [{"finished": True, "items": [{"comment": "話し方がよい。"}]}],
            }
        )
    return found


def _brief(job: Job, clock: int) -> Json:
    return {"id": job.job_id, "name": job.name, "active": _is_open(job, clock)}


def _is_open(job: Job, clock: int) -> bool:
    return job.closed_at is None or job.closed_at > clock


def _records(company: Company, clock: int) -> Iterator[Record]:
    """Requisitions at a clock."""
    for job in company.jobs:
        if job.opened_at > clock:
            continue
        is_open = _is_open(job, clock)
        changed = job.opened_at if is_open or job.closed_at is None else job.closed_at
        body = {
            "id": job.job_id,
            "name": job.name,
            "status": "active" if is_open else "inactive",
            "createdAt": japan(job.opened_at),
            "updatedAt": japan(changed),
        }
        yield _record(company, "requisitions", job.job_id, (job.opened_at, changed), "", body)


def _record(
    company: Company, stream: str, number: int, times: tuple[int, int], flags: str, body: Json
) -> Record:
    began, changed = map(iso_ms, times)
    return (
        company.ats_account,
        "talentio",
        stream,
        number,
        None,
        began,
        changed,
        changed,
        flags,
        orjson.dumps(body),
    )


def _account(company: Company, rng: Random) -> Account:
    secret = f"{rng.getrandbits(160):040x}"
    return Account(
        company.ats_account, "talentio", company.company_id, None, secret, (), None, None
    )


def _credentials(account: Account, url: str) -> Json:
    return {"conn_type": "http", "host": f"{url}/talentio/api/v1", "password": account.secret}


ATS = Ats(
    name="talentio",
    simulator=Talentio,
    vendor_id=str,
    records=_records,
    projector=_projector,
    account=_account,
    options=lambda number: {},
    credentials=_credentials,
)
