"""What a Lever account costs: requests of a first load and of a run after little has changed."""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from psycopg import sql

import sandbox.config
import sandbox.server
import sandbox.world
import warehouse
from extractors.config import load
from extractors.run import run_connection, stream_names
from sandbox import faults, store
from sandbox.lever import CHILDREN, LISTS
from tests.end_to_end.environment import environment
from tests.extractors.landings import requests_made

CONNECTION = "aozora_lever"
APPLICATIONS = 400
PAGE = 100
PASSES = {"opportunities": 2, "postings": 2}  # confidential rows by themselves


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, warehouse_url: str) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("world")
    sandbox.world.make(home, 3, APPLICATIONS, 1, ("lever",))
    with sandbox.server.running(home) as url:
        config = sandbox.config.write_config(home, url)
        settings = sandbox.config.connections_env(home, url) | {"RELAY_CONFIG": str(config)}
        with environment(settings):
            yield home


def run(streams: list[str] | None = None) -> dict[str, int]:
    """Requests by stream of one run, whose streams come in any order."""
    connection = load().connection(CONNECTION)
    wanted = streams or list(reversed(stream_names(connection)))
    return requests_made(run_connection(connection, wanted, run_id=uuid.uuid4().hex))


def rows(home: Path, stream: str) -> int:
    with closing(sqlite3.connect(home / "world.db")) as world:
        query = "select count(*) from records where account = ? and stream = ?"
        return int(world.execute(query, (CONNECTION, stream)).fetchone()[0])


def raw(stream: str, condition: str = "true") -> int:
    """Landed versions of a stream."""
    query = sql.SQL("select count(*) from {} where connection = %s and {}").format(
        sql.Identifier("raw_lever", stream),
        sql.SQL(condition),
    )
    with warehouse.connect() as owner:
        row = owner.execute(query, [CONNECTION]).fetchone()
    assert row
    return int(row[0])


def test_requests_are_near_the_least_possible(home: Path) -> None:
    opportunities = rows(home, "opportunities")
    pages = {stream: max(1, -(-rows(home, stream) // PAGE)) for stream in LISTS}
    least = sum(pages.values()) + len(CHILDREN) * opportunities
    first = run()
    # postings_deleted in parts of 28 days, opportunities in windows after their first page
    assert sum(first.values()) <= least + 60
    assert all(first[stream] == opportunities for stream in CHILDREN)
    for stream in (*CHILDREN, "opportunities", "postings"):
        assert raw(stream) == rows(home, stream)

    changed = opportunities // 100
    with closing(sqlite3.connect(home / "world.db")) as world:
        ids = [
            row[0] for row in world.execute("select id from records where stream = 'opportunities'")
        ]
    faults.mutate(home, CONNECTION, "opportunities", ids, {"count": changed})
    least_again = len(LISTS) + len(PASSES) + len(CHILDREN) * changed
    again = run()
    assert all(again[stream] == changed for stream in CHILDREN)
    assert sum(again.values()) == least_again
    assert raw("opportunities") == opportunities + changed
    print(
        f"{opportunities} opportunities: first load {sum(first.values())} requests of at least "
        f"{least}, after 1 % changed {sum(again.values())} of at least {least_again}"
    )


def test_what_lever_lists_as_deleted_is_deleted(home: Path) -> None:
    run()
    with store.transaction(store.open_world(home)) as world:
        number, key = world.execute(
            "select id, key from records where stream = 'opportunities' order by id limit 1"
        ).fetchone()
        at = store.clock(world)
        world.execute("delete from records where stream = 'opportunities' and id = ?", (number,))
        ms = int(datetime.fromisoformat(at).timestamp() * 1000)
        stamp = at.replace("Z", ".000Z")
        body = f'{{"id":"{key}","deletedAt":{ms}}}'.encode()
        deleted = (CONNECTION, "lever", "opportunities_deleted", number, key, stamp, stamp, stamp)
        store.put_records(world, [(*deleted, "", body)])
    run()
    assert raw("opportunities", f"is_deleted and record_id = '{key}'") == 1
    run()
    assert raw("opportunities", f"is_deleted and record_id = '{key}'") == 1
