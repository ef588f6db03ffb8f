"""The Responses API over real HTTP: credentials, page sizes, windows, tokens, response types."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import requests

from sandbox import store
from tests.sandbox.small_world import FORM, HARVEST, RESPONSES, at

NEWEST_FIRST = [f"c{n:03d}" for n in range(59, -1, -1)]
Get = Callable[..., requests.Response]


def keys(answer: requests.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["response_id"] for item in answer.json()["items"]]


def minute(n: int) -> str:
    """As the documentation writes a bound: to the second, no zone."""
    return at(n / 60)[:19]


def scan(get: Get, **params: str) -> list[str]:
    """All pages, as the documentation says: each before the last token of the one before."""
    found: list[str] = []
    page = keys(get(**params))
    while page:
        found += page
        page = keys(get(**params, before=page[-1]))
    return found


def test_default_page_is_25_completed_newest_first(responses: Get) -> None:
    answer = responses()
    assert keys(answer) == NEWEST_FIRST[:25]
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Date"] == "Tue, 30 Jun 2026 15:00:00 GMT"
    content = answer.json()
    assert (content["total_items"], content["page_count"]) == (60, 3)


@pytest.mark.parametrize("page_size", ["1", "7", "59", "60", "1000"])
def test_scan_by_before_is_complete(responses: Get, page_size: str) -> None:
    assert scan(responses, page_size=page_size) == NEWEST_FIRST


def test_after_walks_upwards_and_is_exclusive(responses: Get) -> None:
    assert keys(responses(after="c055")) == ["c056", "c057", "c058", "c059"]
    assert keys(responses(after="c059")) == []
    assert keys(responses(before="c002")) == ["c001", "c000"]
    assert keys(responses(after="c010", before="c013")) == ["c011", "c012"]


def test_window_is_inclusive_at_both_ends(responses: Get) -> None:
    window = {"since": minute(5), "until": minute(7)}
    assert keys(responses(**window)) == ["c007", "c006", "c005"]
    assert scan(responses, **window, page_size="2") == ["c007", "c006", "c005"]
    zoned = {"since": minute(5) + "Z", "until": "2026-01-01T09:07:00+09:00"}
    assert keys(responses(**zoned)) == ["c007", "c006", "c005"]


def test_window_in_epoch_seconds(responses: Get) -> None:
    low, high = (int(datetime.fromisoformat(at(n / 60)).timestamp()) for n in (5, 7))
    assert keys(responses(since=low, until=high)) == ["c007", "c006", "c005"]
    assert keys(responses(since=low + 1, until=high - 1)) == ["c006"]


def test_until_takes_in_the_whole_second(responses: Get, home: Path) -> None:
    with store.transaction(store.open_world(home)) as world:
        world.execute(
            "update records set sort_at = replace(sort_at, '.000Z', '.750Z') where key = 'c007'"
        )
    assert keys(responses(since=minute(7), until=minute(7))) == ["c007"]


def test_type_decides_which_time_is_filtered(responses: Get) -> None:
    assert keys(responses(response_type="partial")) == ["p2", "p1"]
    assert keys(responses(response_type="partial", since=minute(15))) == ["p2"]
    assert keys(responses(response_type="started", until=minute(29))) == []
    assert keys(responses(response_type="started", until=minute(30))) == ["s1"]
    for item in responses(response_type="partial").json()["items"]:
        assert "staged_at" in item


def test_types_may_be_combined(responses: Get) -> None:
    window = {"since": minute(19), "until": minute(30)}
    mixed = keys(responses(response_type="started,partial,completed", **window))
    wanted = [key for key, (_, n) in RESPONSES.items() if 19 <= n <= 30]
    assert sorted(mixed) == sorted(wanted)
    every = scan(responses, response_type="started,partial,completed", page_size="4")
    assert sorted(every) == sorted(RESPONSES)


def test_deprecated_completed_parameter(responses: Get) -> None:
    assert keys(responses(completed="true")) == NEWEST_FIRST[:25]
    assert keys(responses(completed="false")) == ["s1"]
    assert keys(responses(completed="True")) == NEWEST_FIRST[:25], "as clients in Python send it"


def test_sort(responses: Get) -> None:
    assert keys(responses(sort="submitted_at,asc", page_size=2)) == ["c000", "c001"]
    assert keys(responses(sort="submitted_at,desc", page_size=1)) == ["c059"]
    assert keys(responses(sort="staged_at,asc", response_type="partial")) == ["p1", "p2"]


def test_chosen_ids(responses: Get) -> None:
    assert keys(responses(included_response_ids="c003,c001,p1")) == ["c003", "c001"]
    assert keys(responses(excluded_response_ids="c059", page_size=1)) == ["c058"]


def test_a_token_keeps_its_place_when_rows_change(responses: Get, home: Path) -> None:
    first = keys(responses(page_size=10))
    with store.transaction(store.open_world(home)) as world:
        world.execute("delete from records where key in ('c045', 'c055')")
    assert keys(responses(page_size=10, before=first[-1]))[:6] == [
        f"c{n:03d}" for n in (49, 48, 47, 46, 44, 43)
    ]


@pytest.mark.parametrize(
    "params",
    [
        {"page_size": "1001"},
        {"page_size": "0"},
        {"page_size": "many"},
        {"since": "2026-01-01"},
        {"until": "yesterday"},
        {"since": "99999999999999999"},
        {"response_type": "finished"},
        {"response_type": ""},
        {"completed": "maybe"},
        {"sort": "submitted_at"},
        {"sort": "staged_at,asc"},
        {"sort": "submitted_at,asc", "after": "c001"},
        {"sort": "submitted_at,asc", "before": "c001"},
        {"after": "nobody"},
        {"query": "Tanaka"},
        {"pagesize": "10"},
    ],
)
def test_bad_requests(responses: Get, params: dict[str, str]) -> None:
    answer = responses(**params)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "VALIDATION_ERROR"
    assert next(iter(params)) in answer.json()["description"]


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic YTpi", f"Bearer {HARVEST.secret}"])
def test_without_a_valid_token(url: str, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    answer = requests.get(f"{url}/typeform/forms/aozoraForm/responses", headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (401, "AUTHENTICATION_FAILED")


def test_the_forms_of_an_account(url: str) -> None:
    def get(token: str = FORM.secret, **params: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{url}/typeform/forms", params=params, headers=headers, timeout=10)

    assert [form["id"] for form in get().json()["items"]] == [FORM.form_id]
    assert get(page="2").json()["items"] == []
    assert get(token="wrong").status_code == 401


def test_unknown_form(url: str) -> None:
    headers = {"Authorization": f"Bearer {FORM.secret}"}
    answer = requests.get(f"{url}/typeform/forms/nowhere/responses", headers=headers, timeout=10)
    assert answer.status_code == 404
    assert answer.json() == {
        "code": "FORM_NOT_FOUND",
        "description": "Non existing form with uid nowhere",
    }


def test_missing_scope(responses: Get, home: Path) -> None:
    with store.transaction(store.open_world(home)) as world:
        world.execute("update accounts set scopes = '[]' where account = ?", (FORM.account,))
    answer = responses()
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


def test_limit_per_second(responses: Get, setting: Callable[[str, object], None]) -> None:
    setting("typeform_rate_limit", 2)
    answers = [responses(page_size=1) for _ in range(12)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].json()["code"] == "TOO_MANY_REQUESTS"
    assert refused[0].headers["Retry-After"] == "1"
