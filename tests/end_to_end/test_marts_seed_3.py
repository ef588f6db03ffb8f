"""Every mart against the oracle, row by row, in the world of seed 3."""

from __future__ import annotations

from tests.end_to_end.scenario import Scenario, played

__all__ = ["played"]

SEED = 3


class TestMarts(Scenario):
    pass
