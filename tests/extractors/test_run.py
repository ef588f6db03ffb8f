"""Whole runs into a real Postgres: what lands, what state remains, how failures end."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from extractors.__main__ import main
from extractors.errors import ConfigError, PermissionMissing, SourceError
from extractors.run import run_connection, run_stream, stream_names
from sandbox import faults, store
from tests.extractors.conftest import Vendor
from tests.sandbox.small_world import APPLICATIONS, FORM, HARVEST, harvest_record

READABLE = ["applications", "candidates", "job_posts", "users", "rejection_reasons"]
CONFIG = """\
[[connections]]
name = "aozora_greenhouse"
company = "aozora"
source = "greenhouse"
conn_id = "aozora_greenhouse"
options = {{ start_date = 2026-01-01, attempts = 1, {options} }}

[[connections]]
name = "aozora_typeform"
company = "aozora"
source = "typeform"
conn_id = "aozora_typeform"
options = {{ start_date = 2026-01-01, attempts = 1 }}
"""


@pytest.fixture
def database(warehouse_url: str) -> Iterator[psycopg.Connection]:
    """The warehouse without anything landed."""
    with psycopg.connect(warehouse_url, autocommit=True) as connection:
        tables = [f"raw_greenhouse.{name}" for name in READABLE]
        tables += ["raw_greenhouse.offers", "raw_typeform.responses_completed"]
        connection.execute(f"truncate {', '.join(tables)}, landing.sync_state")
        yield connection


@pytest.fixture
def configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, login: Callable[..., None]
) -> Callable[..., None]:
    """Writes relay.toml with the given options for Greenhouse."""

    def write(options: str = "page_size = 100") -> None:
        path = tmp_path / "relay.toml"
        path.write_text(CONFIG.format(options=options), "utf-8")
        monkeypatch.setenv("RELAY_CONFIG", str(path))

    write()
    return write


def count(database: psycopg.Connection, table: str) -> int:
    row = database.execute(f"select count(*) from {table}").fetchone()
    assert row
    return int(row[0])


def until(database: psycopg.Connection, stream: str) -> str | None:
    row = database.execute(
        "select state ->> 'until' from landing.sync_state where stream = %s", [stream]
    ).fetchone()
    return row[0] if row else None


def move_clock(home: Path, clock: str, *records: store.Record) -> None:
    with store.transaction(store.open_world(home)) as world:
        store.set_meta(world, "clock", clock)
        store.put_records(world, records)


def test_a_second_run_reads_little_and_lands_what_changed(
    harvest: Vendor, database: psycopg.Connection
) -> None:
    connection = harvest.connection()
    first = run_stream(connection, "applications", run_id="one")
    assert (first.read, first.landed) == (APPLICATIONS, APPLICATIONS)
    again = run_stream(connection, "applications", run_id="two")
    assert (again.read, again.landed) == (0, 0)
    changed = harvest_record("applications", 7, 24 * 181, status="hired")
    move_clock(harvest.home, "2026-07-02T15:00:00Z", changed)
    later = run_stream(connection, "applications", run_id="three")
    assert (later.read, later.landed) == (1, 1)
    assert until(database, "applications") == "2026-07-02T15:00:00Z"


def test_full_reads_everything_and_lands_nothing_twice(
    harvest: Vendor, database: psycopg.Connection
) -> None:
    connection = harvest.connection()
    run_stream(connection, "applications", run_id="one")
    full = run_stream(connection, "applications", full=True, run_id="two")
    assert (full.read, full.landed) == (APPLICATIONS, 0)
    assert count(database, "raw_greenhouse.applications") == APPLICATIONS


def test_a_load_that_breaks_goes_on_after_its_last_whole_window(
    harvest: Vendor, database: psycopg.Connection
) -> None:
    connection = harvest.connection(window_days=2, page_size=100, attempts=1)
    harvest.fault("applications", "500", times=None, after=4)
    with pytest.raises(SourceError):
        run_stream(connection, "applications", run_id="one")
    # the first page of all, then three windows of two days from 2025-12-31T15:00Z
    assert until(database, "applications") == "2026-01-06T15:00:00Z"
    landed = count(database, "raw_greenhouse.applications")
    assert 0 < landed < APPLICATIONS
    faults.clear(harvest.home)
    rest = run_stream(connection, "applications", run_id="two")
    assert rest.landed == APPLICATIONS - landed
    assert count(database, "raw_greenhouse.applications") == APPLICATIONS


def test_a_window_that_breaks_in_the_middle_leaves_nothing(
    harvest: Vendor, database: psycopg.Connection
) -> None:
    connection = harvest.connection(window_days=400, page_size=50, attempts=1)
    harvest.fault("applications", "truncated", times=None, after=3)
    with pytest.raises(SourceError):
        run_stream(connection, "applications", run_id="one")
    assert count(database, "raw_greenhouse.applications") == 0
    assert until(database, "applications") is None


def test_one_refused_stream_does_not_stop_the_others(
    harvest: Vendor, database: psycopg.Connection
) -> None:
    results = run_connection(
        harvest.connection(), ["offers", "applications", "users"], run_id="one"
    )
    assert [result.stream for result in results] == ["offers", "applications", "users"]
    assert isinstance(results[0].error, PermissionMissing)
    assert [result.error for result in results[1:]] == [None, None]
    assert count(database, "raw_greenhouse.applications") == APPLICATIONS


def test_an_unknown_stream_is_refused_before_anything_runs(
    harvest: Vendor, database: psycopg.Connection
) -> None:
    with pytest.raises(ConfigError, match="has no stream 'aplications'"):
        run_connection(harvest.connection(), ["users", "aplications"], run_id="one")
    assert until(database, "users") is None


def test_two_runs_at_once_do_not_interfere(harvest: Vendor, database: psycopg.Connection) -> None:
    connection = harvest.connection(page_size=20)
    errors: list[Exception] = []

    def run(run_id: str) -> None:
        try:
            run_stream(connection, "applications", run_id=run_id)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert count(database, "raw_greenhouse.applications") == APPLICATIONS


def test_exit_0_and_a_summary_when_all_landed(
    harvest: Vendor,
    database: psycopg.Connection,
    configured: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = [part for name in READABLE for part in ("--stream", name)]
    assert main(["run", HARVEST.account, *arguments]) == 0
    shown = capsys.readouterr()
    assert "rejection_reasons" in shown.out
    assert "aozora_greenhouse.applications  2025-12-31" in shown.err


def test_exit_1_when_a_stream_failed_and_the_others_landed(
    harvest: Vendor,
    database: psycopg.Connection,
    configured: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(["run", HARVEST.account, "--stream", "offers", "--stream", "applications"])
    assert status == 1
    assert "harvest:offers:list" in capsys.readouterr().err
    assert count(database, "raw_greenhouse.applications") == APPLICATIONS


def test_exit_2_and_one_line_for_refused_credentials(
    form: Vendor,
    database: psycopg.Connection,
    configured: Callable[..., None],
    login: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    login(FORM.account, password="wrong")
    assert main(["run", FORM.account]) == 2
    errors = capsys.readouterr().err
    assert errors.count("error: ") == 1
    assert "2 further streams were not tried" in errors


def test_exit_1_and_one_line_for_an_unreachable_vendor(
    form: Vendor,
    database: psycopg.Connection,
    configured: Callable[..., None],
    login: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    login(FORM.account, host="http://form.invalid")
    assert main(["run", FORM.account]) == 1
    errors = capsys.readouterr().err
    assert errors.count("error: ") == 1
    assert "unknown host name: form.invalid" in errors


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ('date_filter = "both"', ["run", HARVEST.account]),
        ("page_size = 100", ["run", "nobody"]),
        ("page_size = 100", ["run", HARVEST.account, "--stream", "aplications"]),
    ],
)
def test_exit_2_for_wrong_configuration(
    database: psycopg.Connection,
    configured: Callable[..., None],
    options: str,
    arguments: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    configured(options)
    assert main(arguments) == 2
    assert "Remedy: " in capsys.readouterr().err


def test_wrong_usage_is_2() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run"])
    assert ended.value.code == 2


def test_list_shows_every_connection(
    configured: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    assert HARVEST.account in shown
    assert "responses_partial" in shown


def test_a_killed_run_is_made_good_by_the_next(
    harvest: Vendor, database: psycopg.Connection, configured: Callable[..., None]
) -> None:
    configured("window_days = 1, page_size = 10")
    command: list[Any] = [sys.executable, "-m", "extractors", "run", HARVEST.account]
    child = subprocess.Popen(
        [*command, "--stream", "applications"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert child.stderr
    for _ in range(5):
        child.stderr.readline()
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stderr.close()
    before = count(database, "raw_greenhouse.applications")
    assert until(database, "applications") is not None
    assert before < APPLICATIONS
    deadline = time.monotonic() + 30
    assert main(["run", HARVEST.account, "--stream", "applications"]) == 0
    assert time.monotonic() < deadline, "the killed run's lock was held on to"
    assert count(database, "raw_greenhouse.applications") == APPLICATIONS


def test_a_stopped_run_ends_at_once_even_while_it_waits(
    harvest: Vendor, database: psycopg.Connection, configured: Callable[..., None]
) -> None:
    harvest.fault("applications", "429", after=3, retry_after=60)
    configured("window_days = 1, page_size = 100")
    command: list[Any] = [sys.executable, "-m", "extractors", "run", HARVEST.account]
    child = subprocess.Popen(
        [*command, "--stream", "applications"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr
    told = ""
    while "waiting" not in told or "new or changed" not in told:
        told += child.stderr.readline()
        assert child.poll() is None
    child.terminate()
    _, said = child.communicate(timeout=20)
    assert child.returncode == 130
    assert "the next run goes on from there" in said
    assert "Traceback" not in said
    assert until(database, "applications") is not None


def test_streams_run_in_the_order_of_the_source(harvest: Vendor) -> None:
    assert stream_names(harvest.connection())[:2] == ["candidates", "applications"]
