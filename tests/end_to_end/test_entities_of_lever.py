"""A world kept in Lever gives what the same world kept in Greenhouse gives.

What Lever does not know: its pipeline is one for the account, and a reason has no type but its
text.
"""

from __future__ import annotations

import pytest

from tests.end_to_end.entities import Reading, differences, outcomes, told

pytestmark = pytest.mark.long

UNKNOWN = {
    "applications": frozenset({"stage_reached_order", "rejection_reason_type"}),
    "stages": frozenset({"stage_order"}),
}


@pytest.fixture(scope="module")
def lever(tmp_path_factory: pytest.TempPathFactory, warehouse_template: str) -> list[Reading]:
    return told(tmp_path_factory.mktemp("lever"), warehouse_template, "lever")


@pytest.mark.parametrize("run", [0, 1])
def test_the_same_world_gives_the_same_entities(
    greenhouse: list[Reading], lever: list[Reading], run: int
) -> None:
    found = differences(greenhouse[run], lever[run], UNKNOWN)
    assert not found, found
    assert outcomes(lever[run]) == outcomes(greenhouse[run])
