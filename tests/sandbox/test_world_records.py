"""The world's records: the vendors' shapes, and what is hidden, linked and late in them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

import sandbox
from sandbox import store, world
from sandbox.greenhouse import LISTS
from tests.sandbox.worlds import SMALL, bodies, records, truth

SCHEMAS = Path(sandbox.__file__).parent / "schemas" / "greenhouse_v3"
TOKEN = re.compile(r"token=([0-9a-f]{32})\b")
T0 = "2026-06-30T15:00:00Z"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("records")
    world.make(home, seed=4, applications=SMALL)
    world.advance(home, 17)
    return home


@pytest.mark.parametrize("stream", LISTS)
def test_every_record_validates_against_its_schema(home: Path, stream: str) -> None:
    schema = json.loads((SCHEMAS / f"{stream}.json").read_text("utf-8"))
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    found = bodies(home, stream)
    assert len(found) >= 8
    for body in found:
        assert list(validator.iter_errors(body)) == []
        assert body.keys() == schema["properties"].keys()


def test_columns_repeat_what_the_record_says(home: Path) -> None:
    for _, vendor, _, id_, key, created, updated, sort, _, body in records(home):
        record = json.loads(body)
        if vendor == "greenhouse":
            assert (record["id"], record["created_at"], record["updated_at"]) == (
                id_,
                created,
                updated,
            )
            assert sort == updated
        else:
            assert record["response_id"] == key


def test_some_rows_are_hidden_by_default(home: Path) -> None:
    hidden = Counter((row[2], row[8]) for row in records(home) if row[8])
    assert {name for name, _ in hidden} == {"job_posts", "users", "rejection_reasons"}
    assert hidden["users", "service_account"] == 4
    assert hidden["rejection_reasons", "default"] == 8
    posts = Counter(post["active"] for post in bodies(home, "job_posts"))
    assert posts[False] == hidden["job_posts", "inactive"] > posts[True] > 0


def test_default_reasons_are_used(home: Path) -> None:
    used = {d["rejection_reason_id"] for d in bodies(home, "rejection_details")}
    hidden = {row[3] for row in records(home) if row[8] == "default"}
    assert None in used
    assert used & hidden


def test_users_include_deactivated_ones(home: Path) -> None:
    users = bodies(home, "users")
    assert Counter(user["deactivated"] for user in users) == {False: 20, True: 4}


def test_ids_point_at_records(home: Path) -> None:
    ids = {stream: {body["id"] for body in bodies(home, stream)} for stream in LISTS}
    targets = {
        ("applications", "candidate_id"): "candidates",
        ("applications", "job_id"): "jobs",
        ("applications", "job_post_id"): "job_posts",
        ("applications", "source_id"): "sources",
        ("applications", "stage_id"): "job_interview_stages",
        ("applications", "recruiter_id"): "users",
        ("application_stages", "application_id"): "applications",
        ("application_stages", "job_interview_stage_id"): "job_interview_stages",
        ("rejection_details", "rejection_reason_id"): "rejection_reasons",
        ("rejection_details", "rejection_note_id"): "notes",
        ("rejection_details", "application_id"): "applications",
        ("offers", "application_id"): "applications",
        ("notes", "application_id"): "applications",
        ("notes", "candidate_id"): "candidates",
        ("jobs", "department_id"): "departments",
        ("applied_candidate_tags", "candidate_tag_id"): "candidate_tags",
        ("applied_candidate_tags", "candidate_id"): "candidates",
        ("job_interview_stages", "job_id"): "jobs",
    }
    for (stream, column), target in targets.items():
        pointed = {body[column] for body in bodies(home, stream)} - {None}
        assert pointed, (stream, column)
        assert pointed <= ids[target], (stream, column)


def test_statuses_agree_with_rejections_and_offers(home: Path) -> None:
    accepted = {o["application_id"] for o in bodies(home, "offers") if o["status"] == "Accepted"}
    applications = bodies(home, "applications")
    assert {a["id"] for a in applications if a["status"] == "hired"} == accepted
    details = {d["application_id"]: d for d in bodies(home, "rejection_details")}
    for application in applications:
        if application["status"] == "rejected":
            assert application["rejected_at"] == details[application["id"]]["rejected_at"]
        else:
            assert application["rejected_at"] is None
    taken_back = [a for a in applications if a["status"] != "rejected" and a["id"] in details]
    assert taken_back, "an un-rejected application keeps its rejection detail"
    assert {a["status"] for a in applications} == {"in_process", "rejected", "hired", "converted"}
    assert {a["prospect"] for a in applications if a["status"] == "converted"} == {True}


def test_one_stage_is_current_while_an_application_is_in_process(home: Path) -> None:
    current = {s["application_id"]: s for s in bodies(home, "application_stages") if s["current"]}
    in_process = {
        a["id"]: a
        for a in bodies(home, "applications")
        if a["status"] == "in_process" and not a["prospect"]
    }
    assert current.keys() == in_process.keys()
    for id_, stage in current.items():
        assert stage["exited_at"] is None
        assert stage["job_interview_stage_id"] == in_process[id_]["stage_id"]


def test_each_mail_has_a_link_of_its_own(home: Path) -> None:
    notes = bodies(home, "notes")
    mailed = {
        match[1]: note["application_id"]
        for note in notes
        if note["type"] == "EMAIL" and (match := TOKEN.search(note["body"]))
    }
    sent = {
        row["token"]: row["application_id"]
        for row in truth(
            home,
            "select token, application_id from application_event"
            " where kind = 'mail_sent' and at <= '2026-07-17T15:00:00Z'",
        )
    }
    assert mailed == sent
    kinds = Counter((note["type"], bool(TOKEN.search(note["body"]))) for note in notes)
    assert kinds[("EMAIL", True)] == len(mailed)
    assert kinds[("EMAIL", False)] > 10
    assert kinds[("NOTE", False)] > 10
    link = next(note["body"] for note in notes if TOKEN.search(note["body"]))
    assert re.search(r"https://form\.career-relay\.example/to/\w{8}\?token=[0-9a-f]{32}\b", link)


def test_a_link_pasted_into_a_note_is_no_mail(tmp_path: Path) -> None:
    world.make(tmp_path, seed=1, applications=1000)
    notes = [n for n in bodies(tmp_path, "notes") if TOKEN.search(n["body"])]
    assert Counter(note["type"] for note in notes)["NOTE"] > 0


def _responses(home: Path) -> Iterator[tuple[str, str, dict]]:
    for row in records(home):
        if row[1] == "typeform":
            yield row[2], row[7], json.loads(row[9])


def test_a_response_stands_in_one_list_at_a_time(home: Path) -> None:
    shown = Counter(item["response_id"] for _, _, item in _responses(home))
    assert set(shown.values()) == {1}
    visible = truth(
        home, "select response_id from response where visible_at <= '2026-07-17T15:00:00Z'"
    )
    assert shown.keys() == {row["response_id"] for row in visible}


def test_lists_filter_on_their_own_time(home: Path) -> None:
    for stream, sort_at, item in _responses(home):
        kind = stream.removeprefix("responses_")
        own = {"started": "landed_at", "partial": "staged_at", "completed": "submitted_at"}[kind]
        assert item[own].replace("Z", ".000Z") == sort_at
        assert ("submitted_at" in item) == (kind == "completed")
        most = {"started": (0,), "partial": range(1, 9), "completed": (8,)}[kind]
        assert len(item["answers"]) in most
        for answer in item["answers"]:
            assert answer.keys() == {"field", "type", answer["type"]}
            assert answer["field"].keys() == {"id", "type", "ref"}


def test_a_fresh_response_is_missing_for_a_while(tmp_path: Path) -> None:
    world.make(tmp_path, seed=1, applications=200)
    (late,) = truth(
        tmp_path,
        "select * from response where case_name = 'late_visible' and company_id = 'aozora'",
    )
    assert late["submitted_at"] < T0 < late["visible_at"]
    before = {item["response_id"] for _, _, item in _responses(tmp_path)}
    assert late["response_id"] not in before
    world.advance(tmp_path, 1)
    assert late["response_id"] in {item["response_id"] for _, _, item in _responses(tmp_path)}
    delays = truth(
        tmp_path,
        "select unixepoch(visible_at) - unixepoch(submitted_at) as delay from response"
        " where submitted_at is not null and partial_at is null",
    )
    assert all(0 <= row["delay"] <= 1800 for row in delays)


def test_responses_go_on_when_the_clock_moves(tmp_path: Path) -> None:
    world.make(tmp_path, seed=1, applications=1000)
    seen: dict[str, set[str]] = {}
    for _ in range(16):
        for stream, _, item in _responses(tmp_path):
            seen.setdefault(item["response_id"], set()).add(stream)
        world.advance(tmp_path, 3)
    assert {"responses_partial", "responses_completed"} in seen.values()


def test_schemas_are_those_of_the_streams() -> None:
    assert {path.stem for path in SCHEMAS.glob("*.json")} == set(LISTS)


def test_a_list_needs_a_scope(home: Path) -> None:
    with closing(store.open_world(home)) as connection:
        account = store.accounts(connection)[0]
    assert set(account.scopes) == {f"harvest:{stream}:list" for stream in LISTS}
    assert account.user_id in {u["id"] for u in bodies(home, "users") if u["site_admin"]}
