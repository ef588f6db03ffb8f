"""Made worlds, and small readers of what is in them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

from sandbox import store

SMALL = 400
RECORD_COLUMNS = "account, vendor, stream, id, key, created_at, updated_at, sort_at, flags, body"


def records(home: Path) -> list[tuple[Any, ...]]:
    """Every vendor record, whole, in the order of its key."""
    with closing(store.open_world(home)) as world:
        return world.execute(
            f"select {RECORD_COLUMNS} from records order by account, stream, id"
        ).fetchall()


def bodies(home: Path, stream: str, account: str = "%") -> list[dict[str, Any]]:
    with closing(store.open_world(home)) as world:
        rows = world.execute(
            "select body from records where stream = ? and account like ? order by account, id",
            (stream, account),
        )
        return [orjson.loads(body) for (body,) in rows]


def clock(home: Path) -> str:
    with closing(store.open_world(home)) as world:
        return store.clock(world)


def truth(home: Path, query: str, *values: Any) -> list[sqlite3.Row]:
    with closing(store.open_truth(home)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(query, values).fetchall()
