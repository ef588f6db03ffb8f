"""Greenhouse read from its simulator: windows, hidden rows, both date syntaxes, what is stored."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractors import credentials
from extractors.errors import PermissionMissing
from extractors.greenhouse import SOURCE, GreenhouseOptions
from tests.extractors.conftest import Vendor
from tests.sandbox.small_world import ADMIN, APPLICATIONS, HARVEST, RECRUITER, SERVICE

ALL = set(range(1, APPLICATIONS + 1))
ISSUE_STREAMS = {
    "candidates",
    "applications",
    "application_stages",
    "rejection_details",
    "rejection_reasons",
    "jobs",
    "job_interview_stages",
    "job_posts",
    "offers",
    "notes",
    "sources",
    "users",
    "departments",
    "offices",
    "custom_fields",
    "candidate_tags",
    "applied_candidate_tags",
}


def test_every_documented_list_is_a_stream() -> None:
    polled = {stream.name for stream in SOURCE.streams if stream.path}
    assert polled == ISSUE_STREAMS


@pytest.mark.parametrize("date_filter", ["pipe", "bracket"])
def test_both_date_syntaxes_read_everything_once(
    harvest: Vendor, setting: Callable[[str, object], None], date_filter: str
) -> None:
    setting("date_filter", date_filter)
    ids = [record["id"] for record in harvest.records("applications", date_filter=date_filter)]
    assert sorted(ids) == sorted(ALL)


def test_first_load_is_cut_into_closed_windows_up_to_the_vendors_clock(harvest: Vendor) -> None:
    batches = harvest.batches(harvest.scan("applications", window_days=31, page_size=100))
    untils = [batch.state["until"] for batch, _ in batches]
    # 2026-01-01 Tokyo is 2025-12-31T15:00Z; the sandbox's clock says 2026-06-30T15:00Z
    assert untils[0] == "2026-01-31T15:00:00Z"
    assert untils[-1] == "2026-06-30T15:00:00Z"
    assert len(untils) == 6
    assert batches[-1][0].observed_at == datetime(2026, 6, 30, 15, tzinfo=UTC)


def test_what_fits_one_page_is_read_by_one_request(harvest: Vendor) -> None:
    scan = harvest.scan("applications", window_days=31)
    ((batch, records),) = harvest.batches(scan)
    assert len({record["id"] for record in records}) == APPLICATIONS
    assert batch.state == {"until": "2026-06-30T15:00:00Z"}
    assert scan.counters.requests == 2  # one of them for the token


def test_a_run_reads_on_from_the_state_less_the_lag(harvest: Vendor) -> None:
    # record n was updated n hours after 2026-01-01T00:00Z
    records = harvest.records("applications", {"until": "2026-01-10T00:00:00Z"}, lag_minutes=60)
    assert min(record["id"] for record in records) == 9 * 24 - 1


def test_small_lists_are_read_from_the_beginning_in_one_window(harvest: Vendor) -> None:
    batches = harvest.batches(harvest.scan("job_posts", start_date="2026-06-29"))
    assert len(batches) == 1
    assert {record["id"] for record in batches[0][1]} == {1, 2, 3}


def test_rows_hidden_by_default_are_asked_for(harvest: Vendor) -> None:
    assert {record["id"] for record in harvest.records("job_posts")} == {1, 2, 3}
    assert SERVICE in {record["id"] for record in harvest.records("users")}
    assert {record["id"] for record in harvest.records("rejection_reasons")} == {1, 2}


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(page_size=st.integers(10, 500), window_days=st.integers(3, 400))
def test_neither_page_nor_window_size_changes_what_is_read(
    harvest: Vendor, page_size: int, window_days: int
) -> None:
    records = harvest.records("applications", page_size=page_size, window_days=window_days)
    # neighbouring windows share a second, so a row may be read twice; landing knows it by its hash
    assert {record["id"] for record in records} == ALL


def test_a_row_changed_during_the_scan_is_in_the_next_one(harvest: Vendor) -> None:
    harvest.fault("applications", "mutate", after=2, count=3, set={"status": "hired"})
    scan = harvest.scan("applications", page_size=100, window_days=400)
    first = harvest.batches(scan)
    seen = {record["id"] for _, records in first for record in records}
    gone = ALL - seen
    assert gone, "the fault should have moved rows out of the window while it was read"
    later = harvest.records("applications", first[-1][0].state)
    assert gone <= {record["id"] for record in later}


def test_notes_keep_the_token_of_the_link_and_not_the_text() -> None:
    options = GreenhouseOptions.model_validate({"start_date": "2026-01-01"})
    notes = SOURCE.stream("notes").bound(options)
    assert notes.prepare
    assert notes.fields
    for body, token in (
        ("<a href='https://r.example/f?a=1&amp;token=Ab-1_2'>", "Ab-1_2"),
        ("https://r.example/f?token=xyz.9 まで", "xyz.9"),
        ("https://r.example/f#token=abc", "abc"),
        ("no link", None),
        (None, None),
    ):
        assert notes.prepare({"id": 1, "body": body})["registration_token"] == token
    assert not {"body", "subject", "email_to", "email_from", "body_with_tags"} & notes.fields


@pytest.mark.parametrize("user", [ADMIN, RECRUITER])
def test_the_token_acts_for_the_user_that_is_named(
    harvest: Vendor, login: Callable[..., None], user: int
) -> None:
    """A list needs a Site Admin besides its scope."""
    token_url = f"{credentials.resolve(HARVEST.account).host}/token"
    login(HARVEST.account, extra={"token_url": token_url, "sub": user})
    if user == ADMIN:
        assert harvest.records("users")
        return
    with pytest.raises(PermissionMissing, match="the rights of the user on whose behalf it acts"):
        harvest.records("users")


def test_candidates_give_their_identity() -> None:
    candidate = {
        "id": 1,
        "first_name": "花子",
        "last_name": "佐藤",
        "email_addresses": [{"value": "a@example.jp", "type": "personal"}],
        "phone_numbers": [{"value": "090-1111-2222", "type": "mobile"}, {"value": None}],
    }
    identity = SOURCE.stream("candidates").identity
    assert identity
    assert set(identity(candidate)) == {
        ("email", "a@example.jp"),
        ("phone", "090-1111-2222"),
        ("name", "佐藤花子"),
    }


@pytest.mark.parametrize(
    ("left", "is_nobody"),
    [
        ({}, True),
        ({"phone_numbers": []}, True),
        ({"email_addresses": [], "phone_numbers": []}, True),
        ({"email_addresses": [{"value": None, "type": "personal"}]}, True),
        ({"last_name": "髙橋"}, False),
        ({"first_name": "太郎"}, False),
        ({"email_addresses": [{"value": "taro@example.jp"}]}, False),
        ({"phone_numbers": [{"value": "090-1234-5678"}]}, False),
    ],
)
def test_only_who_was_made_anonymous_as_a_whole_is_nobody(
    left: dict[str, Any], is_nobody: bool
) -> None:
    """A part of a person may be made anonymous; the rest is still somebody's."""
    emptied = {"id": 7, "first_name": "Anonymized", "last_name": "7"}
    candidate = {**emptied, "email_addresses": None, "phone_numbers": None, **left}
    anonymised = SOURCE.stream("candidates").anonymised
    assert anonymised
    assert anonymised(candidate) is is_nobody
