"""What somebody else writes at the vendor, landed by the next run: the record as the vendor lists
it, never the answer to the write, which at Lever leaves the person blank."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

import sandbox.config
import sandbox.server
import sandbox.world
from extractors.config import load
from extractors.run import run_stream
from extractors.stream import Connection
from sandbox import store
from tests.end_to_end.environment import environment
from tests.extractors.landings import keys, rows

STREAMS = {"greenhouse": "candidates", "lever": "opportunities"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, warehouse_url: str) -> Iterator[Path]:
    """A world of a company for each vendor, whose people have landed once."""
    home = tmp_path_factory.mktemp("world")
    sandbox.world.make(home, 3, 500, 2, tuple(STREAMS))
    with store.transaction(store.open_world(home)) as world:
        store.set_meta(world, "may_write", "true")
    with sandbox.server.running(home) as url:
        config = sandbox.config.write_config(home, url)
        settings = sandbox.config.connections_env(home, url) | {"RELAY_CONFIG": str(config)}
        with environment(settings):
            for source in STREAMS:
                read(source)
            yield home


def connection_of(source: str) -> Connection:
    return next(one for one in load().connections if one.source == source)


def read(source: str) -> int:
    """How many new versions a run lands."""
    return run_stream(connection_of(source), STREAMS[source], run_id="run").landed


def account_of(home: Path, source: str) -> store.Account:
    with closing(store.open_world(home)) as world:
        return next(one for one in store.accounts(world) if one.vendor == source)


def versions(source: str, record_id: str) -> list[dict[str, Any]]:
    found = rows(connection_of(source), STREAMS[source])
    return [payload for id_, payload, _ in found if id_ == record_id]


def person(source: str, record_id: str) -> list[tuple[str, str]]:
    """What identifies a record, once for each of its versions."""
    found = keys(connection_of(source))
    return [(kind, key) for id_, kind, key in found if id_ == record_id]


def somebody(source: str) -> str:
    """A record with a name, an address and a phone number."""
    found = keys(connection_of(source))
    complete: dict[str, set[str]] = {}
    for record_id, kind, _ in found:
        complete.setdefault(record_id, set()).add(kind)
    return next(id_ for id_ in complete if complete[id_] >= {"name", "email", "phone"})


def test_a_custom_field_written_at_greenhouse(home: Path) -> None:
    account, url = account_of(home, "greenhouse"), sandbox.server.running_at(home)
    chosen = somebody("greenhouse")
    [before] = versions("greenhouse", chosen)
    known = person("greenhouse", chosen)
    token = requests.post(
        f"{url}/greenhouse/token",
        auth=(str(account.client_id), account.secret),
        data={"grant_type": "client_credentials", "sub": account.user_id},
        timeout=10,
    ).json()["access_token"]
    requests.patch(
        f"{url}/greenhouse/v3/candidates/{chosen}",
        json={"custom_fields": [{"name_key": "jlpt_level", "value": "N1"}]},
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    ).raise_for_status()
    assert read("greenhouse") == 1
    _, after = versions("greenhouse", chosen)
    assert after["updated_at"] > before["updated_at"]
    assert after == before | {"updated_at": after["updated_at"]}
    assert person("greenhouse", chosen) == sorted([*known, *known])


def test_tags_written_at_lever(home: Path) -> None:
    account, url = account_of(home, "lever"), sandbox.server.running_at(home)
    chosen = somebody("lever")
    [before] = versions("lever", chosen)
    known = person("lever", chosen)
    answer = requests.post(
        f"{url}/lever/v1/opportunities/{chosen}/addTags",
        json={"tags": ["relay"]},
        auth=(account.secret, ""),
        timeout=10,
    )
    blank = answer.json()["data"]
    assert (blank["id"], blank["name"], blank["emails"], blank["phones"]) == (chosen, "", [], [])
    assert read("lever") == 1
    _, after = versions("lever", chosen)
    assert after["updatedAt"] == blank["updatedAt"] > before["updatedAt"]
    assert after == before | {"updatedAt": after["updatedAt"]}
    assert person("lever", chosen) == sorted([*known, *known])


@pytest.mark.parametrize("source", STREAMS)
def test_nothing_is_landed_when_nobody_writes(home: Path, source: str) -> None:
    assert read(source) == 0
