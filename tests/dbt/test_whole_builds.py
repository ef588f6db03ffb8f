"""Two whole builds at once, as the DAG and a person start them."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

import warehouse
from tests.dbt.raw import Raw
from tests.dbt.slot_runs import counted
from warehouse.dbt import WAITING, only_build

pytestmark = pytest.mark.long

ADVISORY = "select count(*) from pg_locks where locktype = 'advisory' and {} granted"


def _start(target: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "warehouse", "dbt", *arguments, "--target-path", str(target)],
        # what it prints must fit into the pipe: nobody reads it while the other one is waited for
        env={**os.environ, "DBT_LOG_PATH": str(target)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _until(owner: psycopg.Connection, query: str, expected: int) -> None:
    deadline = time.monotonic() + 120
    while owner.execute(query).fetchone() != (expected,):
        assert time.monotonic() < deadline, query
        time.sleep(0.05)


def test_the_second_build_says_that_it_waits_and_then_builds(
    warehouse_url: str, raw: Raw, owner: psycopg.Connection, target: Path
) -> None:
    company = raw.company("twice")
    company.reference()
    company.contract("v1", "2025-01-01")
    counted(company, 1, "2025-06-11T00:00:00Z")
    raw.check("2025-07-01T00:00:00Z")
    said: list[str] = []
    held = only_build(said.append)
    both = [_start(target, "build", "--quiet") for _ in range(2)]
    _until(owner, ADVISORY.format("not"), 2)  # both wait, so that neither is ahead
    held.close()
    told = [process.communicate(timeout=900) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert said == []
    assert [WAITING in errors for _, errors in told] == [True, True]
    postings = owner.execute(
        "select count(*), count(distinct posting_id) from marts.fct_slot_ledger"
    ).fetchone()
    assert postings == (2, 2)
    left = owner.execute(
        "select relname from pg_class where relkind in ('r', 'v')"
        " and relname ~ '__dbt_(tmp|backup)' and relpersistence <> 't'"
    ).fetchall()
    assert left == []


def test_the_lock_is_dbts_own_and_goes_when_dbt_is_killed(
    warehouse_url: str, raw: Raw, owner: psycopg.Connection, target: Path
) -> None:
    child = _start(target, "build", "--quiet", "--select", "int_as_of")
    _until(owner, ADVISORY.format(""), 1)
    child.kill()
    child.wait()
    _until(owner, ADVISORY.format(""), 0)
    said: list[str] = []
    only_build(said.append).close()
    assert said == []


def test_what_only_reads_does_not_wait(
    warehouse_url: str, owner: psycopg.Connection, target: Path
) -> None:
    with warehouse.connect("relay_transformer", autocommit=True), only_build(print):
        child = _start(target, "ls", "--select", "marts")
        listed, errors = child.communicate(timeout=120)
    assert child.returncode == 0, errors
    assert "career_relay.marts.slots.fct_slots" in listed
