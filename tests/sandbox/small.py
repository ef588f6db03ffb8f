"""A home with a few rows behind the server, changed at will: what the vendors' tests share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox import store
from sandbox.server import LOG_FILE, running

CLOCK = "2026-06-30T15:00:00Z"


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The URL of a server over an empty home; it must find nothing to complain about."""
    store.create(home)
    with running(home) as url:
        yield url
    assert (home / LOG_FILE).read_text() == ""


def refill(home: Path, accounts: Iterable[store.Account], records: Iterable[store.Record]) -> None:
    """Make the world of `home` these rows and nothing else."""
    with store.transaction(store.open_world(home)) as world:
        for table in ("records", "accounts", "meta", "faults", "writes"):
            world.execute(f"delete from {table}")
        store.set_meta(world, "clock", CLOCK)
        for account in accounts:
            store.put_account(world, account)
        store.put_records(world, records)


def put(home: Path, *records: store.Record) -> None:
    """Add or replace rows, as somebody at the customer would just now."""
    with store.transaction(store.open_world(home)) as world:
        store.put_records(world, records)


def remove(home: Path, *numbers: int) -> None:
    """Delete records without a trace."""
    with store.transaction(store.open_world(home)) as world:
        for number in numbers:
            world.execute("delete from records where id = ?", [number])


def setting(home: Path, key: str, value: object) -> None:
    """Set one key of the sandbox's meta."""
    with store.transaction(store.open_world(home)) as world:
        store.set_meta(world, key, str(value))
