"""Workable by hand: who withdrew, timelines, offers, stages of each job, sourced candidates."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.dbt.project import Project
from tests.dbt.raw import Raw

BUILT_SOURCES = ("workable",)
AS_OF = "2025-09-15T00:00:00Z"
CONNECTION = "aozora_workable"
BUILD = ["build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"]
MODELS = ["+int_applications_decided", "+int_jobs_unioned", "+int_job_stages_unioned"]
STAGES = (
    ("Sourced", "sourced"),
    ("書類選考", "applied"),
    ("面接", "interview"),
    ("オファー", "offer"),
    ("Hired", "hired"),
)
OUT = {"disqualified": True, "disqualification_reason": "経験不足"}
OFFERS = {"pending": False, "sent": True, "accepted": True, "declined": True}
STATES = {"draft": "draft", "published": "open", "archived": "closed", "closed": "closed"}


def _land(raw: Raw, stream: str, record_id: str, **fields: Any) -> None:
    raw.land("workable", stream, CONNECTION, record_id, fields)


def _candidate(raw: Raw, name: str, *timeline: dict[str, Any], **fields: Any) -> None:
    """A candidate and what the timeline tells, an entry a month."""
    given = {"job_shortcode": "job", "stage": "書類選考", "stage_kind": "applied",
             "disqualified": False, "created_at": "2025-01-31T15:30:00.000Z", **fields}  # fmt: skip
    _land(raw, "candidates", name, **given)
    for month, entry in enumerate(timeline, start=2):
        at = f"2025-{month:02}-01T00:00:00.000Z"
        _land(raw, "activities", f"{name} {month}", parent_id=name, created_at=at, **entry)


def _out(*, withdrew: bool) -> dict[str, Any]:
    return {"action": "disqualified", "stage_name": "書類選考", "withdrew": withdrew}


def _moved(stage: str, to: str) -> dict[str, Any]:
    return {"action": "moved", "stage_name": stage, "target_stage": to}


@pytest.fixture(scope="module", autouse=True)
def built(project: Project, raw: Raw) -> None:
    raw.company("aozora")
    raw.connection.execute(
        "insert into landing.connections values (%s, 'aozora', 'workable')", [CONNECTION]
    )
    for state in STATES:
        _land(raw, "jobs", state, title="営業", state=state, employment_type="Full-time")
    for job, stages in (("job", STAGES), ("other job", (STAGES[0], *STAGES[:0:-1]))):
        for position, (name, kind) in enumerate(stages):
            _land(raw, "job_stages", f"{job}:{position}", parent_id=job, slug=str(position),
                  name=name, kind=kind, position=position)  # fmt: skip
    _candidate(raw, "rejected", _out(withdrew=False), **OUT)
    _candidate(raw, "withdrew", _out(withdrew=True), **OUT)
    _candidate(raw, "by reason", _out(withdrew=False), withdrew_by_reason=True, **OUT)
    _candidate(raw, "untold", **OUT)
    _candidate(raw, "twice", _out(withdrew=False), _out(withdrew=True), **OUT)
    _candidate(raw, "taken up", _out(withdrew=False), {"action": "reverted"})
    _candidate(raw, "back", _moved("書類選考", "面接"), _moved("面接", "書類選考"))
    _candidate(raw, "ahead", _moved("書類選考", "面接"))
    _candidate(raw, "other", _moved("面接", "書類選考"), job_shortcode="other job", stage="面接")
    _candidate(raw, "silent", stage="面接", stage_kind="interview")
    _candidate(raw, "hired", _moved("面接", "オファー"), stage="Hired", stage_kind="hired",
               hired_at="2025-06-05T03:00:00.000Z")  # fmt: skip
    _candidate(raw, "sourced", stage="Sourced", stage_kind="sourced")
    for state in OFFERS:
        _candidate(raw, state, _out(withdrew=True), **OUT)
        _land(raw, "offers", state, parent_id=state, state=state)
    raw.check(AS_OF)
    project.run(*BUILD, "--select", *MODELS)


@pytest.fixture(scope="module")
def applications(raw: Raw) -> Mapping[str, dict[str, Any]]:
    names = "outcome, ended_at, hired_at, stage_reached, stage_reached_order, stage_history"
    found = raw.rows(
        f"select source_application_id, {names} from intermediate.int_applications_decided"
    )
    return {row[0]: dict(zip(names.split(", "), row[1:], strict=True)) for row in found}


@pytest.mark.parametrize(
    ("name", "outcome"),
    {
        "rejected": "rejected_by_company",
        "withdrew": "withdrawn_by_candidate",
        "by reason": "withdrawn_by_candidate",
        "untold": "unknown",
    }.items(),
)
def test_disqualified_is_what_the_timeline_or_the_reason_says(
    applications: Mapping[str, dict[str, Any]], name: str, outcome: str
) -> None:
    """Workable disqualifies also who withdrew; where nothing tells of it, nothing is known."""
    assert applications[name]["outcome"] == outcome


def test_the_last_disqualification_is_the_one_that_counts(
    applications: Mapping[str, dict[str, Any]],
) -> None:
    row = applications["twice"]
    assert (row["outcome"], str(row["ended_at"])[:10]) == ("withdrawn_by_candidate", "2025-03-01")


def test_taken_up_again_is_in_process(applications: Mapping[str, dict[str, Any]]) -> None:
    """The timeline still tells of the disqualification."""
    row = applications["taken up"]
    assert (row["outcome"], row["ended_at"]) == ("in_process", None)


def test_the_stage_reached_is_the_furthest_of_timeline_and_candidate(
    applications: Mapping[str, dict[str, Any]],
) -> None:
    """An activity stands in the stage that it leaves: where it leads to is its target. A timeline
    is read after its candidate and may know of more."""
    for name in ("back", "ahead", "silent"):
        row = applications[name]
        assert (row["stage_reached"], row["stage_reached_order"]) == ("面接", 1), name
    assert {row["stage_history"] for row in applications.values()} == {"vendor"}


def test_stages_stand_where_their_own_job_has_them(
    applications: Mapping[str, dict[str, Any]], raw: Raw
) -> None:
    row = applications["other"]
    assert (row["stage_reached"], row["stage_reached_order"]) == ("書類選考", 2)
    found = raw.rows(
        "select stage_name, stage_order from intermediate.int_job_stages_unioned"
        f" where job_id = '{CONNECTION}:job' order by 2"
    )
    assert found == [("書類選考", 0), ("面接", 1), ("オファー", 2)]


def test_hired_is_no_stage_of_the_selection(applications: Mapping[str, dict[str, Any]]) -> None:
    row = applications["hired"]
    assert (row["outcome"], row["stage_reached"]) == ("hired", "オファー")
    assert row["hired_at"] is not None


def test_who_is_only_sourced_never_applied(applications: Mapping[str, dict[str, Any]]) -> None:
    assert "sourced" not in applications


@pytest.mark.parametrize("state", OFFERS)
def test_who_withdraws_declines_an_offer_that_was_sent(
    applications: Mapping[str, dict[str, Any]], state: str
) -> None:
    declined = "offer_declined" if OFFERS[state] else "withdrawn_by_candidate"
    assert applications[state]["outcome"] == declined


def test_what_the_states_of_a_job_mean(raw: Raw) -> None:
    found = raw.rows("select job_id, job_status from intermediate.int_jobs_unioned")
    assert {(job.removeprefix(f"{CONNECTION}:"), status) for job, status in found} == set(
        STATES.items()
    )
