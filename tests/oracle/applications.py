"""``fct_applications``: the state of every application at the clock."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from tests.oracle.clock import jst_date, optional_date
from tests.oracle.people import humans, person_of_candidates
from tests.oracle.rows import Row
from tests.oracle.truth import Application, Event, Truth
from tests.oracle.vendors import REJECTED, WITHDRAWN, Tells, tells


@dataclass(frozen=True)
class Selection:
    """One application with what its events have come to."""

    application: Application
    tells: Tells
    outcome: str
    ended_at: datetime | None
    rejection_reason: str | None
    rejection_reason_type: str | None
    stage_reached: str | None
    stage_reached_order: int | None
    hired_at: datetime | None

    @property
    def rejected_at(self) -> datetime | None:
        """When the company rejected; None for every other outcome."""
        return self.ended_at if self.outcome == REJECTED else None


def selections(truth: Truth) -> dict[int, Selection]:
    """Each application that is no prospect, by its id."""
    events: dict[int, list[Event]] = defaultdict(list)
    for event in truth.events:
        events[event.application_id].append(event)
    stages = {stage.stage_id: stage for stage in truth.stages}
    vendors = tells(truth)
    result = {}
    for application in truth.applications:
        if application.is_prospect:
            continue
        own, told = events[application.application_id], vendors[application.company_id]
        end = _last_rejection(own)
        hired_at = _hired_at(own)
        entered = [stages[e.stage_id] for e in own if e.kind == "stage_entered" and e.stage_id]
        furthest = max(entered, key=lambda stage: stage.sort_order, default=None)
        result[application.application_id] = Selection(
            application=application,
            tells=told,
            outcome=_outcome(own, end, hired_at, told),
            ended_at=end.at if end else None,
            rejection_reason=told.reason(end) if end else None,
            rejection_reason_type=told.reason_type(end) if end else None,
            stage_reached=furthest.name if furthest else None,
            stage_reached_order=furthest.sort_order if furthest else None,
            hired_at=hired_at,
        )
    return result


def _last_rejection(events: list[Event]) -> Event | None:
    """The rejection that stands: one that nothing has undone since."""
    standing = None
    for event in events:
        if event.kind == "rejected":
            standing = event
        elif event.kind in ("unrejected", "offer_accepted"):
            standing = None
    return standing


def _hired_at(events: list[Event]) -> datetime | None:
    accepted = [event.at for event in events if event.kind == "offer_accepted"]
    return accepted[-1] if accepted else None


def _outcome(events: list[Event], end: Event | None, hired_at: datetime | None, told: Tells) -> str:
    if end is None:
        return "in_process" if hired_at is None else "hired"
    outcome = told.outcome(end)
    offered = any(event.kind == "offer_sent" for event in events)
    return "offer_declined" if outcome == WITHDRAWN and offered else outcome


def rows(truth: Truth) -> list[Row]:
    """The expected rows of ``fct_applications``."""
    people = person_of_candidates(truth)
    groups = humans(truth).group_persons()
    jobs = {(job.company_id, job.job_id): job.key for job in truth.jobs}
    return [_row(selection, people, groups, jobs) for selection in selections(truth).values()]


def _row(
    selection: Selection,
    people: dict[int, str],
    groups: dict[str, str],
    jobs: dict[tuple[str, int], str],
) -> Row:
    application = selection.application
    connection, job_id = application.connection, application.job_id
    return {
        "application_id": application.key,
        "company_id": application.company_id,
        "connection": connection,
        "person_id": people[application.candidate_id],
        "group_person_id": groups[people[application.candidate_id]],
        "job_id": jobs.get((application.company_id, job_id or 0), f"{connection}:{job_id}"),
        "channel": application.channel,
        "applied_at": application.applied_at,
        "applied_date": jst_date(application.applied_at),
        "outcome": selection.outcome,
        "ended_at": selection.ended_at,
        "ended_date": optional_date(selection.ended_at),
        "rejection_reason": selection.rejection_reason,
        "rejection_reason_type": selection.rejection_reason_type,
        "stage_reached": selection.stage_reached,
        "stage_reached_order": selection.stage_reached_order,
        "hired_at": selection.hired_at,
        "stage_history": selection.tells.history,
    }
