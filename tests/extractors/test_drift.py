"""Records whose fields the vendor changes, of every source, from its simulator into the gate."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

import sandbox.config
import sandbox.server
import sandbox.world
import warehouse
from expectations import results, validate
from extractors.config import load
from extractors.drift import FEWEST_BEFORE, FEWEST_NEW
from extractors.errors import SourceError
from extractors.left_out import LEFT_OUT
from extractors.registry import SOURCES
from extractors.run import StreamResult, run_connection, run_stream
from extractors.stream import Connection, Page, Record
from sandbox import faults
from sandbox.ats import ATS
from tests.end_to_end.environment import environment
from tests.extractors.landings import (
    CANDIDATES,
    candidate,
    execute,
    fetch,
    land,
    landing,
    new_connection,
    rows,
    state,
)


@dataclass(frozen=True)
class Case:
    """A source's list of applications: a field that goes, as whose loss the stored one is named,
    and one whose type changes."""

    source: str
    stream: str
    drop: str
    named: str
    text: str = ""


CASES = [
    Case("greenhouse", "applications", "rejected_at", "rejected_at is in none", "candidate_id"),
    Case("lever", "opportunities", "contact", "contact is in none", "createdAt"),
    Case(
        "ashby",
        "applications",
        "candidate",
        "candidateId is in none of .* No record came with: candidate",
    ),
    Case(
        "workable",
        "candidates",
        "job",
        "job_shortcode is empty in all .* No record came with: job",
        "disqualified",
    ),
    Case("herp", "candidacies", "requisitionId", "requisitionId is in none"),
    Case("talentio", "candidates", "fixedAt", "fixedAt is in none", "id"),
    Case("typeform", "responses_completed", "hidden", "hidden is in none"),
]
BY_SOURCE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.source)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, warehouse_url: str) -> Iterator[Path]:
    """A world of one company for each ATS, whose lists have landed once as they are."""
    home = tmp_path_factory.mktemp("world")
    sandbox.world.make(home, 3, 130 * len(ATS), len(ATS), tuple(ATS))
    with sandbox.server.running(home) as url:
        config = sandbox.config.write_config(home, url)
        settings = sandbox.config.connections_env(home, url) | {"RELAY_CONFIG": str(config)}
        with environment(settings):
            for case in CASES:
                run(case)
            yield home


def connection_of(case: Case) -> Connection:
    """The source's connection, which reads all time in one window."""
    found = next(one for one in load().connections if one.source == case.source)
    return replace(found, options=found.options.model_copy(update={"window_days": 3660}))


def run(case: Case, *, anew: bool = False) -> StreamResult:
    """Read the list, all of it once more if ``anew``; not as ``--full`` does, which believes."""
    connection = connection_of(case)
    if anew:
        execute(
            f"delete from landing.sync_state where connection = '{connection.name}'"
            f" and stream = '{case.stream}'"
        )
    return run_stream(connection, case.stream, run_id=uuid.uuid4().hex)


def landed(case: Case) -> list[tuple[Any, ...]]:
    return rows(connection_of(case), case.stream)


def new_fields(connection: Connection) -> list[tuple[Any, ...]]:
    return fetch(
        sql.SQL("select stream, field from landing.new_fields where connection = %s order by 1, 2"),
        [connection.name],
    )


def test_what_is_left_out_of_a_record_is_known(home: Path) -> None:
    """Every field that the simulators serve is stored, or left out knowingly."""
    for connection in load().connections:
        if connection.source in LEFT_OUT:
            run_connection(connection, run_id="everything")
            assert new_fields(connection) == []


@BY_SOURCE
def test_a_new_field_is_not_stored_and_reported_once(home: Path, case: Case) -> None:
    connection = connection_of(case)
    before = len(landed(case))
    faults.inject(home, case.source, case.stream, "fields", None, add={"brand_new": "x"})
    try:
        run(case, anew=True)
        run(case, anew=True)
    finally:
        faults.clear(home)
    assert len(landed(case)) == before
    assert not [payload for _, payload, _ in landed(case) if "brand_new" in payload]
    assert new_fields(connection) == [(case.stream, "brand_new")]
    messages = [
        validate(connection.name, [case.stream]).results[0].message for _ in ("first", "second")
    ]
    assert "new fields, not used: brand_new (" in messages[0]
    assert "new fields" not in messages[1]
    assert _shown(case) == ["brand_new"], "it stays on the page until somebody decides"


def test_a_field_is_new_until_it_is_stored_or_left_out_knowingly(home: Path) -> None:
    left_out = LEFT_OUT["greenhouse"]["jobs"]
    with warehouse.connect("relay_loader", autocommit=True) as session:
        for stream, field in (
            ("jobs", "requisition_id"),  # stored
            ("jobs", min(left_out.values()).split()[0]),
            ("jobs", "later"),
            ("a stream of a version before", "gone"),
        ):
            session.execute(
                "insert into landing.new_fields"
                " (connection, source, stream, field, records, run_id)"
                " values ('before', 'greenhouse', %s, %s, 1, 'r')",
                [stream, field],
            )
        found = results.new_fields(session, "before")
        assert [(each.stream, each.field) for each in found] == [("jobs", "later")]
        session.execute("delete from landing.new_fields where connection = 'before'")


def _shown(case: Case) -> list[str]:
    with warehouse.connect("relay_loader") as session:
        found = results.new_fields(session, connection_of(case).name)
    return [field.field for field in found]


@BY_SOURCE
def test_a_field_that_vanishes_stops_the_stream_and_nothing_is_lost(home: Path, case: Case) -> None:
    connection = connection_of(case)
    run(case)
    before, at = landed(case), state(connection, case.stream)
    kinds: dict[str, Any] = {"drop": [case.drop], "add": {f"{case.drop}_2": 1}}
    faults.inject(home, case.source, case.stream, "fields", None, **kinds)
    try:
        with pytest.raises(SourceError, match=rf"{case.named}.*{case.drop}_2.*--full"):
            run(case, anew=True)
    finally:
        faults.clear(home)
    assert landed(case) == before
    assert state(connection, case.stream) is None
    result = run(case)
    assert result.read >= len({record_id for record_id, *_ in before})
    assert landed(case) == before
    assert state(connection, case.stream).keys() == at.keys()


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.text], ids=lambda case: case.source
)
def test_a_field_of_another_type_stops_the_stream(home: Path, case: Case) -> None:
    before = landed(case)
    faults.inject(home, case.source, case.stream, "fields", None, text=[case.text])
    try:
        with pytest.raises(SourceError, match=f"the field {case.text} is of type string, not "):
            run(case, anew=True)
    finally:
        faults.clear(home)
    assert landed(case) == before


def people(count: int, minute: int = 0, **fields: Any) -> list[Record]:
    return [candidate(number, minute=minute, **fields) for number in range(count)]


@pytest.mark.usefixtures("warehouse_url")
class TestWhatIsConcluded:
    """From how many records."""

    def test_keys_absent_instead_of_null_are_no_drift(self) -> None:
        connection = new_connection("lever")
        stream = SOURCES["lever"].stream("opportunities")
        bare = [{"id": str(n), "contact": "c", "createdAt": 1, "updatedAt": 1} for n in range(30)]
        archived = [{**record, "archived": {"archivedAt": 1}} for record in bare]
        stream = type(stream)(
            stream.name, fields=stream.fields, optional=stream.optional, key=stream.key
        )
        land(connection, archived, stream=stream, run_id="one")
        assert land(connection, bare, stream=stream, run_id="two") == 30

    def test_few_records_prove_nothing(self) -> None:
        connection = new_connection()
        land(connection, people(FEWEST_BEFORE - 1, private=False), run_id="one")
        assert land(connection, people(9, 5), run_id="two") == 9
        other = new_connection()
        land(other, people(FEWEST_BEFORE, private=False), run_id="one")
        with pytest.raises(SourceError, match="private is in none of 9 new"):
            land(other, people(9, 5), run_id="two")
        assert land(other, people(FEWEST_NEW - 1, 6), run_id="three") == 4
        with pytest.raises(SourceError, match="private is in none of 9 new"):
            land(other, people(9, 7), run_id="four")
        assert land(other, [*people(8, 8), candidate(9, minute=8, private=True)]) == 9

    def test_a_value_that_all_had_and_none_has_any_more_is_gone(self) -> None:
        connection = new_connection()
        land(connection, people(FEWEST_BEFORE, private=False), run_id="one")
        with pytest.raises(SourceError, match="private is empty in all 9 new"):
            land(connection, people(9, 6, private=None), run_id="two")
        assert land(connection, people(FEWEST_NEW - 1, 6, private=None), run_id="three") == 4

    def test_a_few_values_of_another_type_do_not_become_usual(self) -> None:
        connection = new_connection()
        land(connection, people(FEWEST_BEFORE, private=False), run_id="one")
        assert land(connection, people(FEWEST_NEW - 1, 5, private="no"), run_id="two") == 4
        with pytest.raises(SourceError, match="private is of type string, not boolean as"):
            land(connection, people(9, 6, private="no"), run_id="three")

    def test_somebody_who_looked_believes_it_with_full(self) -> None:
        connection = new_connection()
        land(connection, people(FEWEST_BEFORE, private=False), run_id="one")
        with landing(connection, full=True) as opened:
            assert opened.land([Page(people(9, 5))], {}).landed == 9
        assert land(connection, people(9, 6), run_id="three") == 9

    def test_a_person_who_is_erased_is_no_drift(self) -> None:
        connection = new_connection()
        land(connection, people(FEWEST_BEFORE), run_id="one")
        gone = {"first_name": "Anonymized", "email_addresses": [], "phone_numbers": []}
        hidden: list[Record] = [candidate(n, minute=9, last_name=str(n), **gone) for n in range(9)]
        assert land(connection, hidden, run_id="two") == 9

    def test_a_value_used_as_a_name_is_not_repeated(self) -> None:
        connection = new_connection()
        land(connection, people(1, **{"山田 太郎": 1}), stream=CANDIDATES)
        assert new_fields(connection) == [("candidates", "(unusual name)")]
