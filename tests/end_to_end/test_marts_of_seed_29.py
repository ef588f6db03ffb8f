"""Every mart against the oracle, row by row.

In this world slots are returned and expire, and of some joiners nobody knows whether they left.
"""

from __future__ import annotations

from tests.end_to_end.scenario import Scenario, played

__all__ = ["played"]

SEED = 29
COMPANIES = 2


class TestMarts(Scenario):
    pass
