"""Mailgun's simulator: paging by places, bounds, late events, errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.world_time import MINUTE
from tests.sandbox.small import put, setting
from tests.sandbox.small_mailgun import ACCOUNT, CLOCK, DOMAIN, EVENTS, event, event_at, fill


@pytest.fixture
def home(running: tuple[Path, str]) -> Path:
    fill(running[0])
    return running[0]


@pytest.fixture
def url(home: Path, running: tuple[Path, str]) -> str:
    return f"{running[1]}/mailgun/v3/{DOMAIN}/events"


def ask(url: str, key: str = ACCOUNT.secret, user: str = "api", **params: Any) -> requests.Response:
    return requests.get(url, params=params, auth=(user, key), timeout=10)


def ids(answer: requests.Response) -> list[int]:
    return [int(item["id"].removeprefix("ev")) for item in answer.json()["items"]]


def test_pages_follow_each_other_until_one_is_empty(url: str) -> None:
    answer = ask(url, ascending="yes", limit=300)
    seen: list[int] = []
    while page := ids(answer):
        seen += page
        answer = ask(answer.json()["paging"]["next"])
    assert seen == list(range(EVENTS))


def test_newest_first_unless_asked_and_a_hundred_of_them(url: str) -> None:
    first = ask(url)
    assert ids(first) == list(range(EVENTS - 1, EVENTS - 101, -1))
    assert ids(ask(first.json()["paging"]["next"]))[0] == EVENTS - 101


def test_bounds_are_included(url: str) -> None:
    found = ask(url, ascending="yes", begin=event_at(10), end=event_at(12))
    assert ids(found) == [10, 11, 12]


def test_a_late_event_stands_where_its_time_belongs(url: str, home: Path) -> None:
    first = ask(url, ascending="yes", limit=300)
    put(home, event(9000, at=event_at(5) + MINUTE))
    assert 9000 not in ids(ask(first.json()["paging"]["next"]))
    assert ids(ask(url, ascending="yes", limit=10))[5:8] == [5, 9000, 6]


def test_events_may_be_kept_for_some_days_only(url: str, home: Path) -> None:
    setting(home, "mailgun_retention_days", 1)
    oldest = ids(ask(url, ascending="yes"))[0]
    assert event_at(oldest) == CLOCK - 24 * 60 * MINUTE


@pytest.mark.parametrize(
    "params", [{"limit": 301}, {"limit": "x"}, {"ascending": "true"}, {"begin": "yesterday"}]
)
def test_what_cannot_be_read_is_refused(url: str, params: dict[str, Any]) -> None:
    answer = requests.get(url, params=params, auth=("api", ACCOUNT.secret), timeout=10)
    assert answer.status_code == 400


def test_who_may_read(url: str) -> None:
    assert ask(url, key="other").status_code == 401
    assert ask(url, user="me").status_code == 401
    assert ask(url.replace(DOMAIN, "other.example")).status_code == 404
    assert ask(f"{url}/nowhere").status_code == 400
