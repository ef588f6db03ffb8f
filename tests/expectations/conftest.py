"""A connection of its own for every test, in one database per module."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import psycopg
import pytest

import warehouse
from tests.expectations.landings import Lander

_numbers = itertools.count(1)

MakeLander = Callable[[str], Lander]


@pytest.fixture
def lander(warehouse_url: str) -> MakeLander:
    """Makes a new connection of a source."""

    def make(source: str) -> Lander:
        return Lander(warehouse.url("relay_loader"), f"c{next(_numbers)}_{source}", source)

    return make


@pytest.fixture
def session(warehouse_url: str) -> Iterator[psycopg.Connection]:
    """A session of the role that the gate uses."""
    with warehouse.connect("relay_loader", autocommit=True) as connection:
        yield connection
