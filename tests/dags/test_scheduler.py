"""The DAGs on a real scheduler, started and stopped as `make up` and `make down` do."""

import json
import os
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import psycopg
import pytest
import requests

from sandbox.airflow_api import AirflowApi
from sandbox.faults import clear, inject

ROOT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 400.0
INGEST = ("ingest_aozora_greenhouse", "ingest_aozora_typeform", "ingest_aozora_operator")


@dataclass(frozen=True)
class Pipeline:
    """A running pipeline over a small world, in a home of its own."""

    home: Path
    env: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{int((self.home / 'airflow' / 'port').read_text())}"

    @property
    def api(self) -> AirflowApi:
        passwords = json.loads((self.home / "airflow" / "passwords.json").read_text())
        return AirflowApi(self.url, "relay", passwords["relay"])

    def python(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], env=self.env, cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def run(self, *dag_ids: str) -> dict[str, str]:
        """Run the DAGs to their ends; their states."""
        api, run_id = self.api, f"test__{time.time_ns()}"
        for dag_id in dag_ids:
            api.set_paused(dag_id, False)
            api.trigger(dag_id, run_id)
        wait(lambda: ended(api.run_states(dag_ids, run_id).values(), len(dag_ids)))
        return {**api.run_states(dag_ids, run_id), "run_id": run_id}

    def count(self, query: str) -> int:
        url = self.python("-m", "warehouse", "url")
        with psycopg.connect(url) as connection:
            row = connection.execute(query).fetchone()
        assert row is not None
        return int(row[0])


def wait(is_done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not is_done():
        assert time.monotonic() < deadline
        time.sleep(1)


def ended(states: Any, expected: int) -> bool:
    found = list(states)
    return len(found) >= expected and set(found) <= {"success", "failed"}


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    # outside pytest's own folder, which Postgres' account cannot enter when root runs the tests
    with TemporaryDirectory(prefix="relay-test-", ignore_cleanup_errors=True) as folder:
        yield from _running(Path(folder))


def _running(home: Path) -> Iterator[Pipeline]:
    env = {**os.environ, "RELAY_HOME": str(home)}
    for name in ("RELAY_WAREHOUSE_URL", "RELAY_CONFIG"):
        env.pop(name, None)
    running = Pipeline(home, env)
    running.python("-m", "sandbox", "make", "--applications", "120", "--companies", "1")
    try:
        running.python("-m", "sandbox.services", "up")
        yield running
    finally:
        running.python("-m", "sandbox.services", "down")


def test_the_page_wants_the_generated_password(pipeline: Pipeline) -> None:
    file = pipeline.home / "airflow" / "passwords.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert requests.get(f"{pipeline.url}/api/v2/dags", timeout=30).status_code == 401
    wrong = {"username": "relay", "password": "relay"}
    assert requests.post(f"{pipeline.url}/auth/token", json=wrong, timeout=30).status_code == 401


def test_a_refused_stream_fails_its_run_and_stops_no_other(pipeline: Pipeline) -> None:
    inject(pipeline.home / "sandbox", "greenhouse", "offers", "forbidden", times=None)
    dag_id = "ingest_aozora_greenhouse"
    outcome = pipeline.run(dag_id)
    clear(pipeline.home / "sandbox")
    assert outcome[dag_id] == "failed"
    tasks = pipeline.api.tasks([dag_id], outcome["run_id"])
    failed = {(task["task_id"], task["rendered_map_index"]): task for task in tasks}
    failed = {key: task for key, task in failed.items() if task["state"] != "success"}
    assert set(failed) == {("extract", "offers"), ("verdict", None)}
    assert failed["extract", "offers"]["try_number"] == 1  # a refusal is not tried again
    verdict = pipeline.home / "airflow" / "logs" / f"dag_id={dag_id}"
    verdict /= f"run_id={outcome['run_id']}/task_id=verdict/attempt=1.log"
    assert "aozora_greenhouse.offers: did not land" in verdict.read_text()
    assert pipeline.count("select count(*) from raw_greenhouse.applications") >= 120
    assert pipeline.count("select count(*) from raw_greenhouse.offers") == 0


def test_gates_that_end_together_are_answered_by_few_transforms(pipeline: Pipeline) -> None:
    api = pipeline.api
    api.set_paused("transform", False)
    outcome = pipeline.run(*INGEST)
    assert {outcome[dag_id] for dag_id in INGEST} == {"success"}

    def answered() -> bool:
        """The first run has ended, and no event waits for one: all are answered, or being so."""
        states = [run["state"] for run in api.runs("transform")]
        assert "failed" not in states
        return states[:1] == ["success"] and api.queued_assets("transform") == 0

    wait(answered)
    assert 1 <= len(api.runs("transform")) <= 2
    assert pipeline.count("select count(*) from marts.fct_applications") >= 100
    api.set_paused("transform", True)


def test_a_backfill_of_past_dates_changes_nothing(pipeline: Pipeline) -> None:
    raw = "select count(*) from raw_operator.introductions"
    before, api = pipeline.count(raw), pipeline.api
    dag_id = "ingest_aozora_operator"
    known = len(api.runs(dag_id))
    api.backfill(dag_id, "2026-01-05T00:00:00Z", "2026-01-06T23:00:00Z")
    wait(lambda: ended([run["state"] for run in api.runs(dag_id)], known + 2))
    assert [run["state"] for run in api.runs(dag_id) if run["run_type"] == "backfill"] == [
        "success",
        "success",
    ]
    assert pipeline.count(raw) == before > 0


def test_no_log_holds_an_address_of_a_person(pipeline: Pipeline) -> None:
    with sqlite3.connect(pipeline.home / "sandbox" / "world.db") as world:
        rows = world.execute("select body from records where stream = 'candidates'").fetchall()
    addresses = {
        address["value"] for (body,) in rows for address in json.loads(body)["email_addresses"]
    }
    assert len(addresses) > 50
    logs = [*(pipeline.home / "logs").rglob("*.log"), *(pipeline.home / "airflow").rglob("*.log")]
    assert len(logs) > 50
    for log in logs:
        text = log.read_text("utf-8", errors="replace")
        assert not [address for address in addresses if address in text], log


def test_down_stops_exactly_what_up_started(pipeline: Pipeline) -> None:
    recorded = json.loads((pipeline.home / "services.json").read_text())
    trees = [
        one
        for service in recorded.values()
        for root in [psutil.Process(service["pid"])]
        for one in [root, *root.children(recursive=True)]
    ]
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    pipeline.python("-m", "sandbox.services", "down")
    assert bystander.poll() is None
    bystander.kill()
    assert not [one for one in trees if one.is_running() and one.status() != "zombie"]
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(pipeline.url.rpartition(":")[2]))) != 0
