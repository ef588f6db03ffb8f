"""The inbox drained: webhooks land as the records of their streams, whatever the order."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from psycopg import sql

import warehouse
from extractors import inbox
from extractors.registry import SOURCES
from extractors.run import run_connection, run_stream, stream_names
from extractors.stream import Connection, Page
from tests.extractors.landings import (
    CANDIDATES,
    candidate,
    execute,
    fetch,
    land,
    landing,
    rows,
    state,
)
from tests.inbox_events import connection_of, put, run

pytestmark = pytest.mark.usefixtures("warehouse_url")

GONE_STREAMS = ("candidates_deleted", "applications_deleted")


def person(action: str, number: int, **fields: Any) -> dict[str, Any]:
    """A Recruiting webhook about a candidate, with values that must not be stored."""
    return {
        "action": action,
        "payload": {"person": {"id": number, "first_name": "太郎", "last_name": "髙橋", **fields}},
    }


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


@pytest.mark.parametrize(
    ("fields", "named"),
    [(["full_name"], {"2"}), (["emails", "notes"], {"2"}), (["attachments"], {"1", "2"})],
)
def test_whom_the_vendor_makes_anonymous_is_so_here(fields: list[str], named: set[str]) -> None:
    """All that identifies, as soon as any of it is gone there; but not for the sake of a file."""
    connection = connection_of()
    land(connection, [candidate(number, last_name="髙橋") for number in (1, 2)])
    payload = {"candidate_id": 1, "anonymized_fields": fields}
    put(connection, {"action": "candidate_anonymized", "payload": payload})
    run(connection, "candidate_anonymisations")
    found = {record_id for record_id, kept, _ in rows(connection) if kept.get("last_name")}
    assert found == named


def test_repeated_events_and_runs_land_once() -> None:
    connection = connection_of()
    for _ in range(3):
        put(connection, person("merge_candidate", 1, new_candidate_id=2))
    assert run(connection, "candidate_merges") == 1
    put(connection, person("merge_candidate", 1, new_candidate_id=2))
    assert [run(connection, "candidate_merges", full=full) for full in (False, True)] == [0, 0]
    assert state(connection, "candidate_merges")["inbox"] > 0
    assert run_stream(connection, "candidate_merges", run_id="again").read == 0


def test_a_stream_that_nothing_came_for_has_been_read() -> None:
    """Else the events of its connection would wait for it for ever."""
    connection = connection_of()
    assert run(connection, "candidate_merges") == 0
    assert state(connection, "candidate_merges")["inbox"] == 0


def test_what_was_waived_stays_so() -> None:
    connection = connection_of()
    put(connection, b"no JSON")
    run(connection, "candidate_merges")
    execute(f"update gate.quarantine set status = 'waived' where connection = '{connection.name}'")
    run(connection, "candidate_merges", full=True)
    assert [status for _, _, status in held(connection)] == ["waived"]


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
    for stream in fed:
        run(connection, stream)
        run(connection, stream)
    assert events(connection) == 1  # all have seen it, but it is of today


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
