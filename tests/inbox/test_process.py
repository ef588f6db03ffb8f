"""`python -m inbox` as a process: started, killed between storing and answering, misconfigured."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import pytest
import requests

import warehouse
from extractors.config import load
from extractors.run import run_stream
from inbox.__main__ import CONNECTIONS
from sandbox import signing
from tests.extractors.landings import rows
from tests.inbox.service import SECRET, stored

pytestmark = pytest.mark.usefixtures("warehouse_url")

ROOT = Path(__file__).parents[2]
CONNECTION = """
[[connections]]
name = "{name}"
company = "acme"
source = "greenhouse"
conn_id = "{name}"
[connections.options]
start_date = 2026-01-01
webhooks = {webhooks}
"""
MERGE = orjson.dumps(
    {"action": "merge_candidate", "payload": {"person": {"id": 1, "new_candidate_id": 2}}}
)


@dataclass
class Service:
    """The program with a relay.toml of its own."""

    folder: Path

    def configure(self, **webhooks: bool) -> None:
        text = "".join(
            CONNECTION.format(name=name, webhooks=str(taken).lower())
            for name, taken in webhooks.items()
        )
        (self.folder / "relay.toml").write_text(text, "utf-8")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "inbox", *arguments],
            cwd=ROOT,
            env={**os.environ, "RELAY_CONFIG": str(self.folder / "relay.toml")},
            stderr=subprocess.PIPE,
            text=True,
        )

    def started(self) -> tuple[subprocess.Popen[str], str]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        process = self.start("--port", str(port))
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            assert process.poll() is None, process.communicate()[1]
            try:
                if requests.get(f"{url}/health", timeout=30).status_code == 204:
                    return process, url
            except requests.ConnectionError:
                time.sleep(0.1)
        raise AssertionError("not healthy")


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    secret = orjson.dumps({"password": "p", "extra": {"webhook_secret": SECRET}}).decode()
    monkeypatch.setenv("AIRFLOW_CONN_ACME", secret)
    return Service(tmp_path)


def post(url: str, name: str = "acme") -> int:
    headers = signing.greenhouse(SECRET, MERGE)
    return requests.post(f"{url}/hooks/{name}", MERGE, headers=headers, timeout=30).status_code


def test_an_event_survives_a_kill_between_storing_and_answering(service: Service) -> None:
    """The vendor, left without an answer, sends it again: stored twice, landed once."""
    service.configure(acme=True)
    process, url = service.started()
    answers: list[int] = []

    def send() -> None:
        with pytest.raises(requests.ConnectionError):
            answers.append(post(url))

    sending = threading.Thread(target=send)
    try:
        with warehouse.connect() as owner:
            owner.execute("select pg_advisory_xact_lock(hashtextextended('relay inbox', 0))")
            sending.start()
            waits = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
            while owner.execute(waits).fetchone() == (0,):
                time.sleep(0.05)
            process.send_signal(signal.SIGSTOP)
            owner.commit()
        while not stored("acme"):
            time.sleep(0.05)
    finally:
        process.kill()
        process.communicate()
    sending.join(60)
    assert answers == []

    process, url = service.started()
    try:
        assert post(url) == 204
    finally:
        process.terminate()
        said = process.communicate()[1]
    assert len(stored("acme")) == 2
    connection = load(service.folder / "relay.toml").connection("acme")
    assert run_stream(connection, "candidate_merges", run_id="run").landed == 1
    assert [record_id for record_id, _, _ in rows(connection, "candidate_merges")] == ["1"]
    assert SECRET not in said


def test_only_connections_that_take_webhooks_are_served(service: Service) -> None:
    service.configure(acme=True, silent=False, bare=True)
    process, url = service.started()
    try:
        assert [post(url, name) for name in ("acme", "silent", "bare")] == [204, 404, 503]
    finally:
        process.terminate()
        said = process.communicate()[1]
    assert "bare: webhooks are refused: No credentials for connection id 'bare'" in said
    assert "Remedy" in said


def test_more_connections_than_its_memory_is_for_are_sent_away(service: Service) -> None:
    service.configure(acme=True)
    process, url = service.started()
    parts = urlsplit(url)
    try:
        with ExitStack() as idle:
            for _ in range(CONNECTIONS):
                address = (str(parts.hostname), parts.port or 0)
                idle.enter_context(socket.create_connection(address, 10))
            before = len(stored("acme"))
            assert post(url) == 503
            assert len(stored("acme")) == before
        while (status := post(url)) == 503:  # until it has seen that they are gone
            time.sleep(0.05)
        assert status == 204
    finally:
        process.terminate()
        process.communicate()


def test_without_any_it_says_what_to_do(service: Service) -> None:
    service.configure(silent=False)
    process = service.start()
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 2
    assert "set `webhooks = true`" in said
