"""The embedded server as a user meets it: through `python -m warehouse`, in a home of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from warehouse.embedded import Cluster

SLOW = 60


class Home:
    """A RELAY_HOME; every command is a process of its own, as in a shell."""

    def __init__(self, path: Path) -> None:
        self.cluster = Cluster(path)
        self.settings: dict[str, str] = {}

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "RELAY_HOME": str(self.cluster.home), **self.settings}
        return subprocess.Popen(
            [sys.executable, "-m", "warehouse", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, output, errors."""
        process = self.begin(*arguments)
        output, errors = process.communicate(timeout=SLOW)
        return process.returncode, output.strip(), errors.strip()

    def ok(self, *arguments: str) -> str:
        code, output, errors = self.run(*arguments)
        assert code == 0, errors
        return output

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.ok("url"), autocommit=True)

    @property
    def pid(self) -> int:
        return int(self.cluster.pid_file.read_text().split()[0])

    def kill(self) -> None:
        """End the postmaster without warning, and wait until it is gone."""
        process = psutil.Process(self.pid)
        os.kill(process.pid, signal.SIGKILL)
        psutil.wait_procs([process], timeout=5)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path / "home with space")
    yield made
    made.settings = {}
    made.run("stop")


def test_start_use_stop_and_start_again_on_the_same_port(home: Home) -> None:
    started = home.ok("start")
    with home.connect() as owner:
        owner.execute("create table kept as select 'あ' as a")
        assert owner.execute("show server_encoding").fetchone() == ("UTF8",)
        assert owner.execute("show timezone").fetchone() == ("UTC",)
    assert home.ok("start") == started
    assert home.ok("stop") == "The warehouse is stopped."
    assert home.ok("stop") == "The warehouse was not running."
    assert home.ok("start") == started
    with home.connect() as owner:
        assert owner.execute("select * from kept").fetchone() == ("あ",)


def test_secrets_are_private_and_the_server_asks_for_them(home: Home) -> None:
    home.ok("start")
    assert (home.cluster.home / "secrets.json").stat().st_mode & 0o777 == 0o600
    without = home.ok("url").replace(home.ok("url").split(":")[2].split("@")[0], "")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(without)
    assert not list(home.cluster.root.glob("owner.password"))


def test_starts_at_once_make_one_server(home: Home) -> None:
    starts = [home.begin("start") for _ in range(4)]
    said = {process.communicate(timeout=SLOW)[0] for process in starts}
    assert [process.returncode for process in starts] == [0, 0, 0, 0]
    assert len(said) == 1


def test_what_was_committed_survives_a_killed_server(home: Home) -> None:
    home.ok("start")
    with home.connect() as owner:
        owner.execute("create table kept as select generate_series(1, 1000) as a")
    home.kill()
    assert home.cluster.pid_file.exists()
    home.ok("start")
    with home.connect() as owner:
        assert owner.execute("select count(*) from kept").fetchone() == (1000,)


def test_a_pid_file_that_names_a_stranger_is_seen_through(home: Home) -> None:
    """After a container's restart the old number often belongs to another program."""
    home.ok("start")
    home.kill()
    lines = home.cluster.pid_file.read_text().split("\n")
    time.sleep(1)  # the killed server's children end by themselves
    home.cluster.pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    home.ok("start")
    assert home.pid != os.getpid()


def test_a_start_that_was_interrupted_is_begun_again(home: Home) -> None:
    (home.cluster.root / "data.part" / "base").mkdir(parents=True)
    home.ok("start")
    assert not (home.cluster.root / "data.part").exists()


def test_a_port_in_use_is_one_message_with_the_remedy(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        home.settings = {"RELAY_PG_PORT": str(port)}
        code, output, errors = home.run("start")
        assert (code, output) == (1, "")
        assert errors.splitlines() == [
            f"error: Port {port} on 127.0.0.1 is in use by another program, so the embedded "
            "Postgres cannot start. Remedy: stop that program, or set RELAY_PG_PORT to a free "
            "port (it is kept) and start again."
        ]
    assert str(port) in home.ok("start")
    home.settings = {"RELAY_PG_PORT": str(port + 1)}
    assert "asks for" in home.run("start")[2]


@pytest.mark.parametrize("port", ["abc", "0", "70000"])
def test_a_wrong_port_is_told(home: Home, port: str) -> None:
    home.settings = {"RELAY_PG_PORT": port}
    code, _, errors = home.run("start")
    assert code == 1
    assert f"RELAY_PG_PORT is '{port}'. Expected: a number from 1 to 65535" in errors


def test_before_the_first_start_the_remedy_is_told(home: Home) -> None:
    for command in ("url", "migrate", "psql"):
        code, _, errors = home.run(command)
        assert code == 1
        assert errors.startswith("error: The embedded Postgres of ")
        assert "Remedy: run `python -m warehouse start`" in errors


def test_a_stopped_server_is_told(home: Home) -> None:
    home.ok("start")
    home.ok("stop")
    code, _, errors = home.run("migrate")
    assert code == 1
    assert "Cannot connect to the warehouse at 127.0.0.1:" in errors
    assert errors.endswith("Remedy: run `python -m warehouse start`.")


def test_a_warehouse_of_somebody_else_is_left_alone(home: Home) -> None:
    home.settings = {"RELAY_WAREHOUSE_URL": "postgresql://me:pw@db.example.com:5433/wh?sslmode=x"}
    assert "not ours to start or stop" in home.ok("start")
    assert "not ours to start or stop" in home.ok("stop")
    assert not home.cluster.root.exists()
    assert home.ok("url") == home.settings["RELAY_WAREHOUSE_URL"]
    home.settings["RELAY_BI_PASSWORD"] = "p@ss/word"
    told = home.ok("url", "--role", "relay_bi")
    assert told == "postgresql://relay_bi:p%40ss%2Fword@db.example.com:5433/wh?sslmode=x"


def test_psql_opens_as_the_role_asked_for(home: Home) -> None:
    home.ok("start")
    home.ok("migrate")
    told = home.ok("psql", "--role", "relay_bi", "--", "-Atc", "select current_user")
    assert told == "relay_bi"


def test_the_log_holds_no_statement_and_no_row(home: Home) -> None:
    home.ok("start")
    with home.connect() as owner:
        owner.execute("create table t (a jsonb)")
        with (
            pytest.raises(psycopg.errors.InvalidTextRepresentation),
            owner.cursor().copy("copy t from stdin") as copy,
        ):
            copy.write(b"{personal\n")
        with pytest.raises(psycopg.errors.UndefinedColumn):
            owner.execute("select personal")
    assert "invalid input syntax" in (log := home.cluster.log.read_text())
    assert "{personal" not in log
    assert "select" not in log
