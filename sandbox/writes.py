"""What customers write through a vendor's API.

A world's records are made from its seed and clock, and made anew when the clock moves. So a write
is kept twice: in ``records``, where the next request sees it, and in the log ``writes``, which is
laid over the records again after every move of the clock. A world that nobody writes to has an
empty log. A record that a write made has a number that no story's has, and is its own log.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from sandbox import store
from sandbox.reader import World

Json = dict[str, Any]
MADE_BY_WRITES = 10**15
"""Numbers of the records that writes make begin here, beyond those of every story."""
TIMES = frozenset({"updated_at", "last_activity_at", "updatedAt"})
"""Fields that only grow, whoever sets them."""


@dataclass(frozen=True)
class Change:
    """What one write does to a record: fields with their values, and the entries that lists gain
    and lose. A list gains none that it has."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    gains: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    loses: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def of(self, record: Json) -> Json:
        """The record after it; the same again if it had been done before."""
        after = dict(record)
        for name, value in self.fields.items():
            before = after.get(name)
            after[name] = max(before, value) if before and name in TIMES else value
        for name, entries in self.gains.items():
            after[name] = list(dict.fromkeys([*(after.get(name) or ()), *entries]))
        for name, entries in self.loses.items():
            after[name] = [entry for entry in after.get(name) or () if entry not in entries]
        return after


def change(world: World, account: str, stream: str, number: int, done: Change) -> Json:
    """Write to a record that there is; what it is then."""
    with store.transaction(store.open_world(world.home)) as db:
        db.execute("begin immediate")
        now = _now(db)
        after = _lay(db, (account, stream, number), now, done)
        _log(db, (account, stream, number), now, asdict(done))
    world.refresh()
    return after or {}


def create(
    world: World, account: str, vendor: str, stream: str, number: int, key: str | None, body: Json
) -> None:
    """Add a record, made now."""
    with store.transaction(store.open_world(world.home)) as db:
        now = _now(db)
        row = (account, vendor, stream, number, key, now, now, now, "", orjson.dumps(body))
        store.put_records(db, [row])
    world.refresh()


def remove(world: World, account: str, stream: str, number: int) -> None:
    """Delete a record without a trace, and for good."""
    with store.transaction(store.open_world(world.home)) as db:
        db.execute("begin immediate")
        _lay(db, (account, stream, number), "", None)
        _log(db, (account, stream, number), _now(db), None)
    world.refresh()


def next_number(world: World, account: str, stream: str) -> int:
    """A number for a record that a write makes."""
    sql = "select max(id) from records where account = ? and stream = ? and id >= ?"
    [(last,)] = world.rows(sql, [account, stream, MADE_BY_WRITES])
    return MADE_BY_WRITES if last is None else int(last) + 1


def replay(db: sqlite3.Connection, account: str) -> None:
    """Lay the log of an account over its records, which have just been made anew."""
    rows = db.execute(
        "select stream, id, at, change from writes where account = ? order by number", (account,)
    ).fetchall()
    for stream, number, at, logged in rows:
        done = orjson.loads(logged)
        _lay(db, (account, stream, number), at, done and Change(**done))


def _now(db: sqlite3.Connection) -> str:
    return text(datetime.fromisoformat(store.clock(db)))


def text(moment: datetime) -> str:
    """A time as the columns of ``records`` have it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _log(db: sqlite3.Connection, place: tuple[str, str, int], at: str, done: Any) -> None:
    db.execute(
        "insert into writes (account, stream, id, at, change) values (?, ?, ?, ?, ?)",
        (*place, at, orjson.dumps(done).decode()),
    )


def _lay(
    db: sqlite3.Connection, place: tuple[str, str, int], at: str, done: Change | None
) -> Json | None:
    """Do one write to a record; None if it is gone."""
    where = "where account = ? and stream = ? and id = ?"
    if done is None:
        db.execute(f"delete from records {where}", place)
        return None
    found = db.execute(f"select body from records {where}", place).fetchone()
    if found is None:
        return None
    after = done.of(orjson.loads(found[0]))
    db.execute(
        "update records set body = ?, updated_at = max(updated_at, ?),"
        f" sort_at = case when vendor = 'greenhouse' then max(sort_at, ?) else sort_at end {where}",
        (orjson.dumps(after), at, at, *place),
    )
    return after
