"""A connection of its own for every test, in one database per module."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import psycopg
import pytest

import warehouse
from tests.expectations.records import OPERATOR, Lander
from warehouse.raw import ensure_raw_tables

_numbers = itertools.count(1)

MakeLander = Callable[[str], Lander]


@pytest.fixture(scope="module")
def gate_database(warehouse_url: str) -> str:
    with psycopg.connect(warehouse_url, autocommit=True) as owner:
        ensure_raw_tables(owner, "operator", OPERATOR)
    return warehouse_url


@pytest.fixture
def lander(gate_database: str) -> MakeLander:
    """Makes a new connection of a source."""

    def make(source: str) -> Lander:
        return Lander(warehouse.url("relay_loader"), f"c{next(_numbers)}_{source}", source)

    return make


@pytest.fixture
def session(gate_database: str) -> Iterator[psycopg.Connection]:
    """A session of the role that the gate uses."""
    with warehouse.connect("relay_loader", autocommit=True) as connection:
        yield connection
