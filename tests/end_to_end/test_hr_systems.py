"""Companies with SmartHR and freee人事労務: retention is what the oracle makes of the truth."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any, LiteralString

import pytest
from psycopg.rows import dict_row

import warehouse
from tests.end_to_end.pipeline import Pipeline, pipeline
from tests.end_to_end.scenario import START, Marts
from tests.oracle.compare import difference
from tests.oracle.employments import employments
from tests.oracle.marts import KEYS, Oracle
from tests.oracle.staff import matches
from tests.oracle.truth import Truth, load
from tests.oracle.visible import at

pytestmark = pytest.mark.long

SEED, APPLICATIONS = 28, 400
CLOCKS = (START, START + timedelta(days=30))
SYSTEMS = {"aozora": "smarthr", "hinata": "freee"}
STREAMS = {"smarthr": "crews", "freee": "employees"}
MATCHES: LiteralString = "select * from marts.fct_employment_matches"
Row = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """What the marts hold after each run, the first one, a month later, and rebuilt."""

    truth: Truth
    expected: Sequence[Marts]
    actual: Sequence[Marts]
    matched: Sequence[list[Row]]
    requests: Sequence[Mapping[str, Mapping[str, int]]]
    raw: str
    personal: frozenset[str]
    counts: Sequence[Mapping[str, int]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, warehouse_url: str) -> Told:
    home = tmp_path_factory.mktemp("staffed")
    hr = tuple(SYSTEMS.values())
    with pipeline(home, SEED, len(SYSTEMS), APPLICATIONS, hr=hr) as world:
        runs = [_run(world)]
        world.advance(days=30)
        runs.append(_run(world))
        world.transform("--full-refresh", tested=False)
        marts, matched = world.marts(), _rows(MATCHES)
        raw = "".join(str(_rows(f"select payload from raw_{s}.{STREAMS[s]}")) for s in hr)
        personal = _personal(home / "truth.db")
    truth = load(home / "truth.db")
    oracle = Oracle(truth)
    return Told(
        truth,
        [oracle.run(clock) for clock in CLOCKS],
        [*(run[0] for run in runs), marts],
        [*(run[1] for run in runs), matched],
        [run[2] for run in runs],
        raw,
        personal,
        [run[3] for run in runs],
    )


def _run(world: Pipeline) -> tuple[Marts, list[Row], Mapping[str, Mapping[str, int]], Any]:
    requests = world.ingest()
    world.transform()
    return world.marts(), _rows(MATCHES), requests, _shown(world)


def _shown(world: Pipeline) -> dict[str, int]:
    """How many records each system shows."""
    with closing(sqlite3.connect(world.home / "world.db")) as db:
        found = db.execute(
            "select account, count(*) from records where vendor in ('smarthr', 'freee') group by 1"
        )
        return dict(found.fetchall())


def _rows(query: LiteralString) -> list[Row]:
    with warehouse.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query).fetchall()


def _personal(path: Any) -> frozenset[str]:
    with closing(sqlite3.connect(path)) as truth:
        people = [json.loads(text) for (text,) in truth.execute("select person from employee")]
    return frozenset(
        person[name] for person in people for name in ("kana", "phone", "email") if person[name]
    )


@pytest.mark.parametrize("mart", KEYS)
@pytest.mark.parametrize("run", [0, 1])
def test_mart_equals_the_oracle(told: Told, mart: str, run: int) -> None:
    found = difference(mart, told.expected[run][mart], told.actual[run][mart])
    assert not found, found


@pytest.mark.parametrize("mart", KEYS)
def test_a_full_rebuild_gives_the_same_rows(told: Told, mart: str) -> None:
    found = difference(mart, told.actual[1][mart], told.actual[2][mart])
    assert not found, found


@pytest.mark.parametrize("run", [0, 1])
def test_nobody_is_guessed(told: Told, run: int) -> None:
    view = at(told.truth, CLOCKS[run])
    found = {row["employment_id"]: row["employee_id"] for row in told.matched[run]}
    expected = {key: one.employee_id for key, one in matches(view).items()}
    assert {key: who for key, who in found.items() if who} == expected
    assert found.keys() == {one.key for one in employments(view, ())}


def test_a_rebuild_matches_the_same(told: Told) -> None:
    _, last, rebuilt = (sorted(rows, key=str) for rows in told.matched)
    assert last == rebuilt


def test_the_world_holds_every_kind_of_match(told: Told) -> None:
    states = Counter(row["match_state"] for row in told.matched[1])
    assert states.keys() == {"matched", "ambiguous", "dates_disagree", "not_found"}
    matched = [row for row in told.matched[1] if row["employee_id"]]
    assert {(row["match_method"], row["match_tier"]) for row in matched} == {
        ("employee_number", None),
        ("identity", 2),
        ("identity", 3),
    }
    assert {row["feed"] for row in matched} == {"joins", "hires"}
    assert any(row["is_join_disputed"] for row in matched)
    assert any(row["is_leaving_disputed"] for row in matched)
    assert not all(row["is_leaving_disputed"] for row in matched)


def test_the_hr_system_changes_what_is_known(told: Told) -> None:
    """The same world by the lists alone has other states: the test above compares something."""
    view = at(told.truth, CLOCKS[1])
    seen = {one.key: one for one in employments(view, ())}
    observed = {one.observer for one in seen.values()}
    assert observed == {"", "aozora_smarthr", "hinata_freee"}


@pytest.mark.parametrize("run", [0, 1])
def test_nothing_personal_is_stored(told: Told, run: int) -> None:
    assert len(told.personal) > 500
    assert [value for value in told.personal if value in told.raw] == []


@pytest.mark.parametrize("run", [0, 1])
@pytest.mark.parametrize("company", SYSTEMS)
def test_no_request_is_made_that_need_not_be(told: Told, run: int, company: str) -> None:
    """Neither system filters by change: the least is every page once. freee does not say how many
    rows there are, so a full last page is followed by an empty one; and one request is its token's.
    """
    system = SYSTEMS[company]
    account = f"{company}_{system}"
    requests = told.requests[run][account][STREAMS[system]]
    rows = told.counts[run][account]
    least = ceil(rows / 100) if system == "smarthr" else rows // 100 + 2
    print(f"{account}: {requests} requests for {rows} records, least {least}")
    assert rows > 100
    assert requests == least
