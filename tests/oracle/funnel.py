"""``fct_relay_funnel``: how far every rejected application came, and why it stopped."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.oracle.applications import Selection, selections
from tests.oracle.clock import jst_date, month_of, optional_date
from tests.oracle.dimensions import employment_type
from tests.oracle.forms import silent
from tests.oracle.mails import Outcome, outcomes
from tests.oracle.once import once
from tests.oracle.openings import Opening, openings, registered
from tests.oracle.people import person_of_candidates
from tests.oracle.registrations import DUPLICATE_PERSON, Registration
from tests.oracle.rows import Row
from tests.oracle.truth import Job, Truth

MAIL_BEFORE_REJECTION = timedelta(hours=24)


@dataclass
class Way:
    """What is known of one rejected application's way through the programme."""

    selection: Selection
    rejected_at: datetime
    person_id: str
    job: Job | None
    is_duplicate: bool = False
    is_silent: bool = False  # nobody tells who opened the form
    mails: list[tuple[datetime, Outcome]] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)
    registrations: list[Registration] = field(default_factory=list)

    @property
    def own_mails(self) -> list[tuple[datetime, Outcome]]:
        """Its mails from a day before the rejection on, with what became of them."""
        earliest = self.rejected_at - MAIL_BEFORE_REJECTION
        return [mail for mail in self.mails if mail[0] >= earliest]

    @property
    def mailed_at(self) -> datetime | None:
        """The first of them."""
        return min((at for at, _ in self.own_mails), default=None)

    @property
    def mail_state(self) -> str:
        """How far the mail that got furthest got."""
        states = {outcome.state for _, outcome in self.own_mails}
        return next((s for s in ("delivered", "sent", "bounced") if s in states), "unknown")

    def first(self, name: str) -> datetime | None:
        """The earliest time of that name among the outcomes of its mails."""
        times = (getattr(outcome, name) for _, outcome in self.own_mails)
        return min((at for at in times if at is not None), default=None)

    @property
    def opened_at(self) -> datetime | None:
        """The first opening, by whomever."""
        return min((opening.at for opening in self.openings if opening.is_dated), default=None)

    @property
    def human_opened_at(self) -> datetime | None:
        """The first opening by a person."""
        return min((o.at for o in self.openings if o.is_dated and o.is_human), default=None)

    @property
    def open_state(self) -> str:
        """Who opened the form, as far as anybody tells; who registered by it did."""
        if self.human_opened_at is not None or self.registration is not None:
            return "human"
        if self.is_silent:
            return "unknown"
        return "probable_bot" if self.openings else "not_opened"

    @property
    def registration(self) -> Registration | None:
        """The earliest registration with consent, else the earliest."""
        return min(
            self.registrations,
            key=lambda r: (not r.has_consent, r.submitted_at, r.registration_id.encode()),
            default=None,
        )

    @property
    def counted_at(self) -> datetime | None:
        """When a registration first earned the point."""
        counted = (r.counted_at for r in self.registrations if r.is_counted and r.counted_at)
        return min(counted, default=None)

    @property
    def steps(self) -> tuple[datetime | None, ...]:
        """The own time of each step, from rejected to counted."""
        shown = self.registration
        return (
            self.rejected_at,
            self.mailed_at,
            self.human_opened_at,
            shown.submitted_at if shown else None,
            self.counted_at,
        )

    @property
    def stopped_because(self) -> str | None:
        """The first reason that applies for not having been counted."""
        shown = self.registration
        if self.counted_at is not None:
            return None
        if shown is not None and shown.has_consent:
            is_refused = any(r.refused_because == DUPLICATE_PERSON for r in self.registrations)
            return "duplicate_person" if self.is_duplicate or is_refused else "not_eligible"
        if shown is not None:
            return "consent_refused"
        if self.human_opened_at is not None:
            return "form_abandoned"
        if self.mail_state == "bounced":
            return "mail_bounced"
        if self.mailed_at is None:
            return "mail_not_recorded"
        return "opening_not_recorded" if self.is_silent else "form_not_opened"


@once
def ways(truth: Truth) -> list[Way]:
    """The way of every application that stands rejected."""
    states = selections(truth)
    forms = registered(truth)
    people = person_of_candidates(truth)
    jobs = {(job.company_id, job.job_id): job for job in truth.jobs}
    quiet = silent(truth)
    counted_people = {r.person_id for r in forms if r.is_counted}
    found = {}
    for application_id, selection in states.items():
        if selection.rejected_at is not None:
            application = selection.application
            person_id = people[application.candidate_id]
            job = jobs.get((application.company_id, application.job_id or 0))
            found[application_id] = Way(
                selection,
                selection.rejected_at,
                person_id,
                job,
                person_id in counted_people,
                application.company_id in quiet,
            )
    became = outcomes(truth)
    for event in truth.events:
        if event.kind == "mail_sent" and event.token and event.application_id in found:
            way = found[event.application_id]
            link = way.selection.application.company_id, event.token
            way.mails.append((event.at, became.get(link, Outcome())))
    for opening in openings(truth):
        if opening.application_id in found:
            found[opening.application_id].openings.append(opening)
    for registration in forms:
        if registration.application_id in found:
            found[registration.application_id].registrations.append(registration)
    return list(found.values())


@once
def rows(truth: Truth) -> list[Row]:
    """The expected rows of ``fct_relay_funnel``."""
    return [_row(way) for way in ways(truth)]


def _row(way: Way) -> Row:
    application, shown = way.selection.application, way.registration
    rejected_date = jst_date(way.rejected_at)
    _, mailed_at, human_opened_at, registered_at, counted_at = way.steps
    return {
        "application_id": application.key,
        "company_id": application.company_id,
        "connection": application.connection,
        "person_id": way.person_id,
        "job_id": way.job.key if way.job else None,
        "department_name": way.job.department if way.job else None,
        "employment_type": employment_type(way.job.employment_type) if way.job else None,
        "channel": application.channel,
        "stage_reached": way.selection.stage_reached,
        "stage_reached_order": way.selection.stage_reached_order,
        "rejection_reason": way.selection.rejection_reason,
        "cohort_month": month_of(rejected_date),
        "rejected_at": way.rejected_at,
        "rejected_date": rejected_date,
        "mail_state": way.mail_state,
        "mailed_at": mailed_at,
        "delivered_at": way.first("delivered_at"),
        "bounced_at": way.first("bounced_at"),
        "clicked_at": way.first("clicked_at"),
        "human_clicked_at": way.first("human_clicked_at"),
        "opened_at": way.opened_at,
        "human_opened_at": human_opened_at,
        "open_state": way.open_state,
        "registered_at": registered_at,
        "registration_id": shown.registration_id if shown else None,
        "match_method": shown.method if shown else None,
        "has_consent": shown.has_consent if shown else None,
        "counted_at": counted_at,
        "counted_date": optional_date(counted_at),
        "stopped_because": way.stopped_because,
    }
