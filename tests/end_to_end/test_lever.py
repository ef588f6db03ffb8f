"""A world kept in Lever gives what the same world kept in Greenhouse gives."""

from __future__ import annotations

import pytest

from tests.end_to_end.entities import Entities, differences, told

SEED = 41
# Lever's pipeline is one for the account, and a reason has no type but its text
UNKNOWN = {
    "applications": frozenset({"stage_reached_order", "rejection_reason_type"}),
    "stages": frozenset({"stage_order"}),
}


@pytest.fixture(scope="module")
def readings(
    tmp_path_factory: pytest.TempPathFactory, warehouse_template: str
) -> dict[str, list[Entities]]:
    return {
        ats: told(tmp_path_factory.mktemp(ats), warehouse_template, SEED, ats)
        for ats in ("lever", "greenhouse")
    }


@pytest.mark.parametrize("run", [0, 1])
def test_the_same_world_gives_the_same_entities(
    readings: dict[str, list[Entities]], run: int
) -> None:
    greenhouse, lever = readings["greenhouse"][run], readings["lever"][run]
    assert all(greenhouse.values())
    found = differences(greenhouse, lever, UNKNOWN)
    assert not found, "\n".join(found)
