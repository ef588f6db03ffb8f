"""Long-running child processes of one RELAY_HOME, recorded so that exactly those are stopped.

RELAY_HOME/services.json   {name: {"pid", "created", "log"}}; `created` tells a process from a later
                           one with the same number
RELAY_HOME/logs/<name>.log what the process says
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 15.0
"""How long a process may take to end by itself; a running task then ends with it."""


class ServiceError(RuntimeError):
    """A service cannot be started or has died; the message holds the remedy."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One process that was started."""

    pid: int
    created: float
    log: str

    def process(self) -> psutil.Process | None:
        """The process if it still is the one that was started."""
        try:
            process = psutil.Process(self.pid)
        except psutil.NoSuchProcess:
            return None
        return process if _runs(process) and process.create_time() == self.created else None


class Processes:
    """The recorded processes of `home`."""

    def __init__(self, home: Path) -> None:
        self._file = home / "services.json"
        self._logs = home / "logs"

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> bool:
        """Start `command` in the repository unless `name` runs; False if it ran already."""
        if self.alive(name):
            return False
        self._logs.mkdir(parents=True, exist_ok=True)
        path = self._logs / f"{name}.log"
        with path.open("w", encoding="utf-8") as log:
            child = subprocess.Popen(  # noqa: S603
                command,
                cwd=ROOT,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        created = psutil.Process(child.pid).create_time()
        self._write({**self._read(), name: Recorded(child.pid, created, str(path))})
        return True

    def alive(self, name: str) -> bool:
        """Whether the recorded process of that name runs."""
        known = self._read().get(name)
        return known is not None and known.process() is not None

    def recorded(self) -> list[str]:
        """The names of what was started and not stopped, whether it still runs or not."""
        return list(self._read())

    def running(self) -> list[str]:
        """The names whose processes run."""
        return [name for name in self._read() if self.alive(name)]

    def require(self, names: Iterable[str]) -> None:
        """Raise ServiceError with the end of the log of the first that has died."""
        known = self._read()
        for name in names:
            if not self.alive(name):
                log = Path(known[name].log) if name in known else self._logs / f"{name}.log"
                raise ServiceError(
                    f"{name} ended by itself. The end of {log}:\n{tail(log)}\n"
                    "Remedy: mend what it names, then start again."
                )

    def stop(self, names: Iterable[str] | None = None) -> list[str]:
        """Stop the named processes, or all, with their children; returns what was running.

        SIGTERM to the process itself; after STOP_SECONDS SIGKILL to what is left of its tree.
        """
        known = self._read()
        wanted = list(known if names is None else names)
        roots = {name: known[name].process() for name in wanted if name in known}
        running = {name: process for name, process in roots.items() if process is not None}
        trees = [one for process in running.values() for one in [process, *_children(process)]]
        for process in running.values():
            _signal(process.terminate)
        for process in _wait(trees, STOP_SECONDS):
            _signal(process.kill)
        _wait(trees, 5.0)
        self._write({name: one for name, one in known.items() if name not in wanted})
        return list(running)

    def _read(self) -> dict[str, Recorded]:
        try:
            values = json.loads(self._file.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return {name: Recorded(**value) for name, value in values.items()}

    def _write(self, known: Mapping[str, Recorded]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        part = self._file.with_suffix(".part")
        text = json.dumps({name: asdict(one) for name, one in known.items()}, indent=1)
        part.write_text(text, encoding="utf-8")
        part.replace(self._file)


def tail(path: Path, size: int = 2000) -> str:
    """The last `size` characters of a file, from the start of a line."""
    try:
        text = path.read_text("utf-8", errors="replace")
    except FileNotFoundError:
        return "(no log)"
    return text[-size:].partition("\n")[2].strip() if len(text) > size else text.strip()


def run(command: Sequence[str], env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a command that ends by itself, its output in `log`; see `finish`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        return subprocess.Popen(  # noqa: S603
            command,
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def finish(child: subprocess.Popen[bytes], what: str, log: Path) -> None:
    """Wait for a command; ServiceError with the end of its log if it failed.

    Interrupted, it ends the command.
    """
    try:
        status = child.wait()
    except BaseException:
        child.terminate()
        child.wait()
        raise
    if status:
        raise ServiceError(
            f"{what} failed. The end of {log}:\n{tail(log)}\n"
            "Remedy: mend what it names, then start again."
        )


def _runs(process: psutil.Process) -> bool:
    """Whether it has not ended; an ended one may stay as a zombie that nobody waits for."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _wait(processes: Sequence[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait until all have ended; those that have not after that time."""
    deadline = time.monotonic() + seconds
    while (left := [one for one in processes if _runs(one)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        children: list[psutil.Process] = process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return children


def _signal(send: Callable[[], None]) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        send()


def current_environment() -> dict[str, str]:
    """The environment without the settings of any other Airflow; its connections are kept."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AIRFLOW__") and name != "AIRFLOW_HOME"
    }
