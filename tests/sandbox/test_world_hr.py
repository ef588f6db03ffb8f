"""HR systems in the world: served when asked for, on the same people, and moving with the clock."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from sandbox import world
from sandbox.__main__ import main
from sandbox.config import connections_env, write_config
from tests.sandbox.worlds import SMALL, records

HR = ("smarthr", "freee")
STAFF_TABLES = {"employee", "stated_number"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("staffed")
    world.make(home, seed=1, applications=SMALL, hr=HR)
    return home


def _rows(home: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(home / "truth.db")) as truth:
        return truth.execute(query).fetchall()


def _staff(home: Path, vendor: str = "smarthr") -> dict[str, dict]:
    shown = [orjson.loads(row[9]) for row in records(home) if row[1] == vendor]
    return {str(one["id"]): one for one in shown}


def test_a_world_without_hr_systems_is_the_same(home: Path, tmp_path: Path) -> None:
    world.make(tmp_path, seed=1, applications=SMALL)
    assert [row for row in records(home) if row[1] not in HR] == records(tmp_path)
    listed = _rows(home, "select name from sqlite_master where type = 'table'")
    tables = {name for (name,) in listed}
    assert tables > STAFF_TABLES
    for table in tables:
        query = f"select * from {table} order by rowid"
        same = _rows(home, query) == _rows(tmp_path, query)
        assert same is (table not in STAFF_TABLES), table


def test_only_the_lists_of_a_company_with_one_state_numbers(home: Path, tmp_path: Path) -> None:
    world.make(tmp_path, seed=1, applications=SMALL)
    for folder, has_numbers in ((home, True), (tmp_path, False)):
        files = [*(folder / "operator" / "aozora").glob("hires_*.csv")]
        heads = {path.read_bytes().splitlines()[0] for path in files}
        assert heads
        assert all((b"employee_number" in head) is has_numbers for head in heads)


def test_a_company_may_have_none(home: Path, tmp_path: Path) -> None:
    world.make(tmp_path, seed=1, applications=SMALL, hr=("none", "freee"))
    assert {row[1] for row in records(tmp_path)} & set(HR) == {"freee"}
    assert _staff(tmp_path, "freee") == _staff(home, "freee")
    world.advance(tmp_path, 30)
    assert {row[1] for row in records(tmp_path)} & set(HR) == {"freee"}


def test_the_same_people_stand_in_both(home: Path) -> None:
    both = (
        "select count(*) from employee e join candidate c"
        " on c.person_id = e.person_id and c.company_id = e.company_id"
    )
    strangers = "select count(*) from employee where person_id like '%-hr-%'"
    recognised = "select count(*) from employee where is_recognisable"
    assert all(_rows(home, query)[0][0] > 10 for query in (both, strangers, recognised))


def test_moving_in_steps_equals_moving_at_once(home: Path, tmp_path: Path) -> None:
    once, steps = tmp_path / "once", tmp_path / "steps"
    for folder in (once, steps):
        world.make(folder, seed=1, applications=SMALL, hr=HR)
    before = _staff(once)
    assert records(once) == records(home)
    world.advance(once, 60)
    for _ in range(2):
        world.advance(steps, 30)
    assert records(once) == records(steps)
    after = _staff(once)
    assert before.keys() - after.keys(), "some are deleted"
    assert after.keys() - before.keys(), "some are new"
    assert any(before[key] != after[key] for key in before.keys() & after.keys())


def test_statuses_do_not_follow_the_days(home: Path) -> None:
    """What the models must not be led by: leavings to come, statuses that lag, leave."""
    people = _staff(home).values()
    today = "2026-07-01"
    left = [one for one in people if one["resigned_at"]]
    assert any(one["resigned_at"] > today and one["emp_status"] == "employed" for one in left)
    assert any(one["resigned_at"] < today and one["emp_status"] == "employed" for one in left)
    assert any(one["resigned_at"] < today and one["emp_status"] == "retired" for one in left)
    assert any(one["emp_status"] == "absent" for one in people)


def test_connections_are_configured(home: Path) -> None:
    text = write_config(home, "http://127.0.0.1:9").read_text()
    assert 'name = "aozora_smarthr"' in text
    assert 'name = "hinata_freee"' in text
    assert "company_id = 10000001" in text
    env = connections_env(home, "http://127.0.0.1:9")
    assert {"AIRFLOW_CONN_AOZORA_SMARTHR", "AIRFLOW_CONN_HINATA_FREEE"} <= env.keys()


def test_an_unknown_system_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["make", "--home", str(tmp_path), "--hr", "excel"]) == 2
    assert "hr: expected some of smarthr, freee, none, got excel" in capsys.readouterr().err
