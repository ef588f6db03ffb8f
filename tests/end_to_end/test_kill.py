"""A run killed with SIGKILL and started again leaves what an undisturbed run leaves.

Ten seeded points. A Greenhouse or Typeform run is killed when a given number of response bytes
has passed; an operator run, which reads files, when a given number of files has landed. Two runs
of one connection at once, one of them killed, leave the same too.
"""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql

import sandbox.config
import warehouse
from tests.end_to_end.environment import environment
from tests.end_to_end.pipeline import Pipeline, pipeline, run_module, start_module
from tests.end_to_end.tripwire import Tripwire, tripwire
from tests.oracle.compare import difference
from tests.oracle.marts import KEYS
from tests.oracle.rows import Row
from warehouse.location import with_database

SEED = 20260701
KILLS = {"greenhouse": 3, "typeform": 1, "operator": 1}  # per company; two companies: ten

Rows = list[tuple[object, ...]]


@dataclass(frozen=True)
class Left:
    """What runs leave behind: everything landed but for ids of runs, times and row numbers."""

    raw: dict[str, Rows]
    newest: dict[str, Rows]
    keys: Rows
    files: Rows
    states: Rows


def left() -> Left:
    """Read it with the owner's eyes."""
    with warehouse.connect() as connection:
        tables = _rows(
            connection,
            "select table_schema || '.' || table_name from information_schema.tables"
            " where table_schema like 'raw\\_%' order by 1",
        )
        names = [str(name) for (name,) in tables]
        return Left(
            raw={name: _raw(connection, name, "") for name in names},
            newest={
                name: _raw(connection, name, "distinct on (connection, record_id)")
                for name in names
            },
            keys=_rows(connection, "select * from vault.identity_keys"),
            files=_rows(
                connection,
                "select connection, path, content_hash, stream, row_count from landing.files",
            ),
            states=_rows(
                connection,
                "select connection, stream, state::text, observed_at from landing.sync_state",
            ),
        )


def _raw(connection: psycopg.Connection, table: str, distinct: str) -> Rows:
    return _rows(
        connection,
        f"select {distinct} connection, record_id, payload_hash, is_deleted, payload::text"
        f" from {table} order by connection, record_id, seq desc",
    )


def _rows(connection: psycopg.Connection, query: str) -> Rows:
    return sorted(connection.execute(query.encode()).fetchall(), key=repr)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, warehouse_url: str) -> Iterator[Pipeline]:
    """A world, served; its clock stands still."""
    with pipeline(tmp_path_factory.mktemp("world"), SEED) as served:
        yield served


@pytest.fixture(scope="module")
def wire(world: Pipeline) -> Iterator[Tripwire]:
    """The relay through which every extraction of this module reads."""
    with tripwire(world.url) as relay:
        url = world.url.replace(_origin(world.url), relay.url)
        with environment(sandbox.config.connections_env(world.home, url)):
            yield relay


def _origin(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


@dataclass(frozen=True)
class Undisturbed:
    """A whole run, and how many response bytes and files each connection's part of it took."""

    left: Left
    marts: dict[str, list[Row]]
    size: dict[str, int]
    files: Counter[str]


@pytest.fixture(scope="module")
def undisturbed(world: Pipeline, wire: Tripwire) -> Undisturbed:
    size = {}
    for connection in world.connections:
        passed = wire.passed
        world.extract(connection)
        size[connection] = wire.passed - passed
    _check_and_transform(world)
    found = left()
    files = Counter(str(connection) for connection, *_ in found.files)
    return Undisturbed(found, world.marts(), size, files)


def _check_and_transform(world: Pipeline) -> None:
    for connection in world.connections:
        world.check(connection)
    world.transform(tested=False)


@pytest.fixture
def fresh_database(warehouse_template: str, warehouse_url: str) -> Iterator[str]:
    """Another empty warehouse, beside the one of the undisturbed run."""
    name = f"{warehouse_url.rpartition('/')[2]}_again"
    url = with_database(warehouse_template, name)
    server = with_database(warehouse_template, "postgres")
    template = sql.Identifier(warehouse_template.rpartition("/")[2])
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template {}").format(sql.Identifier(name), template)
        )
    with psycopg.connect(url, autocommit=True) as connection:
        warehouse.roles.grant_database(connection)
    with environment({"RELAY_WAREHOUSE_URL": url}):
        yield url
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def test_ten_killed_runs_leave_what_an_undisturbed_one_leaves(
    world: Pipeline, wire: Tripwire, undisturbed: Undisturbed, fresh_database: str
) -> None:
    rng = random.Random(SEED)
    killed = 0
    for connection in world.connections:
        kind = connection.rpartition("_")[2]
        remaining = undisturbed.size[connection]
        for _ in range(KILLS[kind]):
            if kind == "operator":
                files = rng.randrange(1, undisturbed.files[connection] // 2)
                process = kill_after_files(connection, files)
            else:
                size = max(int(remaining * rng.random()), 1)
                process = kill_after_bytes(wire, connection, size)
                remaining -= size
            killed += process.returncode == -signal.SIGKILL
        run_module("extractors", "run", connection)
    assert killed == sum(KILLS.values()) * 2, f"only {killed} runs were killed before their end"
    assert_left_alike(undisturbed.left, left())
    _check_and_transform(world)
    marts = world.marts()
    for mart in KEYS:
        found = difference(mart, undisturbed.marts[mart], marts[mart])
        assert not found, str(found)


def kill_after_bytes(wire: Tripwire, connection: str, size: int) -> subprocess.Popen[str]:
    """Start an extraction and kill it before it gets the ``size``-th byte."""
    process = start_module("extractors", "run", connection)
    wire.arm(size, process.kill)
    process.communicate(timeout=300)
    return process


def kill_after_files(connection: str, files: int) -> subprocess.Popen[str]:
    """Start an extraction and kill it as soon as ``files`` files of it have landed."""
    process = start_module("extractors", "run", connection)
    landed = f"select count(*) >= {files} from landing.files where connection = '{connection}'"
    with warehouse.connect() as database:
        database.autocommit = True
        while process.poll() is None and _rows(database, landed) == [(False,)]:
            time.sleep(0.002)
    process.kill()
    process.communicate(timeout=60)
    return process


def test_two_runs_at_once_one_of_them_killed_leave_the_same(
    world: Pipeline, wire: Tripwire, undisturbed: Undisturbed, fresh_database: str
) -> None:
    rng = random.Random(SEED + 1)
    connection = next(name for name in world.connections if name.endswith("_greenhouse"))
    first = start_module("extractors", "run", connection)
    second = start_module("extractors", "run", connection)
    wire.arm(int(undisturbed.size[connection] * rng.uniform(0.2, 0.8)), first.kill)
    first.communicate(timeout=300)
    output, _ = second.communicate(timeout=300)
    assert first.returncode == -signal.SIGKILL
    assert second.returncode == 0, output
    run_module("extractors", "run", connection)
    assert_left_alike(_of(undisturbed.left, connection), left())


def _of(whole: Left, connection: str) -> Left:
    """The part of what was left that belongs to one connection."""

    def own(rows: Rows) -> Rows:
        return [row for row in rows if row[0] == connection]

    return Left(
        raw={name: own(rows) for name, rows in whole.raw.items()},
        newest={name: own(rows) for name, rows in whole.newest.items()},
        keys=own(whole.keys),
        files=own(whole.files),
        states=own(whole.states),
    )


def assert_left_alike(expected: Left, actual: Left) -> None:
    """Name the first table that differs, and how, without printing anybody's payload."""
    for part in ("raw", "newest"):
        for table, rows in getattr(expected, part).items():
            _alike(f"{part} {table}", rows, getattr(actual, part)[table])
    for part in ("keys", "files", "states"):
        _alike(part, getattr(expected, part), getattr(actual, part))


def _alike(name: str, expected: Rows, actual: Rows) -> None:
    assert len(actual) == len(expected), f"{name}: {len(expected)} rows, now {len(actual)}"
    different = [row[:3] for row in expected if row not in set(actual)]
    assert not different, f"{name}: {len(different)} rows differ, first {different[:3]}"
