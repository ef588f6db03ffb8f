"""The server's life: it announces itself, leaves nothing behind and says why it cannot start."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
import requests

from sandbox import store
from sandbox.server import REPOSITORY, SERVER_FILE, ServerError, running, running_at
from tests.sandbox.small_world import fill

HOLD = """
import sys, time
from pathlib import Path
from sandbox.server import running
with running(Path(sys.argv[1])) as url:
    print(url, flush=True)
    time.sleep(60)
"""
SERVE = """
import sys
from pathlib import Path
from sandbox.server import serve
serve(Path(sys.argv[1]), announce=lambda url: print(url, flush=True))
"""


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A small world that nobody serves."""
    store.create(tmp_path)
    fill(tmp_path)
    return tmp_path


def started(program: str, home: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", program, str(home)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        yield process
        process.kill()


@pytest.fixture
def holder(fresh: Path) -> Iterator[subprocess.Popen[str]]:
    """A process inside `running`."""
    yield from started(HOLD, fresh)


@pytest.fixture
def foreground(fresh: Path) -> Iterator[subprocess.Popen[str]]:
    """A process inside `serve`."""
    yield from started(SERVE, fresh)


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.05)
    assert not psutil.pid_exists(pid)


def test_announces_itself_and_cleans_up(fresh: Path) -> None:
    assert running_at(fresh) is None
    with running(fresh) as url:
        noted = json.loads((fresh / SERVER_FILE).read_text())
        assert noted["url"] == url == running_at(fresh)
        health = requests.get(f"{url}/_sandbox/health", timeout=10).json()
        assert health == {"status": "ok", "pid": noted["pid"]}
    assert not (fresh / SERVER_FILE).exists()
    assert running_at(fresh) is None
    assert not psutil.pid_exists(noted["pid"])


def test_chosen_port(fresh: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running(fresh, port) as url:
        assert url == f"http://127.0.0.1:{port}"


def test_port_in_use(fresh: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        expected = rf"cannot listen on 127\.0\.0\.1:{port}: Address already in use; choose another"
        with pytest.raises(ServerError, match=expected), running(fresh, port):
            pass
    assert not (fresh / SERVER_FILE).exists()


def test_one_server_per_home(fresh: Path) -> None:
    with (
        running(fresh) as url,
        pytest.raises(ServerError, match=f"already served at {url}"),
        running(fresh),
    ):
        pass


def test_no_world(tmp_path: Path) -> None:
    with pytest.raises(store.NoWorldError, match="python -m sandbox make"), running(tmp_path):
        pass


def test_a_world_of_another_version_is_refused(tmp_path: Path) -> None:
    store.create(tmp_path)
    with closing(sqlite3.connect(tmp_path / store.TRUTH_FILE)) as truth:
        truth.execute("pragma user_version = 1")
    with pytest.raises(store.NoWorldError, match="another version of the sandbox; make a new"):
        store.open_truth(tmp_path)
    store.open_world(tmp_path).close()


def test_stale_note_is_no_server(fresh: Path) -> None:
    (fresh / SERVER_FILE).write_text('{"url": "http://127.0.0.1:9", "pid": 1}')
    assert running_at(fresh) is None
    with running(fresh) as url:
        assert running_at(fresh) == url


def test_server_does_not_outlive_a_killed_caller(
    fresh: Path, holder: subprocess.Popen[str]
) -> None:
    server = json.loads((fresh / SERVER_FILE).read_text())["pid"]
    assert server != holder.pid
    holder.kill()
    wait_until_gone(server)
    assert not (fresh / SERVER_FILE).exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_foreground_server_ends_on_signals(
    fresh: Path, foreground: subprocess.Popen[str], number: signal.Signals
) -> None:
    assert json.loads((fresh / SERVER_FILE).read_text())["pid"] == foreground.pid
    os.kill(foreground.pid, number)
    assert foreground.wait(10) in (0, -number)
    assert not (fresh / SERVER_FILE).exists()
