"""Lever's API over real HTTP: the key, pages, twice-encoded offsets, filters, limits, children."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
import requests

from sandbox import faults, store
from tests.sandbox.small_lever import LEVER, OPPORTUNITIES, fill, ms

Get = Callable[..., requests.Response]
SHOWN = OPPORTUNITIES - 2  # the others are confidential


@pytest.fixture
def home(running: tuple[Path, str]) -> Path:
    fill(running[0])
    return running[0]


@pytest.fixture
def get(home: Path, running: tuple[Path, str]) -> Get:
    def ask(path: str, key: str = LEVER.secret, **params: Any) -> requests.Response:
        url = f"{running[1]}/lever/v1/{path}"
        return requests.get(url, params=params, auth=(key, ""), timeout=10)

    return ask


def ids(answer: requests.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["data"]]


def scan(get: Get, path: str, encoded: Callable[[str], str] = str, **params: Any) -> list[str]:
    """All pages, the offset sent as ``encoded`` makes it of `next`, and encoded once more."""
    answer = get(path, **params)
    found = ids(answer)
    while "next" in answer.json():
        answer = get(path, **params, offset=encoded(answer.json()["next"]))
        found += ids(answer)
    return found


def test_the_newest_hundred_come_first_and_the_rest_is_told_of(get: Get) -> None:
    answer = get("opportunities")
    assert ids(answer) == [f"o{number:03d}" for number in range(SHOWN - 1, SHOWN - 101, -1)]
    body = answer.json()
    assert body["hasNext"] is True
    assert json.loads(unquote(body["next"])) == [3, ms(SHOWN - 100), f"o{SHOWN - 100:03d}"]
    assert not {name for name in answer.headers if "rate" in name.lower()}


def test_the_last_page_has_no_next(get: Get) -> None:
    body = get("opportunities", updated_at_start=ms(240)).json()
    assert body["hasNext"] is False
    assert "next" not in body


def test_who_was_deactivated_is_listed_on_demand_only(get: Get) -> None:
    assert ids(get("users")) == ["u1"]
    assert ids(get("users", includeDeactivated="false")) == ["u1"]
    assert set(ids(get("users", includeDeactivated="True"))) == {"u1", "u2"}
    assert get("stages", includeDeactivated="true").status_code == 400


@pytest.mark.parametrize("encoded", [str, unquote], ids=["twice", "once"])
@pytest.mark.parametrize("limit", [1, 99, 100])
def test_an_offset_is_taken_encoded_once_and_twice(
    get: Get, encoded: Callable[[str], str], limit: int
) -> None:
    found = scan(get, "opportunities", encoded, limit=limit, updated_at_start=ms(100))
    assert found == [f"o{number:03d}" for number in range(SHOWN - 1, 99, -1)]


def test_a_foreign_offset_is_refused(get: Get) -> None:
    answer = get("opportunities", offset=quote("[1]"))
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequestError")


def test_bounds_are_inclusive(get: Get) -> None:
    window = {"updated_at_start": ms(10), "updated_at_end": ms(12)}
    assert ids(get("opportunities", **window)) == ["o012", "o011", "o010"]
    window = {"updated_at_start": ms(10) + 1, "updated_at_end": ms(12) - 1}
    assert ids(get("opportunities", **window)) == ["o011"]


def test_keys_without_a_value_are_absent(get: Get) -> None:
    first = get("opportunities", limit=1).json()["data"][0]
    assert "archived" not in first
    assert None not in first.values()


def test_confidential_rows_are_shown_when_asked_for_by_themselves(get: Get) -> None:
    assert "o248" not in scan(get, "opportunities")
    assert ids(get("opportunities", confidentiality="confidential")) == ["o249", "o248"]


def test_some_lists_do_not_say_whether_more_follows(get: Get) -> None:
    assert get("archive_reasons").json().keys() == {"data"}
    assert scan(get, "archive_reasons", limit=2) == ["r2", "r1", "r0"]


def test_deleted_records_are_listed(get: Get) -> None:
    assert ids(get("opportunities/deleted", deleted_at_start=ms(48))) == ["x60", "x3", "x2"]
    assert ids(get("opportunities/deleted", deleted_at_end=ms(48))) == ["x2", "x1"]
    assert get("postings/deleted", deleted_at_start=ms(0)).status_code == 400
    days = {"deleted_at_start": ms(0), "deleted_at_end": ms(29 * 24)}
    assert ids(get("postings/deleted", **days)) == ["p3", "p2", "p1"]


def test_children_are_those_of_one_opportunity(get: Get) -> None:
    assert ids(get("opportunities/o007/applications")) == ["a007"]
    assert ids(get("opportunities/o007/offers")) == ["f3", "f2", "f1"]
    assert ids(get("opportunities/o008/offers")) == []
    answer = get("opportunities/nobody/offers")
    assert (answer.status_code, answer.json()["code"]) == (404, "NotFoundError")
    assert get("opportunities/o007/secrets").status_code == 404


def test_a_wrong_key_and_a_missing_permission_are_refused(home: Path, get: Get) -> None:
    assert get("opportunities", key="other").status_code == 401
    with store.transaction(store.open_world(home)) as world:
        world.execute("update accounts set scopes = '[\"stages\"]'")
    assert get("opportunities").status_code == 403
    assert get("stages").status_code == 200


@pytest.mark.parametrize("params", [{"limit": 101}, {"limit": 0}, {"updated_at": 1}, {"x": "y"}])
def test_bad_parameters_are_refused(get: Get, params: dict[str, Any]) -> None:
    assert get("opportunities", **params).status_code == 400


def test_a_burst_is_followed_by_refusals_without_any_header(home: Path, get: Get) -> None:
    with store.transaction(store.open_world(home)) as world:
        store.set_meta(world, "lever_rate_per_s", "0.01")
        store.set_meta(world, "lever_burst", "3")
    answers = [get("stages") for _ in range(5)]
    assert [answer.status_code for answer in answers[-2:]] == [429, 429]
    assert "Retry-After" not in answers[-1].headers


def test_rows_that_change_in_the_middle_of_a_scan_keep_their_place(home: Path, get: Get) -> None:
    faults.inject(home, "lever", "opportunities", "mutate", after=1, count=1)
    assert len(set(scan(get, "opportunities"))) == SHOWN
