"""Talentio's candidates by hand: what its statuses mean, the pool, stages of every kind."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.dbt.project import Project
from tests.dbt.raw import Raw

BUILT_SOURCES = ("talentio",)
AS_OF = "2025-09-15T00:00:00Z"
CONNECTION = "aozora_talentio"
BUILD = ["build", "--exclude-resource-type", "unit_test", "--indirect-selection", "cautious"]
MARTS = ["+fct_applications", "+dim_jobs", "+int_job_stages_unioned", "assert_steps_are_known"]
OUTCOMES = {
    "ongoing": "in_process",
    "reject": "withdrawn_by_candidate",
    "fail": "rejected_by_company",
    "pass": "hired",
    "poolInactive": "in_process",
}
RESUME, INTERVIEW, OFFER, TRIAL = (
    {"type": kind, "step": step}
    for step, kind in enumerate(("resume", "interview", "offer", "trial"), start=1)
)


def _candidate(raw: Raw, name: str, *stages: dict[str, Any], **fields: Any) -> None:
    payload = {
        "id": name,
        "status": "ongoing",
        "registeredAt": "2025-05-01T00:30:00+09:00",
        "fixedAt": None,
        "channelType": "agent",
        "channelName": "",
        "stages": list(stages),
        "requisition": {"id": 1, "name": "営業", "active": True},
        **fields,
    }
    raw.land("talentio", "candidates", CONNECTION, name, payload, [("email", f"{name}@x.jp")])


def _requisition(raw: Raw, name: str, status: str, month: int) -> None:
    payload = {
        "id": name,
        "name": "営業",
        "status": status,
        "createdAt": "2025-01-01T00:00:00+09:00",
        "updatedAt": f"2025-{month:02}-01T00:00:00+09:00",
    }
    raw.land("talentio", "requisitions", CONNECTION, name, payload)


@pytest.fixture(scope="module")
def results(project: Project, raw: Raw) -> dict[str, dict[str, Any]]:
    """What dbt said of a second run, in which the stages of one candidate are gone."""
    raw.company("aozora")
    raw.connection.execute(
        "insert into landing.connections values (%s, 'aozora', 'talentio')", [CONNECTION]
    )
    for status in OUTCOMES:
        _candidate(raw, status, RESUME, status=status, fixedAt="2025-06-10T12:00:00+09:00")
    for number, month in enumerate((2, 3)):
        _requisition(raw, "job", ("active", "inactive")[number], month)
        _requisition(raw, "reopened", ("inactive", "active")[number], month)
    _requisition(raw, "job", "inactive", 4)
    _candidate(raw, "pooled", status="poolActive", requisition=None)
    _candidate(raw, "declined", RESUME, OFFER, status="reject", fixedAt="2025-06-10T12:00:00+09:00")
    _candidate(raw, "interviewed", INTERVIEW, RESUME)
    _candidate(raw, "tried", RESUME, TRIAL)
    _candidate(raw, "emptied", RESUME, INTERVIEW)
    raw.check(AS_OF)
    project.run(*BUILD, "--select", *MARTS)
    _candidate(raw, "emptied")
    raw.check(AS_OF)
    return project.run(*BUILD, "--select", *MARTS)


@pytest.fixture(scope="module")
def applications(results: object, raw: Raw) -> Mapping[str, dict[str, Any]]:
    names = (
        "outcome, ended_at, hired_at, channel, stage_reached, stage_reached_order, stage_history"
    )
    found = raw.rows(f"select application_id, {names} from marts.fct_applications")
    return {
        row[0].removeprefix(f"{CONNECTION}:"): dict(zip(names.split(", "), row[1:], strict=True))
        for row in found
    }


@pytest.mark.parametrize("status", OUTCOMES)
def test_statuses_mean_what_talentio_means(
    applications: Mapping[str, dict[str, Any]], status: str
) -> None:
    """`reject` is the candidate's own withdrawal, `fail` the company's rejection."""
    row = applications[status]
    assert row["outcome"] == OUTCOMES[status]
    assert (row["ended_at"] is not None) == (status in ("reject", "fail"))
    assert (row["hired_at"] is not None) == (status == "pass")


def test_who_is_only_in_the_pool_never_applied(
    applications: Mapping[str, dict[str, Any]], raw: Raw
) -> None:
    assert "pooled" not in applications
    known = raw.rows("select candidate_id from intermediate.int_candidates_unioned")
    assert (f"{CONNECTION}:pooled",) in known


def test_who_withdraws_after_the_offer_declines_it(
    applications: Mapping[str, dict[str, Any]],
) -> None:
    assert applications["declined"]["outcome"] == "offer_declined"


def test_stages_are_the_vendors_by_their_place(
    applications: Mapping[str, dict[str, Any]],
) -> None:
    row = applications["interviewed"]
    assert (row["stage_reached"], row["stage_reached_order"]) == ("面接2", 1)
    assert {row["stage_history"] for row in applications.values()} == {"vendor"}


def test_a_type_that_nobody_knows_is_taken_and_reported(
    applications: Mapping[str, dict[str, Any]], results: dict[str, dict[str, Any]]
) -> None:
    row = applications["tried"]
    assert (row["stage_reached"], row["stage_reached_order"]) == ("trial", 3)
    assert results["assert_steps_are_known"]["status"] == "warn"


def test_stages_that_are_gone_leave(applications: Mapping[str, dict[str, Any]]) -> None:
    assert applications["emptied"]["stage_reached"] is None


def test_a_job_was_closed_when_it_was_first_seen_inactive(results: object, raw: Raw) -> None:
    found = raw.rows("select job_id, job_status, closed_date::text from marts.dim_jobs order by 1")
    assert found == [
        (f"{CONNECTION}:job", "closed", "2025-03-01"),
        (f"{CONNECTION}:reopened", "open", None),
    ]


def test_a_job_has_the_stages_in_which_somebody_was(results: object, raw: Raw) -> None:
    found = raw.rows(
        "select stage_name, stage_order from intermediate.int_job_stages_unioned order by 2, 1"
    )
    assert found == [("書類選考", 0), ("面接2", 1), ("オファー", 2), ("trial", 3)]


def test_the_type_of_the_channel_stands_for_a_name_that_is_empty(
    applications: Mapping[str, dict[str, Any]],
) -> None:
    assert applications["fail"]["channel"] == "agent"
