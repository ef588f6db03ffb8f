"""Every mart against the oracle, row by row, in worlds of 20,000 applications.

Five worlds of four companies, each of which holds every planted case; whatever a run lands comes in
an order drawn for that run. Half an hour on two cores: ``make test-scale``.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from tests.conftest import fresh_database
from tests.end_to_end.scenario import Played, Scenario, play

pytestmark = pytest.mark.scale

APPLICATIONS = 20_000
COMPANIES = 4
SEEDS = range(1, 6)


@pytest.fixture(
    scope="module",
    params=[pytest.param(seed, marks=pytest.mark.xdist_group(f"seed {seed}")) for seed in SEEDS],
)
def played(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    warehouse_template: str,
) -> Iterator[Played]:
    """The scenario of one seed, on a database of its own."""
    seed = request.param
    with fresh_database(warehouse_template):
        yield play(
            tmp_path_factory.mktemp("world"), seed, COMPANIES, APPLICATIONS, Random(f"{seed}:order")
        )


class TestMarts(Scenario):
    pass
