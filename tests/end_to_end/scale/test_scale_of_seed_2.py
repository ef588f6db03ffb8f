"""Every mart against the oracle in a world of 20,000 applications."""

from __future__ import annotations

import pytest

from tests.end_to_end.scale.scenario import played
from tests.end_to_end.scenario import Scenario

__all__ = ["played"]

pytestmark = pytest.mark.scale

SEED = 2


class TestMarts(Scenario):
    pass
