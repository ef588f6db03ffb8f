"""Recorded processes and ports: exactly what was started is stopped, and a taken port says so."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from sandbox import ports
from sandbox.processes import Processes, ServiceError, current_environment, tail

SLEEP = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)")
STUBBORN = """
import os, signal, sys, time
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)
time.sleep(600)
"""


def test_starts_once_and_stops_only_its_own(tmp_path: Path) -> None:
    processes = Processes(tmp_path)
    with subprocess.Popen(SLEEP, stdout=subprocess.DEVNULL) as bystander:
        assert processes.start("one", SLEEP, os.environ)
        assert not processes.start("one", SLEEP, os.environ)
        assert Processes(tmp_path).running() == ["one"]
        assert Processes(tmp_path).stop() == ["one"]
        assert processes.running() == processes.recorded() == []
        assert bystander.poll() is None
        bystander.kill()


def test_a_later_process_with_the_same_number_is_not_ours(tmp_path: Path) -> None:
    with subprocess.Popen(SLEEP, stdout=subprocess.DEVNULL) as stranger:
        (tmp_path / "services.json").write_text(
            f'{{"one": {{"pid": {stranger.pid}, "created": 1.0, "log": "x"}}}}'
        )
        assert Processes(tmp_path).stop() == []
        assert stranger.poll() is None
        stranger.kill()


def test_children_that_ignore_the_signal_are_ended_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.processes.STOP_SECONDS", 1.0)
    processes = Processes(tmp_path)
    processes.start("one", (sys.executable, "-c", STUBBORN), os.environ)
    pid = int((tmp_path / "services.json").read_text().split('"pid": ')[1].split(",")[0])
    while not (children := psutil.Process(pid).children()):
        time.sleep(0.05)
    processes.stop()
    assert not [one for one in children if one.is_running() and one.status() != "zombie"]


def test_a_dead_service_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    processes = Processes(tmp_path)
    processes.start("one", (sys.executable, "-c", "raise SystemExit('no room')"), os.environ)
    while processes.alive("one"):
        time.sleep(0.05)
    with pytest.raises(ServiceError, match=r"(?s)one ended by itself.*no room.*Remedy"):
        processes.require(["one"])


def test_a_taken_port_ends_in_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        monkeypatch.setenv("RELAY_AIRFLOW_PORT", str(taken))
        with pytest.raises(ServiceError, match=f"Port {taken} .* in use .*Remedy: .*free port"):
            ports.choose("RELAY_AIRFLOW_PORT", tmp_path / "port", 8080)
        monkeypatch.delenv("RELAY_AIRFLOW_PORT")
        other = ports.choose("RELAY_AIRFLOW_PORT", tmp_path / "port", taken)
    assert other != taken
    assert ports.choose("RELAY_AIRFLOW_PORT", tmp_path / "port", taken) == other


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1"])
def test_what_is_no_port_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("RELAY_AIRFLOW_PORT", text)
    with pytest.raises(ServiceError, match=r"RELAY_AIRFLOW_PORT is .*1 to 65535"):
        ports.choose("RELAY_AIRFLOW_PORT", tmp_path / "port", 8080)


def test_another_airflows_settings_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__DAGS_FOLDER", "/elsewhere")
    monkeypatch.setenv("AIRFLOW_HOME", "/elsewhere")
    monkeypatch.setenv("AIRFLOW_CONN_AOZORA_TYPEFORM", "{}")
    kept = current_environment()
    assert "AIRFLOW_CONN_AOZORA_TYPEFORM" in kept
    assert not [name for name in kept if name.startswith("AIRFLOW_") and "CONN" not in name]


def test_the_tail_of_a_log_begins_with_a_whole_line(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    assert tail(log) == "(no log)"
    log.write_text("first line\nsecond line\nthird line\n")
    assert tail(log, 20) == "third line"
