"""Records that a source no longer has, landed into a real Postgres."""

from dataclasses import replace

import pytest
from psycopg import sql

from extractors.deletions import SMALLEST_LOSS
from extractors.errors import SourceError
from extractors.parents import changed_records
from extractors.registry import SOURCES
from extractors.stream import Connection, Page, Record, Stream
from tests.extractors.landings import (
    CANDIDATES,
    STAGES,
    candidate,
    fetch,
    landing,
    new_connection,
    rows,
)

pytestmark = pytest.mark.usefixtures("warehouse_url")

EVERYBODY = replace(CANDIDATES, complete=True)
GONE = replace(STAGES, deletes="candidates", fields=None, volatile=frozenset())


def scan(connection: Connection, numbers: range, stream: Stream = EVERYBODY) -> int:
    return scan_of(connection, [candidate(number) for number in numbers], stream)


def scan_of(connection: Connection, records: list[Record], stream: Stream) -> int:
    pages = [Page(records[start : start + 7]) for start in range(0, len(records), 7)]
    with landing(connection, stream) as opened:
        return opened.land(pages, {}).landed


def there(connection: Connection) -> set[int]:
    """Ids of the candidates whose newest version is not a deletion."""
    found = fetch(
        sql.SQL(
            "select distinct on (record_id) record_id, is_deleted from raw_greenhouse.candidates"
            " where connection = %s order by record_id, seq desc"
        ),
        [connection.name],
    )
    return {int(record_id) for record_id, is_deleted in found if not is_deleted}


def test_what_a_complete_scan_no_longer_shows_is_deleted_once() -> None:
    connection = new_connection()
    assert scan(connection, range(30)) == 30
    assert scan(connection, range(10, 30)) == 10
    assert there(connection) == set(range(10, 30))
    assert scan(connection, range(10, 30)) == 0


def test_a_deletion_repeats_the_last_version() -> None:
    connection = new_connection()
    scan_of(connection, [candidate(1, last_activity_at="before")], EVERYBODY)
    scan_of(connection, [candidate(1, minute=5, last_activity_at="after")], EVERYBODY)
    scan(connection, range(2, 3))
    versions = fetch(
        sql.SQL(
            "select payload ->> 'last_activity_at', is_deleted from raw_greenhouse.candidates"
            " where connection = %s and record_id = '1' order by seq"
        ),
        [connection.name],
    )
    assert versions == [("before", False), ("after", False), ("after", True)]


def test_a_record_that_comes_back_is_a_new_version() -> None:
    connection = new_connection()
    scan(connection, range(9))
    scan(connection, range(8))
    assert scan(connection, range(9)) == 1
    assert there(connection) == set(range(9))


def test_what_comes_back_as_it_was_is_a_new_version() -> None:
    """Of what is not personal nothing was erased: it has the hash that it had."""
    connection, stages = new_connection(), replace(STAGES, complete=True)
    listed: list[Record] = [{"id": number, "application_id": 1} for number in range(3)]
    assert [scan_of(connection, found, stages) for found in (listed, listed[:2], listed)] == [
        3, 1, 1,
    ]  # fmt: skip


def test_a_scan_that_lost_most_records_is_not_believed() -> None:
    connection = new_connection()
    many = 3 * SMALLEST_LOSS
    scan(connection, range(many))
    with pytest.raises(SourceError, match=r"41 of 60 records are gone .* --full"):
        scan(connection, range(19))
    assert there(connection) == set(range(many))
    with landing(connection, EVERYBODY, full=True) as opened:
        opened.land([Page([candidate(number) for number in range(19)])], {})
    assert there(connection) == set(range(19))


def test_a_list_of_deleted_records_deletes_those_of_its_own_connection() -> None:
    mine, other = new_connection(), new_connection()
    for connection in (mine, other):
        scan(connection, range(5), CANDIDATES)
    assert scan_of(mine, [{"id": 3}, {"id": 99}], GONE) == 2
    assert there(mine) == {0, 1, 2, 4}
    assert there(other) == set(range(5))
    assert scan_of(mine, [{"id": 3}], GONE) == 0
    assert len(rows(mine)) == 6


def test_children_are_asked_of_parents_that_changed_and_are_there() -> None:
    connection = new_connection()
    scan(connection, range(6))
    first = changed_records(connection, "candidates", 0, 4)
    rest = changed_records(connection, "candidates", first[-1][0], 4)
    assert [record_id for _, record_id in first + rest] == list("012345")
    for minute in (9, 10):
        left: list[Record] = [candidate(2, minute=minute), *map(candidate, (0, 1, 3, 4))]
        scan_of(connection, left, EVERYBODY)
    again = changed_records(connection, "candidates", rest[-1][0], 4)
    assert [record_id for _, record_id in again] == ["2"]


def test_children_wait_until_their_parents_have_landed() -> None:
    connection = new_connection()
    children = replace(STAGES, parent="candidates")
    name = f"relay landing {connection.name}.candidates"
    wanted = sql.SQL("select pg_try_advisory_lock(hashtextextended(%s, 0))")
    with landing(connection, children):
        assert fetch(wanted, [name]) == [(False,)]
    assert fetch(wanted, [name]) == [(True,)]


def test_one_batch_may_show_everything_and_the_next_what_changed() -> None:
    connection = new_connection()
    everything = [candidate(number) for number in range(5)]
    with landing(connection, CANDIDATES) as opened:
        opened.land([Page(everything)], {}, complete=True)
        opened.land([Page(everything[:1])], {})
        assert there(connection) == set(range(5))
        opened.land([Page(everything[:4])], {}, complete=True)
    assert there(connection) == set(range(4))


def test_children_may_be_asked_of_some_parents_only() -> None:
    connection = new_connection()
    some: list[Record] = [candidate(1, private=None), candidate(2, private=True), candidate(3)]
    scan_of(connection, some, CANDIDATES)
    found = changed_records(connection, "candidates", 0, 9, "private")
    assert [record_id for _, record_id in found] == ["2"]


def seen_of_lever(connection: Connection, stream: str) -> dict[str, bool]:
    """Of each record whether its newest version is a deletion."""
    statement = sql.SQL(
        "select distinct on (record_id) record_id, is_deleted from {} where connection = %s"
        " order by record_id, seq desc"
    ).format(sql.Identifier("raw_lever", stream))
    return dict(fetch(statement, [connection.name]))


@pytest.mark.parametrize("name", ["postings", "opportunities", "applications"])
def test_each_list_of_deleted_records_of_lever_deletes(name: str) -> None:
    lever = SOURCES["lever"]
    options = lever.options_model.model_validate({"start_date": "2026-01-01"})
    connection = replace(new_connection("lever"), options=options)
    listed: list[Record] = [{"id": one, "parent_id": "o", "contact": "c"} for one in ("a", "b")]
    scan_of(connection, listed, lever.stream(name))
    told: list[Record] = [{"id": "b", "deletedAt": 1_767_225_600_000}]
    scan_of(connection, told, lever.stream(f"{name}_deleted"))
    assert seen_of_lever(connection, name) == {"a": False, "b": True}


@pytest.mark.parametrize(
    ("name", "is_gone"),
    [("users", True), ("requisitions", True), ("archive_reasons", False), ("stages", False)],
)
def test_what_lever_lists_no_longer_is_gone_unless_others_point_to_it(
    name: str, is_gone: bool
) -> None:
    """Closed opportunities point to reasons and stages that were taken off the lists."""
    connection, stream = new_connection("lever"), SOURCES["lever"].stream(name)
    listed: list[Record] = [{"id": one, "text": one} for one in ("a", "b")]
    scan_of(connection, listed, stream)
    scan_of(connection, listed[:1], stream)
    assert seen_of_lever(connection, name) == {"a": False, "b": is_gone}
