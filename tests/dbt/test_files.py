"""Exports by hand: statuses by mapping, stages dated or as they are seen, jobs of applications."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.dbt.project import Project
from tests.dbt.raw import Raw

BUILT_SOURCES = ("files",)
AS_OF = "2025-09-15T00:00:00Z"
CONNECTION = "aozora_exports"
BUILD = ["build", "--exclude-resource-type", "unit_test", "--indirect-selection", "cautious"]
MARTS = [
    "+fct_applications",
    "+dim_jobs",
    "+int_job_stages_unioned",
    "int_applications_staged",
    "assert_steps_are_known",
]
OUTCOMES = {
    "選考中": "in_process",
    "内定": "in_process",
    "不採用": "rejected_by_company",
    "辞退": "withdrawn_by_candidate",
    "入社": "hired",
    "対象外": "not_eligible",
    "選考終了": "unknown",
}
DAY = "2025-06-{:02d}T00:00:00+09:00"
RESUME, INTERVIEW, OFFER = (
    {"name": name, "order": order, "is_offer": name == "オファー"}
    for order, name in enumerate(("書類選考", "一次面接", "オファー"))
)
FRESH = {"name": "社長面談", "order": None, "is_offer": False}


def _application(raw: Raw, name: str, *, deleted: bool = False, **fields: Any) -> None:
    payload = {
        "id": name,
        "system": "hrmos",
        "candidate_id": None,
        "job_id": "1",
        "job_name": "営業",
        "department": "営業部",
        "office": None,
        "employment_type": "正社員",
        "channel": "紹介",
        "status": "選考中",
        "reason": None,
        "stage": None,
        "applied_at": "2025-05-01T00:00:00+09:00",
        "stages": [],
        "stage_history": "vendor",
        **fields,
    }
    keys = [("email", f"{name}@x.jp")]
    raw.land("files", "applications", CONNECTION, name, payload, keys, is_deleted=deleted)


def _seen(raw: Raw, name: str, stage: Mapping[str, Any]) -> None:
    _application(raw, name, system="jobcan", stage=stage, stage_history="snapshots")


@pytest.fixture(scope="module")
def results(project: Project, raw: Raw) -> dict[str, dict[str, Any]]:
    """What dbt said of a second run, after the export of the next day."""
    raw.company("aozora")
    raw.connection.execute(
        "insert into landing.connections values (%s, 'aozora', 'files')", [CONNECTION]
    )
    for status in OUTCOMES:
        _application(raw, status, status=status, decided_at=DAY.format(10), reason="経験不足")
    both: dict[str, Any] = {"rejected_at": DAY.format(3), "withdrawn_at": DAY.format(7)}
    _application(raw, "rejected then withdrawn", status="辞退", **both)
    _application(raw, "withdrawn then rejected", status="不採用", **both)
    _application(raw, "declined", status="辞退", withdrawn_at=DAY.format(7), stages=[RESUME, OFFER])
    _application(
        raw, "offered", status="辞退", withdrawn_at=DAY.format(7), offered_at=DAY.format(5)
    )
    _application(raw, "corrected", stages=[RESUME, INTERVIEW])
    _application(raw, "deleted")
    _application(raw, "nameless job", job_id=None, job_name="秘書", candidate_id="c9")
    _application(raw, "second of c9", candidate_id="c9")
    _seen(raw, "moved", INTERVIEW)
    for stage in (INTERVIEW, RESUME):
        _seen(raw, "moved between two builds", stage)
    _seen(raw, "unplaced", FRESH)
    raw.check(AS_OF)
    project.run(*BUILD, "--select", *MARTS)
    _application(raw, "corrected", stages=[RESUME])
    _application(raw, "deleted", deleted=True)
    _application(raw, "second of c9", candidate_id="c9", job_name="営業（新）")
    _seen(raw, "moved", RESUME)
    raw.check(AS_OF)
    return project.run(*BUILD, "--select", *MARTS)


@pytest.fixture(scope="module")
def applications(results: object, raw: Raw) -> Mapping[str, dict[str, Any]]:
    names = (
        "outcome, ended_date::text, hired_at, channel, rejection_reason, stage_reached,"
        " stage_reached_order, stage_history, person_id"
    )
    found = raw.rows(f"select application_id, {names} from marts.fct_applications")
    columns = names.replace("::text", "").split(", ")
    columns = [name.strip() for name in ",".join(columns).split(",")]
    return {
        row[0].removeprefix(f"{CONNECTION}:"): dict(zip(columns, row[1:], strict=True))
        for row in found
    }


@pytest.mark.parametrize("status", OUTCOMES)
def test_statuses_mean_what_the_seed_says(
    applications: Mapping[str, dict[str, Any]], status: str
) -> None:
    """辞退 is the candidate's own withdrawal."""
    row = applications[status]
    assert row["outcome"] == OUTCOMES[status]
    is_end = OUTCOMES[status] not in ("in_process", "hired")
    assert (row["ended_date"], row["rejection_reason"]) == (
        ("2025-06-10", "経験不足") if is_end else (None, None)
    )
    assert (row["hired_at"] is not None) == (OUTCOMES[status] == "hired")


def test_the_date_of_the_end_that_stands_is_taken(
    applications: Mapping[str, dict[str, Any]],
) -> None:
    assert applications["rejected then withdrawn"]["ended_date"] == "2025-06-07"
    assert applications["withdrawn then rejected"]["ended_date"] == "2025-06-03"


@pytest.mark.parametrize("name", ["declined", "offered"])
def test_who_withdraws_after_the_offer_declines_it(
    applications: Mapping[str, dict[str, Any]], name: str
) -> None:
    assert applications[name]["outcome"] == "offer_declined"


def test_dated_stages_are_those_of_the_last_export(
    applications: Mapping[str, dict[str, Any]],
) -> None:
    row = applications["corrected"]
    assert (row["stage_reached"], row["stage_history"]) == ("書類選考", "vendor")


@pytest.mark.parametrize("name", ["moved", "moved between two builds"])
def test_present_stages_are_those_of_every_export(
    applications: Mapping[str, dict[str, Any]], name: str
) -> None:
    row = applications[name]
    assert (row["stage_reached"], row["stage_reached_order"]) == ("一次面接", 1)
    assert row["stage_history"] == "snapshots"


def test_a_stage_that_no_mapping_names_is_taken_and_reported(
    applications: Mapping[str, dict[str, Any]], results: dict[str, dict[str, Any]]
) -> None:
    row = applications["unplaced"]
    assert (row["stage_reached"], row["stage_reached_order"]) == ("社長面談", None)
    assert results["assert_steps_are_known"]["status"] == "warn"


def test_a_deleted_application_leaves(applications: Mapping[str, dict[str, Any]]) -> None:
    assert "deleted" not in applications


def test_applications_of_one_candidate_are_of_one_person(
    applications: Mapping[str, dict[str, Any]],
) -> None:
    persons = {applications[name]["person_id"] for name in ("nameless job", "second of c9")}
    assert len(persons) == 1


def test_jobs_are_those_of_applications_as_they_were_named_last(results: object, raw: Raw) -> None:
    columns = "job_id, job_name, department_name, employment_type, job_status, opened_date"
    assert raw.rows(f"select {columns} from marts.dim_jobs order by 1") == [
        (f"{CONNECTION}:1", "営業", "営業部", "permanent", "unknown", None),
        (f"{CONNECTION}:秘書", "秘書", "営業部", "permanent", "unknown", None),
    ]
