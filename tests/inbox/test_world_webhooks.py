"""A world's webhooks, delivered as vendors do, through the service and the drain into raw."""

import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from psycopg import sql

import sandbox.config
from extractors.config import load
from extractors.errors import RelayError
from extractors.run import run_stream
from extractors.stream import Connection
from inbox.hooks import hooks_of
from sandbox import webhooks, world
from sandbox.server import running
from tests.extractors.landings import execute, fetch
from tests.inbox.service import serving

pytestmark = pytest.mark.usefixtures("warehouse_url")

FED = ("candidates_deleted", "applications_deleted", "candidate_merges", "candidate_anonymisations")
RESPONSES = ("responses_completed", "responses_partial")
EACH = 5


@dataclass(frozen=True)
class Delivered:
    """What was sent and answered, and the connections that it is for."""

    home: Path
    connections: dict[str, Connection]
    removals: list[dict[str, Any]]
    answers: Counter[int]

    def events(self, company: str, action: str) -> list[dict[str, Any]]:
        return [
            event["payload"]
            for event in self.removals
            if event["action"] == action and event["company"] == company
        ]


def run(connection: Connection, *streams: str, full: bool = False) -> list[int]:
    return [run_stream(connection, name, full=full, run_id=os.urandom(4).hex()).landed
            for name in streams]  # fmt: skip


def newest(connection: Connection, stream: str) -> dict[str, tuple[dict[str, Any], bool]]:
    """record_id -> (payload, whether it is deleted)."""
    found = fetch(
        sql.SQL(
            "select distinct on (record_id) record_id, payload, is_deleted from {}"
            " where connection = %s order by record_id, seq desc"
        ).format(sql.Identifier(f"raw_{connection.source}", stream)),
        [connection.name],
    )
    return {record_id: (payload, is_deleted) for record_id, payload, is_deleted in found}


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory, warehouse_url: str) -> Iterator[Delivered]:
    """Two companies. Aozora's lists were read before; then everything is sent, for a while to a
    service whose database refuses it."""
    home = tmp_path_factory.mktemp("world")
    world.make(home, seed=5, applications=200, companies=2)
    with running(home) as url, pytest.MonkeyPatch.context() as patch:
        for name, value in sandbox.config.connections_env(home, url).items():
            patch.setenv(name, value)
        config = load(sandbox.config.write_config(home, url, webhooks=True))
        connections = {one.name: one for one in config.connections}
        run(connections["aozora_greenhouse"], "candidates", "applications")
        run(connections["aozora_typeform"], *RESPONSES)
        removed = webhooks.removals(home, seed=1, each=EACH)
        sent = webhooks.responses(home) + removed
        with serving(hooks_of(config.connections)) as inbox, ThreadPoolExecutor(1) as pool:
            execute("alter role relay_inbox nologin")
            sending = pool.submit(webhooks.deliver, sent, inbox, 1, pause=0.5)
            time.sleep(1.0)
            execute("alter role relay_inbox login")
            answers = sending.result()
        events = [
            {**orjson.loads(one.body), "company": one.connection.partition("_")[0]}
            for one in removed
        ]
        yield Delivered(home, connections, events, answers)


def test_everything_is_taken_in_the_end(delivered: Delivered) -> None:
    sent = len(webhooks.responses(delivered.home)) + 2 * 3 * EACH
    assert delivered.answers[503] > 0
    assert delivered.answers[204] > sent
    assert set(delivered.answers) <= {204, 503, 0}


def test_polled_responses_gain_nothing(delivered: Delivered) -> None:
    connection = delivered.connections["aozora_typeform"]
    before = {stream: newest(connection, stream) for stream in RESPONSES}
    assert run(connection, *RESPONSES) == [0, 0]
    assert {stream: newest(connection, stream) for stream in RESPONSES} == before
    assert all(before.values())


def test_pushed_responses_are_those_that_are_polled_later(
    delivered: Delivered, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = delivered.connections["hinata_typeform"]
    with monkeypatch.context() as away:
        away.setenv("AIRFLOW_CONN_HINATA_TYPEFORM", '{"host": "http://127.0.0.1:1"}')
        for stream in RESPONSES:
            with pytest.raises(RelayError):
                run(connection, stream)
    pushed = {stream: newest(connection, stream) for stream in RESPONSES}
    assert all(pushed.values())
    run(connection, *RESPONSES)
    polled = {stream: newest(connection, stream) for stream in RESPONSES}
    for stream in RESPONSES:
        assert {
            key: ({name: value for name, value in payload.items() if name != "client"}, deleted)
            for key, (payload, deleted) in polled[stream].items()
        } == pushed[stream]


def test_removed_candidates_are_gone_and_stay_so(delivered: Delivered) -> None:
    connection = delivered.connections["aozora_greenhouse"]
    landed = run(connection, *FED)
    deleted = delivered.events("aozora", "delete_candidate")
    merged = delivered.events("aozora", "merge_candidate")
    gone = {str(event["person"]["id"]) for event in deleted + merged}
    applications = {str(n) for event in deleted for n in event["person"]["deleted_application_ids"]}
    assert len(gone) == 2 * EACH
    assert landed == [2 * EACH, len(applications), EACH, EACH]
    for full in (False, True):
        candidates = newest(connection, "candidates")
        assert {key for key, (_, is_deleted) in candidates.items() if is_deleted} == gone
        known = newest(connection, "applications")
        assert {key for key, (_, is_deleted) in known.items() if is_deleted} == applications
        run(connection, "candidates", "applications", *FED, full=full)
    moved = newest(connection, "applications")
    for event in merged:
        assert not [
            key
            for key, (payload, is_deleted) in moved.items()
            if not is_deleted and payload["candidate_id"] == event["person"]["id"]
        ]


def test_what_was_merged_into_whom_is_landed(delivered: Delivered) -> None:
    connection = delivered.connections["hinata_greenhouse"]
    run(connection, *FED)
    merges = newest(connection, "candidate_merges")
    assert {key: payload["new_candidate_id"] for key, (payload, _) in merges.items()} == {
        str(event["person"]["id"]): event["person"]["new_candidate_id"]
        for event in delivered.events("hinata", "merge_candidate")
    }
    anonymised = newest(connection, "candidate_anonymisations")
    assert {key: payload["anonymized_fields"] for key, (payload, _) in anonymised.items()} == {
        str(event["candidate_id"]): event["anonymized_fields"]
        for event in delivered.events("hinata", "candidate_anonymized")
    }


def test_nothing_personal_of_a_removal_is_landed(delivered: Delivered) -> None:
    for company in ("aozora", "hinata"):
        connection = delivered.connections[f"{company}_greenhouse"]
        run(connection, *FED)
        texts = [
            orjson.dumps(payload).decode()
            for stream in FED
            for payload, _ in newest(connection, stream).values()
        ]
        names = [
            event["payload"]["person"][name]
            for event in delivered.removals
            if "person" in event["payload"]
            for name in ("first_name", "last_name")
        ]
        assert texts
        assert names
        assert not [name for name in names for text in texts if name in text]
