"""Writes to Lever over real HTTP: what they answer, and what the next GET shows."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import store
from sandbox.lever_writes import SCOPES, WRITTEN_SPAN
from tests.sandbox.small_lever import LEVER, fill

NOW_MS = 1782831600000  # the clock
Send = Callable[..., requests.Response]


@pytest.fixture
def lever(running: tuple[Path, str]) -> Send:
    home, url = running
    fill(home)
    with store.transaction(store.open_world(home)) as db:
        store.put_account(db, replace(LEVER, scopes=(*LEVER.scopes, *SCOPES.values())))

    def ask(path: str, body: Any = None, **params: Any) -> requests.Response:
        method = "GET" if body is None else "POST"
        address, login = f"{url}/lever/v1/opportunities/{path}", (LEVER.secret, "")
        return requests.request(method, address, json=body, params=params, auth=login, timeout=10)

    return ask


def test_adding_tags_answers_a_blank_person_while_get_has_all(lever: Send) -> None:
    before = lever("o007").json()["data"]
    answer = lever("o007/addTags", {"tags": ["relay", "relay"]}, perform_as="u1")
    assert answer.status_code == 200
    told = answer.json()["data"]
    assert (told["name"], told["emails"], told["phones"]) == ("", [], [])
    assert (told["tags"], told["updatedAt"]) == (["relay"], NOW_MS)
    after = lever("o007").json()["data"]
    assert after["name"] == "佐藤 花子"
    assert after == before | {"tags": ["relay"], "updatedAt": NOW_MS}
    lever("o007/removeTags", {"tags": ["relay", "unknown"]})
    assert lever("o007").json()["data"]["tags"] == []


def test_who_asks_for_changes_sees_the_written_record_whole(
    lever: Send, running: tuple[Path, str]
) -> None:
    lever("o007/addTags", {"tags": ["relay"]})
    url = f"{running[1]}/lever/v1/opportunities"
    listed = requests.get(
        url, params={"updated_at_start": NOW_MS}, auth=(LEVER.secret, ""), timeout=10
    )
    assert [one["id"] for one in listed.json()["data"]] == ["o007"]
    assert listed.json()["data"][0]["emails"] == ["hanako7@example.com"]


def test_a_note_hangs_on_its_opportunity(lever: Send) -> None:
    before = lever("o007").json()
    notes = [lever("o007/notes", {"value": f"連絡 {n}"}, perform_as="u1") for n in range(20)]
    assert {note.status_code for note in notes} == {201}
    assert notes[0].json()["data"]["fields"][0]["value"] == "連絡 0"
    assert notes[0].json()["data"]["user"] == "u1"
    listed = lever("o007/notes", limit=100).json()["data"]
    assert {note["id"] for note in listed} == {note.json()["data"]["id"] for note in notes}
    assert len(listed) == 20
    assert [lever(f"{other}/notes").json()["data"] for other in ("o006", "o008", "o000")] == [
        [], [], [],
    ]  # fmt: skip
    assert lever("o007").json() == before
    assert WRITTEN_SPAN > 20


@pytest.mark.parametrize(
    ("path", "body", "params"),
    [
        ("addTags", [], {}),
        ("addTags", {"tags": []}, {}),
        ("addTags", {"tags": "relay"}, {}),
        ("removeTags", {"tags": [1]}, {}),
        ("notes", {}, {}),
        ("notes", {"value": "x", "secret": "no"}, {}),
        ("addTags", {"tags": ["relay"]}, {"perform_as": "nobody"}),
        ("addTags", {"tags": ["relay"]}, {"perform_as": "u2"}),
        ("addTags", {"tags": ["relay"]}, {"as": "u1"}),
    ],
)
def test_a_bad_request_changes_nothing(
    lever: Send, path: str, body: Any, params: dict[str, str]
) -> None:
    before = lever("o007").json()
    answer = lever(f"o007/{path}", body, **params)
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequestError")
    assert lever("o007").json() == before


@pytest.mark.parametrize("path", ["nobody/addTags", "nobody/notes", "o007/setTags"])
def test_what_lever_does_not_know_is_not_found(lever: Send, path: str) -> None:
    answer = lever(path, {"tags": ["relay"], "value": "x"})
    assert answer.status_code == 404
    assert answer.json()["code"] == "NotFoundError"
    assert lever("nobody").status_code == 404


def test_levers_writes_need_their_permissions(lever: Send, running: tuple[Path, str]) -> None:
    with store.transaction(store.open_world(running[0])) as db:
        store.put_account(db, replace(LEVER, scopes=(*LEVER.scopes, "notes:write")))
    assert lever("o007/addTags", {"tags": ["relay"]}).status_code == 403
    assert lever("o007/notes", {"value": "x"}).status_code == 201
