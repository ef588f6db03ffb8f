"""`make demo`: the whole pipeline on this machine, from nothing to the marts.

Makes a synthetic world, starts Postgres, the sandbox and Airflow, runs the ingest DAGs and then
`transform` through the scheduler, and prints the marts. The services stay; `make down` stops them.

Exit status: 0 done, 1 a step failed (the message names it), 130 stopped by Ctrl-C; everything that
this run started is then stopped.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

import warehouse
from extractors.command import stdout
from extractors.config import Config, load
from sandbox.airflow_settings import Airflow
from sandbox.demo_runs import RunFailed, run_all
from sandbox.demo_tables import show
from sandbox.processes import ServiceError, current_environment, finish, run
from sandbox.services import ERRORS, Services, where
from warehouse import embedded
from warehouse.location import external_url

TRANSFORM = "transform"


class Demo:
    """One run of the demo."""

    def __init__(self, arguments: argparse.Namespace, console: Console) -> None:
        self._arguments = arguments
        self._console = console
        self._begun = time.monotonic()
        self._services = Services(report=self._say)
        self._ran_before = set(self._services.processes.running())
        self._postgres_ran = external_url() is not None or embedded.is_running(
            embedded.Cluster(warehouse.home())
        )

    def run(self) -> None:
        """Everything up to the printed tables."""
        world = self._start_world()
        self._services.start_warehouse()
        if world is not None:
            finish(world, "making the sandbox's world", self._world_log)
        self._services.start_sandbox()
        config = load()
        self._require_own(config)
        airflow = self._services.start_airflow(config)
        self._run_dags(airflow, config)
        with warehouse.connect("relay_bi", autocommit=True) as connection:
            show(connection, self._console)
        self._console.print(f"\n{where(airflow)}\n", highlight=False)
        self._say("done")

    def undo(self) -> list[str]:
        """Stop what this run started; returns the names."""
        processes = self._services.processes
        started = [name for name in processes.recorded() if name not in self._ran_before]
        stopped = processes.stop(started)
        if not self._postgres_ran and embedded.stop():
            stopped.append("postgres")
        return stopped

    @property
    def _world_log(self) -> Path:
        return self._services.home / "logs" / "sandbox-make.log"

    def _start_world(self) -> subprocess.Popen[bytes] | None:
        """Begin to make the world beside the other preparations; None if it is there."""
        home = self._services.world
        if (home / "world.db").exists():
            return None
        self._say("making the sandbox's world")
        command = [sys.executable, "-m", "sandbox", "make", "--home", str(home)]
        for option in ("seed", "applications", "companies"):
            command += [f"--{option}", str(getattr(self._arguments, option))]
        return run(command, current_environment(), self._world_log)

    def _require_own(self, config: Config) -> None:
        """Refuse a warehouse that holds connections of somebody's own relay.toml."""
        names = {connection.name for connection in config.connections}
        with warehouse.connect(autocommit=True) as connection:
            found = {
                name for (name,) in connection.execute("select connection from landing.connections")
            }
        if strange := sorted(found - names):
            raise ServiceError(
                f"The warehouse holds data of {', '.join(strange)}, which is not the demo's. "
                "Remedy: give the demo a place of its own: RELAY_HOME=.relay/demo make demo, "
                "without RELAY_WAREHOUSE_URL."
            )

    def _run_dags(self, airflow: Airflow, config: Config) -> None:
        api = self._services.login(airflow)
        run_id = f"demo__{datetime.now(UTC):%Y%m%dT%H%M%S}"
        # Paused, it leaves the gates' asset events alone, and one run builds from all of them.
        api.set_paused(TRANSFORM, True)
        for dag_ids in ([f"ingest_{one.name}" for one in config.connections], [TRANSFORM]):
            self._say(f"running {'the ingest DAGs' if dag_ids[0] != TRANSFORM else TRANSFORM}")
            run_all(
                api,
                dag_ids,
                run_id=run_id,
                processes=self._services.processes,
                logs=airflow.logs,
                console=self._console,
            )

    def _say(self, line: str) -> None:
        self._console.print(f"[dim]{time.monotonic() - self._begun:5.1f} s[/dim]  {line}")


def _stop(signum: int, frame: object) -> None:
    """SIGTERM and SIGHUP end the demo like Ctrl-C."""
    raise KeyboardInterrupt


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--applications", type=int, default=2000)
    parser.add_argument("--companies", type=int, default=2)
    arguments = parser.parse_args(argv)
    console = stdout()
    demo = Demo(arguments, console)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        demo.run()
    except KeyboardInterrupt:
        console.print(f"stopped; ended: {', '.join(demo.undo()) or 'nothing'}")
        return 130
    except RunFailed as error:
        print(f"error: {error}", file=sys.stderr)
        print("The services stay for a look at Airflow's page; make down.", file=sys.stderr)
        return 1
    except ERRORS as error:
        print(f"error: {error}", file=sys.stderr)
        demo.undo()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
