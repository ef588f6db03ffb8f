"""The embedded Postgres: one server per RELAY_HOME, on a loopback TCP port, with passwords.

    RELAY_HOME/postgres/data         the cluster
    RELAY_HOME/postgres/server.log   the server's log; never holds values of rows
    RELAY_HOME/postgres.port         the port, chosen at the first start and kept

Starting and stopping are serialised by a file lock, so any number of processes may ask at once.
"""

import os
import shutil
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from warehouse import binaries
from warehouse.errors import WarehouseError
from warehouse.location import (
    DATABASE,
    OWNER,
    embedded_url,
    home,
    open_connection,
    password,
    with_database,
)
from warehouse.secret_store import file_lock

HOST = "127.0.0.1"
START_SECONDS = 300  # crash recovery after a large load takes its time
STOP_SECONDS = 120

SETTINGS: Mapping[str, str] = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "128MB",
    "work_mem": "32MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "io_method": "sync",
    # no replicas: a table filled in the transaction that made it needs no write-ahead log
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # neither statements nor the context of a COPY error: both hold people's data
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


@dataclass(frozen=True)
class Cluster:
    """The paths of one RELAY_HOME's server."""

    home: Path

    @property
    def root(self) -> Path:
        return self.home / "postgres"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def log(self) -> Path:
        return self.root / "server.log"

    @property
    def port_file(self) -> Path:
        return self.home / "postgres.port"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"


def start(extra: Mapping[str, str] | None = None) -> int:
    """Start the server of RELAY_HOME unless it runs; returns its port.

    `extra` are server settings over SETTINGS. Raises WarehouseError when the port is taken by
    another program or the server does not come up (with the end of its log).
    """
    cluster = Cluster(home())
    with file_lock(cluster.home / "postgres.lock"):
        if not is_running(cluster):
            port = _choose_port(cluster)
            _prepare(cluster)
            _launch(cluster, port, {**SETTINGS, **(extra or {})})
        port = _running_port(cluster)
        _require_chosen_port(port)
        _ensure_database()
        return port


def stop() -> bool:
    """Stop the server of RELAY_HOME; False if it was not running."""
    cluster = Cluster(home())
    if not cluster.data.exists():
        return False
    with file_lock(cluster.home / "postgres.lock"):
        if not is_running(cluster):
            return False
        done = binaries.run(
            "pg_ctl", "-D", str(cluster.data), "-m", "fast", "-w", "-t", str(STOP_SECONDS), "stop",
            cwd=cluster.root, timeout=STOP_SECONDS + 10,
        )  # fmt: skip
        if done.returncode:
            raise WarehouseError(
                f"The embedded Postgres did not stop within {STOP_SECONDS} s. Remedy: look into "
                f"{cluster.log}, end its clients, and stop it again."
            )
        return True


def is_running(cluster: Cluster) -> bool:
    """Whether a postmaster of this data folder is alive, whatever its pid file says."""
    return (pid := _recorded_pid(cluster)) is not None and _is_server(pid, cluster)


def recorded_port(at: Path) -> int:
    """The port of that home's server; WarehouseError if it was never started."""
    try:
        return int(Cluster(at).port_file.read_text())
    except (FileNotFoundError, ValueError):
        raise WarehouseError(
            f"The embedded Postgres of {at} was never started. Remedy: run "
            "`python -m warehouse start`, or set RELAY_WAREHOUSE_URL to a Postgres of your own."
        ) from None


def _prepare(cluster: Cluster) -> None:
    cluster.root.mkdir(mode=0o700, exist_ok=True)
    if who := binaries.account():
        os.chown(cluster.root, who.pw_uid, who.pw_gid)
    binaries.make_reachable(cluster.root)
    if not (cluster.data / "PG_VERSION").exists():
        _init(cluster)
    if cluster.pid_file.exists():
        _clear_stale_pid(cluster)


def _init(cluster: Cluster) -> None:
    """initdb beside the final place and rename: a half-made cluster is never taken for one."""
    part, secret = cluster.root / "data.part", cluster.root / "owner.password"
    shutil.rmtree(part, ignore_errors=True)
    secret.touch(mode=0o600)
    if who := binaries.account():
        os.chown(secret, who.pw_uid, who.pw_gid)
    secret.write_text(password("relay_owner"))
    try:
        done = binaries.run(
            "initdb", "-D", str(part), "-U", OWNER, "--auth=scram-sha-256",
            f"--pwfile={secret}", "--encoding=UTF8", "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8", "--locale=C",
            cwd=cluster.root, timeout=START_SECONDS,
        )  # fmt: skip
    finally:
        secret.unlink()
    if done.returncode:
        raise WarehouseError(
            f"initdb failed: {done.stdout.strip()[-600:]}\nRemedy: free space in {cluster.home}, "
            "or set RELAY_HOME to a folder on a local disk."
        )
    part.rename(cluster.data)


def _launch(cluster: Cluster, port: int, settings: Mapping[str, str]) -> None:
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    done = binaries.run(
        "pg_ctl", "-D", str(cluster.data), "-l", str(cluster.log), "-w", "-t", str(START_SECONDS),
        "-o", f"-p {port} {options}", "start",
        cwd=cluster.root, timeout=START_SECONDS + 10,
    )  # fmt: skip
    if done.returncode:
        tail = _tail(cluster.log)
        if "Address already in use" in tail:
            raise _port_taken(port)
        raise WarehouseError(
            f"The embedded Postgres did not start; the end of {cluster.log}:\n{tail}\nRemedy: "
            "mend what it names, then run `python -m warehouse start` again."
        )
    cluster.port_file.write_text(f"{port}\n")


def _choose_port(cluster: Cluster) -> int:
    """RELAY_PG_PORT, else the port of earlier starts, else one that is free now."""
    port = _wanted_port()
    if port is None and cluster.port_file.exists():
        port = recorded_port(cluster.home)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port or 0))
        except OSError:
            raise _port_taken(port or 0) from None
        return int(probe.getsockname()[1])


def _wanted_port() -> int | None:
    text = os.environ.get("RELAY_PG_PORT")
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise WarehouseError(
            f"RELAY_PG_PORT is {text!r}. Expected: a number from 1 to 65535. Remedy: correct or "
            "unset it."
        )
    return int(text)


def _port_taken(port: int) -> WarehouseError:
    return WarehouseError(
        f"Port {port} on {HOST} is in use by another program, so the embedded Postgres cannot "
        "start. Remedy: stop that program, or set RELAY_PG_PORT to a free port (it is kept) and "
        "start again."
    )


def _require_chosen_port(port: int) -> None:
    wanted = _wanted_port()
    if wanted is not None and wanted != port:
        raise WarehouseError(
            f"The embedded Postgres runs on port {port}, but RELAY_PG_PORT asks for {wanted}. "
            "Remedy: run `python -m warehouse stop`, then start it again."
        )


def _running_port(cluster: Cluster) -> int:
    """The port of the server that runs now, once it accepts connections."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        lines = cluster.pid_file.read_text().splitlines()
        if len(lines) > 7 and lines[7].strip() == "ready":
            port = int(lines[3])
            cluster.port_file.write_text(f"{port}\n")
            return port
        time.sleep(0.1)
    raise WarehouseError(
        f"The embedded Postgres is alive but not ready after {START_SECONDS} s. Remedy: look into "
        f"{cluster.log}."
    )


def _recorded_pid(cluster: Cluster) -> int | None:
    try:
        return int(cluster.pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None


def _is_server(pid: int, cluster: Cluster) -> bool:
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return binaries.server_of(process.cmdline(), cluster.data)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _clear_stale_pid(cluster: Cluster) -> None:
    """Remove the pid file of a server that was killed.

    Postgres itself takes any living process with that number for the old server: after a restart
    of a container the number often belongs to something else. Its protection against a second
    server on the same data is kept: the orphans of the killed one are waited for first.
    """
    deadline = time.monotonic() + 30
    while orphans := _orphans(cluster):
        if time.monotonic() > deadline:
            raise WarehouseError(
                f"Processes of a killed server still use {cluster.data}: pids "
                f"{', '.join(map(str, orphans))}. Remedy: end them, then start again."
            )
        time.sleep(0.2)
    cluster.pid_file.unlink(missing_ok=True)


def _orphans(cluster: Cluster) -> list[int]:
    """Living postgres processes whose working directory is the data folder."""
    return [
        process.pid
        for process in psutil.process_iter(["name", "cwd", "status"])
        if process.info["name"] == "postgres"
        and process.info["cwd"] == str(cluster.data)
        and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


def _ensure_database() -> None:
    with open_connection(with_database(embedded_url(), "postgres"), autocommit=True) as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", [DATABASE])
        if known.fetchone() is None:
            connection.execute(f"create database {DATABASE}")


def _tail(path: Path, size: int = 1500) -> str:
    try:
        return path.read_text(errors="replace")[-size:].strip()
    except FileNotFoundError:
        return "(no log)"
