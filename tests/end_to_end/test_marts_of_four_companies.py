"""Every mart against the oracle, row by row.

In this world one company has the default contract, and one earns two slots at a time.
"""

from __future__ import annotations

import pytest

from tests.end_to_end.scenario import Scenario, played

__all__ = ["played"]

pytestmark = pytest.mark.long

SEED = 3
COMPANIES = 4


class TestMarts(Scenario):
    pass
