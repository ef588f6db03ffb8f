"""What clients of others meet on the sandbox, met by our own reader: it must be told of no reason.

The same scenarios and checks as `python -m peers`, with a Retry-After that a test can wait for.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from extractors import config, credentials
from extractors.errors import RelayError
from extractors.registry import SOURCES
from extractors.stream import Connection, Scan, State
from peers.clients import CLIENTS
from peers.compare import Read
from peers.run import account_of, due
from peers.scenarios import SCENARIOS, patiently
from sandbox import config as sandbox_config
from sandbox import faults, store, world
from sandbox.server import running

ATS = ("greenhouse", "lever", "ashby", "workable", "herp", "talentio")
PER_COMPANY = 250  # three pages and more of a hundred
WAIT_S = 2
PAGED = {"page_size": 20, "window_days": 400}  # so that every list has pages
MET = dict(SCENARIOS)
MET["429, wait"] = replace(
    MET["429, wait"],
    check=patiently(WAIT_S),
    params={"after": 1, "retry_after": WAIT_S},
)
FAULTED = {client.vendor: client for client in CLIENTS}
CASES = [
    pytest.param(vendor, name, id=f"{vendor}: {name}")
    for vendor in FAULTED
    for name, scenario in MET.items()
    if vendor in scenario.only
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    home = tmp_path_factory.mktemp("peers")
    world.make(home, 7, PER_COMPANY * len(ATS), len(ATS), ATS)
    with running(home) as url:
        yield home, url


@pytest.fixture
def home(served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in sandbox_config.connections_env(*served).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RELAY_CONFIG", str(sandbox_config.write_config(*served)))
    return served[0]


def connection(home: Path, vendor: str) -> Connection:
    name = account_of(home, vendor).account
    return next(c for c in config.load().connections if c.name == name)


def read(connection: Connection, stream: str, state: State | None = None) -> tuple[Read, State]:
    """A run as `python -m peers` sees those of others, and the state that it leaves."""
    source = SOURCES[connection.source]
    options: Any = connection.options
    small = options.model_copy(
        update={k: v for k, v in PAGED.items() if k in type(options).model_fields}
    )
    bound = replace(connection, options=small)
    scan = Scan(
        connection=bound,
        stream=source.stream(stream).bound(small),
        state=state,
        credentials=lambda: credentials.resolve(connection.conn_id),
        notice=lambda _: None,
        changed=lambda *_: [],
        shared={},
    )
    ids: list[str] = []
    error, left = None, dict(state or {})
    began = time.monotonic()
    try:
        for batch in source.reader.batches(scan):
            left = batch.state
            ids += [str(scan.stream.record_id(row)) for page in batch.pages for row in page.records]
    except RelayError as failed:
        error = str(failed)
    return Read(ids, error, time.monotonic() - began), left


@pytest.mark.parametrize(("vendor", "name"), CASES)
def test_our_reader_meets_the_same(home: Path, vendor: str, name: str) -> None:
    client, scenario = FAULTED[vendor], MET[name]
    listed = client.lists[client.faulted]
    mine = connection(home, vendor)
    shown = due(home, mine.name, listed)
    calm, _ = read(mine, listed.of)
    assert calm.error is None
    assert set(calm.ids) >= shown, "it reads at least what a vendor shows by default"
    scenario.order(home, vendor, listed.of)
    try:
        got, state = read(mine, listed.of)
    finally:
        left = pending(home)
        faults.clear(home)
    assert scenario.times is None or not left, "the fault was met"
    if scenario.kind == "mutate":
        # what changes beyond the upper bound of a window is the next run's
        got = replace(got, ids=[*got.ids, *read(mine, listed.of, state)[0].ids])
    assert scenario.check(set(calm.ids), got) is None


def pending(home: Path) -> int:
    with closing(store.open_world(home)) as opened:
        (count,) = opened.execute("select count(*) from faults").fetchone()
    return int(count)
