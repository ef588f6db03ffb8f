"""The seeded world: its size, its cases, and what its clock reveals."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import orjson
import pytest

from sandbox import store, world
from sandbox.__main__ import main
from sandbox.config import connections_env, write_config
from sandbox.world_plan import KINDS, LEFT_OUT, PLACED, SHARED
from tests.sandbox.worlds import SMALL, bodies, clock, records, truth

T0 = "2026-06-30T15:00:00Z"
VOLATILE = {"days_in_stage"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("world")
    world.make(home, seed=1, applications=SMALL, companies=3)
    return home


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> list[list[tuple]]:
    """The records of one world at T0 and after each of three months."""
    home = tmp_path_factory.mktemp("moved")
    world.make(home, seed=1, applications=SMALL)
    states = [records(home)]
    for _ in range(3):
        world.advance(home, 30)
        states.append(records(home))
    return states


def test_the_number_of_applications_until_t0_is_the_one_asked_for(home: Path) -> None:
    assert len(bodies(home, "applications")) == SMALL
    assert clock(home) == T0


def test_companies_share_the_applications(home: Path) -> None:
    counts = Counter(b["id"] // 10**10 for b in bodies(home, "applications"))
    assert counts == {1: 134, 2: 133, 3: 133}


def test_the_same_arguments_give_the_same_world(moved: list[list[tuple]], tmp_path: Path) -> None:
    world.make(tmp_path, seed=1, applications=SMALL)
    assert records(tmp_path) == moved[0]
    world.make(tmp_path, seed=2, applications=SMALL)
    assert records(tmp_path) != moved[0]


def test_moving_in_steps_equals_moving_at_once(moved: list[list[tuple]], tmp_path: Path) -> None:
    world.make(tmp_path, seed=1, applications=SMALL)
    assert world.advance(tmp_path, 90) == "2026-09-28T15:00:00Z" == clock(tmp_path)
    assert records(tmp_path) == moved[3]
    steps, once = tmp_path / "steps", tmp_path
    world.make(steps, seed=1, applications=SMALL)
    for _ in range(3):
        world.advance(steps, 30)
    files = {p.relative_to(once / "operator"): p.read_bytes() for p in _files(once)}
    assert files == {p.relative_to(steps / "operator"): p.read_bytes() for p in _files(steps)}


def _files(home: Path) -> list[Path]:
    return sorted(path for path in (home / "operator").rglob("*") if path.is_file())


def test_a_record_that_changes_moves_its_updated_at(moved: list[list[tuple]]) -> None:
    clocks = [f"2026-{day}T15:00:00.000Z" for day in ("06-30", "07-30", "08-29", "09-28")]
    changed = 0
    for number, (before, after) in enumerate(pairwise(moved)):
        known = {row[:4]: row for row in before if row[1] == "greenhouse"}
        assert known.keys() <= {row[:4] for row in after}
        for row in after:
            old = known.get(row[:4])
            if old is None or _stable(old[9]) == _stable(row[9]):
                continue
            changed += 1
            assert row[5] == old[5], "created_at never moves"
            assert clocks[number] < row[6] <= clocks[number + 1]
    assert changed > 50


def _stable(body: bytes) -> dict:
    return {k: v for k, v in orjson.loads(body).items() if k not in VOLATILE}


def test_new_records_were_created_since_the_last_clock(moved: list[list[tuple]]) -> None:
    known = {row[:4] for row in moved[0]}
    new = [row for row in moved[1] if row[:4] not in known and row[1] == "greenhouse"]
    assert {"applications", "candidates", "notes", "offers"} <= {row[2] for row in new}
    assert all("2026-06-30T15" < row[5] <= "2026-07-30T15:00:00.000Z" for row in new)


def test_nothing_lies_in_the_future(home: Path) -> None:
    assert all(row[5] <= row[6] <= "2026-06-30T15:00:00.000Z" for row in records(home))


def test_the_clock_stops_at_the_end_of_the_world(tmp_path: Path) -> None:
    world.make(tmp_path, seed=1, applications=200)
    with pytest.raises(world.WorldError, match="expected 0 to 365"):
        world.advance(tmp_path, 366)
    assert world.advance(tmp_path, 365) == "2027-06-30T15:00:00Z"
    assert len(bodies(tmp_path, "applications")) == 300


def test_every_case_occurs_in_every_company(home: Path) -> None:
    per_company = defaultdict(set)
    for company_id, case in truth(
        home,
        "select company_id, case_name from application where applied_at <= ?"
        " union select company_id, case_name from response where visible_at <= ?",
        T0,
        T0,
    ):
        per_company[company_id].add(case)
    expected = {kind.name for kind in KINDS} - {"unrejected_later", LEFT_OUT, *SHARED}
    assert len(per_company) == 3
    assert all(expected <= cases for cases in per_company.values())


def test_case_counts_are_exact(home: Path) -> None:
    rows = truth(home, "select * from case_count")
    total = {row["case_name"]: row["n_total"] for row in rows}
    complete = {row["case_name"]: row["n"] for row in rows}
    everywhere = [kind.name for kind in KINDS if kind.name not in (LEFT_OUT, *SHARED)]
    assert all(total[name] >= 3 for name in everywhere)
    assert {name: total[name] for name in SHARED} == dict.fromkeys(SHARED, 2)
    assert {name: total[name] for name in PLACED if name != LEFT_OUT} == {
        name: 3 * number for name, number in PLACED.items() if name != LEFT_OUT
    }
    submitted = Counter(
        case
        for (case,) in truth(
            home,
            "select case_name from response where submitted_at <= ? and visible_at <= ?",
            T0,
            T0,
        )
    )
    assert submitted["consent_refused"] == complete["consent_refused"]
    assert submitted["double_submit"] == 2 * complete["double_submit"]
    assert complete["late_visible"] == 0 < total["late_visible"]
    reasons = Counter(
        kind
        for (kind,) in truth(
            home,
            "select reason_type from application_event where kind = 'rejected' and at <= ?",
            T0,
        )
    )
    assert reasons["SECURITY_CONCERN"] == complete["security_concern"]
    assert reasons["NONE_SPECIFIED"] == complete["none_specified"]
    in_process = [
        b for b in bodies(home, "applications") if b["status"] == "in_process" and not b["prospect"]
    ]
    assert len(in_process) == complete["in_process"] > 0


def test_rates_of_a_larger_world(tmp_path: Path) -> None:
    world.make(tmp_path, seed=3, applications=4000)
    ended = truth(
        tmp_path,
        "select application_id from application_event where kind = 'rejected' and at <= ?"
        " and reason_type = 'WE_REJECTED_THEM' group by 1",
        T0,
    )
    mailed = truth(
        tmp_path,
        "select application_id from application_event where kind = 'mail_sent' and at <= ?"
        " group by 1",
        T0,
    )
    tokens = truth(
        tmp_path,
        "select token from response where token is not null and visible_at <= ?"
        " and case_name <> 'machine' group by 1",
        T0,
    )
    assert 0.60 < len(ended) / 4000 < 0.70
    assert 0.80 < len(mailed) / len(ended) < 0.90
    assert 0.28 < len(tokens) / len(mailed) < 0.38


def test_one_rejected_before_t0_is_taken_back_after_it(home: Path) -> None:
    rows = truth(
        home,
        "select company_id, counted_at, retracted_at, published_at from counted_registration"
        " where counted_at < ? and retracted_at > ?",
        T0,
        T0,
    )
    assert {row["company_id"] for row in rows} == {"aozora", "hinata", "minato"}


def test_contract_edges_lie_on_both_sides_of_midnight(home: Path) -> None:
    rows = truth(home, "select submitted_at from response where case_name = 'contract_edge'")
    assert Counter(row[0] for row in rows) == {
        "2025-06-30T14:59:59Z": 3,
        "2025-06-30T15:00:00Z": 3,
    }


@pytest.mark.parametrize(
    ("applications", "companies", "message"),
    [
        (199, 2, "at least 100 for each"),
        (329, 3, "at least 110 for each"),
        (5000, 0, "1 to 12"),
        (5000, 13, "1 to 12"),
    ],
)
def test_a_world_that_cannot_be_made_says_why(
    tmp_path: Path, applications: int, companies: int, message: str
) -> None:
    with pytest.raises(world.WorldError, match=message):
        world.make(tmp_path, seed=1, applications=applications, companies=companies)
    assert not list(tmp_path.iterdir())


def test_every_account_can_be_opened_with_its_credentials(home: Path) -> None:
    env = connections_env(home, "http://127.0.0.1:9/")
    assert len(env) == 9
    with closing(store.open_world(home)) as connection:
        known = {account.account: account for account in store.accounts(connection)}
    harvest = orjson.loads(env["AIRFLOW_CONN_HINATA_GREENHOUSE"])
    assert harvest["host"] == "http://127.0.0.1:9/greenhouse"
    assert harvest["login"] == known["hinata_greenhouse"].client_id
    assert harvest["password"] == known["hinata_greenhouse"].secret
    form = orjson.loads(env["AIRFLOW_CONN_MINATO_TYPEFORM"])
    assert form["extra"]["form_id"] == known["minato_typeform"].form_id


def test_relay_toml_names_every_connection_and_no_secret(home: Path) -> None:
    path = write_config(home, "http://127.0.0.1:9")
    parsed = tomllib.loads(path.read_text("utf-8"))
    assert [company["id"] for company in parsed["companies"]] == ["aozora", "hinata", "minato"]
    assert len(parsed["connections"]) == 9
    with closing(store.open_world(home)) as connection:
        secrets = [account.secret for account in store.accounts(connection)]
    assert not any(secret in path.read_text("utf-8") for secret in secrets)


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = ["--home", str(tmp_path)]
    assert main(["advance", *home]) == 2
    assert "python -m sandbox make" in capsys.readouterr().err
    assert main(["make", *home, "--applications", "200"]) == 0
    capsys.readouterr()
    assert main(["advance", *home, "--days", "30"]) == 0
    assert capsys.readouterr().out == "2026-07-30T15:00:00Z\n"
    assert main(["config", *home]) == 2
    assert "--url" in capsys.readouterr().err
    assert main(["config", *home, "--url", "http://x:9"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'relay.toml'}\n"
    assert main(["env", *home, "--url", "http://x:9"]) == 0
    assert capsys.readouterr().out.count("export AIRFLOW_CONN_") == 6
    assert main(["advance", *home, "--days", "400"]) == 2
    assert "the world ends" in capsys.readouterr().err
