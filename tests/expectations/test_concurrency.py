"""Checks at the same time, and checks that are killed."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time

import psycopg

import warehouse
from expectations import validate
from tests.expectations.conftest import MakeLander
from tests.expectations.reading import entries, passed
from tests.expectations.records import record


def test_two_checks_at_once_count_every_row_once(
    lander: MakeLander, session: psycopg.Connection
) -> None:
    account = lander("greenhouse")
    account.land("offices", [record("greenhouse", "offices", n, name=None) for n in range(1, 50)])
    account.land("offices", [record("greenhouse", "offices", n) for n in range(50, 200)])
    found: list[int] = []
    said: list[str] = []

    def check() -> None:
        found.append(validate(account.connection, ["offices"], report=said.append).rows_checked)

    with warehouse.connect("relay_loader", autocommit=True) as other:
        name = f"relay gate {account.connection}.offices"
        other.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [name])
        threads = [threading.Thread(target=check) for _ in range(2)]
        for thread in threads:
            thread.start()
        while sum("another check is running" in line for line in said) < 2:
            threads[0].join(0.05)
        other.execute("select pg_advisory_unlock_all()")
        for thread in threads:
            thread.join()

    assert sorted(found) == [0, 199]
    assert len(entries(session, account.connection)) == 49


def test_killed_anywhere_and_run_again_it_ends_as_if_undisturbed(
    lander: MakeLander, session: psycopg.Connection
) -> None:
    account = lander("greenhouse")
    streams = ("offices", "sources", "departments", "candidate_tags")
    for stream in streams:
        account.land(
            stream,
            [record("greenhouse", stream, n, name="x" if n % 3 else None) for n in range(1, 40)],
        )
    command = [sys.executable, "-m", "expectations", "check", account.connection]
    for streams_done in (1, 2):
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            for line in process.stderr:
                streams_done -= "new rows" in line or "held" in line
                if not streams_done:
                    break
            time.sleep(random.uniform(0, 0.15))  # into the next stream's check
            process.kill()

    done = subprocess.run(command, capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stderr
    for stream in streams:
        assert len(passed(session, account.connection, stream)) == 26
    assert len(entries(session, account.connection)) == 13 * len(streams)
    checked = session.execute(
        "select stream, sum(rows_checked) from gate.results where connection = %s "
        "and rows_checked > 0 group by 1",
        [account.connection],
    ).fetchall()
    assert dict(checked) == dict.fromkeys(streams, 39)


def test_sigterm_ends_a_check_as_it_ends_an_extraction(
    lander: MakeLander, session: psycopg.Connection
) -> None:
    account = lander("greenhouse")
    account.land("offices", [record("greenhouse", "offices", n) for n in range(1, 5)])
    account.land("sources", [record("greenhouse", "sources", n) for n in range(1, 5)])
    command = [sys.executable, "-m", "expectations", "check", account.connection]
    with warehouse.connect("relay_loader", autocommit=True) as other:
        name = f"relay gate {account.connection}.offices"
        other.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [name])
        child = subprocess.Popen(
            [*command, "--stream", "sources", "--stream", "offices"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert child.stderr
        while "offices: another check is running" not in child.stderr.readline():
            assert child.poll() is None
        child.terminate()
        _, said = child.communicate(timeout=20)
    assert child.returncode == 130
    assert said == "stopped; checked streams are kept, the next check goes on from there\n"
    kept = session.execute(
        "select stream from gate.results where connection = %s", [account.connection]
    ).fetchall()
    assert kept == [("sources",)]
