"""The simulated Workable, asked plainly."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from sandbox import store, world
from sandbox.server import LOG_FILE, running

Ask = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, str]]:
    """The home, the server's URL and the token of a world kept in Workable."""
    home = tmp_path_factory.mktemp("workable")
    world.make(home, 5, 240, 1, ("workable",))
    with store.transaction(store.open_world(home)) as db:
        token = next(a.secret for a in store.accounts(db) if a.vendor == "workable")
    with running(home) as url:
        yield home, url, token
    assert (home / LOG_FILE).read_text() == ""


@pytest.fixture
def ask(served: tuple[Path, str, str]) -> Ask:
    _, url, token = served

    def get(path: str, bearer: str = token, **params: Any) -> requests.Response:
        return requests.get(
            f"{url}/workable/spi/v3/{path}",
            params=params,
            headers={"Authorization": f"Bearer {bearer}"},
            timeout=10,
        )

    return get


def test_the_last_page_has_no_paging(ask: Ask) -> None:
    body = ask("candidates", limit=100).json()
    found = [record["id"] for record in body["candidates"]]
    while "paging" in body:
        link = urlsplit(body["paging"]["next"])
        assert link.hostname == "aozora.workable.com"
        body = ask("candidates", **dict(parse_qsl(link.query))).json()
        found += [record["id"] for record in body["candidates"]]
    assert len(found) == len(set(found)) == 240
    assert len(ask("candidates").json()["candidates"]) == 50
    assert ask("candidates", limit=101).status_code == 422


def test_people_who_apply_twice_are_two_candidates(ask: Ask) -> None:
    found: list[dict[str, Any]] = []
    since: dict[str, Any] = {}
    while page := ask("candidates", limit=100, **since).json()["candidates"]:
        found += page
        since = {"since_id": page[-1]["id"]}
    addresses = {record["email"] for record in found}
    assert len(addresses) < len(found)


def test_filters_have_a_lower_bound_only(ask: Ask) -> None:
    late = ask("candidates", limit=100, updated_after="2026-06-29T00:00:00Z").json()["candidates"]
    assert 0 < len(late) < 100
    assert min(record["updated_at"] for record in late) > "2026-06-29"
    assert ask("candidates", updated_after="yesterday").status_code == 422


def test_children(ask: Ask) -> None:
    candidates = ask("candidates", limit=100).json()["candidates"]
    answers = [ask(f"candidates/{record['id']}/offer").json() for record in candidates]
    assert any(answer.keys() == {"candidate"} for answer in answers)
    assert any("state" in answer for answer in answers)
    activities = ask(f"candidates/{candidates[0]['id']}/activities").json()["activities"]
    assert activities[0]["action"] == "applied"
    job = candidates[0]["job"]["shortcode"]
    kinds = [stage["kind"] for stage in ask(f"jobs/{job}/stages").json()["stages"]]
    assert (kinds[0], kinds[-1]) == ("sourced", "hired")
    assert ask("candidates/GONE/activities").status_code == 404


def test_reasons_are_a_bare_list(ask: Ask) -> None:
    assert isinstance(ask("disqualification_reasons").json(), list)


def test_tokens_and_rate(served: tuple[Path, str, str], ask: Ask) -> None:
    assert ask("jobs", bearer="wrong").status_code == 401
    with store.transaction(store.open_world(served[0])) as db:
        store.set_meta(db, "workable_rate_limit", "2")
    try:
        answers = [ask("jobs") for _ in range(3)]
    finally:
        with store.transaction(store.open_world(served[0])) as db:
            store.set_meta(db, "workable_rate_limit", "100000")
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["x-rate-limit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert {answer.headers["x-rate-limit-limit"] for answer in answers} == {"2"}
    assert int(answers[0].headers["x-rate-limit-reset"]) == 1782831610
