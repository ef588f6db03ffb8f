"""Talentio from its API to the marts: what it says of a world is what Greenhouse says of it.

Talentio has one status for all whom the company turned down, no reasons, departments, offices or
employment types, and no names of stages; a stage of an offer is an offer. All else has to be equal.
"""

from __future__ import annotations

from math import ceil
from pathlib import Path

import pytest

from sandbox import world as sandbox_world
from tests.conftest import fresh_database
from tests.end_to_end.one_world import OneWorld, Row, Seen, one_world

DAYS = 30
COMPARED = ("channel", "applied_at", "applied_date", "hired_at", "stage_reached_order")
Played = tuple[Seen, Seen, Seen]


def _steps(world: OneWorld) -> tuple[Seen, Seen]:
    """The first load, and the next one thirty days later."""
    requests = [world.read()]
    world.transform()
    first = world.seen(requests)
    sandbox_world.advance(world.home, DAYS)
    requests.append(world.read())
    world.transform()
    return first, world.seen(requests)


@pytest.fixture(scope="module")
def greenhouse(tmp_path_factory: pytest.TempPathFactory, warehouse_url: str) -> tuple[Seen, Seen]:
    with one_world(tmp_path_factory.mktemp("greenhouse"), "greenhouse") as world:
        return _steps(world)


@pytest.fixture(scope="module")
def talentio(
    tmp_path_factory: pytest.TempPathFactory,
    greenhouse: tuple[Seen, Seen],
    warehouse_template: str,
) -> Played:
    """Both steps, and the marts rebuilt from raw."""
    home: Path = tmp_path_factory.mktemp("talentio")
    with fresh_database(warehouse_template), one_world(home, "talentio") as world:
        first, last = _steps(world)
        world.transform("--full-refresh")
        return first, last, world.seen()


def _outcome(row: Row) -> str:
    """What Talentio says of an application that Greenhouse shows so."""
    if row["outcome"] in ("unknown", "not_eligible"):
        return "rejected_by_company"
    if row["outcome"] == "withdrawn_by_candidate" and row["stage_reached"] == "オファー":
        return "offer_declined"
    return str(row["outcome"])


def _stage(row: Row) -> str:
    if row["stage_reached"] in ("書類選考", "オファー"):
        return str(row["stage_reached"])
    return f"面接{row['stage_reached_order'] + 1}"


@pytest.mark.parametrize("step", [0, 1])
def test_applications_are_those_that_greenhouse_shows(
    greenhouse: tuple[Seen, Seen], talentio: Played, step: int
) -> None:
    expected, actual = greenhouse[step].applications, talentio[step].applications
    assert actual.keys() == expected.keys()
    for number, row in expected.items():
        found = actual[number]
        assert {name: found[name] for name in COMPARED} == {n: row[n] for n in COMPARED}, number
        assert (found["outcome"], found["stage_reached"]) == (_outcome(row), _stage(row)), number
        assert (found["ended_at"], found["ended_date"]) == (row["ended_at"], row["ended_date"])
        assert (found["rejection_reason"], found["stage_history"]) == (None, "vendor")
    assert {row["outcome"] for row in actual.values()} == {
        "in_process", "rejected_by_company", "withdrawn_by_candidate", "offer_declined", "hired",
    }  # fmt: skip


@pytest.mark.parametrize("step", [0, 1])
def test_jobs_are_those_that_greenhouse_shows(
    greenhouse: tuple[Seen, Seen], talentio: Played, step: int
) -> None:
    expected, actual = greenhouse[step].jobs, talentio[step].jobs
    assert actual.keys() == expected.keys()
    for number, row in expected.items():
        for column in ("job_name", "job_status", "opened_date", "closed_date"):
            assert actual[number][column] == row[column], (number, column)


@pytest.mark.parametrize("step", [0, 1])
def test_applications_of_one_person_are_found_together(
    greenhouse: tuple[Seen, Seen], talentio: Played, step: int
) -> None:
    assert talentio[step].people == greenhouse[step].people
    assert any(len(person) > 1 for person in talentio[step].people)


def test_a_rebuild_from_raw_gives_the_same(talentio: Played) -> None:
    _, last, rebuilt = talentio
    assert rebuilt.applications == last.applications
    assert rebuilt.jobs == last.jobs


def test_no_request_is_made_that_need_not_be(talentio: Played) -> None:
    """A page is 100 rows; without a filter the least is every page once. Prospects are rows too."""
    for seen, requests in zip(talentio, talentio[1].requests, strict=False):
        rows = len(seen.applications)
        print(f"requests {dict(requests)} for {rows} applications")
        assert ceil(rows / 100) <= requests["candidates"] <= ceil(rows * 1.1 / 100)
        assert requests["requisitions"] == ceil(len(seen.jobs) / 100)
