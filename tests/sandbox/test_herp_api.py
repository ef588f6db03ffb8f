"""HERP Hire over real HTTP: keys, pages, orders, day filters, the allowance, faults."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sandbox import faults
from sandbox.world_herp import JAPAN, vendor_id
from tests.sandbox.small import put, remove, setting
from tests.sandbox.small_herp import CANDIDACIES, OTHER, Get, candidacy, client, fill

OLDEST_FIRST = [vendor_id(number) for number in range(CANDIDACIES)]


@pytest.fixture
def home(running: tuple[Path, str]) -> Path:
    fill(running[0])
    setting(running[0], "herp_rate_limit", 10_000)
    return running[0]


@pytest.fixture
def get(home: Path, running: tuple[Path, str]) -> Get:
    return client(running[1])


def ids(get: Get, **params: object) -> list[str]:
    found, page = [], 1
    while True:
        body = get(page=page, **params).json()
        found += [row["id"] for row in body["candidacies"]]
        if not body["hasNextPage"]:
            return found
        page += 1


def test_a_key_opens_its_own_tenant_only(home: Path, running: tuple[Path, str]) -> None:
    assert client(running[1], "wrong")().status_code == 401
    other = client(running[1], OTHER.secret)().json()
    assert other == {"candidacies": [], "hasNextPage": False}


def test_pages_hold_a_hundred_whatever_is_asked_for(get: Get) -> None:
    first = get(limit=500, per_page=7).json()
    assert len(first["candidacies"]) == 100
    assert first["hasNextPage"] is True
    last = get(page=3).json()
    assert (len(last["candidacies"]), last["hasNextPage"]) == (50, False)
    assert get(page=9).json() == {"candidacies": [], "hasNextPage": False}
    assert [get(page=page).status_code for page in ("0", "x", "-1")] == [400] * 3


def test_newest_come_first_unless_asked_otherwise(get: Get) -> None:
    assert ids(get) == OLDEST_FIRST[::-1]
    assert ids(get, sort="appliedAt", direction="asc") == OLDEST_FIRST
    assert get(sort="updatedAt").status_code == 400


def test_terminated_are_also_those_hired_and_those_who_withdrew(get: Get) -> None:
    terminated = ids(get, status="terminated")
    assert len(terminated) == CANDIDACIES // 2
    parts = [
        set(ids(get, terminationReason=reason))
        for reason in ("hired", "refusedByCandidate", "rejected", "notEligible")
    ]
    assert all(parts)
    assert set().union(*parts) == set(terminated)


def test_days_are_days_in_japan(get: Get) -> None:
    """The first candidacy came at half past midnight in Japan: the day before in UTC."""
    assert ids(get, appliedAtFrom="2026-01-01", appliedAtTo="2026-01-01") == OLDEST_FIRST[:1]
    assert ids(get, appliedAtTo="2025-12-31") == []
    assert ids(get, stepUpdatedAtFrom="2026-09-07") == [vendor_id(249)]
    assert get(appliedAtFrom="2026/01/01").status_code == 400


def test_one_of_two_base_paths_answers(home: Path, running: tuple[Path, str]) -> None:
    public = client(running[1], base="/hire/public")
    assert public().status_code == 404
    setting(home, "herp_base_path", "/hire/public")
    assert public().status_code == 200
    assert client(running[1])().status_code == 404


def test_the_allowance_is_told_with_an_iso_time_of_japan(home: Path, get: Get) -> None:
    setting(home, "herp_rate_limit", 2)
    setting(home, "herp_rate_window_s", 3600)
    answers = [get() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["x-remaining-request"] for answer in answers] == ["1", "0", "0"]
    reset = datetime.fromisoformat(answers[-1].headers["x-reset-at"])
    assert reset.utcoffset() == timedelta(hours=9)
    now = datetime(2026, 7, 1, tzinfo=JAPAN)
    assert now < reset <= now + timedelta(hours=1)


def test_rows_shift_between_pages(home: Path, get: Get) -> None:
    put(home, candidacy(CANDIDACIES))
    shifted = [row["id"] for row in get(page=2).json()["candidacies"]]
    assert shifted[0] == vendor_id(150)
    remove(home, 0)
    oldest = [row["id"] for row in get(page=2, direction="asc").json()["candidacies"]]
    assert oldest[0] == vendor_id(101)


@pytest.mark.parametrize(
    ("kind", "status"),
    [("429", 429), ("500", 500), ("503", 503), ("forbidden", 403), ("expired", 401)],
)
def test_refusals(home: Path, get: Get, kind: str, status: int) -> None:
    faults.inject(home, "herp", "candidacies", kind)
    answer = get()
    assert answer.status_code == status
    assert answer.json()["message"]
    assert "x-reset-at" in answer.headers
    assert get().status_code == 200


def test_rows_that_change_and_pages_that_repeat(home: Path, get: Get) -> None:
    faults.inject(home, "herp", "candidacies", "mutate", count=3, set={"status": "active"})
    changed = get(status="terminated", direction="asc").json()["candidacies"]
    assert vendor_id(0) not in {row["id"] for row in changed}
    faults.inject(home, "herp", "candidacies", "repeat", rows=5)
    first, second = (get(page=page).json()["candidacies"] for page in (1, 2))
    assert [row["id"] for row in second[:5]] == [row["id"] for row in first[-5:]]
