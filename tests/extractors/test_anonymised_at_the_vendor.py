"""People whom the vendor makes anonymous, or deletes, from its simulator into the warehouse."""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from psycopg import sql

import sandbox.config
import sandbox.server
import sandbox.world
from extractors.config import load
from extractors.registry import SOURCES
from extractors.run import run_stream
from extractors.stream import Connection, Fields
from sandbox import faults
from tests.end_to_end.environment import environment
from tests.extractors.landings import fetch, keys, rows

NOBODY: dict[str, dict[str, Any]] = {
    "greenhouse": {"first_name": "Anonymized", "email_addresses": [], "phone_numbers": []},
    "lever": {"isAnonymized": True, "name": "-", "emails": [], "phones": []},
    "ashby": {
        "name": "", "emailAddresses": [], "phoneNumbers": [],
        "primaryEmailAddress": None, "primaryPhoneNumber": None,
    },
    "workable": {
        "anonymized": True, "name": "", "firstname": "", "lastname": "", "email": None,
        "phone": None,
    },
}  # fmt: skip
STREAMS = {"lever": "opportunities", "herp": "candidacies"}
DELETING = ("herp", "talentio")
ATS = (*NOBODY, *DELETING)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, warehouse_url: str) -> Iterator[Path]:
    """A world of one company for each ATS, whose people have landed once as they are."""
    home = tmp_path_factory.mktemp("world")
    sandbox.world.make(home, 3, 130 * len(ATS), len(ATS), ATS)
    with sandbox.server.running(home) as url:
        config = sandbox.config.write_config(home, url)
        settings = sandbox.config.connections_env(home, url) | {"RELAY_CONFIG": str(config)}
        with environment(settings):
            for source in ATS:
                read(source)
            yield home


def connection_of(source: str) -> Connection:
    return next(one for one in load().connections if one.source == source)


def stream_of(source: str) -> str:
    return STREAMS.get(source, "candidates")


def read(source: str) -> None:
    run_stream(connection_of(source), stream_of(source), run_id=uuid.uuid4().hex)


@dataclass(frozen=True)
class Somebody:
    """A person's record in the world, and the ids of all records of that person in its list."""

    number: int
    body: Fields
    record_ids: frozenset[str]


def somebody(home: Path, source: str) -> Somebody:
    """Somebody with an address."""
    connection, stream = connection_of(source), SOURCES[source].stream(stream_of(source))
    with closing(sqlite3.connect(home / "world.db")) as world:
        found = [
            (number, orjson.loads(body))
            for number, body in world.execute(
                "select id, body from records where account = ? and stream = ? order by id",
                (connection.name, stream.name),
            )
        ]
    assert stream.identity
    number, body = next(
        one for one in found if {kind for kind, _ in stream.identity(one[1])} >= {"email", "name"}
    )
    person = stream.person
    same = [one for _, one in found if person and one.get(person) == body[person]] or [body]
    return Somebody(number, body, frozenset(map(stream.record_id, same)))


def check(source: str, person: Somebody, reason: str) -> None:
    """Nothing personal of the record is left in any version, and only random numbers as keys."""
    connection, stream = connection_of(source), SOURCES[source].stream(stream_of(source))
    assert stream.identity
    values = {value for kind, value in stream.identity(person.body) if kind in ("email", "phone")}
    left = [
        payload for key, payload, _ in rows(connection, stream.name) if key in person.record_ids
    ]
    assert len(left) >= 2
    assert not [value for value in values if value in orjson.dumps(left).decode()]
    mine = [key for name, _, key in keys(connection) if name in person.record_ids]
    assert mine
    assert all(key.startswith("~") for key in mine)
    told = fetch(
        sql.SQL("select record_id, reason from landing.erasures where connection = %s"),
        [connection.name],
    )
    assert set(told) == {(name, reason) for name in person.record_ids}


@pytest.mark.parametrize("source", NOBODY)
def test_who_was_made_anonymous_is_nobody_here_either(home: Path, source: str) -> None:
    person = somebody(home, source)
    fields = dict(NOBODY[source])
    if source == "greenhouse":
        fields["last_name"] = str(person.body["id"])
    account = connection_of(source).name
    faults.mutate(home, account, stream_of(source), [person.number], {"set": fields})
    read(source)
    check(source, person, "anonymised")


@pytest.mark.parametrize("source", DELETING)
def test_who_was_deleted_is_nobody_here_either(home: Path, source: str) -> None:
    person = somebody(home, source)
    account = connection_of(source).name
    faults.mutate(home, account, stream_of(source), [person.number], {"delete": True})
    read(source)
    check(source, person, "deleted")
