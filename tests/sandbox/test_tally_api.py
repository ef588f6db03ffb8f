"""Tally's submissions over real HTTP: numbered pages, counts, filters, the limit."""

from pathlib import Path

import pytest
import requests

from tests.sandbox.small import setting
from tests.sandbox.small_tally import PARTIAL, SUBMISSIONS, Get, client, fill, stamp

NEWEST_FIRST = [f"s{number:03d}" for number in reversed(range(SUBMISSIONS))]


@pytest.fixture
def home(running: tuple[Path, str]) -> Path:
    fill(running[0])
    setting(running[0], "tally_rate_limit", 100_000)
    return running[0]


@pytest.fixture
def get(home: Path, running: tuple[Path, str]) -> Get:
    return client(running[1])


def ids(answer: requests.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["submissions"]]


def test_pages_of_50_newest_first(get: Get) -> None:
    answers = [get(page=number) for number in (1, 2, 3, 4)]
    assert [each for answer in answers for each in ids(answer)] == NEWEST_FIRST
    assert [answer.json()["hasMore"] for answer in answers] == [True, True, False, False]
    assert answers[0].json()["limit"] == 50
    assert ids(get(limit=500)) == NEWEST_FIRST


def test_counts_are_of_all_whatever_is_asked_for(get: Get) -> None:
    partial = SUBMISSIONS // PARTIAL
    counts = {"all": SUBMISSIONS, "completed": SUBMISSIONS - partial, "partial": partial}
    for params in ({}, {"filter": "partial"}, {"startDate": stamp(100)}):
        assert get(**params).json()["totalNumberOfSubmissionsPerFilter"] == counts


def test_filters(get: Get) -> None:
    assert ids(get(filter="partial"))[0] == "s110"
    assert "s110" not in ids(get(filter="completed"))
    assert ids(get(startDate=stamp(117))) == NEWEST_FIRST[:3]
    assert ids(get(startDate=stamp(116)[:19], endDate=stamp(117))) == ["s117", "s116"]


@pytest.mark.parametrize(
    "params", [{"page": "0"}, {"filter": "done"}, {"startDate": "yesterday"}, {"limit": "501"}]
)
def test_bad_requests(get: Get, params: dict[str, str]) -> None:
    assert get(**params).status_code == 400


def test_refusals(home: Path, running: tuple[Path, str]) -> None:
    assert client(running[1], key="of who left")().status_code == 401
    assert client(running[1], form="another")().status_code == 404
    setting(home, "tally_rate_limit", 1)
    assert 429 in {client(running[1])().status_code for _ in range(3)}
