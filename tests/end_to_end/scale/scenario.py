"""The scenario in worlds of 20,000 applications: half an hour for five, ``make test-scale``.

Each world has four companies and holds every planted case; whatever a run lands comes in an order
drawn for that run. A module of its own for each seed, so that two are played side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from tests.conftest import fresh_database
from tests.end_to_end.scenario import Played, play

APPLICATIONS = 20_000
COMPANIES = 4


@pytest.fixture(scope="module")
def played(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    warehouse_template: str,
) -> Iterator[Played]:
    """The scenario of the module's SEED, played once on a database of its own."""
    seed = request.module.SEED
    with fresh_database(warehouse_template):
        yield play(
            tmp_path_factory.mktemp("world"), seed, COMPANIES, APPLICATIONS, Random(f"{seed}:order")
        )
