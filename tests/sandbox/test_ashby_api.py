"""The simulated Ashby, asked plainly."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import faults, store, world
from sandbox.ashby import LISTS
from sandbox.server import LOG_FILE, running

Ask = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, str]]:
    """The home, the server's URL and the API key of a world kept in Ashby."""
    home = tmp_path_factory.mktemp("ashby")
    world.make(home, 5, 240, 1, ("ashby",))
    with store.transaction(store.open_world(home)) as db:
        key = next(a.secret for a in store.accounts(db) if a.vendor == "ashby")
    with running(home) as url:
        yield home, url, key
    assert (home / LOG_FILE).read_text() == ""


@pytest.fixture
def ask(served: tuple[Path, str, str]) -> Iterator[Ask]:
    home, url, key = served

    def post(call: str, auth: tuple[str, str] | None = (key, ""), **body: Any) -> requests.Response:
        return requests.post(f"{url}/ashby/{call}", json=body, auth=auth, timeout=10)

    yield post
    faults.clear(home)


def _records(ask: Ask, call: str, **body: Any) -> list[dict[str, Any]]:
    answer = ask(call, **body).json()
    found = list(answer["results"])
    while answer["moreDataAvailable"]:
        assert "syncToken" not in answer
        answer = ask(call, **body, cursor=answer["nextCursor"]).json()
        found += answer["results"]
    assert "nextCursor" not in answer
    return found


def test_keys(ask: Ask) -> None:
    assert ask("job.list", auth=None).status_code == 401
    assert ask("job.list", auth=("wrong", "")).status_code == 403
    assert ask("job.list").json()["success"] is True
    assert ask("nothing.list").status_code == 404


@pytest.mark.parametrize("call", [call for call, of in LISTS.items() if not of.parent[0]])
def test_every_list(ask: Ask, call: str) -> None:
    reveal = {LISTS[call].reveal: True} if LISTS[call].reveal else {}
    found = _records(ask, call, **reveal)
    assert len({record["id"] for record in found}) == len(found) > 0
    assert ("syncToken" in ask(call, limit=100).json()) is (
        LISTS[call].synced and len(found) <= 100
    )


@pytest.mark.parametrize("call", ["archiveReason.list", "source.list", "interviewPlan.list"])
def test_archived_records_are_hidden(ask: Ask, call: str) -> None:
    everything = _records(ask, call, includeArchived=True)
    assert [record for record in everything if not record["isArchived"]] == _records(ask, call)
    assert any(record["isArchived"] for record in everything)


def test_applications_may_be_asked_for_by_their_creation(ask: Ask) -> None:
    everything = _records(ask, "application.list")
    times = sorted(record["createdAt"] for record in everything)
    middle = datetime.fromisoformat(times[len(times) // 2])
    later = _records(ask, "application.list", createdAfter=middle.timestamp() * 1000)
    assert {record["id"] for record in later} == {
        record["id"]
        for record in everything
        if datetime.fromisoformat(record["createdAt"]) > middle
    }
    assert 0 < len(later) < len(everything)
    refused = ask("application.list", createdAfter="yesterday").json()
    assert (refused["success"], refused["errors"]) == (False, ["invalid_input"])


def test_children_need_their_parent(ask: Ask) -> None:
    plan = ask("interviewPlan.list").json()["results"][0]["id"]
    stages = ask("interviewStage.list", interviewPlanId=plan).json()["results"]
    assert [stage["orderInInterviewPlan"] for stage in stages] == list(range(len(stages)))
    refused = ask("interviewStage.list")
    assert (refused.status_code, refused.json()["success"]) == (200, False)
    application = ask("application.list", limit=1).json()["results"][0]
    history = ask("application.listHistory", applicationId=application["id"]).json()
    assert history["results"][-1]["stageId"] == application["currentInterviewStage"]["id"]
    assert history["results"][-1]["leftStageAt"] is None
    assert "syncToken" not in history


def test_errors_come_with_status_200(ask: Ask) -> None:
    for body, code in (
        ({"limit": 101}, "invalid_input"),
        ({"cursor": "x"}, "invalid_next_cursor"),
        ({"syncToken": "x"}, "sync_token_invalid"),
    ):
        answer = ask("candidate.list", **body)
        assert answer.status_code == 200
        assert answer.json()["success"] is False
        assert answer.json()["errorInfo"]["code"] == code


def test_a_token_belongs_to_its_list(ask: Ask) -> None:
    token = ask("job.list").json()["syncToken"]
    assert ask("job.list", syncToken=token).json()["results"] == []
    foreign = ask("opening.list", syncToken=token).json()
    assert foreign["errorInfo"]["code"] == "sync_token_invalid"


def test_histories_are_limited_by_the_minute(served: tuple[Path, str, str], ask: Ask) -> None:
    application = ask("application.list", limit=1).json()["results"][0]["id"]
    with store.transaction(store.open_world(served[0])) as db:
        store.set_meta(db, "ashby_history_limit", "0")
    try:
        answer = ask("application.listHistory", applicationId=application)
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert ask("job.list").status_code == 200
    finally:
        with store.transaction(store.open_world(served[0])) as db:
            store.set_meta(db, "ashby_history_limit", "100000")
