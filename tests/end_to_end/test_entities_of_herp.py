"""A world kept in HERP Hire gives what the same world kept in Greenhouse gives.

HERP knows neither reasons in words nor offices, its steps are the vendor's own, and to be in the
step of the offer is to have got one; all else has to be equal.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from math import ceil
from pathlib import Path

import pytest

from sandbox import store
from sandbox.world_herp import STEPS
from tests.end_to_end.entities import Reading, Row, differences, outcomes, told

pytestmark = pytest.mark.long

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
COMPARED = ("applications", "jobs", "identities", "people")
UNKNOWN = {
    "applications": frozenset({"candidate_id"}),
    "identities": frozenset({"candidate_id"}),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("herp")


@pytest.fixture(scope="module")
def herp(home: Path, warehouse_template: str) -> list[Reading]:
    """Both runs, and the marts rebuilt from raw."""
    return told(home, warehouse_template, "herp", rebuilt=True)


@pytest.mark.parametrize("run", [0, 1])
def test_the_same_world_gives_the_same_entities(
    greenhouse: list[Reading], herp: list[Reading], run: int
) -> None:
    said = {"applications": _application, "jobs": _job}
    found = differences(greenhouse[run], herp[run], UNKNOWN, said, COMPARED)
    assert not found, found
    assert outcomes(herp[run]) >= {
        "rejected_by_company", "withdrawn_by_candidate", "hired", "not_eligible",
    }  # fmt: skip
    assert {row["job_status"] for row in herp[run].entities["jobs"]} == {"open", "closed"}


@pytest.mark.parametrize("run", [0, 1])
def test_applications_of_one_person_are_found_together(herp: list[Reading], run: int) -> None:
    """A candidacy holds its person, so that they are one is known by their identity alone."""
    assert any(len(person["applications"]) > 1 for person in herp[run].entities["people"])


def test_a_rebuild_from_raw_gives_the_same(herp: list[Reading]) -> None:
    _, last, rebuilt = herp
    assert not differences(last, rebuilt)


@pytest.mark.parametrize("run", [0, 1])
@pytest.mark.parametrize("company", ["aozora", "hinata"])
def test_no_request_is_made_that_need_not_be(herp: list[Reading], run: int, company: str) -> None:
    """A page is 100 rows and nothing tells what changed, so the least is every page once."""
    requests = herp[run].requests[f"{company}_herp"]
    least = {
        "candidacies": ceil(len(herp[run].of(company, "applications")) / 100),
        "requisitions": ceil(len(herp[run].of(company, "jobs")) / 100),
        "users": 1,
    }
    print(f"requests {dict(requests)}, the least possible {least}")
    assert requests == least


def test_hires_are_dated_by_the_acceptance(home: Path, herp: list[Reading]) -> None:
    with closing(store.open_truth(home)) as truth:
        accepted = _last_acceptances(truth)
    hired = [row for row in herp[1].entities["applications"] if row["outcome"] == "hired"]
    assert hired
    for row in hired:
        assert row["hired_at"] == accepted[row["application_id"]]


def _last_acceptances(truth: sqlite3.Connection) -> dict[int, datetime]:
    """When each application's offer was accepted for the last time, the future included."""
    query = "select application_id, max(at) from application_event where kind = ? group by 1"
    events = truth.execute(query, ["offer_accepted"])
    return {number: datetime.fromisoformat(at) for number, at in events}


def _application(row: Row) -> Row:
    """A row of Greenhouse's in the words of HERP."""
    stage, order = STAGES[STEPS[row["stage_reached"]]]
    declined = row["outcome"] == "withdrawn_by_candidate" and row["stage_reached"] == "オファー"
    return {
        **row,
        "outcome": "offer_declined" if declined else row["outcome"],
        "rejection_reason": None,
        "rejection_reason_type": REASONS.get(str(row["rejection_reason_type"])),
        "stage_reached": stage,
        "stage_reached_order": order,
        "stage_history": "snapshots",
    }


def _job(row: Row) -> Row:
    return {**row, "office_name": None}
