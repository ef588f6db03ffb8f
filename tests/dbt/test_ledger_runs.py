"""Runs of the ledger beside and after one another: nothing is posted twice, nothing changes."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.dbt.project import FOLDER, Project
from tests.dbt.raw import Company, Raw
from tests.dbt.slot_runs import balances, counted, run

pytestmark = pytest.mark.long

POSTINGS = (
    "select posting_id, transaction_id, company_id, account, quantity, effective_at, recorded_at,"
    " contract_id, cause, cause_id, reversal_of, posting_key from marts.fct_slot_ledger"
    " where company_id = '{}' order by 1"
)
LOCK = "hashtext('career_relay.fct_slot_ledger')"
WAITING = "select count(*) from pg_locks where locktype = 'advisory' and not granted"


def _company(raw: Raw, name: str) -> Company:
    company = raw.company(name)
    company.reference()
    company.contract("v1", "2025-01-01")
    for number in range(1, 4):
        counted(company, number, f"2025-06-{number + 10}T00:00:00Z")
    return company


def _post(target: Path) -> subprocess.Popen[bytes]:
    """The ledger's own run in a process of its own, as a second person starts it."""
    return subprocess.Popen(
        [
            str(Path(sys.executable).with_name("dbt")), "--quiet",
            "run", "--select", "fct_slot_ledger",
            "--project-dir", str(FOLDER), "--profiles-dir", str(FOLDER),
            "--target-path", str(target), "--log-path", str(target),
        ],
        env=os.environ.copy(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def _wait_for(owner: psycopg.Connection, waiting: int, runs: list[Any]) -> None:
    until = time.monotonic() + 180
    while time.monotonic() < until and all(process.poll() is None for process in runs):
        if owner.execute(WAITING).fetchone() == (waiting,):
            return
        time.sleep(0.2)
    told = [process.communicate()[0].decode() for process in runs if process.poll() is not None]
    raise AssertionError(f"{waiting} runs should wait for the ledger: {told}")


def test_two_runs_at_once_post_once(
    raw: Raw, project: Project, owner: psycopg.Connection, tmp_path: Path
) -> None:
    company = _company(raw, "beside")
    run(raw, project, "2025-07-01T00:00:00Z")
    before = raw.rows(POSTINGS.format("beside"))
    assert len(before) == 10  # three counts and a grant of four legs

    counted(company, 4, "2025-06-20T00:00:00Z")
    raw.check("2025-07-02T00:00:00Z")
    project.run("run", "--select", "+int_postings_desired")
    owner.execute(f"select pg_advisory_lock({LOCK})")
    runs = [_post(tmp_path / str(number)) for number in (1, 2)]
    try:
        _wait_for(owner, 2, runs)
    finally:
        owner.execute(f"select pg_advisory_unlock({LOCK})")
        told = [process.communicate(timeout=180)[0].decode() for process in runs]
    assert [process.returncode for process in runs] == [0, 0], "\n".join(told)

    after = raw.rows(POSTINGS.format("beside"))
    assert [row for row in after if row in before] == before
    assert sorted(row[-1] for row in after if row not in before) == [
        "count:beside_typeform:r004/counted",
        "count:beside_typeform:r004/points",
        "grant:beside:2/issued/beside:2",
        "grant:beside:2/points",
        "grant:beside:2/points_spent",
        "grant:beside:2/slots/beside:2",
    ]
    assert balances(raw, "beside") == {"counted": -4, "points_spent": 4, "issued": -2, "slots": 2}


def test_a_ledger_of_single_entries_is_carried_on(
    raw: Raw, project: Project, owner: psycopg.Connection
) -> None:
    _company(raw, "single")
    run(raw, project, "2025-07-03T00:00:00Z")
    for statement in (
        "delete from marts.fct_slot_ledger",
        "alter table marts.fct_slot_ledger drop column unit, drop column slot_id,"
        " drop column batch",
        "insert into marts.fct_slot_ledger select md5(key), transaction, 'single', account,"
        " quantity, day::timestamptz, recorded::timestamptz, 'single:v1', cause,"
        " 'single_typeform:' || registration, null, key from (values"
        " ('count:r1', 'count:r1', 'points', 1, '2025-06-11', '2025-06-30',"
        " 'registration_counted', 'r001'),"
        " ('count:r2', 'count:r2', 'points', 1, '2025-06-12', '2025-06-30',"
        " 'registration_counted', 'r002'),"
        " ('grant:single:1:points', 'grant:single:1', 'points', -2, '2025-06-12', '2025-07-01',"
        " 'threshold_reached', 'r002'),"
        " ('grant:single:1:slots', 'grant:single:1', 'slots', 1, '2025-06-12', '2025-07-01',"
        " 'threshold_reached', 'r002'))"
        " as old (key, transaction, account, quantity, day, recorded, cause, registration)",
    ):
        owner.execute(statement.encode())
    before = raw.rows(POSTINGS.format("single"))
    assert len(before) == 4

    run(raw, project, "2025-07-04T00:00:00Z")
    after = raw.rows(POSTINGS.format("single"))
    assert [row for row in after if row in before] == before
    assert balances(raw, "single") == {
        "counted": -3, "points": 1, "points_spent": 2, "issued": -1, "slots": 1,
    }  # fmt: skip
    assert raw.rows(
        "select batch, unit, count(*), sum(quantity)::int from marts.fct_slot_ledger"
        " where company_id = 'single' and (posting_key not like '%/%') group by 1, 2 order by 1, 2"
    ) == [
        (1, "points", 2, 2), (2, "points", 1, -2), (2, "slots", 1, 1),
        (3, "points", 3, 0), (3, "slots", 1, -1),
    ]  # fmt: skip
