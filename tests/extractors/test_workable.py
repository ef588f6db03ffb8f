"""Workable read from the sandbox's simulator: what it does that other vendors do not."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any, cast

import pytest

import sandbox.config
from extractors import credentials
from extractors.credentials import Credentials
from extractors.errors import CredentialsError, PermissionMissing, SourceError
from extractors.registry import SOURCES
from extractors.run import run_connection, run_stream
from extractors.stream import Connection, Fields, Scan, State
from sandbox import faults, store, world
from sandbox.server import running
from tests.extractors.landings import requests_made

ACCOUNT = "aozora_workable"
APPLICATIONS = 240


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A world kept in Workable, and the URL of its server."""
    home = tmp_path_factory.mktemp("workable")
    world.make(home, 5, APPLICATIONS, 1, ("workable",))
    with running(home) as url:
        yield home, url


@dataclass
class Workable:
    """The account read without a warehouse."""

    home: Path
    connect: Callable[..., Connection]
    scans: list[Scan] = field(default_factory=list)

    def read(
        self,
        stream: str,
        state: State | None = None,
        parents: tuple[str, ...] = (),
        **options: Any,
    ) -> tuple[list[Fields], State]:
        """Records and the last state."""
        numbered = list(enumerate(parents, start=1))
        connection = self.connect(**options)
        scan = Scan(
            connection=connection,
            stream=SOURCES["workable"].stream(stream).bound(connection.options),
            state=state,
            credentials=lambda: credentials.resolve(ACCOUNT),
            notice=lambda line: None,
            changed=lambda of, after, limit: [pair for pair in numbered if pair[0] > after],
        )
        self.scans.append(scan)
        records: list[Fields] = []
        last = state or {}
        for batch in SOURCES["workable"].reader.batches(scan):
            records += [cast(Fields, record) for page in batch.pages for record in page.records]
            last = batch.state
        return records, dict(last)

    def fault(self, stream: str, kind: str, times: int | None = 1, **params: Any) -> None:
        faults.inject(self.home, "workable", stream, kind, times, **params)

    def setting(self, name: str, value: object) -> None:
        with store.transaction(store.open_world(self.home)) as db:
            store.set_meta(db, name, str(value))

    def keys(self, stream: str) -> set[str]:
        with store.transaction(store.open_world(self.home)) as db:
            found = db.execute("select key from records where stream = ?", (stream,))
            return {str(key) for (key,) in found}


@pytest.fixture
def connect(served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Connection]:
    """A connection to the account, with options, under a name of its own if one is given."""
    home, url = served
    for name, value in sandbox.config.connections_env(home, url).items():
        monkeypatch.setenv(name, value)

    def make(name: str = ACCOUNT, **options: Any) -> Connection:
        model = SOURCES["workable"].options_model
        given = model.model_validate({"start_date": "2024-07-01", **options})
        return Connection(name, "aozora", "workable", ACCOUNT, given)

    return make


@pytest.fixture
def workable(served: tuple[Path, str], connect: Callable[..., Connection]) -> Iterator[Workable]:
    made = Workable(served[0], connect)
    yield made
    faults.clear(served[0])
    made.setting("workable_rate_limit", 100_000)


def test_every_candidate_is_read_once_on_our_own_address(workable: Workable) -> None:
    """The simulator's next links name the vendor's host, which no test can reach."""
    records, left = workable.read("candidates")
    ids = [record["id"] for record in records]
    assert set(ids) == workable.keys("candidates")
    assert len(ids) == len(set(ids)) == APPLICATIONS
    assert left == {"until": "2026-06-30T15:00:00Z"}
    assert workable.scans[0].counters.requests == ceil(APPLICATIONS / 100)


def test_a_scan_is_one_window_and_shows_what_changed(workable: Workable) -> None:
    _, left = workable.read("candidates", window_days=1)
    assert workable.scans[0].counters.requests == ceil(APPLICATIONS / 100)
    before = {record["id"] for record in workable.read("candidates", left)[0]}
    workable.fault("candidates", "mutate", after=1, count=1)
    workable.read("candidates")
    changed, _ = workable.read("candidates", left)
    assert len({record["id"] for record in changed} | before) == len(changed) < 10
    assert len(changed) > len(before)


def test_what_changes_between_two_pages_is_shown_next_time(workable: Workable) -> None:
    workable.fault("candidates", "mutate", after=2, count=3)
    records, left = workable.read("candidates")
    assert {record["id"] for record in records} == workable.keys("candidates")
    assert len(workable.read("candidates", left)[0]) >= 3


def test_bare_lists_and_named_ones(workable: Workable) -> None:
    for stream in ("disqualification_reasons", "jobs", "members", "stages"):
        records, _ = workable.read(stream)
        assert len(records) == len(workable.keys(stream)) > 0


def test_a_candidate_without_an_offer_has_none(workable: Workable) -> None:
    offered = sorted(workable.keys("offers"))
    others = sorted(workable.keys("candidates") - workable.keys("offers"))
    records, left = workable.read("offers", parents=(others[0], offered[0], others[1]))
    assert [record["id"] for record in records] == [offered[0]]
    assert records[0]["state"] in ("pending", "sent", "accepted", "declined")
    assert left == {"parents": 3}


def test_timelines_tell_who_withdrew(workable: Workable) -> None:
    candidates, _ = workable.read("candidates")
    out = tuple(str(record["id"]) for record in candidates if record["disqualified"])
    activities, _ = workable.read("activities", parents=out)
    said = Counter(
        activity["withdrew"] for activity in activities if activity["action"] == "disqualified"
    )
    assert {activity["parent_id"] for activity in activities} == set(out)
    assert said[True] > 0
    assert said[False] > said[True]


def test_a_deleted_candidate_has_no_timeline(workable: Workable) -> None:
    known = min(workable.keys("candidates"))
    records, left = workable.read("activities", parents=("GONE", known))
    assert {record["parent_id"] for record in records} == {known}
    assert left == {"parents": 2}


def test_stages_of_a_job_are_told_apart_by_their_job(workable: Workable) -> None:
    jobs = tuple(sorted(workable.keys("jobs"))[:2])
    records, _ = workable.read("job_stages", parents=jobs)
    stream = SOURCES["workable"].stream("job_stages")
    ids = [stream.record_id(record) for record in records]
    assert len(set(ids)) == len(ids)
    assert {id_.partition(":")[0] for id_ in ids} == set(jobs)


def test_ten_requests_in_ten_seconds_are_kept_to(workable: Workable) -> None:
    workable.setting("workable_rate_limit", 10)
    records, _ = workable.read("candidates", page_size=20)
    assert len(records) == APPLICATIONS
    counters = workable.scans[0].counters
    assert counters.throttled == 0
    assert 8 < counters.waited < 25


def test_the_reset_is_a_time() -> None:
    """Ten seconds away from the vendor's own clock, whatever ours says."""
    reader: Any = SOURCES["workable"].reader
    headers = {
        "Date": "Fri, 01 May 2020 00:00:00 GMT",
        "x-rate-limit-limit": "10",
        "x-rate-limit-remaining": "0",
        "x-rate-limit-reset": "1588291210",
    }
    pace = reader.rate.pace()
    pace.observe(headers, 100.0)
    assert 10 <= pace.delay(100.0) <= 10.1


def test_a_refusal_is_waited_for(workable: Workable) -> None:
    workable.fault("candidates", "429", after=1, retry_after=1)
    assert workable.read("candidates")[0]
    assert workable.scans[0].counters.throttled == 1


@pytest.mark.parametrize("kind", ["shape", "html", "truncated"])
def test_no_answer_of_another_shape_is_believed(workable: Workable, kind: str) -> None:
    workable.fault("candidates", kind, after=1)
    with pytest.raises(SourceError, match=r"aozora_workable.candidates: .*Remedy"):
        workable.read("candidates", attempts=1)


def test_permission_and_credentials(workable: Workable) -> None:
    workable.fault("jobs", "forbidden")
    with pytest.raises(PermissionMissing, match="r_jobs"):
        workable.read("jobs")
    workable.fault("jobs", "expired")
    with pytest.raises(CredentialsError, match="401"):
        workable.read("jobs")
    reader: Any = SOURCES["workable"].reader
    with pytest.raises(CredentialsError, match="no host"):
        reader.auth(workable.connect(), Credentials(password="token"))


def test_an_anonymised_candidate_has_no_identity(workable: Workable) -> None:
    stream = SOURCES["workable"].stream("candidates")
    assert stream.identity is not None
    person = {"email": "a@example.com", "phone": None, "firstname": "花子", "lastname": "髙橋"}
    assert list(stream.identity(person)) == [("email", "a@example.com"), ("name", "髙橋花子")]
    assert list(stream.identity({**person, "anonymized": True})) == []


def test_who_applies_twice_is_two_candidates_of_one_address(workable: Workable) -> None:
    identity = SOURCES["workable"].stream("candidates").identity
    assert identity
    candidates, _ = workable.read("candidates")
    shared = Counter(value for record in candidates for kind, value in identity(record)
                     if kind == "email")  # fmt: skip
    twice = [address for address, times in shared.items() if times > 1]
    assert twice
    owners = {record["id"] for record in candidates if record["email"] in twice}
    assert len(owners) == sum(shared[address] for address in twice)


def test_reasons_may_mean_a_withdrawal(workable: Workable) -> None:
    stream = SOURCES["workable"].stream("candidates")
    options = workable.connect(withdrawn_reasons=("辞退",)).options
    prepare = stream.bound(options).prepare
    assert prepare is not None
    for reason, withdrew in (("辞退", True), ("経験不足", False), (None, False)):
        assert prepare({"disqualification_reason": reason})["withdrew_by_reason"] is withdrew


def test_requests_of_a_first_load_and_after_a_change(
    workable: Workable, warehouse_url: str
) -> None:
    """Against the least possible: pages of 100, one call for each candidate's timeline, for each
    offer and for each job's stages."""
    mine = workable.connect("counted")
    first = requests_made(run_connection(mine, run_id="first"))
    candidates, _ = workable.read("candidates")
    offered = sum(record["moved_to_offer_at"] is not None for record in candidates)
    least = {
        "candidates": ceil(APPLICATIONS / 100),
        "activities": APPLICATIONS,
        "offers": offered,
        "job_stages": len(workable.keys("jobs")),
        **dict.fromkeys(("jobs", "stages", "disqualification_reasons", "members"), 1),
    }
    assert first == least
    assert offered < APPLICATIONS / 3

    share = ceil(APPLICATIONS / 100)
    workable.fault("candidates", "mutate", after=1, count=share)
    run_stream(workable.connect("other"), "candidates", run_id="changes")
    second = requests_made(run_connection(mine, run_id="second"))
    assert second["candidates"] == 1
    lists = ("jobs", "stages", "disqualification_reasons", "members")
    assert {name: second[name] for name in lists} == dict.fromkeys(lists, 1)
    assert share <= second["activities"] < 3 * share + 5
    assert second["offers"] <= second["activities"]
    assert second["job_stages"] == 0
    print("first", sum(first.values()), "least", sum(least.values()), "second", second)
