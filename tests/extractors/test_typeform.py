"""Typeform read from its simulator: the three kinds of responses, tokens, the lag, identity."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from requests.structures import CaseInsensitiveDict

from extractors.answers import Answer
from extractors.errors import ConfigError
from extractors.paginate import before_token
from extractors.stream import InboxEvent, Stream, parse_time
from extractors.typeform import SOURCE, TypeformOptions
from tests.extractors.conftest import Vendor
from tests.sandbox.small_world import RESPONSES

COMPLETED = {key for key, (kind, _) in RESPONSES.items() if kind == "completed"}


@pytest.mark.parametrize("kind", ["completed", "partial", "started"])
def test_each_kind_is_a_stream(form: Vendor, kind: str) -> None:
    records = form.records(f"responses_{kind}")
    wanted = {key for key, (its, _) in RESPONSES.items() if its == kind}
    assert {record["response_id"] for record in records} == wanted


@pytest.mark.parametrize("page_size", [1, 7, 59, 60, 61])
def test_pages_are_followed_by_token(form: Vendor, page_size: int) -> None:
    records = form.records("responses_completed", page_size=page_size)
    assert sorted(record["response_id"] for record in records) == sorted(COMPLETED)


def test_a_short_page_is_not_the_last() -> None:
    """A vendor may serve fewer than it is asked for; its total says how many are left."""
    pages = {"": (3, "cb"), "b": (1, "a")}
    asked: list[Any] = []

    def get(query: Any) -> Answer:
        asked.append(query)
        total, tokens = pages[query.get("before", "")]
        items = [{"token": token} for token in tokens]
        return Answer({"total_items": total, "items": items}, CaseInsensitiveDict())

    found = [item["token"] for page in before_token(get, {"page_size": "10"}) for item in page]
    assert found == ["c", "b", "a"]
    assert asked == [{"page_size": "10"}, {"page_size": "10", "before": "b"}]


@pytest.mark.parametrize("stream", SOURCE.streams, ids=lambda stream: stream.name)
def test_each_kind_has_a_time_of_its_own(stream: Stream) -> None:
    names = {"completed": "submitted_at", "partial": "staged_at", "started": "landed_at"}
    times = {name: f"2026-01-0{day}T00:00:00Z" for day, name in enumerate(names.values(), 1)}
    kind = stream.params["response_type"]
    assert stream.updated_at({"response_id": "r", **times}) == parse_time(times[names[kind]])


def test_a_webhook_is_of_one_kind() -> None:
    """A partial response is no registration."""
    body = {"event_type": "form_response_partial", "form_response": {"token": "r1"}}
    event = InboxEvent(1, datetime.now(UTC), {}, orjson.dumps(body), "")
    found = {
        stream.name: [record["response_id"] for record in stream.inbox(event)]
        for stream in SOURCE.streams
        if stream.inbox
    }
    assert found == {"responses_completed": [], "responses_partial": ["r1"]}


def test_one_page_costs_one_request(form: Vendor) -> None:
    scan = form.scan("responses_completed", window_days=365)
    form.batches(scan)
    assert scan.counters.requests == 1


def test_repeated_records_are_neither_read_twice_nor_taken_for_the_end(form: Vendor) -> None:
    form.fault("responses_completed", "repeat", times=None, rows=3)
    records = form.records("responses_completed", page_size=10)
    assert sorted(record["response_id"] for record in records) == sorted(COMPLETED)


def test_half_an_hour_is_read_again(form: Vendor) -> None:
    # response cN was submitted N minutes after 2026-01-01T00:00Z
    records = form.records("responses_completed", {"until": "2026-01-01T00:59:00Z"})
    assert {record["response_id"] for record in records} == {f"c{n:03d}" for n in range(29, 60)}


def test_the_form_is_named_in_the_options_or_the_extra(
    form: Vendor, login: Callable[..., None]
) -> None:
    login(form.account, extra={})
    assert form.records("responses_completed", form_id="aozoraForm")
    with pytest.raises(ConfigError, match=r"form_id is not set. Remedy: add form_id"):
        form.records("responses_completed")


def test_answers_give_the_identity_under_the_forms_own_refs() -> None:
    options = TypeformOptions.model_validate(
        {"start_date": "2026-01-01", "fields": {"kana": "furigana"}}
    )
    identity = SOURCE.stream("responses_completed").bound(options).identity
    assert identity
    response = {
        "answers": [
            {"field": {"ref": "name"}, "type": "text", "text": "佐藤花子"},
            {"field": {"ref": "furigana"}, "type": "text", "text": "サトウハナコ"},
            {"field": {"ref": "kana"}, "type": "text", "text": "somebody else's question"},
            {"field": {"ref": "email"}, "type": "email", "email": "a@example.jp"},
            {"field": {"ref": "phone"}, "type": "phone_number", "phone_number": "+8190"},
            {"field": {"ref": "birth_date"}, "type": "date", "date": "1990-01-02"},
            {"field": {"ref": "consent"}, "type": "boolean", "boolean": True},
        ]
    }
    assert list(identity(response)) == [
        ("name", "佐藤花子"),
        ("kana", "サトウハナコ"),
        ("email", "a@example.jp"),
        ("phone", "+8190"),
        ("birth_date", "1990-01-02"),
    ]


def test_of_an_erased_response_stays_what_was_chosen() -> None:
    """Whatever somebody writes, to any question, may name somebody."""
    options = TypeformOptions.model_validate(
        {"start_date": "2026-01-01", "fields": {"phone": "contact"}}
    )
    erase = SOURCE.stream("responses_completed").bound(options).erase
    assert erase
    ask = {name: {"ref": name} for name in ("consent", "contact", "wish")}
    response = {
        "response_id": "r1",
        "answers": [
            {"field": ask["consent"], "type": "boolean", "boolean": True},
            {"field": ask["contact"], "type": "choice", "choice": {"label": "090"}},
            {"field": ask["wish"], "type": "text", "text": "as my brother Taro"},
        ],
        "hidden": {"token": "t1", "name": "Taro"},
        "calculated": {"outcome": "Taro"},
    }
    assert erase(response) == {
        "response_id": "r1",
        "answers": [
            {"field": ask["consent"], "type": "boolean", "boolean": True},
            {"field": ask["contact"], "type": "choice"},
            {"field": ask["wish"], "type": "text"},
        ],
        "hidden": {"token": "t1"},
    }


def test_browser_and_address_are_not_stored() -> None:
    for stream in SOURCE.streams:
        assert stream.fields is not None
        assert "metadata" not in stream.fields
