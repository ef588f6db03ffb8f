"""Talentio over real HTTP: hidden rows, pages, orders, filters, the allowance, faults."""

from pathlib import Path

import pytest

from sandbox import faults
from tests.sandbox.small import remove, setting
from tests.sandbox.small_talentio import CANDIDATES, STATUSES, Get, client, fill

SHOWN = {"includeInactiveResponsibleEmployees": "true"}


@pytest.fixture
def home(running: tuple[Path, str]) -> Path:
    fill(running[0])
    return running[0]


@pytest.fixture
def get(home: Path, running: tuple[Path, str]) -> Get:
    return client(running[1])


def test_a_wrong_token_opens_nothing(home: Path, running: tuple[Path, str]) -> None:
    assert client(running[1], "wrong")().status_code == 401


def test_rows_of_deactivated_employees_are_hidden_unless_asked_for(get: Get) -> None:
    assert get().headers["X-Total"] == str(CANDIDATES - 5)
    assert get(**SHOWN).headers["X-Total"] == str(CANDIDATES)


def test_pages_are_bare_lists_of_a_hundred(get: Get) -> None:
    assert [len(get(page=page, **SHOWN).json()) for page in (1, 2, 3, 4)] == [100, 100, 50, 0]
    assert get(page="x").status_code == 400
    assert get("applications").status_code == 404


def test_oldest_come_first_unless_asked_otherwise(get: Get) -> None:
    assert [row["id"] for row in get(**SHOWN).json()] == list(range(100))
    newest = get(sort="-registeredAt", **SHOWN).json()
    assert newest[0]["id"] == CANDIDATES - 1
    assert get(sort="fixedAt").status_code == 400


def test_reject_and_fail_are_two_statuses(get: Get) -> None:
    counts = {s: int(get(status=s, **SHOWN).headers["X-Total"]) for s in STATUSES}
    assert sum(counts.values()) == CANDIDATES
    assert min(counts.values()) > 0


def test_days_and_times_are_japans(home: Path, get: Get) -> None:
    assert get(appliedAtTo="2026/01/01", **SHOWN).headers["X-Total"] == "24"
    assert get(appliedAtFrom="2026-01-01").status_code == 400
    since = {"updatedAtFrom": "2026-01-02T00:30:00", **SHOWN}
    assert get(**since).headers["X-Total"] == str(CANDIDATES)
    setting(home, "talentio_updated_filter", "true")
    assert get(**since).headers["X-Total"] == str(CANDIDATES - 24)


def test_the_allowance_is_told_in_seconds(home: Path, get: Get) -> None:
    setting(home, "talentio_rate_limit", 1)
    setting(home, "talentio_rate_window_s", 1800)
    good, refused = get(), get()
    assert (good.headers["X-Remaining"], good.status_code) == ("0", 200)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["X-Reset"]) <= 1800


def test_a_deletion_moves_rows_forward(home: Path, get: Get) -> None:
    remove(home, 3)
    answer = get(page=2, **SHOWN)
    assert answer.json()[0]["id"] == 101
    assert answer.headers["X-Total"] == str(CANDIDATES - 1)


@pytest.mark.parametrize(
    ("kind", "status"),
    [("429", 429), ("500", 500), ("503", 503), ("forbidden", 403), ("expired", 401)],
)
def test_refusals(home: Path, get: Get, kind: str, status: int) -> None:
    faults.inject(home, "talentio", "candidates", kind)
    answer = get()
    assert (answer.status_code, "X-Reset" in answer.headers) == (status, True)
    assert get().status_code == 200
