"""The scenario that worlds are put through: first load, three moves of the clock, a rebuild."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from tests.end_to_end.pipeline import APPLICATIONS, Pipeline, pipeline
from tests.end_to_end.removals import chosen, perform
from tests.oracle.clock import jst_date
from tests.oracle.compare import difference
from tests.oracle.dimensions import date_row
from tests.oracle.marts import KEYS, Oracle
from tests.oracle.rows import Row
from tests.oracle.truth import Truth, load

START = datetime(2026, 6, 30, 15, tzinfo=UTC)  # midnight of 1 July 2026 in Tokyo
STEP = timedelta(days=30)
STEPS = 3

Marts = dict[str, list[Row]]
Requests = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Played:
    """What the oracle expects and what the marts hold after each run.

    ``requests``: how many each stream of each connection took, of each run.
    """

    home: Path
    truth: Truth
    clocks: Sequence[datetime]
    expected: Sequence[Marts]
    actual: Sequence[Marts]
    rebuilt: Marts
    requests: Sequence[Requests]


def play(
    home: Path,
    seed: int,
    companies: int,
    applications: int = APPLICATIONS,
    order: Random | None = None,
    ats: Sequence[str] = ("greenhouse",),
    mail: Sequence[str] = (),
    form: Sequence[str] = ("typeform",),
    hr: Sequence[str] = (),
    removing: bool = False,
) -> Played:
    """First load, three advances with incremental runs, and a full rebuild at the end.

    The companies use the systems named in ``ats``, the forms named in ``form`` and the HR systems
    named in ``hr`` in turn, and ``mail`` sends the rejection mails; by default the ATS does. With
    ``order`` every run lands what there is in an order of its own. ``removing``: after the first
    run candidates are deleted, merged and made anonymous in the ATSs, which may send webhooks.
    """
    clocks = [START + STEP * step for step in range(STEPS + 1)]
    with pipeline(
        home, seed, companies, applications, ats, form, mail, hr, webhooks=removing
    ) as world:
        truth = load(home / "truth.db")
        if removing:
            truth = replace(truth, removals=chosen(truth, *clocks[:2]))
        runs = [_run(world, order)]
        for step in range(1, STEPS + 1):
            world.advance(days=STEP.days)
            if truth.removals:
                perform(home, truth, first=step == 1)
            runs.append(_run(world, order, tested=step == STEPS))
        world.transform("--full-refresh", tested=False)
        rebuilt = world.marts()
    oracle = Oracle(truth)
    return Played(
        home,
        truth,
        clocks,
        [oracle.run(clock) for clock in clocks],
        [marts for marts, _ in runs],
        rebuilt,
        [requests for _, requests in runs],
    )


def _run(world: Pipeline, order: Random | None, *, tested: bool = True) -> tuple[Marts, Requests]:
    requests = world.ingest(order)
    world.transform(tested=tested)
    return world.marts(), requests


@pytest.fixture(scope="module")
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, warehouse_url: str
) -> Played:
    """The scenario of the module's SEED and COMPANIES, played once."""
    module = request.module
    return play(tmp_path_factory.mktemp("world"), module.SEED, module.COMPANIES)


class Scenario:
    """The tests; a module of one seed inherits them."""

    @pytest.mark.parametrize("mart", KEYS)
    @pytest.mark.parametrize("step", range(STEPS + 1))
    def test_mart_equals_the_oracle(self, played: Played, mart: str, step: int) -> None:
        found = difference(mart, played.expected[step][mart], played.actual[step][mart])
        assert not found, f"at {played.clocks[step].isoformat()} {found}"

    @pytest.mark.parametrize("mart", KEYS)
    def test_a_full_rebuild_gives_the_same_rows(self, played: Played, mart: str) -> None:
        found = difference(mart, played.actual[-1][mart], played.rebuilt[mart])
        assert not found, str(found)

    def test_the_world_exercises_every_mart(self, played: Played) -> None:
        empty = [mart for mart in KEYS if not played.expected[-1][mart]]
        assert not empty, f"no rows to compare in {empty}"

    def test_dim_dates_holds_every_day_of_the_programme(self, played: Played) -> None:
        found = sorted(played.actual[-1]["dim_dates"], key=lambda row: str(row["date_day"]))
        days = [row["date_day"] for row in found if isinstance(row["date_day"], date)]
        assert found == [date_row(days[0] + timedelta(days=n)) for n in range(len(days))]
        applied = min(str(row["applied_date"]) for row in played.actual[-1]["fct_applications"])
        assert str(days[0]) <= applied
        assert days[-1] >= jst_date(played.clocks[-1])
