"""HERP Hire from its API to the marts: what it says of a world is what Greenhouse says of it.

HERP knows neither reasons in words nor offices, its steps are the vendor's own, and to be in the
step of the offer is to have got one; all else has to be equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from pathlib import Path

import pytest

from sandbox.world_herp import STEPS
from tests.conftest import fresh_database
from tests.end_to_end.one_world import OneWorld, Row, Seen, event_times, one_world

DAYS = 30
STAGES = {
    "resumeScreening": ("書類選考", 2),
    "firstInterview": ("一次面接", 3),
    "secondInterview": ("二次面接", 4),
    "finalInterview": ("最終面接", 6),
    "offered": ("オファー", 7),
}
REASONS = {
    "WE_REJECTED_THEM": "rejected",
    "THEY_REJECTED_US": "refusedByCandidate",
    "SECURITY_CONCERN": "notEligible",
}
OF_THE_VENDOR = {
    "application_id",
    "candidate_id",
    "connection",
    "group_person_id",
    "job_id",
    "person_id",
    "rejection_reason",
    "stage_history",
}


def _steps(world: OneWorld) -> tuple[Seen, Seen]:
    """The first load, and the next one thirty days later."""
    requests = [world.read()]
    world.transform()
    first = world.seen(requests)
    from sandbox import world as sandbox_world

    sandbox_world.advance(world.home, DAYS)
    requests.append(world.read())
    world.transform()
    return first, world.seen(requests)


@pytest.fixture(scope="module")
def greenhouse(tmp_path_factory: pytest.TempPathFactory, warehouse_url: str) -> tuple[Seen, Seen]:
    with one_world(tmp_path_factory.mktemp("greenhouse"), "greenhouse") as world:
        return _steps(world)


@pytest.fixture(scope="module")
def played(
    tmp_path_factory: pytest.TempPathFactory,
    greenhouse: tuple[Seen, Seen],
    warehouse_template: str,
) -> tuple[Path, tuple[Seen, Seen], Seen]:
    """The world's home, both steps, and the marts rebuilt from raw."""
    home = tmp_path_factory.mktemp("herp")
    with fresh_database(warehouse_template), one_world(home, "herp") as world:
        steps = _steps(world)
        world.transform("--full-refresh")
        return home, steps, world.seen()


def _as_herp_says(row: Row, has_offer_stage: bool) -> Row:
    """A row of Greenhouse's in the words of HERP."""
    said = {name: value for name, value in row.items() if name not in OF_THE_VENDOR}
    stage = next(code for name, code in STEPS.items() if name == row["stage_reached"])
    said["stage_reached"], said["stage_reached_order"] = STAGES[stage]
    said["rejection_reason_type"] = REASONS.get(str(row["rejection_reason_type"]))
    if row["outcome"] == "withdrawn_by_candidate" and has_offer_stage:
        said["outcome"] = "offer_declined"
    return said


@pytest.mark.parametrize("step", [0, 1])
def test_applications_are_those_that_greenhouse_shows(
    greenhouse: tuple[Seen, Seen], played: tuple[Path, tuple[Seen, Seen], Seen], step: int
) -> None:
    expected, actual = greenhouse[step].applications, played[1][step].applications
    assert actual.keys() == expected.keys()
    for number, row in expected.items():
        said = _as_herp_says(row, row["stage_reached"] == "オファー")
        found = {name: actual[number][name] for name in said}
        assert found == said, number
        assert actual[number]["stage_history"] == "snapshots"
        assert actual[number]["rejection_reason"] is None
    outcomes = {row["outcome"] for row in actual.values()}
    assert outcomes >= {"rejected_by_company", "withdrawn_by_candidate", "hired", "not_eligible"}


@pytest.mark.parametrize("step", [0, 1])
def test_jobs_are_those_that_greenhouse_shows(
    greenhouse: tuple[Seen, Seen], played: tuple[Path, tuple[Seen, Seen], Seen], step: int
) -> None:
    expected, actual = greenhouse[step].jobs, played[1][step].jobs
    assert actual.keys() == expected.keys()
    compared = ("job_name", "department_name", "employment_type", "job_status", "opened_date")
    for number, row in expected.items():
        for column in (*compared, "closed_date"):
            assert actual[number][column] == row[column], (number, column)
        assert actual[number]["office_name"] is None
    assert {row["job_status"] for row in actual.values()} == {"open", "closed"}


@pytest.mark.parametrize("step", [0, 1])
def test_applications_of_one_person_are_found_together(
    greenhouse: tuple[Seen, Seen], played: tuple[Path, tuple[Seen, Seen], Seen], step: int
) -> None:
    """A candidacy holds its person, so that they are one is known by their identity alone."""
    assert played[1][step].people == greenhouse[step].people
    assert any(len(person) > 1 for person in played[1][step].people)


def test_a_rebuild_from_raw_gives_the_same(played: tuple[Path, tuple[Seen, Seen], Seen]) -> None:
    _, (_, last), rebuilt = played
    assert rebuilt.applications == last.applications
    assert rebuilt.jobs == last.jobs


def test_no_request_is_made_that_need_not_be(
    played: tuple[Path, tuple[Seen, Seen], Seen],
) -> None:
    """A page is 100 rows and nothing tells what changed, so the least is every page once."""
    for seen, requests in zip(played[1], played[1][1].requests, strict=True):
        least: Mapping[str, int] = {
            "candidacies": ceil(len(seen.applications) / 100),
            "requisitions": ceil(len(seen.jobs) / 100),
            "users": 1,
        }
        print(f"requests {dict(requests)}, the least possible {dict(least)}")
        assert dict(requests) == least


def test_hires_are_dated_by_the_acceptance(
    played: tuple[Path, tuple[Seen, Seen], Seen],
) -> None:
    home, (_, last), _ = played
    accepted = event_times(home, "offer_accepted")
    hired = {n: row for n, row in last.applications.items() if row["outcome"] == "hired"}
    assert hired
    for number, row in hired.items():
        assert row["hired_at"] == accepted[number][-1]
