"""Every mart against the oracle, row by row.

In this world a count taken back moves two slots on to later registrations.
"""

from __future__ import annotations

from tests.end_to_end.scenario import Scenario, played

__all__ = ["played"]

SEED = 28
COMPANIES = 2


class TestMarts(Scenario):
    pass
