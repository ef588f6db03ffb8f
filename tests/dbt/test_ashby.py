"""Ashby by hand: what an end means, stages of the system's own, leads, offers, hires."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.dbt.project import Project
from tests.dbt.raw import Raw

BUILT_SOURCES = ("ashby",)
AS_OF = "2025-09-15T00:00:00Z"
CONNECTION = "aozora_ashby"
BUILD = ["build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"]
MODELS = ["+int_applications_decided", "+int_jobs_unioned", "+int_job_stages_unioned"]
ENDED_AT = "2025-06-10T03:00:00.000Z"
OFFERED_AT = "2025-06-05T03:00:00.000Z"
ENDS = {
    ("Active", None): "in_process",
    ("Hired", None): "hired",
    ("Archived", "RejectedByOrg"): "rejected_by_company",
    ("Archived", "RejectedByCandidate"): "withdrawn_by_candidate",
    ("Archived", "Other"): "unknown",
    ("Archived", None): "unknown",
}
STAGES = (
    ("lead", "New Lead", "Lead"),
    ("screen", "書類選考", "PreInterviewScreen"),
    ("interview", "面接", "Active"),
    ("offer", "オファー", "Offer"),
    ("hired", "Hired", "Hired"),
    ("archived", "Archived", "Archived"),
)
SENT = {"WaitingOnCandidateResponse": True, "WaitingOnApprovalStart": False}


def _land(raw: Raw, stream: str, record_id: str, **fields: Any) -> None:
    raw.land("ashby", stream, CONNECTION, record_id, {"id": record_id, **fields})


def _application(raw: Raw, name: str, *stages: str, **fields: Any) -> None:
    """An application that went through stages, each in its own month."""
    given = {"status": "Active", "candidateId": f"of {name}", "jobId": "job", **fields}
    given |= {"createdAt": "2025-01-31T15:30:00.000Z", "archivedAt": ENDED_AT}
    _land(raw, "candidates", f"of {name}", createdAt="2025-01-31T15:30:00.000Z")
    _land(raw, "applications", name, **given)
    for month, stage in enumerate(stages, start=2):
        _land(
            raw, "stage_histories", f"{name} {month}", parent_id=name, stageId=stage,
            enteredStageAt=f"2025-{month:02}-01T00:00:00.000Z",
        )  # fmt: skip


def _offer(raw: Raw, application: str, acceptance: str, status: str) -> None:
    _land(
        raw, "offers", f"of {application}", applicationId=application, acceptanceStatus=acceptance,
        offerStatus=status, decidedAt=OFFERED_AT,
    )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def built(project: Project, raw: Raw) -> None:
    raw.company("aozora")
    raw.connection.execute(
        "insert into landing.connections values (%s, 'aozora', 'ashby')", [CONNECTION]
    )
    for plan in ("plan", "other plan"):
        for order, (stage, title, kind) in enumerate(STAGES):
            own = stage if plan == "plan" else f"other {stage}"
            _land(raw, "interview_stages", own, interviewPlanId=plan, title=title, type=kind,
                  orderInInterviewPlan=order)  # fmt: skip
    _land(raw, "jobs", "job", title="営業", status="Open", defaultInterviewPlanId="plan",
          employmentType="FullTime", openedAt="2025-01-01T00:00:00.000Z")  # fmt: skip
    _land(raw, "archive_reasons", "reason", text="経験不足", reasonType="RejectedByOrg")
    for end, said in ENDS:
        _application(raw, f"{end} {said}", "screen", status=end, archiveReasonType=said,
                     archiveReasonId="reason" if said else None)  # fmt: skip
    _application(raw, "lead", "lead", status="Lead", jobId=None)
    _application(raw, "archived", "screen", "interview", "archived")
    _application(raw, "back", "interview", "screen")
    withdrawn = {"status": "Archived", "archiveReasonType": "RejectedByCandidate"}
    for status in SENT:
        _application(raw, status, "screen", **withdrawn)
        _offer(raw, status, "Pending", status)
    _application(raw, "accepted", "screen", "hired", status="Hired")
    _offer(raw, "accepted", "Accepted", "CandidateAccepted")
    _application(raw, "no offer", "screen", "hired", status="Hired")
    raw.check(AS_OF)
    project.run(*BUILD, "--select", *MODELS)


@pytest.fixture(scope="module")
def applications(raw: Raw) -> Mapping[str, dict[str, Any]]:
    names = "outcome, hired_at, rejection_reason, stage_reached, stage_reached_order, stage_history"
    found = raw.rows(
        f"select source_application_id, {names} from intermediate.int_applications_decided"
    )
    return {row[0]: dict(zip(names.split(", "), row[1:], strict=True)) for row in found}


@pytest.mark.parametrize(("status", "kind"), ENDS)
def test_an_end_is_what_the_type_of_its_reason_says(
    applications: Mapping[str, dict[str, Any]], status: str, kind: str | None
) -> None:
    """Archived are also those who withdrew, and those of whom nothing is said."""
    row = applications[f"{status} {kind}"]
    assert row["outcome"] == ENDS[status, kind]
    assert row["rejection_reason"] == ("経験不足" if kind else None)


def test_a_lead_is_no_application(applications: Mapping[str, dict[str, Any]]) -> None:
    assert "lead" not in applications


def test_a_stage_of_the_system_is_none_that_was_reached(
    applications: Mapping[str, dict[str, Any]],
) -> None:
    """Archiving and hiring are entries of the history like any other."""
    row = applications["archived"]
    assert (row["stage_reached"], row["stage_reached_order"]) == ("面接", 1)
    assert applications["accepted"]["stage_reached"] == "書類選考"
    assert {row["stage_history"] for row in applications.values()} == {"vendor"}


def test_the_furthest_stage_is_the_one_reached(applications: Mapping[str, dict[str, Any]]) -> None:
    assert applications["back"]["stage_reached"] == "面接"


def test_a_job_has_the_stages_of_its_plan_that_count(raw: Raw) -> None:
    found = raw.rows(
        "select stage_name, stage_order from intermediate.int_job_stages_unioned order by 2"
    )
    assert found == [("書類選考", 0), ("面接", 1), ("オファー", 2)]


@pytest.mark.parametrize("status", SENT)
def test_who_withdraws_declines_an_offer_that_was_sent(
    applications: Mapping[str, dict[str, Any]], status: str
) -> None:
    """An offer that waits for approval is none that the candidate knows of."""
    declined = "offer_declined" if SENT[status] else "withdrawn_by_candidate"
    assert applications[status]["outcome"] == declined


def test_a_hire_is_dated_by_the_accepted_offer_or_else_by_its_stage(
    applications: Mapping[str, dict[str, Any]],
) -> None:
    days = {name: str(applications[name]["hired_at"])[:10] for name in ("accepted", "no offer")}
    assert days == {"accepted": "2025-06-05", "no offer": "2025-03-01"}


def test_what_the_types_of_employment_are(raw: Raw) -> None:
    found = raw.rows("select job_status, employment_type from intermediate.int_jobs_unioned")
    assert found == [("open", "permanent")]
