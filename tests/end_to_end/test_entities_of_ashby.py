"""A world kept in Ashby gives what the same world kept in Greenhouse gives.

Ashby's reasons know no security concern: what Greenhouse calls so is its type Other.
"""

from __future__ import annotations

import pytest

from tests.end_to_end.entities import Reading, Row, differences, outcomes, told

pytestmark = pytest.mark.long

UNKNOWN = {"applications": frozenset({"rejection_reason_type"})}


@pytest.fixture(scope="module")
def ashby(tmp_path_factory: pytest.TempPathFactory, warehouse_template: str) -> list[Reading]:
    return told(tmp_path_factory.mktemp("ashby"), warehouse_template, "ashby")


@pytest.mark.parametrize("run", [0, 1])
def test_the_same_world_gives_the_same_entities(
    greenhouse: list[Reading], ashby: list[Reading], run: int
) -> None:
    found = differences(greenhouse[run], ashby[run], UNKNOWN, {"applications": _application})
    assert not found, found
    assert outcomes(ashby[run]) == {
        "in_process", "hired", "rejected_by_company", "withdrawn_by_candidate", "offer_declined",
        "unknown",
    }  # fmt: skip


def _application(row: Row) -> Row:
    return {**row, "outcome": "unknown"} if row["outcome"] == "not_eligible" else row
