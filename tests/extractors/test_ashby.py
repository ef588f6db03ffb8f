"""Ashby read from the sandbox's simulator: what it does that other vendors do not."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any, cast

import pytest
from psycopg import sql

import sandbox.config
from extractors import credentials
from extractors.errors import CredentialsError, PermissionMissing, SourceError
from extractors.registry import SOURCES
from extractors.run import run_connection, run_stream
from extractors.stream import Connection, Fields, Scan, State
from sandbox import faults, store, world
from sandbox.server import running
from tests.extractors.landings import fetch, requests_made, state

ACCOUNT = "aozora_ashby"
APPLICATIONS = 240


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A world kept in Ashby, and the URL of its server."""
    home = tmp_path_factory.mktemp("ashby")
    world.make(home, 5, APPLICATIONS, 1, ("ashby",))
    with running(home) as url:
        yield home, url


@dataclass
class Ashby:
    """The account read without a warehouse."""

    home: Path
    connection: Connection
    notices: list[str] = field(default_factory=list)
    shared: dict[str, Any] = field(default_factory=dict)
    scans: list[Scan] = field(default_factory=list)

    def read(
        self, stream: str, state: State | None = None, parents: tuple[str, ...] = ()
    ) -> tuple[list[Fields], State, list[bool]]:
        """Records, the last state, and of each batch whether it was complete."""
        numbered = list(enumerate(parents, start=1))
        scan = Scan(
            connection=self.connection,
            stream=SOURCES["ashby"].stream(stream),
            state=state,
            credentials=lambda: credentials.resolve(ACCOUNT),
            notice=self.notices.append,
            changed=lambda of, after, limit: [pair for pair in numbered if pair[0] > after],
            shared=self.shared,
        )
        self.scans.append(scan)
        records: list[Fields] = []
        complete, last = [], state or {}
        for batch in SOURCES["ashby"].reader.batches(scan):
            records += [cast(Fields, record) for page in batch.pages for record in page.records]
            complete.append(batch.complete)
            last = batch.state
        return records, dict(last), complete

    def fault(self, stream: str, kind: str, times: int | None = 1, **params: Any) -> None:
        faults.inject(self.home, "ashby", stream, kind, times, **params)

    def setting(self, **values: object) -> None:
        with store.transaction(store.open_world(self.home)) as db:
            for name, value in values.items():
                store.set_meta(db, name, str(value))

    def records_of(self, stream: str) -> int:
        with store.transaction(store.open_world(self.home)) as db:
            row = db.execute("select count(*) from records where stream = ?", (stream,)).fetchone()
            return int(row[0])


Connect = Callable[..., Connection]


@pytest.fixture
def connect(served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Connect:
    """A connection to the account, with options, under a name of its own if one is given."""
    home, url = served
    for name, value in sandbox.config.connections_env(home, url).items():
        monkeypatch.setenv(name, value)

    def make(name: str = ACCOUNT, **options: Any) -> Connection:
        model = SOURCES["ashby"].options_model
        given = model.model_validate({"history_per_minute": 100_000, **options})
        return Connection(name, "aozora", "ashby", ACCOUNT, given)

    return make


@pytest.fixture
def ashby(served: tuple[Path, str], connect: Connect) -> Iterator[Ashby]:
    made = Ashby(served[0], connect())
    yield made
    faults.clear(served[0])
    made.setting(ashby_token_days=0, ashby_sync_pages=1000, ashby_history_limit=100_000)


def test_every_record_is_read_once_and_a_token_comes_with_the_last_page(ashby: Ashby) -> None:
    records, left, complete = ashby.read("applications")
    assert len({record["id"] for record in records}) == len(records) == APPLICATIONS
    assert complete == [True]
    assert left["sync_token"]
    assert ashby.scans[0].counters.requests == ceil(APPLICATIONS / 100)


def test_a_token_shows_only_what_changed(ashby: Ashby) -> None:
    _, left, _ = ashby.read("applications")
    ashby.fault("applications", "mutate", count=2)
    ashby.read("applications")
    records, after, complete = ashby.read("applications", left)
    assert len(records) == 2
    assert complete == [False]
    assert after["scanned_at"] == left["scanned_at"]
    assert after["sync_token"] != left["sync_token"]
    assert ashby.scans[-1].counters.requests == 1
    assert ashby.read("applications", after)[0] == []


def test_changes_of_several_pages_are_all_shown(ashby: Ashby) -> None:
    _, left, _ = ashby.read("candidates")
    ashby.fault("candidates", "mutate", count=100)
    ashby.read("candidates")
    ashby.fault("candidates", "mutate", count=50, after=1)
    ashby.read("candidates")
    records, _, complete = ashby.read("candidates", left)
    assert len({record["id"] for record in records}) == 150
    assert complete == [False]
    assert ashby.scans[-1].counters.requests == 2


def test_what_changes_between_two_pages_is_shown_next_time(ashby: Ashby) -> None:
    ashby.fault("candidates", "mutate", after=1, count=1)
    records, left, _ = ashby.read("candidates")
    assert len(records) == ashby.records_of("candidates")
    assert len(ashby.read("candidates", left)[0]) == 1


def test_a_list_without_tokens_is_always_read_in_full(ashby: Ashby) -> None:
    records, left, complete = ashby.read("sources")
    assert "sync_token" not in left
    again, _, complete_again = ashby.read("sources", left)
    assert again == records
    assert complete == complete_again == [True]


@pytest.mark.parametrize("stream", ["sources", "archive_reasons", "custom_fields", "users"])
def test_what_is_hidden_by_default_is_read(ashby: Ashby, stream: str) -> None:
    assert len(ashby.read(stream)[0]) == ashby.records_of(stream)


def test_stages_of_archived_plans_are_read(ashby: Ashby) -> None:
    records, _, complete = ashby.read("interview_stages")
    assert len(records) == ashby.records_of("interview_stages")
    assert len({record["interviewPlanId"] for record in records}) == 2
    assert complete == [True]
    assert ashby.scans[0].counters.requests == 3


def test_an_expired_token_ends_in_a_full_scan_at_once(ashby: Ashby) -> None:
    whole, left, _ = ashby.read("applications")
    ashby.setting(ashby_token_days=1)
    world.advance(ashby.home, 2)
    records, after, complete = ashby.read("applications", left)
    assert len(records) >= len(whole)
    assert complete == [True]
    assert after["sync_token"] != left["sync_token"]
    assert "sync_token_expired" in ashby.notices[-1]


def test_a_token_that_cannot_be_decoded_ends_in_a_full_scan(ashby: Ashby) -> None:
    whole, left, _ = ashby.read("jobs")
    records, _, complete = ashby.read("jobs", {**left, "sync_token": "6WpGx7L3L"})
    assert records == whole
    assert complete == [True]


def test_too_many_changes_end_in_a_full_scan_half_way(ashby: Ashby) -> None:
    whole, left, _ = ashby.read("candidates")
    ashby.fault("candidates", "mutate", count=100)
    ashby.read("candidates")
    ashby.setting(ashby_sync_pages=1)
    ashby.fault("candidates", "mutate", count=100, after=1)
    ashby.read("candidates")
    records, after, complete = ashby.read("candidates", left)
    assert complete == [False, True]
    assert len(records) > len(whole) == len({record["id"] for record in records})
    assert after["sync_token"] != left["sync_token"]
    assert "incremental_sync_too_large" in ashby.notices[-1]


def test_a_full_scan_is_due_after_some_days(ashby: Ashby) -> None:
    _, left, _ = ashby.read("openings")
    assert ashby.read("openings", left)[2] == [False]
    old = {**left, "scanned_at": "2026-01-01T00:00:00Z"}
    _, after, complete = ashby.read("openings", old)
    assert complete == [True]
    assert after["scanned_at"] == left["scanned_at"]


@pytest.mark.parametrize("bare", [False, True])
def test_success_false_is_an_error_and_never_an_empty_list(ashby: Ashby, bare: bool) -> None:
    """Its code stands under errorInfo, or only in a list of errors."""
    ashby.fault("jobs", "forbidden", status=200, code="internal_error", bare=bare)
    with pytest.raises(SourceError) as caught:
        ashby.read("jobs")
    text = str(caught.value)
    assert text.startswith("aozora_ashby.jobs: Ashby answered HTTP 200 with success false")
    assert "internal_error" in text
    assert "Remedy:" in text


@pytest.mark.parametrize("status", [200, 403])
def test_a_missing_permission_is_named(ashby: Ashby, status: int) -> None:
    ashby.fault("offers", "forbidden", status=status)
    with pytest.raises(PermissionMissing, match=r"aozora_ashby.offers: .*offersRead.*Remedy"):
        ashby.read("offers")


def test_a_key_that_is_refused(ashby: Ashby) -> None:
    ashby.fault("jobs", "expired")
    with pytest.raises(CredentialsError, match="HTTP 401"):
        ashby.read("jobs")


@pytest.mark.parametrize("kind", ["shape", "html", "truncated"])
def test_no_answer_of_another_shape_is_believed(ashby: Ashby, kind: str) -> None:
    ashby.connection = Connection(
        ACCOUNT, "aozora", "ashby", ACCOUNT,
        ashby.connection.options.model_copy(update={"attempts": 1}),
    )  # fmt: skip
    ashby.fault("jobs", kind)
    with pytest.raises(SourceError, match=r"aozora_ashby.jobs: .*Remedy"):
        ashby.read("jobs")


def test_rows_repeated_on_the_next_page_come_once(ashby: Ashby) -> None:
    ashby.fault("candidates", "repeat", rows=10)
    records, _, _ = ashby.read("candidates")
    assert len(records) == len({record["id"] for record in records})


def test_histories_are_asked_of_changed_applications_at_their_own_pace(ashby: Ashby) -> None:
    applications, _, _ = ashby.read("applications")
    parents = tuple(str(record["id"]) for record in applications[:12])
    ashby.connection = Connection(
        ACCOUNT, "aozora", "ashby", ACCOUNT,
        ashby.connection.options.model_copy(update={"history_per_minute": 100}),
    )  # fmt: skip
    began = time.monotonic()
    records, left, _ = ashby.read("stage_histories", parents=parents)
    assert {record["parent_id"] for record in records} == set(parents)
    assert left == {"parents": 12}
    assert ashby.scans[-1].counters.requests == 12
    assert time.monotonic() - began > 8 * 0.6  # four at once, then 96 in a minute
    assert ashby.scans[0].counters.waited == 0


def test_a_deleted_application_has_no_history(ashby: Ashby) -> None:
    applications, _, _ = ashby.read("applications")
    parents = ("00000000-0000-0000-0000-000000000000", str(applications[0]["id"]))
    records, left, _ = ashby.read("stage_histories", parents=parents)
    assert {record["parent_id"] for record in records} == {parents[1]}
    assert left == {"parents": 2}


def test_too_many_histories_are_waited_for(ashby: Ashby) -> None:
    applications, _, _ = ashby.read("applications")
    ashby.fault("stage_histories", "429", retry_after=1)
    records, _, _ = ashby.read("stage_histories", parents=(str(applications[0]["id"]),))
    assert records
    assert ashby.scans[-1].counters.throttled == 1


def test_a_person_is_known_by_what_there_is() -> None:
    identity = SOURCES["ashby"].stream("candidates").identity
    assert identity
    first = {"value": "p1@example.jp", "isPrimary": True}
    person = {
        "name": "山田 太郎",
        "primaryEmailAddress": first,
        "emailAddresses": [first, {"value": "p2@example.jp", "isPrimary": False}],
        "primaryPhoneNumber": None,
        "phoneNumbers": [{"value": "09012345678"}],
    }
    assert list(identity(person)) == [
        ("email", "p1@example.jp"),
        ("email", "p2@example.jp"),
        ("phone", "09012345678"),
        ("name", "山田 太郎"),
    ]
    assert list(identity({"name": "山田 太郎"})) == [("name", "山田 太郎")]


def test_nothing_personal_but_what_matches_people_is_stored() -> None:
    for name in ("applications", "offers", "openings", "users"):
        stored = SOURCES["ashby"].stream(name).fields or frozenset()
        assert not stored & {
            "candidate", "hiringTeam", "customFields", "latestVersion", "email", "firstName",
            "lastName", "creditedToUser",
        }  # fmt: skip


def test_requests_of_a_first_load_and_after_a_change(
    ashby: Ashby, connect: Connect, warehouse_url: str
) -> None:
    """Against the least possible: pages of 100, one call for each application's history and for
    each plan, one for a list without changes."""
    mine = connect("counted")
    first = requests_made(run_connection(mine, run_id="first"))
    least = {
        name: max(1, ceil(ashby.records_of(name) / 100))
        for name in first
        if name not in ("stage_histories", "interview_stages")
    } | {"stage_histories": ashby.records_of("applications"), "interview_stages": 3}
    assert first == least

    share = ceil(ashby.records_of("applications") / 100)
    ashby.fault("applications", "mutate", count=share)
    run_stream(connect("other"), "applications", run_id="changes")
    second = requests_made(run_connection(mine, run_id="second"))
    assert second == {**dict.fromkeys(first, 1), "stage_histories": share, "interview_stages": 3}
    print("first", sum(first.values()), "least", sum(least.values()), "second", second)


def test_rows_and_token_move_together_and_a_full_scan_buries(
    ashby: Ashby, connect: Connect, warehouse_url: str
) -> None:
    mine = connect("together")
    run_stream(mine, "offers", run_id="first")
    kept = state(mine, "offers")
    ashby.fault("offers", "mutate", count=1, delete=True)
    run_stream(connect("deleting"), "offers", run_id="deleting")

    ashby.fault("offers", "cut", times=None)
    small = connect("together", attempts=1)
    with pytest.raises(SourceError):
        run_stream(small, "offers", run_id="broken")
    assert state(mine, "offers") == kept
    faults.clear(ashby.home)

    run_stream(mine, "offers", run_id="changes")
    assert _gone("together") == 0  # nothing tells of it ...
    run_stream(mine, "offers", full=True, run_id="full")
    assert _gone("together") == 1  # ... until everything is read again


def _gone(connection: str) -> int:
    statement = sql.SQL(
        "select count(*) from raw_ashby.offers where connection = %s and is_deleted"
    )
    return int(fetch(statement, [connection])[0][0])
