"""The inbox drained: webhooks land as the records of their streams, whatever the order."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import orjson
import pytest
from psycopg import sql

import warehouse
from extractors import inbox
from extractors.errors import CredentialsError
from extractors.registry import SOURCES
from extractors.run import run_connection, run_stream, stream_names
from extractors.stream import Connection, Page
from sandbox import store
from tests.extractors.conftest import FIRST_DAY, Vendor
from tests.extractors.landings import (
    CANDIDATES,
    candidate,
    execute,
    fetch,
    land,
    landing,
    new_connection,
    rows,
    state,
)
from tests.inbox_events import put

pytestmark = pytest.mark.usefixtures("warehouse_url")

GONE_STREAMS = ("candidates_deleted", "applications_deleted")


def connection_of(source: str = "greenhouse", **options: Any) -> Connection:
    model = SOURCES[source].options_model
    given = {"start_date": FIRST_DAY, "webhooks": True, **options}
    return replace(new_connection(source), options=model.model_validate(given))


def person(action: str, number: int, **fields: Any) -> dict[str, Any]:
    """A Recruiting webhook about a candidate, with values that must not be stored."""
    return {
        "action": action,
        "payload": {"person": {"id": number, "first_name": "太郎", "last_name": "髙橋", **fields}},
    }


def run(connection: Connection, stream: str, *, full: bool = False) -> int:
    """Rows appended."""
    return run_stream(connection, stream, full=full, run_id=f"run {time.monotonic_ns()}").landed


def deleted(connection: Connection, stream: str) -> set[str]:
    found = fetch(
        sql.SQL(
            "select distinct on (record_id) record_id, is_deleted from {} where connection = %s"
            " order by record_id, seq desc"
        ).format(sql.Identifier("raw_greenhouse", stream)),
        [connection.name],
    )
    return {record_id for record_id, is_deleted in found if is_deleted}


def held(connection: Connection) -> list[tuple[Any, ...]]:
    return fetch(
        sql.SQL(
            "select stream, record_id, status from gate.quarantine where connection = %s"
            " order by quarantine_id"
        ),
        [connection.name],
    )


def events(connection: Connection) -> int:
    statement = sql.SQL("select count(*) from inbox.events where connection = %s")
    return int(fetch(statement, [connection.name])[0][0])


def test_a_deleted_candidate_and_its_applications_are_buried() -> None:
    connection = connection_of()
    land(connection, [candidate(1), candidate(2)])
    applications = SOURCES["greenhouse"].stream("applications")
    land(connection, [{"id": n, "candidate_id": 1} for n in (10, 11, 12)], stream=applications)
    put(connection, person("delete_candidate", 1, deleted_application_ids=[10, 11]))
    assert [run(connection, stream) for stream in GONE_STREAMS] == [1, 2]
    assert deleted(connection, "candidates") == {"1"}
    assert deleted(connection, "applications") == {"10", "11"}


def test_of_a_person_only_the_ids_are_landed() -> None:
    connection = connection_of()
    put(connection, person("merge_candidate", 1, new_candidate_id=2))
    anonymised = {"candidate_id": 3, "anonymized_fields": ["full_name"], "note": "太郎"}
    put(connection, {"action": "candidate_anonymized", "payload": anonymised})
    put(connection, {"action": "ping"})
    for stream in ("candidate_merges", "candidate_anonymisations", *GONE_STREAMS):
        run(connection, stream)
    ((_, merge, _),) = rows(connection, "candidate_merges")
    ((_, anonymisation, _),) = rows(connection, "candidate_anonymisations")
    assert merge.keys() == {"id", "new_candidate_id", "received_at"}
    assert (merge["id"], merge["new_candidate_id"]) == (1, 2)
    assert anonymisation.keys() == {"id", "anonymized_fields", "received_at"}
    assert (anonymisation["id"], anonymisation["anonymized_fields"]) == (3, ["full_name"])
    assert [row[0] for row in rows(connection, "candidates_deleted")] == ["1"]
    assert held(connection) == []


def test_repeated_events_and_runs_land_once() -> None:
    connection = connection_of()
    for _ in range(3):
        put(connection, person("merge_candidate", 1, new_candidate_id=2))
    assert run(connection, "candidate_merges") == 1
    put(connection, person("merge_candidate", 1, new_candidate_id=2))
    assert [run(connection, "candidate_merges", full=full) for full in (False, True)] == [0, 0]
    assert state(connection, "candidate_merges")["inbox"] > 0


def test_events_of_another_connection_are_not_read() -> None:
    one, other = connection_of(), connection_of()
    put(one, person("merge_candidate", 1, new_candidate_id=2))
    assert [run(each, "candidate_merges") for each in (other, one)] == [0, 1]


@pytest.mark.parametrize("limit", ["EVENTS_PER_BATCH", "BYTES_PER_BATCH"])
def test_a_long_inbox_is_read_in_batches(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, limit, 3)
    connection = connection_of()
    for number in range(7):
        put(connection, person("merge_candidate", number, new_candidate_id=100))
    result = run_stream(connection, "candidate_merges", run_id="run")
    assert (result.landed, result.batches) == (7, 3 if limit == "EVENTS_PER_BATCH" else 7)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"action": "merge_candidate"}',
        b'["merge_candidate"]',
        b'{"action": "merge_candidate", "payload": {"person": {"id": null}}}',
        b'{"action": "merge_candidate", "payload": {"person": {"id": "", "new_candidate_id": 3}}}',
    ],
)
def test_a_malformed_event_is_held_and_the_rest_goes_on(body: bytes) -> None:
    connection = connection_of()
    put(connection, person("merge_candidate", 1, new_candidate_id=2))
    put(connection, body)
    put(connection, person("merge_candidate", 3, new_candidate_id=2))
    said: list[str] = []
    result = run_stream(connection, "candidate_merges", run_id="run", report=said.append)
    assert result.landed == 2
    ((stream, record_id, status),) = held(connection)
    assert (stream, status) == ("candidate_merges", "open")
    assert [line for line in said if record_id.removeprefix("inbox:") in line and "held" in line]
    assert run(connection, "candidate_merges") == 0
    assert len(held(connection)) == 1


def test_an_event_that_is_read_at_last_is_no_longer_held(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = connection_of()
    put(connection, person("merge_candidate", 1, new_candidate_id=2))
    put(connection, b"no JSON")
    run(connection, "candidate_merges")
    execute(
        f'update inbox.events set body = \'{{"action": "ping"}}\''
        f" where connection = '{connection.name}' and body = 'no JSON'"
    )
    run(connection, "candidate_merges", full=True)
    assert [status for _, _, status in held(connection)] == ["repaired"]


def test_an_event_that_commits_late_is_not_passed_over() -> None:
    """The second writer waits for the first, so what is visible has no gap before it."""
    connection = connection_of()
    second = threading.Thread(
        target=put, args=(connection, person("merge_candidate", 2, new_candidate_id=9))
    )
    insert = "insert into inbox.events (connection, source, headers, body) values (%s, %s, %s, %s)"
    first = '{"action": "merge_candidate", "payload": {"person": {"id": 1, "new_candidate_id": 9}}}'
    with warehouse.connect("relay_inbox") as slow:
        slow.execute(insert, [connection.name, "greenhouse", "{}", first.encode()])
        second.start()
        second.join(timeout=0.5)
        assert second.is_alive()
        assert run(connection, "candidate_merges") == 0
        slow.commit()
    second.join()
    assert run(connection, "candidate_merges") == 2


def test_two_drains_at_once_land_once() -> None:
    connection = connection_of()
    for number in range(200):
        put(connection, person("merge_candidate", number % 150, new_candidate_id=1000))
    with ThreadPoolExecutor(2) as pool:
        landed = list(pool.map(lambda _: run(connection, "candidate_merges"), range(2)))
    assert sum(landed) == 150


def test_the_processed_are_cleared_after_their_days_and_no_others() -> None:
    connection = connection_of(inbox_days=30)
    put(connection, person("merge_candidate", 1, new_candidate_id=2))
    put(connection, b"no JSON")
    execute("update inbox.events set received_at = received_at - interval '31 days'")
    fed = [stream.name for stream in SOURCES["greenhouse"].streams if stream.inbox]
    for stream in fed[:-1]:
        run(connection, stream)
        run(connection, stream)
    assert events(connection) == 2  # one stream has not seen them
    run(connection, fed[-1])
    put(connection, person("merge_candidate", 3, new_candidate_id=2))
    run(connection, fed[-1])
    assert events(connection) == 1
    assert {status for _, _, status in held(connection)} == {"waived"}


def test_without_webhooks_their_streams_are_left_out() -> None:
    connection = connection_of(webhooks=False)
    put(connection, person("merge_candidate", 1, new_candidate_id=2))
    assert "candidate_merges" not in stream_names(connection)
    assert "candidate_merges" in stream_names(connection_of())
    assert run(connection, "candidate_merges") == 0


def test_an_inbox_that_cannot_be_read_is_told() -> None:
    connection = connection_of()
    execute("revoke select on inbox.events from relay_loader")
    try:
        (result,) = run_connection(connection, ["candidate_merges"], run_id="run")
    finally:
        execute("grant select on inbox.events to relay_loader")
    assert "SQLSTATE 42501" in str(result.error)
    assert "Remedy" in str(result.error)


class Form:
    """A Typeform connection of the small world that also takes webhooks."""

    def __init__(self, vendor: Vendor) -> None:
        options = vendor.connection(webhooks=True).options
        self.vendor = vendor
        base = new_connection("typeform")
        self.connection = replace(base, conn_id=vendor.account, options=options)

    def response(self, response_id: str, **fields: Any) -> dict[str, Any]:
        """The webhook of a response that the API shows too."""
        (found,) = (
            record
            for record in self.vendor.records("responses_completed")
            if record["response_id"] == response_id
        )
        hidden = ("response_id", "response_type", "metadata", "landing_id")
        assert isinstance(found, dict)
        shown = {name: value for name, value in found.items() if name not in hidden}
        return {"event_id": "01E", "event_type": "form_response", "form_response": shown | fields}

    def versions(self, response_id: str) -> list[dict[str, Any]]:
        return [
            payload
            for record_id, payload, _ in rows(self.connection, "responses_completed")
            if record_id == response_id
        ]


@pytest.fixture
def both(form: Vendor) -> Form:
    """One of the small world's responses has answers, and a browser that only the API tells of."""
    told = {
        "response_id": "c001",
        "token": "c001",
        "landing_id": "c001",
        "response_type": "completed",
        "landed_at": "2026-01-01T00:00:00Z",
        "submitted_at": "2026-01-01T00:01:00Z",
        "metadata": {"user_agent": "Mozilla/5.0 (iPhone)", "network_id": "n1"},
        "hidden": {"token": "t1"},
        "calculated": {"score": 0},
        "answers": [
            {
                "field": {"id": "1", "type": "email", "ref": "email"},
                "type": "email",
                "email": "taro@example.com",
            }
        ],
    }
    with store.transaction(store.open_world(form.home)) as world:
        world.execute("update records set body = ? where key = 'c001'", [orjson.dumps(told)])
    return Form(form)


def test_a_response_by_both_ways_is_one_record_and_loses_nothing(both: Form) -> None:
    put(both.connection, both.response("c001"))
    run(both.connection, "responses_completed")
    (version,) = both.versions("c001")
    assert version["client"]
    put(both.connection, both.response("c001"))
    run(both.connection, "responses_completed")
    run(both.connection, "responses_completed", full=True)
    assert both.versions("c001") == [version]


def test_a_response_that_the_api_does_not_show_yet_comes_from_the_webhook(both: Form) -> None:
    later = both.response("c001", token="c999", submitted_at="2026-01-01T00:58:00Z")
    put(both.connection, later)
    run(both.connection, "responses_completed")
    (version,) = both.versions("c999")
    assert version.keys() <= SOURCES["typeform"].stream("responses_completed").fields  # type: ignore[operator]
    assert (version["response_id"], version["response_type"]) == ("c999", "completed")
    polled = both.versions("c001")[0]
    assert version["answers"] == polled["answers"]
    assert version["hidden"] == polled["hidden"]


def test_the_person_of_a_webhook_is_keyed_like_the_polled_one(both: Form) -> None:
    put(both.connection, both.response("c001", token="c999"))
    run(both.connection, "responses_completed")
    statement = sql.SQL(
        "select kind, key from vault.identity_keys where connection = %s and record_id = %s"
        " and kind <> 'network' order by kind, key"
    )
    polled, pushed = (
        fetch(statement, [both.connection.name, response_id]) for response_id in ("c001", "c999")
    )
    assert polled == pushed
    assert polled


def test_a_vendor_that_refuses_does_not_hold_up_its_webhooks(
    both: Form, login: Callable[..., None]
) -> None:
    put(both.connection, both.response("c001"))
    run(both.connection, "responses_completed")
    before = state(both.connection, "responses_completed")
    put(both.connection, both.response("c001", token="c999"))
    login(both.vendor.account, password="")
    with pytest.raises(CredentialsError):
        run(both.connection, "responses_completed")
    assert len(both.versions("c999")) == 1
    after = state(both.connection, "responses_completed")
    assert after["until"] == before["until"]
    assert after["inbox"] > before["inbox"]


def test_the_vendors_clock_stays_known(both: Form) -> None:
    put(both.connection, both.response("c001"))
    run(both.connection, "responses_completed")
    statement = sql.SQL("select observed_at from landing.sync_state where connection = %s")
    assert fetch(statement, [both.connection.name])[0][0] is not None


def test_an_older_state_that_arrives_late_changes_nothing() -> None:
    """Edited answers come again under their id; webhooks of both may change places."""
    connection = connection_of("typeform")
    stream = replace(SOURCES["typeform"].stream("responses_completed"), path="", adapt=None)
    assert stream.inbox
    versions = [
        {
            "token": "r1",
            "landed_at": "2026-01-01T00:00:00Z",
            "submitted_at": f"2026-01-0{day}T00:00:00Z",
        }
        for day in (3, 2, 1)
    ]
    for version in versions:
        put(connection, {"event_type": "form_response", "form_response": version})
    source = SOURCES["typeform"]
    patched = replace(source, streams=(stream,))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SOURCES, "typeform", patched)
        assert run(connection, "responses_completed") == 1
        put(connection, {"event_type": "form_response", "form_response": versions[1]})
        assert run(connection, "responses_completed") == 0
    ((_, payload, _),) = rows(connection, "responses_completed")
    assert payload["submitted_at"] == "2026-01-03T00:00:00Z"


def test_a_webhook_neither_buries_the_others_nor_brings_back_what_is_gone() -> None:
    """Of a list that is read whole each time, a webhook shows one record only."""
    connection = connection_of()
    everybody = replace(CANDIDATES, complete=True)
    land(connection, [candidate(1), candidate(2), candidate(3)], stream=everybody)
    land(connection, [candidate(1), candidate(2)], stream=everybody)
    for stream in (everybody, replace(everybody, cursor=None)):
        with landing(connection, stream, "another run") as opened:
            assert opened.land([Page([candidate(3)])], {}, late=True).landed == 0
    assert deleted(connection, "candidates") == {"3"}
