"""Tally read from its simulator: pages that shift, the limit, the key's end; the webhook."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from extractors.answers import Answer
from extractors.errors import CredentialsError, SourceError
from extractors.pacing import TokenBucket
from extractors.paginate import WrongAnswer, totalled_pages
from extractors.stream import Fields, InboxEvent, Scan
from extractors.tally import SOURCE, unpacked
from sandbox.world_tally import event
from tests.extractors.conftest import Vendor
from tests.sandbox.small import put, remove, setting
from tests.sandbox.small_tally import ACCOUNT, FIELDS, SUBMISSIONS, fill, stamp, submission

ALL = {f"s{number:03d}" for number in range(SUBMISSIONS)}
NOW = "2026-06-30T15:00:00Z"  # the simulator's clock


@pytest.fixture
def tally(running: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Vendor:
    home, url = running
    fill(home)
    setting(home, "tally_rate_limit", 100_000)
    stored = {
        "host": f"{url}/tally",
        "password": ACCOUNT.secret,
        "extra": {"form_id": ACCOUNT.form_id},
    }
    monkeypatch.setenv("AIRFLOW_CONN_AOZORA_TALLY", orjson.dumps(stored).decode())
    return Vendor(home, "tally", ACCOUNT.account)


def scan(tally: Vendor, state: dict[str, str] | None = None, **options: Any) -> Scan:
    return tally.scan("submissions", state, **{"fields": FIELDS, **options})


def pages(asked: Scan) -> Iterator[list[str]]:
    for batch in SOURCE.reader.batches(asked):
        for page in batch.pages:
            yield [str(record.get("id")) for record in page.records]


def stored(tally: Vendor, record: Fields) -> Fields:
    """A record as it is landed."""
    stream = scan(tally).stream
    assert stream.prepare
    assert stream.fields
    prepared = stream.prepare(record)
    return {name: value for name, value in prepared.items() if name in stream.fields}


def came(body: Any) -> InboxEvent:
    """A webhook with this body."""
    return InboxEvent(1, datetime(2026, 7, 1, tzinfo=UTC), {}, orjson.dumps(body), "")


def body(number: int) -> Fields:
    found: Fields = orjson.loads(submission(number)[-1])
    return found


def test_a_first_scan_reads_everything_once(tally: Vendor) -> None:
    asked = scan(tally)
    [(batch, records)] = tally.batches(asked)
    assert {record["id"] for record in records} == ALL
    assert batch.complete
    assert asked.counters.requests == 3


@pytest.mark.parametrize("page_size", [49, 50, 120, 500])
def test_another_page_size_is_asked_for(tally: Vendor, page_size: int) -> None:
    asked = scan(tally, page_size=page_size)
    assert {each for page in pages(asked) for each in page} == ALL
    assert asked.counters.requests == -(-SUBMISSIONS // page_size)


@pytest.mark.parametrize(("page_size", "limit"), [(50, None), (49, "49")])
def test_tallys_own_page_size_is_not_asked_for(
    tally: Vendor, page_size: int, limit: str | None
) -> None:
    """``limit`` is not documented: whoever wants nothing else does not depend on it."""
    query = SOURCE.reader.api.query  # type: ignore[attr-defined]
    assert query(scan(tally, page_size=page_size), None).get("limit") == limit


def test_only_what_is_new_is_asked_for(tally: Vendor) -> None:
    asked = scan(tally, {"until": stamp(100), "scanned_at": NOW}, lag_minutes=0)
    found = [each for page in pages(asked) for each in page]
    assert found == [f"s{number:03d}" for number in range(119, 99, -1)]
    assert asked.counters.requests == 1


def test_new_submissions_while_it_is_read_hide_nobody(tally: Vendor) -> None:
    found: list[str] = []
    for number, page in enumerate(pages(scan(tally))):
        put(tally.home, submission(200 + number, at=10_000 + number))
        found += page
    assert set(found) >= ALL
    assert len(found) == len(set(found))


def test_a_scan_during_which_a_row_is_deleted_is_not_believed(tally: Vendor) -> None:
    """The first row of the second page has moved to the first, which is read already."""
    reading = pages(scan(tally))
    assert len(next(reading)) == 50
    remove(tally.home, 119)
    with pytest.raises(SourceError, match="1 rows were deleted while it was read"):
        next(reading)


def test_a_partial_submission_that_is_completed_comes_again(tally: Vendor) -> None:
    put(tally.home, submission(10, at=600, partial=False))
    state = {"until": stamp(590), "scanned_at": NOW}
    [(_, [record])] = tally.batches(scan(tally, state, lag_minutes=0))
    assert (record["id"], record["isCompleted"]) == ("s010", True)


def test_everything_is_read_again_when_it_is_due(tally: Vendor) -> None:
    state = {"until": NOW, "scanned_at": "2026-06-23T15:00:00Z"}
    [(batch, records)] = tally.batches(scan(tally, state))
    assert batch.complete
    assert len(records) == SUBMISSIONS
    assert batch.state == {"until": NOW, "scanned_at": NOW}


def test_the_pace_keeps_within_the_limit(tally: Vendor) -> None:
    setting(tally.home, "tally_rate_limit", 60)
    asked = scan(tally, page_size=1, requests_per_minute=6000)
    setting(tally.home, "tally_rate_window_s", 0.6)
    assert {each for page in pages(asked) for each in page} == ALL
    slow = scan(tally, page_size=40, requests_per_minute=100)
    tally.shared.clear()
    time.sleep(0.7)  # what was asked for before is in another window
    assert {each for page in pages(slow) for each in page} == ALL
    assert slow.counters.throttled == 0


def test_a_refused_key_names_its_usual_cause(tally: Vendor) -> None:
    tally.fault("submissions", "expired", times=None)
    with pytest.raises(CredentialsError, match="ends with the user who made it: when that user"):
        list(pages(scan(tally)))


@pytest.mark.parametrize("kind", ["truncated", "html", "503"])
def test_what_passes_is_tried_again(tally: Vendor, kind: str) -> None:
    tally.fault("submissions", kind, after=1)
    assert {each for page in pages(scan(tally)) for each in page} == ALL


def test_another_shape_is_not_the_end(tally: Vendor) -> None:
    tally.fault("submissions", "shape", after=1)
    with pytest.raises(SourceError, match="expected an object with hasMore"):
        list(pages(scan(tally)))


@pytest.mark.parametrize(
    "second",
    [
        {"submissions": [], "totalNumberOfSubmissionsPerFilter": {"all": 2}},
        {"submissions": [], "hasMore": False},
        {"submissions": [], "hasMore": False, "totalNumberOfSubmissionsPerFilter": {"all": 1}},
        {"submissions": [], "hasMore": True, "totalNumberOfSubmissionsPerFilter": {"all": 2}},
    ],
)
def test_a_page_without_its_marks_is_not_the_end(second: dict[str, Any]) -> None:
    total = "totalNumberOfSubmissionsPerFilter"
    first = {"submissions": [{"id": "1"}, {"id": "2"}], "hasMore": True, total: {"all": 2}}
    answers = [Answer(second, {}), Answer(first, {})]
    reading = totalled_pages("submissions", total)(lambda query: answers.pop(), {})
    assert len(next(reading)) == 2
    with pytest.raises(WrongAnswer):
        list(reading)
    uncounted = {"submissions": [], "hasMore": False}
    with pytest.raises(WrongAnswer):
        next(totalled_pages("submissions", total)(lambda query: Answer(uncounted, {}), {}))


@pytest.mark.parametrize("limit", [2, 5, 100, 100_000])
def test_a_burst_and_what_follows_are_no_more_than_the_limit_of_a_minute(
    tally: Vendor, limit: int
) -> None:
    asked = scan(tally, requests_per_minute=limit)
    rate = SOURCE.reader.api.rate  # type: ignore[attr-defined]
    bucket = rate(asked.connection.options)
    assert isinstance(bucket, TokenBucket)
    assert limit / 2 <= bucket.burst + 60 * bucket.per_second <= limit


def test_only_mapped_answers_are_stored(tally: Vendor) -> None:
    record = body(1)
    found = stored(tally, record)
    assert "持病" in orjson.dumps(record).decode()
    assert "持病" not in orjson.dumps(found).decode()
    assert found == {
        "id": "s001",
        "isCompleted": True,
        "submittedAt": stamp(1),
        "hidden": {"token": "token-0001", "form_version": "2"},
        "answers": [
            {"field": {"ref": "name"}, "text": "佐藤 花子"},
            {"field": {"ref": "email"}, "text": "h1@example.jp"},
            {"field": {"ref": "wish_location"}, "choice": {"label": "東京都"}},
            {"field": {"ref": "consent"}, "boolean": True},
        ],
    }
    assert stored(tally, found) == found


def test_answers_stand_under_answer_or_value(tally: Vendor) -> None:
    record = body(1)
    for response in record["responses"]:
        response["value"] = response.pop("answer")
    assert stored(tally, record) == stored(tally, body(1))


def test_the_webhook_gives_what_the_list_gives(tally: Vendor) -> None:
    questions = {question: meaning for meaning, question in FIELDS.items()}
    for number in (1, 2, 119):
        [record] = unpacked(came(event(body(number), questions)))
        assert stored(tally, record) == stored(tally, body(number))


def test_what_a_webhook_may_leave_out_or_say_otherwise(tally: Vendor) -> None:
    """A choice alone instead of a list, an option that is not listed, ids that differ."""
    sent = event(body(1), {})
    place = next(each for each in sent["data"]["fields"] if each["type"] == "CHECKBOXES")
    options = [{"id": "o1", "text": "東京都"}, {"id": "o2", "text": "大阪府"}]
    sent["data"]["responseId"] = "another"
    for value, answer in (("o2", "大阪府"), (["o1", "o9"], ["東京都", "o9"])):
        place |= {"value": value, "options": options}
        [record] = unpacked(came(sent))
        assert record["id"] == "s001"
        assert answer in [each["answer"] for each in record["responses"]]
    del sent["data"]["submissionId"]
    assert [record["id"] for record in unpacked(came(sent))] == ["another"]


def test_events_of_other_kinds_are_no_submissions() -> None:
    assert list(unpacked(came({"eventType": "FORM_DELETED"}))) == []


@pytest.mark.parametrize(
    "wrong", [{}, {"eventType": "FORM_RESPONSE"}, {"eventType": "FORM_RESPONSE", "data": []}]
)
def test_a_body_of_another_shape_is_an_error(wrong: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError)):
        list(unpacked(came(wrong)))
