"""A world kept in Talentio gives what the same world kept in Greenhouse gives.

Talentio has one status for all whom the company turned down, no reasons, departments, offices or
employment types, no phone numbers, and no names of stages; a stage of an offer is an offer. All
else has to be equal.
"""

from __future__ import annotations

from math import ceil

import pytest

from tests.end_to_end.entities import Reading, Row, differences, outcomes, told

pytestmark = pytest.mark.long

COMPARED = ("applications", "jobs", "identities", "people")
UNKNOWN = {
    "applications": frozenset({"candidate_id"}),
    "jobs": frozenset({"department_name", "office_name", "employment_type"}),
    "identities": frozenset({"candidate_id"}),
}


@pytest.fixture(scope="module")
def talentio(tmp_path_factory: pytest.TempPathFactory, warehouse_template: str) -> list[Reading]:
    """Both runs, and the marts rebuilt from raw."""
    return told(tmp_path_factory.mktemp("talentio"), warehouse_template, "talentio", rebuilt=True)


@pytest.mark.parametrize("run", [0, 1])
def test_the_same_world_gives_the_same_entities(
    greenhouse: list[Reading], talentio: list[Reading], run: int
) -> None:
    said = {"applications": _application, "identities": _identity}
    found = differences(greenhouse[run], talentio[run], UNKNOWN, said, COMPARED)
    assert not found, found
    assert outcomes(talentio[run]) == {
        "in_process", "rejected_by_company", "withdrawn_by_candidate", "offer_declined", "hired",
    }  # fmt: skip


@pytest.mark.parametrize("run", [0, 1])
def test_applications_of_one_person_are_found_together(talentio: list[Reading], run: int) -> None:
    assert any(len(person["applications"]) > 1 for person in talentio[run].entities["people"])


def test_a_rebuild_from_raw_gives_the_same(talentio: list[Reading]) -> None:
    _, last, rebuilt = talentio
    assert not differences(last, rebuilt)


@pytest.mark.parametrize("run", [0, 1])
@pytest.mark.parametrize("company", ["aozora", "hinata"])
def test_no_request_is_made_that_need_not_be(
    talentio: list[Reading], run: int, company: str
) -> None:
    """A page is 100 rows; without a filter the least is every page once. Prospects are rows too."""
    requests = talentio[run].requests[f"{company}_talentio"]
    rows = len(talentio[run].of(company, "applications"))
    print(f"requests {dict(requests)} for {rows} applications")
    assert ceil(rows / 100) <= requests["candidates"] <= ceil(rows * 1.1 / 100)
    assert requests["requisitions"] == ceil(len(talentio[run].of(company, "jobs")) / 100)


def _application(row: Row) -> Row:
    """What Talentio says of an application that Greenhouse shows so."""
    outcome = _outcome(row)
    return {
        **row,
        "outcome": outcome,
        "rejected_at": row["ended_at"] if outcome == "rejected_by_company" else None,
        "rejection_reason": None,
        "rejection_reason_type": None,
        "stage_reached": _stage(row),
        "stage_history": "vendor",
    }


def _identity(row: Row) -> Row | None:
    return None if row["kind"].startswith("phone") else row


def _outcome(row: Row) -> str:
    if row["outcome"] in ("unknown", "not_eligible"):
        return "rejected_by_company"
    if row["outcome"] == "withdrawn_by_candidate" and row["stage_reached"] == "オファー":
        return "offer_declined"
    return str(row["outcome"])


def _stage(row: Row) -> str:
    if row["stage_reached"] in ("書類選考", "オファー"):
        return str(row["stage_reached"])
    return f"面接{row['stage_reached_order'] + 1}"
