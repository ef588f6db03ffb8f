"""``fct_relay_funnel``: how far each rejected application came, and why it stopped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.oracle.applications import REJECTED, Selection, selections
from tests.oracle.clock import jst_date, month_of, optional_date
from tests.oracle.dimensions import employment_type
from tests.oracle.openings import Opening, openings
from tests.oracle.people import person_of_candidates
from tests.oracle.registrations import Registration, counted, registrations
from tests.oracle.rows import Row
from tests.oracle.truth import Job, Truth

MAIL_LEAD = timedelta(days=1)  # a mail written up to a day before the rejection belongs to it


@dataclass(frozen=True)
class Counting:
    """The registrations that count, and whose they are."""

    registrations: Mapping[str, Registration]
    people: frozenset[str | None]

    @classmethod
    def of(cls, found: list[Registration]) -> Counting:
        """Looked up by id and by person."""
        return cls(
            {registration.registration_id: registration for registration in found},
            frozenset(registration.person_id for registration in found),
        )

    def first_of(self, attributed: list[Registration]) -> Registration | None:
        """The one of an application's registrations that was counted first."""
        mine = {registration.registration_id for registration in attributed}
        return next((r for key, r in self.registrations.items() if key in mine), None)


def rows(truth: Truth) -> list[Row]:
    """The expected rows of ``fct_relay_funnel``."""
    states = selections(truth)
    people = person_of_candidates(truth)
    found = registrations(truth, states)
    counting = Counting.of(counted(found))
    mails = mail_times(truth, states)
    opened: dict[int, list[Opening]] = defaultdict(list)
    for opening in openings(truth, found):
        if opening.application_id is not None:
            opened[opening.application_id].append(opening)
    jobs = {(job.company_id, job.job_id): job for job in truth.jobs}
    attributed: dict[int, list[Registration]] = defaultdict(list)
    for registration in found:
        if registration.application_id is not None:
            attributed[registration.application_id].append(registration)
    return [
        _row(
            selection,
            people[selection.application.candidate_id],
            mails.get(application_id),
            opened[application_id],
            attributed[application_id],
            counting,
            jobs.get((selection.application.company_id, selection.application.job_id or 0)),
        )
        for application_id, selection in states.items()
        if selection.outcome == REJECTED
    ]


def mail_times(truth: Truth, states: Mapping[int, Selection]) -> dict[int, datetime]:
    """The earliest mail of each rejected application that belongs to its present rejection."""
    mails: dict[int, datetime] = {}
    for event in truth.events:
        state = states.get(event.application_id)
        rejected_at = state.rejected_at if state else None
        if event.kind != "mail_sent" or event.token is None or rejected_at is None:
            continue
        if event.at >= rejected_at - MAIL_LEAD:
            mails[event.application_id] = min(event.at, mails.get(event.application_id, event.at))
    return mails


def _row(
    selection: Selection,
    person_id: str,
    mailed_at: datetime | None,
    opened: list[Opening],
    attributed: list[Registration],
    counting: Counting,
    job: Job | None,
) -> Row:
    application = selection.application
    rejected_at = selection.rejected_at
    if rejected_at is None:
        raise ValueError(f"{application.key} is rejected and has no time of rejection")
    shown = _shown(attributed)
    count = counting.first_of(attributed)
    counted_at = count.counted_at if count else None
    connection = f"{application.company_id}_greenhouse"
    opened_at = min((o.response.landed_at for o in opened), default=None)
    by_people = [o.response.landed_at for o in opened if o.bot_reason is None]
    human_opened_at = min(by_people, default=None)
    return {
        "application_id": application.key,
        "company_id": application.company_id,
        "connection": connection,
        "person_id": person_id,
        "job_id": f"{connection}:{application.job_id}",
        "department_name": job.department if job else None,
        "employment_type": employment_type(job.employment_type) if job else None,
        "channel": application.channel,
        "stage_reached": selection.stage_reached,
        "stage_reached_order": selection.stage_reached_order,
        "rejection_reason": selection.rejection_reason,
        "cohort_month": month_of(jst_date(rejected_at)),
        "rejected_at": rejected_at,
        "rejected_date": jst_date(rejected_at),
        "mail_state": "sent" if mailed_at else "unknown",
        "mailed_at": mailed_at,
        "opened_at": opened_at,
        "human_opened_at": human_opened_at,
        "open_state": "human" if by_people else "probable_bot" if opened else "not_opened",
        "registered_at": shown.submitted_at if shown else None,
        "registration_id": shown.registration_id if shown else None,
        "match_method": shown.method if shown else None,
        "has_consent": shown.has_consent if shown else None,
        "counted_at": counted_at,
        "counted_date": optional_date(counted_at),
        "stopped_because": None
        if count
        else _stopped_because(mailed_at, human_opened_at, attributed, counting),
    }


def _shown(attributed: list[Registration]) -> Registration | None:
    """The registration a funnel row shows: the earliest with consent, else the earliest."""
    with_consent = [r for r in attributed if r.has_consent]
    return min(with_consent or attributed, key=lambda r: r.order, default=None)


def _stopped_because(
    mailed_at: datetime | None,
    opened_at: datetime | None,
    attributed: list[Registration],
    counting: Counting,
) -> str:
    """Why an application is not counted; consent comes too late when its person counts already."""
    consented = [r.person_id for r in attributed if r.has_consent]
    if consented:
        counts_elsewhere = any(person in counting.people for person in consented)
        return "duplicate_person" if counts_elsewhere else "not_eligible"
    if attributed:
        return "consent_refused"
    if opened_at is not None:
        return "form_abandoned"
    return "form_not_opened" if mailed_at is not None else "mail_not_recorded"
