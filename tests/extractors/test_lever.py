"""Lever read from its simulator: pages, windows, children of what changed, deletions, the pace."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from requests.structures import CaseInsensitiveDict

from extractors.answers import Answer
from extractors.api import HttpApi
from extractors.errors import NotFoundError, PermissionMissing, SourceError
from extractors.lever import SOURCE, LeverOptions
from extractors.paginate import WrongAnswer, offset_next
from extractors.stream import Record, Scan, Stream
from sandbox import store
from sandbox.server import running
from tests.extractors.conftest import Vendor
from tests.sandbox.small_lever import LEVER, OPPORTUNITIES, fill, ms

SHOWN = OPPORTUNITIES - 2


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    home = tmp_path_factory.mktemp("lever")
    store.create(home)
    with running(home) as url:
        yield home, url


@pytest.fixture
def lever(served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Vendor:
    home, url = served
    fill(home)
    login = {"host": f"{url}/lever/v1", "password": LEVER.secret}
    monkeypatch.setenv(f"AIRFLOW_CONN_{LEVER.account.upper()}", orjson.dumps(login).decode())
    return Vendor(home, "lever", LEVER.account)


def read(lever: Vendor, stream: str, state: Any = None, **options: Any) -> list[Record]:
    quick = {"requests_per_second": 1000, "burst": 1000}
    return lever.records(stream, state, **{**quick, **options})


def ids(records: list[Record]) -> set[str]:
    return {record["id"] for record in records}


def children(lever: Vendor, stream: str, parents: list[str]) -> Scan:
    """A scan of what hangs on these opportunities."""
    return lever.scan(stream, parents=parents, requests_per_second=1000, burst=1000)


@pytest.mark.parametrize("page_size", [1, 7, 100])
def test_pages_are_followed_by_an_offset_encoded_twice(lever: Vendor, page_size: int) -> None:
    found = read(lever, "opportunities", page_size=page_size)
    assert len(found) == SHOWN
    assert ids(found) == {f"o{number:03d}" for number in range(SHOWN)}


def test_the_offset_travels_as_live_traffic_was_recorded() -> None:
    asked: list[Any] = []
    following = quote('[3,1491435120000,"uuid"]', safe="")
    bodies = [{"data": [{"id": 1}], "hasNext": True, "next": following}, {"data": []}]

    def get(query: Any) -> Answer:
        asked.append(query)
        return Answer(bodies[len(asked) - 1], CaseInsensitiveDict())

    assert list(offset_next(get, {"limit": "100"})) == [[{"id": 1}], []]
    assert asked[1] == {"limit": "100", "offset": following}


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"records": []},
        {"data": {}},
        {"data": [], "hasNext": True},
        {"data": [1], "hasNext": False},
    ],
)
def test_anything_else_is_not_taken_for_the_end(body: Any) -> None:
    with pytest.raises(WrongAnswer):
        list(offset_next(lambda _: Answer(body, CaseInsensitiveDict()), {}))


def test_lists_without_has_next_are_read_to_their_end(lever: Vendor) -> None:
    assert ids(read(lever, "archive_reasons", page_size=2)) == {"r0", "r1", "r2"}


def test_windows_are_closed_at_both_ends(lever: Vendor) -> None:
    # opportunity oN was updated N hours after 2026-01-01T00:00Z; 60 minutes are read again
    found = read(lever, "opportunities", {"until": "2026-01-11T00:00:00Z"}, lag_minutes=60)
    assert ids(found) == {f"o{number:03d}" for number in range(239, SHOWN)}


def test_confidential_rows_are_read_when_wanted(lever: Vendor) -> None:
    assert len(ids(read(lever, "opportunities", confidential=True))) == OPPORTUNITIES


def test_deleted_postings_are_read_in_spans_that_the_vendor_takes(lever: Vendor) -> None:
    found = read(lever, "postings_deleted", window_days=365)
    assert ids(found) == {"p1", "p2", "p3", "p60"}


@pytest.mark.parametrize("stream", ["opportunities_deleted", "postings_deleted"])
def test_a_clock_that_was_set_back_is_told(lever: Vendor, stream: str) -> None:
    with pytest.raises(SourceError, match="clock past 2026-12-31T23:55:00Z"):
        read(lever, stream, {"until": "2027-01-01T00:00:00Z"})


def test_children_are_asked_once_for_each_opportunity_that_changed(lever: Vendor) -> None:
    scan = children(lever, "offers", ["o007", "o008", "o009"])
    [(batch, records)] = lever.batches(scan)
    assert {record["id"]: record["parent_id"] for record in records} == dict.fromkeys(
        ("f1", "f2", "f3"), "o007"
    )
    assert batch.state == {"parents": 3}
    assert scan.counters.requests == 3
    again = replace(scan, state=batch.state)
    assert lever.batches(again) == []
    assert scan.counters.requests == 3


def test_an_opportunity_deleted_meanwhile_has_no_children(lever: Vendor) -> None:
    scan = children(lever, "offers", ["gone", "o007"])
    [(batch, records)] = lever.batches(scan)
    assert ids(records) == {"f1", "f2", "f3"}
    assert batch.state == {"parents": 2}


def test_a_vendor_that_knows_no_opportunity_is_not_believed(lever: Vendor) -> None:
    with pytest.raises(NotFoundError, match=r"does not know this list \(HTTP 404\)"):
        lever.batches(children(lever, "offers", ["gone", "gone too"]))


def test_the_pace_is_kept_where_no_header_tells_it(lever: Vendor) -> None:
    with store.transaction(store.open_world(lever.home)) as world:
        store.set_meta(world, "lever_rate_per_s", "20")
        store.set_meta(world, "lever_burst", "5")
    scan = lever.scan("opportunities", page_size=20, requests_per_second=20, burst=4)
    lever.batches(scan)
    assert scan.counters.requests >= 15
    assert scan.counters.throttled == 0


def test_a_refusal_without_any_header_is_waited_out(lever: Vendor) -> None:
    lever.fault("opportunities", "429", times=3, after=1)
    scan = lever.scan("opportunities")
    records = [record for _, found in lever.batches(scan) for record in found]
    assert len(ids(records)) == SHOWN
    assert scan.counters.throttled == 3


@pytest.mark.parametrize("kind", ["truncated", "html", "cut", "reset", "500"])
def test_an_answer_that_is_none_is_asked_for_again(lever: Vendor, kind: str) -> None:
    lever.fault("opportunities", kind, after=2)
    assert len(ids(read(lever, "opportunities"))) == SHOWN


def test_a_list_where_an_object_is_due_is_an_error(lever: Vendor) -> None:
    lever.fault("opportunities", "shape", times=None, after=1)
    with pytest.raises(SourceError, match="expected an object with data"):
        read(lever, "opportunities")


def test_repeated_rows_are_not_taken_for_the_end(lever: Vendor) -> None:
    lever.fault("opportunities", "repeat", times=None, rows=3)
    found = read(lever, "opportunities", page_size=50)
    assert len(found) == len(ids(found)) == SHOWN


def test_who_has_left_is_still_a_user(lever: Vendor) -> None:
    assert ids(read(lever, "users")) == {"u1", "u2"}


def test_an_old_requisition_is_read_again(lever: Vendor) -> None:
    """Its list can be filtered by creation only, which does not show what has changed since."""
    assert ids(read(lever, "requisitions", {"until": "2026-06-30T15:00:00Z"})) == {"q1"}


@pytest.mark.parametrize("stream", [stream for stream in SOURCE.streams if stream.cursor])
def test_times_are_in_milliseconds(stream: Stream) -> None:
    assert stream.cursor
    changed = stream.updated_at({"id": "1", stream.cursor.field: ms(1.5)})
    assert changed == datetime(2026, 1, 1, 1, 30, tzinfo=UTC)


def test_a_missing_permission_is_named(lever: Vendor) -> None:
    lever.fault("postings", "forbidden")
    with pytest.raises(PermissionMissing, match="it needs the permission List all postings"):
        read(lever, "postings")


def test_no_stream_stores_what_identifies_a_person() -> None:
    personal = {"name", "emails", "phones", "email", "phone", "links", "headline", "location"}
    texts = {"text", "fields", "value", "comments", "customQuestions", "urls", "resume"}
    for stream in SOURCE.streams:
        assert stream.fields is not None
        # the text of a reason, a stage or a posting is its name
        named = {"text"} if stream.name in ("archive_reasons", "stages", "postings") else set()
        assert not stream.fields & (personal | texts - named)


def identity(**fields: Any) -> list[tuple[str, str]]:
    found = SOURCE.stream("opportunities").identity
    assert found
    return list(found(fields))


def test_the_contact_is_known_by_mail_phone_and_name() -> None:
    assert identity(
        name="佐藤 花子",
        emails=["a@example.jp", ""],
        phones=[{"type": "mobile", "value": "090"}, {"type": "home"}],
    ) == [("email", "a@example.jp"), ("phone", "090"), ("name", "佐藤 花子")]
    assert identity() == []


def test_somebody_anonymised_is_known_by_nothing() -> None:
    assert identity(isAnonymized=True, name="-", emails=["x@example.jp"]) == []


def test_of_an_offer_only_times_and_status_are_stored() -> None:
    stream = SOURCE.stream("offers")
    assert stream.prepare
    offer = stream.prepare({"id": "1", "sentDocument": {"fileName": "x", "uploadedAt": ms(1)}})
    assert offer["sentDocumentAt"] == ms(1)
    assert "signedDocumentAt" not in offer
    assert stream.prepare({"id": "2", "sentDocument": None}) == {"id": "2", "sentDocument": None}


def test_the_limit_of_an_account_is_an_option() -> None:
    reader = SOURCE.reader
    assert isinstance(reader, HttpApi)
    assert callable(reader.rate)
    make: Callable[[Any], Any] = reader.rate
    usual = make(LeverOptions.model_validate({"start_date": "2026-01-01"}))
    assert (usual.per_second, usual.burst) == (10, 20)
