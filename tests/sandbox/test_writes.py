"""Writes to Greenhouse over real HTTP: what they answer and what the next GET shows; and that
writes, Lever's too, outlive the server and every move of the clock."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests

from sandbox import store, world
from sandbox.__main__ import main
from sandbox.greenhouse_writes import SCOPES
from sandbox.server import running as serving
from sandbox.writes import MADE_BY_WRITES
from tests.sandbox.small import CLOCK, put
from tests.sandbox.small_lever import LEVER
from tests.sandbox.small_world import ADMIN, HARVEST, Harvest, fill, harvest_record

NOW = "2026-06-30T15:00:00.000Z"
LISTED = ("notes", "custom_fields", "candidate_tags", "applied_candidate_tags")
WRITER = replace(
    HARVEST,
    scopes=(*HARVEST.scopes, *(f"harvest:{name}:list" for name in LISTED), *SCOPES.values()),
)
FIELDS = ("jlpt_level", "visa", "relay_state")


def held(key: str, value: Any) -> dict[str, Any]:
    return {key: {"name": key.title(), "type": "short_text", "value": value}}


def candidate(**fields: Any) -> store.Record:
    person = {
        "first_name": "花子",
        "last_name": "佐藤",
        "email_addresses": [{"value": "hanako@example.com", "type": "personal"}],
        "phone_numbers": [{"value": "090-1234-5678", "type": "mobile"}],
        "tags": ["既存"],
        "last_activity_at": "2026-01-01T00:00:00.000Z",
    }
    return harvest_record("candidates", 1, **{**person, **fields})


@pytest.fixture
def home(running: tuple[Path, str]) -> Path:
    home = running[0]
    fill(home)
    put(home, *(harvest_rows()))
    with store.transaction(store.open_world(home)) as db:
        store.put_account(db, WRITER)
    return home


def harvest_rows() -> list[store.Record]:
    rows = [
        harvest_record(
            "custom_fields",
            number,
            name=key.title(),
            name_key=key,
            field_type="candidate",
            value_type="short_text",
            active=key != "visa",
        )
        for number, key in enumerate(FIELDS, 1)
    ]
    rows.append(harvest_record("candidate_tags", 5, name="relay"))
    return [*rows, candidate(custom_fields=held("jlpt_level", "N1") | held("visa", "永住"))]


@pytest.fixture
def client(home: Path, running: tuple[Path, str]) -> Harvest:
    return Harvest(running[1], WRITER, sub=ADMIN)


def send(client: Harvest, method: str, path: str, body: Any = None) -> requests.Response:
    return client.session.request(method, f"{client.base}/v3/{path}", json=body, timeout=10)


def shown(client: Harvest, stream: str, number: int) -> dict[str, Any]:
    [found] = client.get(stream, ids=number).json()
    return dict(found)


def test_a_patch_of_one_field_clears_all_others(client: Harvest) -> None:
    before = shown(client, "candidates", 1)
    entries = [{"name_key": "relay_state", "value": "mailed"}]
    answer = send(client, "PATCH", "candidates/1", {"custom_fields": entries})
    assert answer.status_code == 200
    after = shown(client, "candidates", 1)
    assert after == answer.json()
    assert after["custom_fields"] == held("relay_state", "mailed")
    assert after == before | {"custom_fields": after["custom_fields"], "updated_at": NOW}


def test_what_is_merged_first_is_kept(client: Harvest) -> None:
    """By id as well as by key; a field without a value is cleared."""
    entries = [
        {"custom_field_id": 1, "value": "N1"},
        {"name_key": "relay_state", "value": None},
    ]
    send(client, "PATCH", "candidates/1", {"custom_fields": entries})
    assert shown(client, "candidates", 1)["custom_fields"] == held("jlpt_level", "N1")
    send(client, "PATCH", "candidates/1", {"custom_fields": []})
    assert shown(client, "candidates", 1)["custom_fields"] == {}


def test_a_patch_of_nothing_changes_nothing(client: Harvest) -> None:
    before = shown(client, "candidates", 1)
    assert send(client, "PATCH", "candidates/1", {}).json() == before
    assert shown(client, "candidates", 1) == before


def test_applications_have_fields_of_their_own(client: Harvest, home: Path) -> None:
    entries = [{"name_key": "relay_state", "value": "x"}]
    answer = send(client, "PATCH", "applications/7", {"custom_fields": entries})
    assert answer.status_code == 422
    put(
        home,
        harvest_record(
            "custom_fields",
            9,
            name="State",
            name_key="relay_state",
            field_type="application",
            value_type="short_text",
            active=True,
        ),
    )
    answer = send(client, "PATCH", "applications/7", {"custom_fields": entries})
    assert answer.json()["custom_fields"]["relay_state"]["name"] == "State"
    assert client.ids("applications", updated_at=f"gte|{CLOCK}") == [7]


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"custom_fields": {"relay_state": "x"}},
        {"custom_fields": ["relay_state"]},
        {"custom_fields": [{"name_key": "relay_state"}]},
        {"custom_fields": [{"value": "x"}]},
        {"custom_fields": [{"name_key": "relay_state", "custom_field_id": 3, "value": "x"}]},
        {"custom_fields": [{"name_key": "nobody", "value": "x"}]},
        {"custom_fields": [{"name_key": ["relay_state"], "value": "x"}]},
        {"custom_fields": [{"name_key": "visa", "value": "inactive"}]},
    ],
)
def test_a_malformed_patch_changes_nothing(client: Harvest, body: Any) -> None:
    before = shown(client, "candidates", 1)
    answer = send(client, "PATCH", "candidates/1", body)
    assert (answer.status_code, answer.json()["message"]) == (422, "Unprocessable Content")
    assert shown(client, "candidates", 1) == before


def test_what_the_sandbox_does_not_take_is_no_answer_of_the_vendor(client: Harvest) -> None:
    answer = send(client, "PATCH", "candidates/1", {"first_name": "太郎"})
    assert answer.status_code == 501


def test_a_note_is_listed_and_counts_as_activity(client: Harvest) -> None:
    body = {"candidate_id": 1, "application_id": 2, "body": "登録済み", "visibility": "public"}
    answer = send(client, "POST", "notes", body)
    assert answer.status_code == 201
    [note] = client.get("notes", candidate_ids=1).json()
    assert note == answer.json()
    assert (note["type"], note["visibility"]) == ("NOTE", "publicly_visible")
    assert (note["user_id"], note["application_id"]) == (ADMIN, 2)
    for stream, number in (("candidates", 1), ("applications", 2)):
        record = shown(client, stream, number)
        assert (record["last_activity_at"], record["updated_at"]) == (NOW, NOW)
    again = send(client, "POST", "notes", body).json()
    assert again["id"] == note["id"] + 1


def test_a_mail_is_logged_as_a_note(client: Harvest) -> None:
    mail = {"email_to": ["a@example.com", "b@example.com"], "email_from": ["r@example.com"]}
    body = {"candidate_id": 1, "body": "…", "note_type": "EMAIL", "subject": "選考結果", **mail}
    note = send(client, "POST", "notes", body).json()
    assert (note["type"], note["email_to"]) == ("EMAIL", "a@example.com, b@example.com")
    assert (note["subject"], note["visibility"]) == ("選考結果", "privately_visible")


@pytest.mark.parametrize(
    "wrong",
    [
        {"body": ""},
        {"candidate_id": 99},
        {"candidate_id": None},
        {"candidate_id": "1"},
        {"application_id": 4},
        {"note_type": "FEEDBACK"},
        {"visibility": ["public"]},
        {"email_to": "a@example.com"},
        {"user_id": 1},
    ],
)
def test_a_malformed_note_is_refused(client: Harvest, wrong: dict[str, Any]) -> None:
    body = {"candidate_id": 1, "body": "x", **wrong}
    assert send(client, "POST", "notes", body).status_code == 422
    assert client.get("notes").json() == []


def test_a_tag_comes_and_goes(client: Harvest) -> None:
    answer = send(
        client, "POST", "applied_candidate_tags", {"candidate_id": 1, "candidate_tag_id": 5}
    )
    assert answer.status_code == 201
    [applied] = client.get("applied_candidate_tags", candidate_ids=1).json()
    assert applied == answer.json()
    assert shown(client, "candidates", 1)["tags"] == ["既存", "relay"]
    gone = send(client, "DELETE", f"applied_candidate_tags/{applied['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert client.get("applied_candidate_tags").json() == []
    assert shown(client, "candidates", 1)["tags"] == ["既存"]
    again = send(client, "DELETE", f"applied_candidate_tags/{applied['id']}")
    assert (again.status_code, again.json()) == (404, {"message": "Resource not found"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "candidates/99"),
        ("PATCH", "candidates/x"),
        ("PATCH", "applications/9999999999999999999999"),
        ("PATCH", "offers/1"),
        ("POST", "candidates"),
        ("DELETE", "candidates/1"),
    ],
)
def test_what_is_not_there_is_not_found(client: Harvest, method: str, path: str) -> None:
    assert send(client, method, path, {"custom_fields": []}).status_code == 404


WRITES = {
    "harvest:candidates:update": ("PATCH", "candidates/1", {"custom_fields": []}),
    "harvest:applications:update": ("PATCH", "applications/1", {"custom_fields": []}),
    "harvest:notes:create": ("POST", "notes", {"candidate_id": 1, "body": "x"}),
    "harvest:applied_candidate_tags:create": (
        "POST",
        "applied_candidate_tags",
        {"candidate_id": 1, "candidate_tag_id": 5},
    ),
    "harvest:applied_candidate_tags:destroy": ("DELETE", "applied_candidate_tags/8", None),
}


@pytest.mark.parametrize("scope", WRITES)
def test_each_write_needs_its_own_scope(home: Path, client: Harvest, scope: str) -> None:
    put(home, harvest_record("applied_candidate_tags", 8, candidate_id=1, candidate_tag_id=5))
    others = replace(WRITER, scopes=tuple(s for s in WRITER.scopes if s != scope))
    with store.transaction(store.open_world(home)) as db:
        store.put_account(db, others)
    client.authorise()
    refused = send(client, *WRITES[scope])
    assert refused.status_code == 403
    assert scope in refused.text
    for other in WRITES.keys() - {scope}:
        assert send(client, *WRITES[other]).status_code in (200, 201, 204)


def test_a_credential_writes_only_if_it_may(running: tuple[Path, str], home: Path) -> None:
    with store.transaction(store.open_world(home)) as db:
        store.put_account(db, HARVEST)
    body: dict[str, Any] = {"custom_fields": []}
    assert send(Harvest(running[1]), "PATCH", "candidates/1", body).status_code == 403
    for account, status in ((LEVER.account, 403), (HARVEST.account, 200)):
        assert main(["set", "--home", str(home), f"may_write:{account}", "true"]) == 0
        answer = send(Harvest(running[1]), "PATCH", "candidates/1", body)
        assert answer.status_code == status


def test_a_setting_that_there_is_not_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("may_wrte", "clock", "seed"):
        assert main(["set", "--home", str(home), name, "true"]) == 2
        assert "no such setting; there are ashby_history_limit, " in capsys.readouterr().err


def test_a_write_spends_the_allowance_and_needs_a_token(client: Harvest, home: Path) -> None:
    client.session.headers["Authorization"] = "Bearer nonsense"
    assert send(client, "PATCH", "candidates/1", {}).status_code == 401
    with store.transaction(store.open_world(home)) as db:
        store.set_meta(db, "rate_limit", "1")
    client.authorise()
    answers = [send(client, "PATCH", "candidates/1", {}) for _ in range(2)]
    assert answers[-1].status_code == 429
    assert "Retry-After" in answers[-1].headers


def records(home: Path) -> dict[tuple[Any, ...], tuple[str, Any]]:
    with closing(store.open_world(home)) as db:
        rows = db.execute("select account, stream, id, updated_at, body from records").fetchall()
    return {tuple(row[:3]): (row[3], orjson.loads(row[4])) for row in rows}


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same world twice: nobody writes to the first, which is 60 days ahead."""
    homes = tmp_path_factory.mktemp("untouched"), tmp_path_factory.mktemp("written")
    for home in homes:
        world.make(home, 3, 500, 2, ("greenhouse", "lever"))
    return homes


def test_a_write_outlives_the_server_and_the_moves_of_the_clock(twins: tuple[Path, Path]) -> None:
    untouched, written = twins
    first = records(untouched)
    world.advance(untouched, 60)
    later = records(untouched)
    assert max(number for _, _, number in later) < MADE_BY_WRITES
    # records that the story goes on with after the write
    changed = [place for place in first if first[place] != later[place]]
    person = next(place for place in changed if place[1] == "candidates")
    opportunity = next(place for place in changed if place[1] == "opportunities")
    tag = next(place for place in first if place[1] == "applied_candidate_tags")
    assert main(["set", "--home", str(written), "may_write", "true"]) == 0
    with closing(store.open_world(written)) as db:
        accounts = {account.vendor: account for account in store.accounts(db)}
        before = store.clock(db)
    with serving(written) as url:
        client = Harvest(url, accounts["greenhouse"])
        entries = [{"name_key": "jlpt_level", "value": "N1"}]
        send(client, "PATCH", f"candidates/{person[2]}", {"custom_fields": entries})
        note = send(client, "POST", "notes", {"candidate_id": person[2], "body": "x"}).json()
        assert send(client, "DELETE", f"applied_candidate_tags/{tag[2]}").status_code == 204
        key = first[opportunity][1]["id"]
        requests.post(
            f"{url}/lever/v1/opportunities/{key}/addTags",
            json={"tags": ["relay"]},
            auth=(accounts["lever"].secret, ""),
            timeout=10,
        ).raise_for_status()
    for days in (25, 35):
        world.advance(written, days)
    with serving(written) as url:
        found = shown(Harvest(url, accounts["greenhouse"]), "candidates", person[2])
    assert found["custom_fields"]["jlpt_level"]["value"] == "N1"
    assert found["updated_at"] > before, "the story went on"
    now = records(written)
    noted = ("notes", note["id"])
    places = {place for place in now.keys() | later.keys() if now.get(place) != later.get(place)}
    assert {place[1:] for place in places} - {("candidates", tag[2])} == {
        ("candidates", person[2]),
        ("opportunities", opportunity[2]),
        ("applied_candidate_tags", tag[2]),
        noted,
    } - {("candidates", tag[2])}
    assert tag not in now
    assert now[person][1] == later[person][1] | {"custom_fields": found["custom_fields"]}
    tags = later[opportunity][1]["tags"]
    assert now[opportunity][1] == later[opportunity][1] | {"tags": [*tags, "relay"]}
