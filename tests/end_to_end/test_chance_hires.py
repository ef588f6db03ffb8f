"""Retention, return and reports against the oracle on random employments, over four runs."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

import warehouse
from extractors.registry import SOURCES
from tests.dbt.raw import Raw
from tests.end_to_end import chance_hires, dbt
from tests.end_to_end.told import Teller
from tests.oracle.compare import difference, mart_rows
from tests.oracle.employments import JOINS, employments, suspects
from tests.oracle.marts import KEYS, Oracle
from tests.oracle.rows import Row
from tests.oracle.story import jst
from tests.oracle.visible import at
from warehouse.raw import ensure_raw_tables

pytestmark = pytest.mark.long

SEED = 5
COMPANIES = 40
# the first half hour of a fiscal year in Tokyo, and the last one of a month
CLOCKS = tuple(
    jst(at)
    for at in ("2026-04-01 00:30", "2026-05-15 06:00", "2026-11-30 23:30", "2027-04-30 06:00")
)

Marts = dict[str, list[Row]]


@pytest.fixture(scope="module")
def owner(warehouse_url: str) -> Iterator[psycopg.Connection]:
    with warehouse.open_connection(warehouse_url, autocommit=True) as connection:
        for source in SOURCES.values():
            ensure_raw_tables(connection, source.name, [s.name for s in source.streams])
        yield connection


@pytest.fixture(scope="module")
def runs(owner: psycopg.Connection) -> list[tuple[Marts, Marts]]:
    """What the oracle expects and what the marts hold after each run."""
    truth = chance_hires.truth(SEED, COMPANIES)
    teller = Teller(Raw(owner))
    teller.companies(truth)
    oracle = Oracle(truth)
    found = []
    for clock in CLOCKS:
        teller.tell(at(truth, clock))
        dbt.invoke("build", "--exclude-resource-type", "unit_test", "test")
        actual = {mart: mart_rows(owner, mart) for mart in KEYS}
        found.append((oracle.run(clock), actual))
    dbt.invoke("test", "--exclude-resource-type", "unit_test")
    return found


@pytest.mark.parametrize("mart", KEYS)
@pytest.mark.parametrize("run", range(len(CLOCKS)))
def test_mart_equals_the_oracle(runs: list[tuple[Marts, Marts]], mart: str, run: int) -> None:
    expected, actual = runs[run]
    found = difference(mart, expected[mart], actual[mart])
    assert not found, f"at {CLOCKS[run].isoformat()} {found}"


def test_the_truths_hold_what_no_world_does() -> None:
    """Leaves without a day, announced and observed ones, planned joins, suspect feeds of joins."""
    truth = chance_hires.truth(SEED, COMPANIES)
    hired = [one for clock in CLOCKS for one in employments(at(truth, clock), set())]
    joins = [one for one in hired if one.feed == JOINS]
    assert any(one.gone_on is not None and one.has_left for one in joins)
    assert any(one.left_on is not None and not one.has_left for one in joins)
    assert any(not one.has_started for one in joins)
    found = [suspects(employments(at(truth, clock), set())) for clock in CLOCKS]
    assert {feed for feeds in found for _, feed in feeds} == {"joins", "hires"}
