"""Stories as HERP Hire shows them at a clock: one candidacy per application, the person in it.

Prospects are nobody's candidacies. The steps are the vendor's own, the same for every requisition,
so a company's stages stand for the nearest of them. A candidacy's step stays where it was when it
ends; `updatedAt` is the time of the latest visible event that touches it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from hashlib import blake2b
from random import Random
from typing import Any
from uuid import UUID

import orjson

from sandbox import world_catalog as catalog
from sandbox.herp import Herp
from sandbox.store import Account, Record
from sandbox.world_ats import Ats, Emit
from sandbox.world_company import Company, User
from sandbox.world_story import Application, Candidate, Event, Story
from sandbox.world_time import START, iso_ms

Json = dict[str, Any]
JAPAN = timezone(timedelta(hours=9))
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SET_UP = START - 300 * 86_400  # when the account was configured

STEPS = {
    "書類選考": "resumeScreening",
    "一次面接": "firstInterview",
    "店舗面接": "firstInterview",
    "二次面接": "secondInterview",
    "最終面接": "finalInterview",
    "オファー": "offered",
}
REASONS = {
    catalog.WE: "rejected",
    catalog.THEY: "refusedByCandidate",
    catalog.SECURITY: "notEligible",
}
MEDIA = ("求人ボックス", "LinkedIn", "ダイレクトスカウト")
CHANNEL_TYPES = {
    "自社採用サイト": "careerPage",
    "エージェント紹介": "agent",
    "社員紹介": "referral",
    "合同説明会": "event",
}


def vendor_id(number: int) -> str:
    """The UUID that a record of that number has."""
    return str(UUID(bytes=blake2b(f"herp:{number}".encode(), digest_size=16).digest(), version=4))


def user_id(number: int) -> str:
    """A user's id, which is short: U- and five letters or digits."""
    return "U-" + "".join(DIGITS[number // 36**place % 36] for place in range(4, -1, -1))


def japan(time: int) -> str:
    """A time as HERP writes it."""
    return datetime.fromtimestamp(time, UTC).astimezone(JAPAN).isoformat()


def optional_japan(time: int | None) -> str | None:
    return None if time is None else japan(time)


def _record(
    company: Company, stream: str, number: int, key: str, times: tuple[int, int, int], body: Json
) -> Record:
    """``times``: when it began, its last change, and what else the list sorts by."""
    began, changed, sorted_by = map(iso_ms, times)
    return (
        company.ats_account,
        "herp",
        stream,
        number,
        key,
        began,
        changed,
        sorted_by,
        "",
        orjson.dumps(body),
    )


def _projector(company: Company, clock: int, emit: Emit) -> Callable[[Story], None]:
    def project(story: Story) -> None:
        for application in story.applications:
            if not application.is_prospect and application.applied_at <= clock:
                emit(_candidacy(company, application, clock))

    return project


def _candidacy(company: Company, application: Application, clock: int) -> Record:
    candidate = application.candidate
    visible = [event for event in application.events if event.at <= clock]
    moved = [event for event in visible if event.kind in ("stage_entered", "offer_accepted")]
    end = ended(visible)
    changed = last_change(application, clock)
    memo = any(note.content == "memo" and note.at <= clock for note in application.notes)
    body: Json = {
        "id": vendor_id(application.application_id),
        "name": f"{candidate.person.family} {candidate.person.given}",
        "status": "terminated" if end else "active",
        "requisitionId": vendor_id(application.job.job_id),
        "appliedAt": japan(application.applied_at),
        "step": _step(moved[-1]),
        "stepUpdatedAt": japan(moved[-1].at),
        "email": shown_email(candidate, clock),
        "telephoneNumber": candidate.phone,
        "age": None,
        "company": None,
        "channel": _channel(application.source),
        "education": None,
        "career": "前職では同様の業務を担当。",
        "note": "応対が丁寧。希望条件を確認済み。" if memo else "",
        "tags": [],
        "terminationReason": _reason(end),
        "terminatedAt": optional_japan(end.at if end else None),
        "operators": [user_id(application.job.recruiter_id)],
        "updatedAt": japan(changed),
    }
    times = (application.applied_at, changed, moved[-1].at)
    return _record(company, "candidacies", application.application_id, body["id"], times, body)


def last_change(application: Application, clock: int) -> int:
    """The latest visible thing that happened to an application or its person."""
    times = [application.applied_at, application.converted_at, application.candidate.corrected_at]
    times += [event.at for event in application.events]
    times += [note.at for note in application.notes]
    return max(time for time in times if time is not None and time <= clock)


def _step(event: Event) -> str:
    return STEPS[event.stage.name] if event.stage else "offerAccepted"


def shown_email(candidate: Candidate, clock: int) -> str:
    """The address that the record has, which may be corrected one day."""
    corrected = candidate.corrected_at is None or candidate.corrected_at <= clock
    return candidate.email if corrected else candidate.first_email or candidate.email


def ended(visible: list[Event]) -> Event | None:
    """What ended the candidacy, if it has ended and was not taken up again."""
    end = None
    for event in visible:
        if event.kind in ("rejected", "offer_accepted"):
            end = event
        elif event.kind == "unrejected":
            end = None
    return end


def _reason(end: Event | None) -> str | None:
    if end is None:
        return None
    if end.kind == "offer_accepted":
        return "hired"
    return REASONS.get(end.reason.type_key) if end.reason else None


def _channel(source: int | None) -> Json | None:
    """Where somebody came from; a referral's description names who it was."""
    if source is None:
        return None
    name = catalog.SOURCES[source][0]
    if name in MEDIA:
        return {"type": "media", "mediaName": name, "isScout": name == MEDIA[-1]}
    said = "人事部 高野 恵より紹介" if name == "社員紹介" else ""
    return {"type": CHANNEL_TYPES[name], "kind": name, "description": said}


def _records(company: Company, clock: int) -> Iterator[Record]:
    """Requisitions and users at a clock."""
    for job in company.jobs:
        if job.opened_at > clock:
            continue
        closed_at = job.closed_at if job.closed_at and job.closed_at <= clock else None
        changed = closed_at or job.opened_at
        key = vendor_id(job.job_id)
        body: Json = {
            "id": key,
            "title": job.name,
            "status": "active" if closed_at is None else "archived",
            "careerPageStatus": "published" if closed_at is None else "private",
            "department": job.department,
            "employmentType": job.label,
            "createdAt": japan(job.opened_at),
            "updatedAt": japan(changed),
        }
        times = (job.opened_at, changed, changed)
        yield _record(company, "requisitions", job.job_id, key, times, body)
    for user in company.users:
        if not user.is_service:
            yield _user(company, user, clock)


def _user(company: Company, user: User, clock: int) -> Record:
    left = user.deactivated_at is not None and user.deactivated_at <= clock
    key = user_id(user.user_id)
    body = {
        "id": key,
        "name": f"{user.family} {user.given}",
        "email": f"staff{user.user_id % 1000:03d}@{company.company_id}.example",
        "role": "admin" if user.is_admin else "member",
        "status": "inactive" if left else "active",
    }
    return _record(company, "users", user.user_id, key, (SET_UP, SET_UP, SET_UP), body)


def _account(company: Company, rng: Random) -> Account:
    secret = f"{rng.getrandbits(160):040x}"
    return Account(company.ats_account, "herp", company.company_id, None, secret, (), None, None)


def _credentials(account: Account, url: str) -> Json:
    return {"conn_type": "http", "host": f"{url}/herp", "password": account.secret}


ATS = Ats(
    name="herp",
    simulator=Herp,
    vendor_id=vendor_id,
    records=_records,
    projector=_projector,
    account=_account,
    options=lambda number: {"base_path": '"/hire/v1"'},
    credentials=_credentials,
)
