"""A world kept in Workable gives what the same world kept in Greenhouse gives.

What Workable does not know: when a job was closed, and kinds of rejection other than that the
candidate withdrew. A person who applied twice is two candidates there, and is found to be one.
"""

from __future__ import annotations

import pytest

from tests.end_to_end.entities import Reading, Row, differences, outcomes, told

pytestmark = pytest.mark.long

UNKNOWN = {
    "applications": frozenset({"candidate_id", "rejection_reason_type"}),
    "identities": frozenset({"candidate_id"}),
}


@pytest.fixture(scope="module")
def workable(tmp_path_factory: pytest.TempPathFactory, warehouse_template: str) -> list[Reading]:
    return told(tmp_path_factory.mktemp("workable"), warehouse_template, "workable")


@pytest.mark.parametrize("run", [0, 1])
def test_the_same_world_gives_the_same_entities(
    greenhouse: list[Reading], workable: list[Reading], run: int
) -> None:
    said = {"applications": _application, "jobs": _job}
    found = differences(greenhouse[run], workable[run], UNKNOWN, said)
    assert not found, found
    assert outcomes(workable[run]) == {
        "in_process", "hired", "rejected_by_company", "withdrawn_by_candidate", "offer_declined",
    }  # fmt: skip


def _application(row: Row) -> Row:
    if row["outcome"] in ("not_eligible", "unknown"):
        return {**row, "outcome": "rejected_by_company", "rejected_at": row["ended_at"]}
    return row


def _job(row: Row) -> Row:
    return {**row, "closed_date": None}
