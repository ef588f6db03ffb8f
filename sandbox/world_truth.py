"""Stories as rows of ``truth.db``: everything that happens, whatever the clock says."""

from __future__ import annotations

import json
from collections import Counter, defaultdict

from sandbox import world_catalog as catalog
from sandbox import world_mail
from sandbox.ats import ATS
from sandbox.world_clicks import truth_rows
from sandbox.world_company import Company
from sandbox.world_forms import likenesses
from sandbox.world_story import Application, Response, Story
from sandbox.world_time import T0, iso, optional_iso

Rows = dict[str, list[tuple]]


def canonical_id(company: Company, number: int) -> str:
    """The id that marts show for a record of the company's ATS."""
    return f"{company.ats_account}:{ATS[company.ats].vendor_id(number)}"


def company_rows(company: Company, group: str | None) -> Rows:
    """The company, with its group of companies, its jobs and their stages."""
    rows: Rows = defaultdict(list)
    rows["company"].append((company.company_id, company.name, group, company.ats))
    if company.mail:
        rows["mail_source"].append((company.company_id, company.mail))
    if company.form != "typeform":
        rows["form_source"].append((company.company_id, company.form))
    for job in company.jobs:
        employment = catalog.EMPLOYMENT_TYPES[job.label] if job.label else None
        rows["job"].append(
            (
                job.job_id,
                company.company_id,
                job.name,
                job.department,
                job.offices[0] if job.offices else None,
                employment,
                iso(job.opened_at),
                optional_iso(job.closed_at),
                canonical_id(company, job.job_id),
            )
        )
        rows["stage"] += [(s.stage_id, job.job_id, s.name, s.sort_order) for s in job.stages]
    return rows


def story_rows(company: Company, stories: list[Story]) -> Rows:
    """Persons, candidates, applications, events and responses of some stories."""
    rows: Rows = defaultdict(list)
    for story in stories:
        rows["person"] += [(person.person_id,) for person in story.persons]
        rows["candidate"] += [
            (
                c.candidate_id,
                company.company_id,
                c.person.person_id,
                iso(c.created_at),
                optional_iso(c.corrected_at),
                canonical_id(company, c.candidate_id),
            )
            for c in story.candidates
        ]
        for application in story.applications:
            _application(rows, company, application)
        rows["response"] += [_response(company, response) for response in story.responses]
        rows["form_session"] += truth_rows(story)
        rows["likeness"] += likenesses(story)
        rows["mail_event"] += world_mail.truth_rows(company, story)
    return rows


def _application(rows: Rows, company: Company, application: Application) -> None:
    source = application.source
    rows["application"].append(
        (
            application.application_id,
            company.company_id,
            application.candidate.candidate_id,
            None if application.is_prospect else application.job.job_id,
            None if source is None else catalog.SOURCES[source][0],
            iso(application.applied_at),
            int(application.is_prospect),
            application.case_name,
            canonical_id(company, application.application_id),
        )
    )
    rows["application_event"] += [
        (
            application.application_id,
            iso(event.at),
            event.kind,
            event.stage.stage_id if event.stage else None,
            event.reason.name if event.reason else None,
            event.reason.type_key if event.reason else None,
            event.token,
        )
        for event in application.events
    ]


def _response(company: Company, response: Response) -> tuple:
    matched = response.match_application
    return (
        response.response_id,
        company.company_id,
        response.person.person_id,
        response.token,
        iso(response.landed_at),
        optional_iso(response.partial_at),
        optional_iso(response.submitted_at),
        iso(response.visible_at),
        response.consent,
        response.consent_version,
        response.answers.get("wish_job_type"),
        response.answers.get("wish_location"),
        response.match_method,
        matched.application_id if matched else None,
        json.dumps(response.match_candidates),
        response.case_name,
        optional_iso(response.match_known_at),
    )


class Cases:
    """How often each kind of story occurs; and the applications in process at T0."""

    def __init__(self) -> None:
        self._complete: Counter[str] = Counter()
        self._total: Counter[str] = Counter()

    def add(self, stories: list[Story]) -> None:
        for story in stories:
            self._total[story.kind] += 1
            self._complete[story.kind] += story.last_at() <= T0
            in_process = sum(_in_process(application) for application in story.applications)
            self._total["in_process"] += in_process
            self._complete["in_process"] += in_process

    def more(self, found: Counter[str]) -> None:
        """Add cases that no story tells; when they are complete depends on the operator."""
        self._total.update(found)

    def rows(self) -> list[tuple]:
        return [(name, self._complete[name], n) for name, n in sorted(self._total.items())]


def _in_process(application: Application) -> bool:
    """Whether an application, no prospect, is under way at T0."""
    if application.is_prospect or application.applied_at > T0:
        return False
    is_hired = any(e.kind == "offer_accepted" and e.at <= T0 for e in application.events)
    return not is_hired and application.rejection_at(T0) is None
