"""What each ATS tells of a selection: one entry of ``ATS`` per source.

The rules, not the queries: what an employer reads in its own system. Whatever an entry does not
say is told as it happened, as Greenhouse does. ``shown`` takes from a view what is not told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from tests.oracle.clock import jst_date, jst_midnight
from tests.oracle.truth import Event, Job, Stage, Truth

REJECTED = "rejected_by_company"
WITHDRAWN = "withdrawn_by_candidate"
NOT_ELIGIBLE = "not_eligible"
UNKNOWN = "unknown"

WE, THEY, SECURITY = "WE_REJECTED_THEM", "THEY_REJECTED_US", "SECURITY_CONCERN"
OFFER = "オファー"

Reason = Callable[[Event], str | None]
Kept = Literal["apart", "in the application"]
Prospects = Literal["have a record", "have none"]
Plan = Literal["listed", "seen"]
Jobs = Literal["listed", "of applications"]


def _nothing(end: Event) -> None:
    return None


@dataclass(frozen=True)
class Tells:
    """What one ATS tells.

    mails          whether it logs the rejection mails that it sends, and so the token of each link;
                   of those sent otherwise a provider tells, or the company's own log
    phones         whether its persons have phone numbers
    persons        whether persons have records apart from their applications
    prospects      whether who has not applied yet has a record of a person
    outcomes       what the end of an application comes to, by the world's type of its reason;
                   ``otherwise`` for any other type, and for an end without a reason
    reason         the reason in words that it shows
    reason_type    the type of the reason that it shows
    stage          a stage of the world as a stage of its own
    plan           whether it lists a job's stages, or they are those that applications were in
    history        whether it lists the stages that an application was in, or runs have to see them
    offers         whether it tells of offers
    offering       whether to be in the stage of offers is to have been made one
    jobs           whether it lists its jobs, or they are what applications say of them, so that
                   nothing tells which of them are open
    lacks          fields of a job that it does not have
    closings       whether it tells when a job was closed
    times          whether it tells when something happened, or the day only, which is its beginning
    """

    mails: bool = False
    phones: bool = True
    persons: Kept = "apart"
    prospects: Prospects = "have a record"
    outcomes: Mapping[str, str] = field(
        default_factory=lambda: {WE: REJECTED, THEY: WITHDRAWN, SECURITY: NOT_ELIGIBLE}
    )
    otherwise: str = UNKNOWN
    reason: Reason = lambda end: end.reason
    reason_type: Reason = lambda end: end.reason_type
    stage: Callable[[Stage], Stage] = lambda stage: stage
    plan: Plan = "listed"
    history: Literal["vendor", "snapshots"] = "vendor"
    offers: bool = True
    offering: bool = False
    jobs: Jobs = "listed"
    lacks: frozenset[Literal["department", "office", "employment_type"]] = frozenset()
    closings: bool = True
    times: Literal["exact", "days"] = "exact"

    def outcome(self, end: Event) -> str:
        """What an application has come to that ended so."""
        return self.outcomes.get(end.reason_type or "", self.otherwise)

    def job(self, job: Job) -> Job:
        """The job without what the ATS does not have of it."""
        return replace(
            job,
            department=None if "department" in self.lacks else job.department,
            office=None if "office" in self.lacks else job.office,
            employment_type=None if "employment_type" in self.lacks else job.employment_type,
            is_closing_dated=self.closings,
            is_state_told=self.jobs == "listed",
        )

    def time(self, at: datetime) -> datetime:
        """When something happened, as far as it is told."""
        return at if self.times == "exact" else jst_midnight(jst_date(at))


def _typed(types: Mapping[str, str], otherwise: str | None, unexplained: str | None) -> Reason:
    """The vendor's types of reasons; ``unexplained``: of an end without any."""
    return lambda end: (
        types.get(end.reason_type, otherwise) if end.reason_type is not None else unexplained
    )


LEVER_PIPELINE = ("書類選考", "店舗面接", "一次面接", "二次面接", "最終面接", OFFER)
LEVER_OWN = 2  # New lead and New applicant come first


def _lever_stage(stage: Stage) -> Stage:
    """One pipeline for all jobs."""
    return replace(stage, sort_order=LEVER_OWN + LEVER_PIPELINE.index(stage.name))


HERP_STEPS = {
    "書類選考": ("書類選考", 2),
    "一次面接": ("一次面接", 3),
    "店舗面接": ("一次面接", 3),
    "二次面接": ("二次面接", 4),
    "最終面接": ("最終面接", 6),
    OFFER: (OFFER, 7),
}


def _herp_stage(stage: Stage) -> Stage:
    """The step of HERP's own that a company uses for it."""
    name, order = HERP_STEPS.get(stage.name, (stage.name, stage.sort_order))
    return replace(stage, name=name, sort_order=order)


def _talentio_stage(stage: Stage) -> Stage:
    """Interviews are told apart by their place only, which counts from 1."""
    is_named = stage.name in ("書類選考", OFFER)
    return replace(stage, name=stage.name if is_named else f"面接{stage.sort_order + 1}")


EXPORT = Tells(
    prospects="have none",
    reason_type=_nothing,
    stage=lambda stage: replace(stage, sort_order=4) if stage.name == OFFER else stage,
    plan="seen",
    jobs="of applications",
    times="days",
)
"""A file that somebody exports: a row an application, with the days of what happened to it.

The shipped mappings have a column for the day of an offer, so no stage of theirs stands for one."""

ATS: dict[str, Tells] = {
    "greenhouse": Tells(mails=True),
    "lever": Tells(reason_type=lambda end: end.reason, stage=_lever_stage, plan="seen"),
    "ashby": Tells(
        outcomes={WE: REJECTED, THEY: WITHDRAWN},
        reason_type=_typed({WE: "RejectedByOrg", THEY: "RejectedByCandidate"}, "Other", None),
    ),
    "workable": Tells(
        persons="in the application",
        outcomes={THEY: WITHDRAWN},
        otherwise=REJECTED,
        reason_type=_typed({THEY: "withdrew"}, "rejected", "rejected"),
        closings=False,
    ),
    "herp": Tells(
        persons="in the application",
        prospects="have none",
        reason=_nothing,
        reason_type=_typed(
            {WE: "rejected", THEY: "refusedByCandidate", SECURITY: "notEligible"}, None, None
        ),
        stage=_herp_stage,
        plan="seen",
        history="snapshots",
        offers=False,
        offering=True,
        lacks=frozenset({"office"}),
    ),
    "talentio": Tells(
        phones=False,
        persons="in the application",
        outcomes={THEY: WITHDRAWN},
        otherwise=REJECTED,
        reason=_nothing,
        reason_type=_nothing,
        stage=_talentio_stage,
        plan="seen",
        offers=False,
        offering=True,
        lacks=frozenset({"department", "office", "employment_type"}),
    ),
    "hrmos": EXPORT,
    "jobcan": replace(EXPORT, history="snapshots"),
}


def mails_are_told(truth: Truth) -> dict[str, bool]:
    """Whether anything tells of a company's mails: a provider or a log, else the ATS."""
    otherwise = {source.company_id for source in truth.mail_sources}
    return {
        company.company_id: company.company_id in otherwise or ATS[company.ats].mails
        for company in truth.companies
    }


def tells(truth: Truth) -> dict[str, Tells]:
    """What each company's ATS tells, by company."""
    return {company.company_id: ATS[company.ats] for company in truth.companies}
