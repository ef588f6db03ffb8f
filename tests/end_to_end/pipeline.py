"""The pipeline as its users run it, on a sandbox world and a database of the test's own."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import orjson

import sandbox.config
import sandbox.server
import sandbox.world
import warehouse
from expectations import validate
from extractors.config import load
from extractors.run import failures, run_connection, stream_names
from sandbox import mail_webhooks, store
from tests.end_to_end import dbt
from tests.end_to_end.environment import environment
from tests.oracle.compare import mart_rows
from tests.oracle.marts import KEYS
from tests.oracle.rows import Row

REPOSITORY = Path(__file__).resolve().parents[2]
APPLICATIONS = 600


@dataclass(frozen=True)
class Pipeline:
    """One world, served, with its relay.toml and credentials in the environment."""

    home: Path
    config: Path
    url: str

    @property
    def connections(self) -> list[str]:
        """Names of the connections of relay.toml, in its order."""
        with self.config.open("rb") as file:
            return [connection["name"] for connection in tomllib.load(file)["connections"]]

    def ingest(self, order: Random | None = None) -> dict[str, dict[str, int]]:
        """Extract and check every connection, as the ingest DAGs do; each must succeed.

        ``order`` draws the order of the connections, and of the streams of each. Returns how many
        requests each stream of each connection took.
        """
        connections = self.connections
        if order:
            order.shuffle(connections)
        self.take_webhooks()
        requests = {}
        for connection in connections:
            requests[connection] = self.extract(connection, order)
            self.check(connection)
        return requests

    def take_webhooks(self) -> None:
        """Put what providers of mail have posted since the last time into the inbox."""
        noted = self.home / "posted"
        found = mail_webhooks.posts(
            self.home, seed=1, after=noted.read_text() if noted.exists() else ""
        )
        with closing(store.open_world(self.home)) as world:
            noted.write_text(store.clock(world))
        with warehouse.connect("relay_inbox") as session:
            for post in found:
                session.execute(
                    "insert into inbox.events (connection, source, headers, body)"
                    " values (%s, %s, '{}', %s)",
                    [post.account.account, post.account.vendor, _enveloped(post)],
                )

    def extract(self, connection: str, order: Random | None = None) -> dict[str, int]:
        """Land every stream of a connection, in this process; requests by stream."""
        configured = load().connection(connection)
        streams = stream_names(configured)
        if order:
            order.shuffle(streams)
        runs = run_connection(configured, streams, run_id=uuid.uuid4().hex)
        for error in failures(runs):
            raise error
        return {run.stream: run.counters.requests for run in runs}

    def check(self, connection: str) -> None:
        """Pass what has landed through the gate, in this process; nothing may be held back."""
        report = validate(connection)
        report.require_success()
        assert not report.held, f"{connection}: the gate holds {report.held} records of the world"

    def transform(self, *arguments: str, tested: bool = True) -> None:
        """``dbt build`` on what has passed the gate; every model and data test must succeed."""
        left_out = ["unit_test"] if tested else ["unit_test", "test"]
        dbt.invoke("build", *arguments, "--exclude-resource-type", *left_out)

    def advance(self, days: int = 30) -> None:
        """Move the vendors' clock."""
        sandbox.world.advance(self.home, days=days)

    def marts(self) -> dict[str, list[Row]]:
        """All rows of every mart the oracle knows."""
        with warehouse.connect("relay_bi") as connection:
            return {mart: mart_rows(connection, mart) for mart in (*KEYS, "dim_dates")}


def _enveloped(post: mail_webhooks.Posted) -> bytes:
    """The body as the inbox gets it: of SES, by way of SNS."""
    if not post.message_id:
        return post.body
    message = {"Type": "Notification", "MessageId": post.message_id, "Message": post.body.decode()}
    return orjson.dumps(message)


@contextmanager
def pipeline(
    home: Path,
    seed: int,
    companies: int = 2,
    applications: int = APPLICATIONS,
    ats: Sequence[str] = ("greenhouse",),
    form: Sequence[str] = ("typeform",),
    mail: Sequence[str] = (),
    hr: Sequence[str] = (),
    *,
    webhooks: bool = False,
) -> Iterator[Pipeline]:
    """Make a world, serve it and point this process and its children to it. ``webhooks``: whether
    the inbox takes those of Greenhouse and Typeform."""
    sandbox.world.make(home, seed, applications, companies, ats, form, mail, hr)
    with sandbox.server.running(home) as url:
        config = sandbox.config.write_config(home, url, webhooks=webhooks)
        settings = sandbox.config.connections_env(home, url) | {"RELAY_CONFIG": str(config)}
        with environment(settings):
            yield Pipeline(home, config, url)


def start_module(module: str, *arguments: str) -> subprocess.Popen[str]:
    """``python -m module arguments`` from the repository's root, output caught."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=REPOSITORY,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def run_module(module: str, *arguments: str) -> str:
    """Run a module to its end and return what it printed; fail unless it exits with 0."""
    process = start_module(module, *arguments)
    output, _ = process.communicate(timeout=300)
    command = f"python -m {module} {' '.join(arguments)}"
    assert process.returncode == 0, f"{command} exited with {process.returncode}:\n{output}"
    return output
