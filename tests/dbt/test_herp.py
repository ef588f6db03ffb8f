"""HERP by hand: histories seen in snapshots, steps that nobody knows, ends of every kind."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.dbt.project import Project
from tests.dbt.raw import Raw

BUILT_SOURCES = ("herp",)
AS_OF = "2025-09-15T00:00:00Z"
CONNECTION = "aozora_herp"
END = {"status": "terminated", "terminatedAt": "2025-06-10T12:00:00+09:00"}
BUILD = ["build", "--exclude-resource-type", "unit_test", "--indirect-selection", "cautious"]
MARTS = ["+fct_applications", "+dim_jobs", "+int_job_stages_unioned", "assert_steps_are_known"]

ENDS = {
    "hired": "hired",
    "rejected": "rejected_by_company",
    "refusedByCandidate": "withdrawn_by_candidate",
    "notEligible": "not_eligible",
    None: "unknown",
}


def _candidacy(raw: Raw, name: str, step: str, **fields: Any) -> None:
    payload = {
        "id": name,
        "status": "active",
        "requisitionId": "job",
        "appliedAt": "2025-05-01T00:30:00+09:00",
        "step": step,
        "stepUpdatedAt": "2025-05-01T00:30:00+09:00",
        "terminationReason": None,
        "terminatedAt": None,
        "channel": None,
        **fields,
    }
    raw.land("herp", "candidacies", CONNECTION, name, payload, [("email", f"{name}@x.jp")])


def _requisition(raw: Raw, name: str, status: str, month: int) -> None:
    payload = {
        "id": name,
        "title": "営業",
        "status": status,
        "employmentType": "正社員",
        "createdAt": "2025-01-01T00:00:00+09:00",
        "updatedAt": f"2025-{month:02}-01T00:00:00+09:00",
    }
    raw.land("herp", "requisitions", CONNECTION, name, payload)


def _land(raw: Raw) -> None:
    raw.company("aozora")
    raw.connection.execute(
        "insert into landing.connections values (%s, 'aozora', 'herp')", [CONNECTION]
    )
    for number, month in enumerate((2, 3)):
        _requisition(raw, "job", ("active", "archived")[number], month)
        _requisition(raw, "reopened", ("archived", "active")[number], month)
    _requisition(raw, "job", "archived", 4)
    untitled = {"id": "named", "title": None, "name": "経理", "status": "active"}
    raw.land("herp", "requisitions", CONNECTION, "named", untitled)
    for reason in ENDS:
        _candidacy(raw, f"end {reason}", "firstInterview", terminationReason=reason, **END)
    _candidacy(raw, "back", "firstInterview")
    _candidacy(raw, "back", "finalInterview")
    _candidacy(raw, "back", "firstInterview", email="later")
    _candidacy(raw, "taken up", "firstInterview", terminationReason="rejected", **END)
    _candidacy(raw, "taken up", "firstInterview", terminationReason="rejected")
    _candidacy(raw, "declined", "offered")
    _candidacy(raw, "declined", "entry", terminationReason="refusedByCandidate", **END)
    _candidacy(raw, "spelled", "offer", terminationReason="refusedByCandidate", **END)
    _candidacy(raw, "unknown step", "trialDay")
    _candidacy(raw, "known later", "trialDay")
    _candidacy(raw, "known later", "secondInterview")
    channels: dict[str, dict[str, Any]] = {
        "medium": {"type": "media", "mediaName": "求人サイト", "isScout": False},
        "kind": {"type": "agent", "kind": "エージェント", "mediaName": None},
        "type": {"type": "careerPage", "kind": "", "mediaName": None},
    }
    for name, channel in channels.items():
        _candidacy(raw, name, "entry", channel=channel)
    _candidacy(raw, "gone", "entry")


@pytest.fixture(scope="module")
def results(project: Project, raw: Raw) -> dict[str, dict[str, Any]]:
    """What dbt said of a second run, in which one candidacy has been deleted."""
    _land(raw)
    raw.check(AS_OF)
    project.run(*BUILD, "--select", *MARTS)
    raw.connection.execute(
        "insert into raw_herp.candidacies (connection, record_id, payload, payload_hash,"
        " extracted_at, run_id, is_deleted) select connection, record_id, payload, payload_hash,"
        " now(), 'r', true from raw_herp.candidacies where record_id = 'gone'"
    )
    raw.check(AS_OF)
    return project.run(*BUILD, "--select", *MARTS)


def _rows(raw: Raw) -> dict[str, dict[str, Any]]:
    names = (
        "outcome, ended_at, hired_at, rejection_reason_type, channel, stage_reached,"
        " stage_reached_order, stage_history, applied_date"
    )
    found = raw.rows(f"select application_id, {names} from marts.fct_applications")
    return {
        row[0].removeprefix(f"{CONNECTION}:"): dict(zip(names.split(", "), row[1:], strict=True))
        for row in found
    }


@pytest.fixture(scope="module")
def applications(results: object, raw: Raw) -> Mapping[str, dict[str, Any]]:
    return _rows(raw)


@pytest.mark.parametrize("reason", ENDS)
def test_terminated_is_what_its_reason_says(
    applications: Mapping[str, dict[str, Any]], reason: str | None
) -> None:
    row = applications[f"end {reason}"]
    assert row["outcome"] == ENDS[reason]
    assert (row["hired_at"] is not None) == (reason == "hired")
    assert (row["ended_at"] is None) == (reason == "hired")


def test_taken_up_again_is_in_process(applications: Mapping[str, dict[str, Any]]) -> None:
    """The reason that the vendor may leave behind says nothing of an active one."""
    row = applications["taken up"]
    assert (row["outcome"], row["ended_at"]) == ("in_process", None)
    assert row["rejection_reason_type"] is None


def test_the_furthest_step_ever_seen_is_the_stage_reached(
    applications: Mapping[str, dict[str, Any]],
) -> None:
    row = applications["back"]
    assert (row["stage_reached"], row["stage_reached_order"]) == ("最終面接", 6)
    assert {row["stage_history"] for row in applications.values()} == {"snapshots"}


@pytest.mark.parametrize("name", ["declined", "spelled"])
def test_who_withdraws_after_the_offer_declines_it(
    applications: Mapping[str, dict[str, Any]], name: str
) -> None:
    """Also when the step went back, and in the spelling of the step that another client knows."""
    assert applications[name]["outcome"] == "offer_declined"
    assert applications[name]["stage_reached"] == "オファー"


def test_a_step_that_nobody_knows_is_taken_and_reported(
    applications: Mapping[str, dict[str, Any]], results: dict[str, dict[str, Any]]
) -> None:
    row = applications["unknown step"]
    assert (row["stage_reached"], row["stage_reached_order"]) == ("trialDay", None)
    assert applications["known later"]["stage_reached"] == "二次面接"
    assert results["assert_steps_are_known"]["status"] == "warn"


def test_channels_go_by_medium_kind_or_type(applications: Mapping[str, dict[str, Any]]) -> None:
    named = {name: applications[name]["channel"] for name in ("medium", "kind", "type", "back")}
    assert named == {
        "medium": "求人サイト",
        "kind": "エージェント",
        "type": "careerPage",
        "back": None,
    }


def test_days_are_of_japan(applications: Mapping[str, dict[str, Any]]) -> None:
    assert str(applications["back"]["applied_date"]) == "2025-05-01"


def test_what_is_deleted_leaves(applications: Mapping[str, dict[str, Any]]) -> None:
    assert "gone" not in applications


def test_a_job_was_closed_when_it_was_first_seen_archived(results: object, raw: Raw) -> None:
    found = raw.rows("select job_id, job_status, closed_date::text from marts.dim_jobs order by 1")
    assert found == [
        (f"{CONNECTION}:job", "closed", "2025-03-01"),
        (f"{CONNECTION}:named", "open", None),
        (f"{CONNECTION}:reopened", "open", None),
    ]


def test_a_job_is_called_by_its_title_or_its_name(results: object, raw: Raw) -> None:
    found = raw.rows("select distinct job_name from marts.dim_jobs")
    assert {name for (name,) in found} == {"営業", "経理"}


def test_a_job_has_the_stages_in_which_somebody_was_seen(results: object, raw: Raw) -> None:
    found = raw.rows(
        "select stage_name, stage_order from intermediate.int_job_stages_unioned order by 2"
    )
    assert found == [
        ("エントリー", 0),
        ("一次面接", 3),
        ("二次面接", 4),
        ("最終面接", 6),
        ("オファー", 7),
    ]


def test_a_rebuild_sees_the_same_history(
    applications: Mapping[str, dict[str, Any]], raw: Raw, project: Project
) -> None:
    project.run(*BUILD, "--full-refresh", "--select", *MARTS)
    assert _rows(raw) == applications
