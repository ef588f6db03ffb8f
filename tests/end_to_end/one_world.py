"""The same world seen through one ATS or another: what the marts say of it, in the world's ids."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

import warehouse
from expectations import validate
from extractors.config import load
from extractors.run import failures, run_connection, stream_names
from sandbox import config, server, store, world
from tests.end_to_end import dbt
from tests.end_to_end.environment import environment

APPLICATIONS = 330
SEED = 11

Row = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """One company's applications and jobs by their numbers in the world, its people as sets of
    application numbers, and the requests that each read of its ATS took."""

    applications: Mapping[int, Row]
    jobs: Mapping[int, Row]
    people: frozenset[frozenset[int]]
    requests: Sequence[Mapping[str, int]]


@dataclass(frozen=True)
class OneWorld:
    """A served world of one company and the pipeline that reads it."""

    home: Path
    connection: str

    def read(self) -> dict[str, int]:
        """Land every stream and pass the gate, which may hold nothing back; requests by stream."""
        configured = load().connection(self.connection)
        runs = run_connection(configured, stream_names(configured), run_id=world_clock(self.home))
        for error in failures(runs):
            raise error
        report = validate(self.connection)
        report.require_success()
        assert not report.held
        return {run.stream: run.counters.requests for run in runs}

    def transform(self, *arguments: str) -> None:
        """Build the marts of applications and jobs and all that they are made of, with tests."""
        marts = ("+fct_applications", "+dim_jobs", "assert_steps_are_known")
        own = ("--exclude-resource-type", "unit_test", "--indirect-selection", "cautious")
        dbt.invoke("build", *arguments, *own, "--select", *marts)

    def seen(self, requests: Sequence[Mapping[str, int]] = ()) -> Seen:
        """What the marts say now."""
        with (
            closing(store.open_truth(self.home)) as truth,
            warehouse.connect("relay_bi") as session,
        ):
            applications = _by_number(session, truth, "fct_applications", "application")
            jobs = _by_number(session, truth, "dim_jobs", "job")
        people = defaultdict(set)
        for number, row in applications.items():
            people[row["person_id"]].add(number)
        return Seen(applications, jobs, frozenset(map(frozenset, people.values())), requests)


@contextmanager
def one_world(home: Path, ats: str) -> Iterator[OneWorld]:
    """Make the world of one company with an ATS and serve it."""
    world.make(home, seed=SEED, applications=APPLICATIONS, companies=1, ats=(ats,))
    with server.running(home) as url:
        path = config.write_config(home, url)
        settings = config.connections_env(home, url) | {"RELAY_CONFIG": str(path)}
        with environment(settings):
            yield OneWorld(home, f"aozora_{ats}")


def world_clock(home: Path) -> str:
    with closing(store.open_world(home)) as opened:
        return store.clock(opened)


def _by_number(
    session: psycopg.Connection, truth: sqlite3.Connection, mart: str, kind: str
) -> dict[int, Row]:
    """Rows of a mart by the number that the world gives the record."""
    table = sql.Identifier("marts", mart)
    cursor = session.execute(sql.SQL("select * from {}").format(table))
    names = [column.name for column in cursor.description or ()]
    rows = {row[names.index(f"{kind}_id")]: dict(zip(names, row, strict=True)) for row in cursor}
    numbers = dict(truth.execute(f"select canonical_id, {kind}_id from {kind}"))
    return {numbers[key]: row for key, row in rows.items()}


def event_times(home: Path, kind: str) -> dict[int, list[datetime]]:
    """When events of a kind happen to each application, the future included."""
    found: dict[int, list[datetime]] = defaultdict(list)
    with closing(store.open_truth(home)) as truth:
        for number, at in truth.execute(
            "select application_id, at from application_event where kind = ? order by at", [kind]
        ):
            found[number].append(datetime.fromisoformat(at))
    return found
