"""Landing in processes of their own: killed at any point, at the same time, and its memory."""

import random
import subprocess
import sys
import time

import pytest

from extractors.stream import Connection
from tests.extractors.landings import keys, landing, new_connection, newest, rows, state

pytestmark = pytest.mark.usefixtures("warehouse_url")

BATCHES, ROWS = 5, 1_500
PAUSE = 0.03  # seconds a page; a whole run takes at least 0.45 s


def child(connection: Connection, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.extractors.landing_child", connection.name]
    return subprocess.Popen([*command, *map(str, arguments)], stdout=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> list[str]:
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return output.split()


@pytest.fixture(scope="module")
def undisturbed(warehouse_url: str) -> Connection:
    connection = new_connection()
    finish(child(connection, BATCHES, ROWS))
    return connection


@pytest.mark.parametrize("seed", range(5))
def test_a_killed_run_leaves_whole_batches_and_is_resumed(
    undisturbed: Connection, seed: int
) -> None:
    connection = new_connection()
    killed = child(connection, BATCHES, ROWS, PAUSE)
    assert killed.stdout
    assert killed.stdout.readline() == "ready\n"
    time.sleep(random.Random(seed).uniform(0.05, 0.7))
    killed.kill()
    killed.wait()
    with landing(connection):  # waits for the lock: then the server has cleaned up
        pass
    done = (state(connection) or {"batches": 0})["batches"]
    assert len(rows(connection)) == done * ROWS
    assert len({record_id for record_id, _, _ in keys(connection)}) == done * ROWS
    finish(child(connection, BATCHES, ROWS))
    assert rows(connection) == rows(undisturbed)
    assert keys(connection) == keys(undisturbed)
    assert state(connection) == state(undisturbed)


def test_two_runs_at_once_land_everything_once(undisturbed: Connection) -> None:
    connection = new_connection()
    both = [child(connection, BATCHES, ROWS, PAUSE) for _ in range(2)]
    for process in both:
        finish(process)
    assert rows(connection) == rows(undisturbed)


def test_memory_does_not_grow_with_the_number_of_records() -> None:
    """One batch of 20,000 and one of 60,000 records, in megabytes of resident memory."""
    peaks = [int(finish(child(new_connection(), 1, count))[-1]) for count in (20_000, 60_000)]
    assert peaks[1] < 200
    assert peaks[1] - peaks[0] < 15


def test_the_newest_versions_are_all_there(undisturbed: Connection) -> None:
    assert len(newest(undisturbed)) == BATCHES * ROWS
