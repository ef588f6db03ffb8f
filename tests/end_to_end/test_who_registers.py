"""Who registers in a world: rates against the oracle, the fit against what makes it a maximum."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import exp
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

import tests.end_to_end.pipeline
import warehouse
from analysis import registration
from analysis.logit import INTERCEPT, Level
from tests.end_to_end.pipeline import pipeline
from tests.end_to_end.scenario import START
from tests.oracle.attributes import Cell, CellKey, Rejection, cells, rejections
from tests.oracle.truth import load
from tests.oracle.visible import at

pytestmark = pytest.mark.long

APPLICATIONS = 300
SEED = 5
NEXT_TO_NOTHING = 1e-6

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Played:
    """The oracle's rejections and cells, and the tables after dbt and the fit."""

    rejections: list[Rejection]
    cells: dict[CellKey, Cell]
    rates: Rows
    coefficients: Rows
    adjusted: Rows


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, warehouse_url: str) -> Played:
    """A world of two companies after its first load."""
    home = tmp_path_factory.mktemp("world")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tests.end_to_end.pipeline, "APPLICATIONS", APPLICATIONS)
        with pipeline(home, SEED, companies=2) as world:
            world.ingest()
            world.transform()
            registration.run(lambda _: None)
    found = rejections(at(load(home / "truth.db"), START))
    with warehouse.connect() as connection:
        return Played(
            found,
            cells(found),
            _rows(connection, "marts.agg_registration_by_attribute"),
            _rows(connection, "analysis.registration_coefficients"),
            _rows(connection, "analysis.registration_adjusted"),
        )


def _rows(connection: psycopg.Connection, table: str) -> Rows:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(f"select * from {table}".encode()).fetchall()


def test_every_cell_is_that_of_the_oracle(played: Played) -> None:
    actual = {(row["company_id"], row["attribute"], row["value"]): row for row in played.rates}
    assert actual.keys() == played.cells.keys()
    for key, cell in played.cells.items():
        row = actual[key]
        assert row["is_suppressed"] == cell.is_suppressed, key
        numbers = [row["applications"], row["people"], row["registered"], row["registration_rate"]]
        if cell.is_suppressed:
            assert [*numbers, row["rate_lower"], row["lift"], row["adjusted_rate"]] == [None] * 7
            continue
        assert numbers[:3] == [cell.applications, cell.people, cell.registered], key
        assert float(numbers[3]) == pytest.approx(cell.registered / cell.people, abs=6e-7)
        lift = None if row["lift"] is None else float(row["lift"])
        assert lift == (None if cell.lift is None else pytest.approx(float(cell.lift), abs=6e-7))


def test_the_world_holds_small_cells_and_what_would_give_them_away(played: Played) -> None:
    hidden = [cell for cell in played.cells.values() if cell.is_suppressed]
    assert any(cell.people < 5 for cell in hidden)
    assert any(cell.people >= 5 for cell in hidden)
    assert any(not cell.is_suppressed for cell in played.cells.values())


def test_every_value_says_whether_it_was_fitted(played: Played) -> None:
    found = {(row["company_id"], row["attribute"], row["value"]) for row in played.coefficients}
    intercepts = {(company, *INTERCEPT) for company, _, _ in played.cells}
    assert found - intercepts == {key for key in played.cells if key[1] != "all"}
    assert intercepts <= found
    statuses = {row["status"] for row in played.coefficients}
    assert {"fitted", "reference", "left_out"} <= statuses


def _probability(own: dict[Level, float], attributes: dict[str, str]) -> float:
    score = own[INTERCEPT] + sum(own.get(level, 0.0) for level in attributes.items())
    return 1 / (1 + exp(-score))


def test_the_fit_is_a_maximum_of_the_likelihood(played: Played) -> None:
    """There, and only there, residuals add up to nothing for every value that was fitted."""
    fits: dict[str, dict[Level, float]] = defaultdict(dict)
    constant: dict[str, set[Level]] = defaultdict(set)
    for row in played.coefficients:
        level = (row["attribute"], row["value"])
        if row["status"] in ("fitted", "reference"):
            fits[row["company_id"]][level] = row["coefficient"]
        if row["status"] == "constant":
            constant[row["company_id"]].add(level)
    assert fits
    for company, own in fits.items():
        part = [
            one
            for one in played.rejections
            if one.company_id == company and not constant[company] & set(one.attributes.items())
        ]
        for level in own:
            residuals = [
                one.is_registered - _probability(own, one.attributes)
                for one in part
                if level == INTERCEPT or one.attributes[level[0]] == level[1]
            ]
            assert residuals, level
            assert sum(residuals) == pytest.approx(0, abs=NEXT_TO_NOTHING), level
        for row in played.adjusted:
            if row["company_id"] == company:
                same = [
                    _probability(own, {**one.attributes, row["attribute"]: row["value"]})
                    for one in part
                ]
                assert row["adjusted_rate"] == pytest.approx(sum(same) / len(same), abs=1e-9)
                assert 0 <= row["lower"] <= row["adjusted_rate"] <= row["upper"] <= 1
    assert played.adjusted
