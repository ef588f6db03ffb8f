"""The whole pipeline on one machine: `python -m sandbox.services up | down | status | pools`.

up      start Postgres, the sandbox (if relay.toml is the sandbox's), the webhook inbox (if a
        connection takes webhooks) and Airflow; they stay
down    stop exactly what `up` or the demo started, and the embedded Postgres
pools   print the pools that relay.toml asks for, for `airflow pools import`

Exit status: 0 done, 1 failed (the message names the remedy), 2 bad usage.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import requests

import warehouse
from dags.common import POOL_SLOTS, TRANSFORM_POOL, TRANSFORM_SLOTS, pool
from extractors.config import Config, config_path, load
from extractors.errors import RelayError
from extractors.inbox import takes_webhooks
from sandbox import ports
from sandbox.airflow_api import AirflowApi
from sandbox.airflow_settings import USER, Airflow, manifest
from sandbox.processes import ROOT, Processes, ServiceError, current_environment, finish, run
from warehouse import embedded
from warehouse.location import external_url
from warehouse.migrate import migrate

SANDBOX = "sandbox"
INBOX = "inbox"
AIRFLOW: Mapping[str, Sequence[str]] = {
    "airflow-scheduler": ("-m", "sandbox.scheduler"),
    "airflow-api-server": ("-m", "airflow", "api-server"),
    "airflow-dag-processor": ("-m", "airflow", "dag-processor"),
    "airflow-triggerer": ("-m", "airflow", "triggerer", "--skip-serve-logs"),
}
READY_SECONDS = 180.0
ERRORS = (ServiceError, RelayError, warehouse.WarehouseError, requests.RequestException)
"""What a failed start raises; each message is for people."""

Report = Callable[[str], None]


@dataclass(slots=True)
class Services:
    """Starting and stopping, for the RELAY_HOME of this process."""

    report: Report = lambda line: None
    home: Path = field(default_factory=warehouse.home)

    @property
    def processes(self) -> Processes:
        return Processes(self.home)

    @property
    def world(self) -> Path:
        """The folder of the sandbox's world."""
        return self.home / "sandbox"

    def up(self) -> Airflow:
        """Start whatever does not run, and wait until every DAG can be triggered."""
        self.start_warehouse()
        if config_path().resolve() == (self.world / "relay.toml").resolve():
            self.start_sandbox()
        config = load()
        self.start_inbox(config)
        return self.start_airflow(config)

    def start_warehouse(self) -> None:
        """Postgres, its schemas and roles."""
        if not external_url():
            self.report("starting Postgres")
            embedded.start()
        migrate()

    def start_sandbox(self) -> str:
        """The vendors' APIs over the world that is there; sets relay.toml and credentials."""
        from sandbox.config import connections_env, write_config
        from sandbox.server import running_at

        if not self.processes.alive(SANDBOX):
            self.report("starting the sandbox")
            port = ports.choose("RELAY_SANDBOX_PORT", self.world / "port", 8090)
            command = ["-m", "sandbox", "serve", "--home", str(self.world), "--port", str(port)]
            self.processes.start(SANDBOX, [sys.executable, *command], current_environment())
        deadline = time.monotonic() + READY_SECONDS
        while (url := running_at(self.world)) is None:
            self._wait([SANDBOX], deadline, "the sandbox")
        os.environ["RELAY_CONFIG"] = str(write_config(self.world, url))
        os.environ.update(connections_env(self.world, url))
        return url

    def start_inbox(self, config: Config) -> None:
        """The webhook inbox, if a connection takes webhooks."""
        if not any(map(takes_webhooks, config.connections)) or self.processes.alive(INBOX):
            return
        port = ports.choose("RELAY_INBOX_PORT", self.home / "inbox.port", 8095)
        self.report(f"starting the webhook inbox on http://127.0.0.1:{port}")
        env = {**current_environment(), "RELAY_CONFIG": str(config.path)}
        self.processes.start(INBOX, [sys.executable, "-m", "inbox", "--port", str(port)], env)
        deadline = time.monotonic() + READY_SECONDS
        while not _is_healthy(f"http://127.0.0.1:{port}/health"):
            self._wait([INBOX], deadline, "the webhook inbox")

    def start_airflow(self, config: Config) -> Airflow:
        """Airflow with a pool and a DAG for each connection of `config`."""
        airflow = self._airflow()
        password = airflow.write_password()
        sources = {connection.source for connection in config.connections}
        env = {**airflow.environment(sources), "RELAY_CONFIG": str(config.path)}
        begun = time.time()
        if set(AIRFLOW) - set(self.processes.running()):
            self.report("preparing Airflow and dbt")
            self._prepare(airflow, env)
            self.report("starting Airflow")
            for name, command in AIRFLOW.items():
                self.processes.start(name, [sys.executable, *command], env)
        else:
            begun = 0.0
        api = self._answering(airflow, password)
        api.set_pools(pools(config))
        self._await_dags(api, config, begun)
        return airflow

    def down(self) -> list[str]:
        """Stop what runs; returns the names."""
        stopped = self.processes.stop()
        if not external_url() and embedded.stop():
            stopped.append("postgres")
        return stopped

    def login(self, airflow: Airflow) -> AirflowApi:
        """A client of the running Airflow."""
        return AirflowApi(airflow.url, USER, airflow.write_password())

    def _airflow(self) -> Airflow:
        noted = self.home / "airflow" / "port"
        if self.processes.alive("airflow-api-server"):
            return Airflow(self.home, int(noted.read_text("utf-8")))
        return Airflow(self.home, ports.choose("RELAY_AIRFLOW_PORT", noted, 8080))

    def _prepare(self, airflow: Airflow, env: Mapping[str, str]) -> None:
        """Airflow's tables and dbt's manifest, side by side; each only if something changed."""
        logs = self.home / "logs"
        jobs = []
        if _is_stale(stamp := airflow.root / "migrated", mark := version("apache-airflow")):
            command = [sys.executable, "-m", "airflow", "db", "migrate"]
            log = logs / "airflow-db-migrate.log"
            jobs.append((run(command, env, log), "airflow db migrate", log, stamp, mark))
        if _is_stale(stamp := manifest(self.home).with_name("parsed"), mark := _fingerprint(env)):
            log = logs / "dbt-parse.log"
            jobs.append((parse(self.home, env, log), "dbt parse", log, stamp, mark))
        for child, what, log, stamp, mark in jobs:
            finish(child, what, log)
            stamp.write_text(mark, encoding="utf-8")

    def _answering(self, airflow: Airflow, password: str) -> AirflowApi:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                return AirflowApi(airflow.url, USER, password)
            except requests.ConnectionError:
                self._wait(AIRFLOW, deadline, "Airflow's page")

    def _await_dags(self, api: AirflowApi, config: Config, begun: float) -> None:
        """Wait until this start's DAG processor has read every DAG."""
        wanted = {"transform", *(f"ingest_{one.name}" for one in config.connections)}
        deadline = time.monotonic() + READY_SECONDS
        while True:
            if errors := api.import_errors():
                raise ServiceError(
                    f"Airflow cannot read a DAG file: {errors[0]}\nRemedy: mend what it names; "
                    f"the log is {self.home}/logs/airflow-dag-processor.log."
                )
            read = {dag["dag_id"] for dag in api.dags() if _epoch(dag["last_parsed_time"]) > begun}
            if wanted <= read:
                return
            self._wait(AIRFLOW, deadline, f"the DAGs {', '.join(sorted(wanted - read))}")

    def _wait(
        self, names: Sequence[str] | Mapping[str, object], deadline: float, what: str
    ) -> None:
        self.processes.require(names)
        if time.monotonic() > deadline:
            raise ServiceError(
                f"{what} did not come up within {READY_SECONDS:.0f} s. Remedy: look into "
                f"{self.home}/logs, then start again."
            )
        time.sleep(0.3)


def pools(config: Config) -> dict[str, int]:
    """The slots of every pool, by its name."""
    slots = {pool(connection.name): POOL_SLOTS for connection in config.connections}
    return {TRANSFORM_POOL: TRANSFORM_SLOTS, **slots}


def parse(home: Path, env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start `dbt parse`, which writes the manifest that the transform DAG is drawn from."""
    program = Path(sys.executable).with_name("dbt")
    project = ROOT / "dbt_project"
    target = manifest(home).parent
    target.mkdir(parents=True, exist_ok=True)
    command = [str(program), "parse", "--project-dir", str(project), "--profiles-dir", str(project)]
    # named as Cosmos names them, else dbt would not take this parse for the same project
    command += ["--profile", "career_relay", "--target", "warehouse"]
    return run(
        [*command, "--target-path", str(target), "--log-path", str(log.parent / "dbt")],
        env,
        log,
    )


def _fingerprint(env: Mapping[str, str]) -> str:
    """Changes with every file of the dbt project, and with the sources that it is built for."""
    digest = hashlib.sha256((version("dbt-core") + env["RELAY_SOURCES"]).encode())
    for folder in ("models", "macros", "seeds", "tests", "."):
        files = (ROOT / "dbt_project" / folder).glob("*" if folder == "." else "**/*")
        for path in sorted(one for one in files if one.is_file()):
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def _is_stale(stamp: Path, mark: str) -> bool:
    return not stamp.exists() or stamp.read_text("utf-8") != mark


def _epoch(text: str | None) -> float:
    return datetime.fromisoformat(text).timestamp() if text else 0.0


def _is_healthy(url: str) -> bool:
    try:
        return requests.get(url, timeout=10).ok
    except requests.ConnectionError:
        return False


def find_config(home: Path) -> None:
    """Without RELAY_CONFIG and relay.toml, take the sandbox's if there is a world."""
    named = "RELAY_CONFIG" in os.environ or config_path().exists()
    if not named and (home / "sandbox" / "world.db").exists():
        os.environ["RELAY_CONFIG"] = str(home / "sandbox" / "relay.toml")


def where(airflow: Airflow) -> str:
    """What a person needs to go on, in a few lines."""
    at = urlsplit(warehouse.url("relay_bi"))
    return "\n".join(
        (
            f"Airflow    {airflow.url}  user {USER}, password in {airflow.password_file}",
            f"Warehouse  {at.hostname}:{at.port or 5432}, database {at.path.lstrip('/')}",
            "  psql     make psql",
            f"  BI tool  role {at.username}; its URL with the password: "
            ".venv/bin/python -m warehouse url --role relay_bi",
            f"Logs       {airflow.home}/logs, {airflow.logs}",
            "Stop       make down",
        )
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.services", description=__doc__)
    parser.add_argument("command", choices=("up", "down", "status", "pools"))
    command = parser.parse_args(argv).command
    services = Services(report=lambda line: print(line, file=sys.stderr, flush=True))
    find_config(services.home)
    try:
        if command == "up":
            print(where(services.up()))
        elif command == "down":
            print(f"Stopped: {', '.join(services.down()) or 'nothing was running'}.")
        elif command == "pools":
            described = {
                name: {"slots": slots, "description": "", "include_deferred": False}
                for name, slots in pools(load()).items()
            }
            print(json.dumps(described, indent=1))
        else:
            print(f"Running: {', '.join(services.processes.running()) or 'nothing'}.")
    except ERRORS as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
