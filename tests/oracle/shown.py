"""A view as the companies' own systems show it: without what an ATS does not tell.

``vendors.ATS`` says what that is. Companies whose ATS tells everything are left as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from tests.oracle.forms import with_forms
from tests.oracle.truth import (
    Application,
    Candidate,
    Employee,
    Event,
    Job,
    Likeness,
    Response,
    Stage,
    Truth,
)
from tests.oracle.vendors import OFFER, Tells, mails_are_told, tells

Vendors = Mapping[str, Tells]
Holders = Mapping[int, Sequence[Application]]


def shown(view: Truth, runs: Sequence[datetime]) -> Truth:
    """``view`` without what no ATS and no form tells; ``runs``: the clocks at which it was read.

    Applies to a view at a clock, whose events stand in their order.
    """
    view, vendors = with_forms(view), tells(view)
    applications = [_application(a, vendors[a.company_id]) for a in view.applications]
    stages = {s.stage_id: s for s in _stages(view, vendors)}
    events = tuple(_events(view, vendors, stages, runs))
    return replace(
        view,
        jobs=tuple(_jobs(view, vendors)),
        stages=_plans(view, vendors, stages, events),
        candidates=tuple(_candidates(view, vendors)),
        applications=tuple(applications),
        events=events,
        responses=tuple(_responses(view, vendors)),
        employees=tuple(_employee(one, vendors[one.company_id]) for one in view.employees),
    )


def _jobs(view: Truth, vendors: Vendors) -> Iterable[Job]:
    """The jobs; where none are listed, those that somebody has applied for."""
    applied_for = {a.job_id for a in view.applications if not a.is_prospect}
    for job in view.jobs:
        told = vendors[job.company_id]
        if told.jobs == "listed" or job.job_id in applied_for:
            yield told.job(job)


def _application(application: Application, told: Tells) -> Application:
    application = replace(application, applied_at=told.time(application.applied_at))
    if told.persons == "apart":
        return application
    return replace(application, candidate_id=application.application_id)


def _candidates(view: Truth, vendors: Vendors) -> Iterable[Candidate]:
    """The records of persons; where applications hold them, each of these is one."""
    holders = _holders(view, vendors)
    for candidate in view.candidates:
        if not _is_recorded(candidate, vendors, holders):
            continue
        if vendors[candidate.company_id].persons == "apart":
            yield candidate
            continue
        for application in holders[candidate.candidate_id]:
            yield replace(
                candidate,
                candidate_id=application.application_id,
                created_at=application.applied_at,
                canonical_id=application.canonical_id,
            )


def _is_recorded(candidate: Candidate, vendors: Vendors, holders: Holders) -> bool:
    """Whether the ATS shows a candidate of the world, in whatever record."""
    told = vendors[candidate.company_id]
    is_listed = told.persons == "apart" and told.prospects == "have a record"
    return is_listed or bool(holders[candidate.candidate_id])


def _holders(view: Truth, vendors: Vendors) -> Holders:
    """The applications that show the person of a candidate of the world."""
    found: dict[int, list[Application]] = defaultdict(list)
    for application in view.applications:
        told = vendors[application.company_id]
        if not application.is_prospect or told.prospects == "have a record":
            found[application.candidate_id].append(application)
    return found


def _stages(view: Truth, vendors: Vendors) -> Iterable[Stage]:
    """The stages under the vendors' names and in their order."""
    companies = {job.job_id: job.company_id for job in view.jobs}
    for stage in view.stages:
        company_id = companies.get(stage.job_id)
        yield vendors[company_id].stage(stage) if company_id else stage


def _plans(
    view: Truth, vendors: Vendors, stages: Mapping[int, Stage], events: Iterable[Event]
) -> tuple[Stage, ...]:
    """The stages of jobs; where none are listed, those that applications were seen in."""
    listed = {job.job_id for job in view.jobs if vendors[job.company_id].plan == "listed"}
    seen = {event.stage_id for event in events}
    return tuple(s for s in stages.values() if s.job_id in listed or s.stage_id in seen)


def _events(
    view: Truth, vendors: Vendors, stages: Mapping[int, Stage], runs: Sequence[datetime]
) -> Iterable[Event]:
    """What is told of the applications' events."""
    companies = {a.application_id: a.company_id for a in view.applications}
    seen = _last_entries(view, vendors, runs)
    mailed = mails_are_told(view)
    for event in view.events:
        company_id = companies[event.application_id]
        told = vendors[company_id]
        if event.kind == "mail_sent":
            if mailed[company_id]:
                yield event
            continue
        if event.kind == "offer_sent" and not told.offers:
            continue
        stage = stages.get(event.stage_id or 0)
        if stage is not None and told.history == "snapshots" and event not in seen:
            continue
        event = replace(event, at=told.time(event.at))
        yield event
        if stage is not None and stage.name == OFFER and told.offering:
            yield replace(event, kind="offer_sent", stage_id=None)


def _last_entries(view: Truth, vendors: Vendors, runs: Sequence[datetime]) -> set[Event]:
    """The entries into the stages in which applications stood at any of some clocks.

    Only of the companies whose stages nobody but the runs can see pass.
    """
    watched = {
        a.application_id for a in view.applications if vendors[a.company_id].history == "snapshots"
    }
    entries = [e for e in view.events if e.stage_id is not None and e.application_id in watched]
    found: set[Event] = set()
    for clock in runs:
        last = {entry.application_id: entry for entry in entries if entry.at <= clock}
        found.update(last.values())
    return found


def _responses(view: Truth, vendors: Vendors) -> Iterable[Response]:
    """The registrations, matched by what the ATS has of people where no token is known."""
    holders = _holders(view, vendors)
    likenesses: dict[str, list[Likeness]] = defaultdict(list)
    recorded = {c.candidate_id for c in view.candidates if _is_recorded(c, vendors, holders)}
    for likeness in view.likenesses:
        if likeness.candidate_id not in recorded:
            continue
        if likeness.email_from is not None and likeness.email_from > view.as_of:
            likeness = replace(likeness, email_from=None)
        likenesses[likeness.response_id].append(likeness)
    mailed = mails_are_told(view)
    for response in view.responses:
        told = vendors[response.company_id]
        has_token = response.match_method == "token" and mailed[response.company_id]
        is_untied = response.is_tie_lost or not (has_token or told.mails)
        if is_untied and response.submitted_at is not None:
            response = _matched(response, likenesses[response.response_id], told)
        if told.persons == "in the application":
            ids = [a.application_id for c in response.match_candidate_ids for a in holders[c]]
            response = replace(response, match_candidate_ids=tuple(ids))
        yield response


def _employee(employee: Employee, told: Tells) -> Employee:
    """Nobody is recognised by a phone that the ATS does not have."""
    if employee.by_phone and not told.phones:
        return replace(employee, is_recognisable=False)
    return employee


def _matched(response: Response, likenesses: Iterable[Likeness], told: Tells) -> Response:
    """Matched by e-mail with a name or phone, else by phone with a name; by nothing else."""
    by_email, by_phone = set(), set()
    for likeness in likenesses:
        has_phone = likeness.has_phone and told.phones
        if likeness.email_from is not None and (likeness.has_name or has_phone):
            by_email.add(likeness.candidate_id)
        if has_phone and likeness.has_name:
            by_phone.add(likeness.candidate_id)
    return replace(
        response,
        match_method="email" if by_email else "phone" if by_phone else None,
        match_application_id=None,
        match_candidate_ids=tuple(sorted(by_email | by_phone)),
    )
