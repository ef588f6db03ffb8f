"""Noise changes what is written, never who is who, and always in the same way."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from sandbox import noise, store, world

SEED = 3
Rows = list[tuple[object, ...]]


def _rows(connection: sqlite3.Connection, query: str) -> Rows:
    with closing(connection):
        return connection.execute(query).fetchall()


def _records(home: Path) -> Rows:
    return _rows(store.open_world(home), "select * from records order by account, stream, id")


def _truth(home: Path) -> Rows:
    return _rows(store.open_truth(home), "select * from response order by response_id")


def test_noise_is_a_function_of_world_and_seed(tmp_path: Path) -> None:
    found = []
    for name in ("first", "second"):
        home = tmp_path / name
        world.make(home, seed=SEED, applications=200, companies=2)
        plain, truth = _records(home), _truth(home)
        added = noise.add(home, SEED, noise.Rates(forwarded=0.5))
        assert _truth(home) == truth
        noisy = _records(home)
        changed = {row[2] for row, before in zip(noisy, plain, strict=True) if row != before}
        assert changed == {"candidates", "responses_completed"}
        assert added.same_as
        assert set(added.counts) >= {"households", "shared_people", "forwarded"}
        moved = noise.move(home, SEED)
        assert moved == sum(a != b for a, b in zip(_records(home), noisy, strict=True)) > 0
        found.append((_records(home), added))
    assert found[0] == found[1]


@pytest.mark.parametrize("seed", range(50))
def test_an_error_changes_a_value_a_little(seed: int) -> None:
    for change, value in (
        (noise.mistyped_email, "taro.yamada7213@example.jp"),
        (noise.mistyped_phone, "090-1234-5678"),
        (noise.mistyped_name, "佐藤 太郎"),
    ):
        wrong = change(Random(seed), value)
        assert wrong != value or change is noise.mistyped_email
        assert abs(len(wrong) - len(value)) <= 1
