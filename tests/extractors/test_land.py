"""Landing into a real Postgres as the loader: what is appended, and what is not."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from extractors.errors import ConfigError, SourceError, Unreachable
from extractors.land import CHUNK_ROWS, Landing
from extractors.stream import FileRef, Page, Record
from tests.extractors.landings import (
    CANDIDATES,
    STAGES,
    broken,
    candidate,
    execute,
    fetch,
    keys,
    land,
    landing,
    new_connection,
    newest,
    rows,
    state,
)

pytestmark = pytest.mark.usefixtures("warehouse_url")

property_test = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
records_lists = st.lists(
    st.builds(
        lambda number, minute, name: candidate(number, minute=minute, first_name=name),
        st.integers(1, 9),
        st.integers(0, 59),
        names,
    ),
    max_size=30,
)


@given(records_lists)
@property_test
def test_landing_twice_equals_once(records: list[Record]) -> None:
    """Of a list that shows each record in one state, the second landing appends nothing."""
    shown = list({record["id"]: record for record in records}.values())
    connection = new_connection()
    assert land(connection, shown, run_id="first") == len(shown)
    once, keyed = rows(connection), keys(connection)
    assert land(connection, shown, run_id="second") == 0
    assert (rows(connection), keys(connection)) == (once, keyed)


@given(records_lists, st.integers(1, 31), st.integers(1, 31))
@property_test
def test_page_size_does_not_change_rows(records: list[Record], one: int, other: int) -> None:
    first, second = new_connection(), new_connection()
    land(first, records, size=one)
    land(second, records, size=other)
    assert rows(first) == rows(second)
    assert keys(first) == keys(second)


@given(
    st.dictionaries(st.tuples(st.integers(1, 6), st.integers(0, 59)), names, max_size=24),
    st.randoms(use_true_random=False),
)
@property_test
def test_order_of_pages_gives_the_same_newest_versions(versions: dict, shuffle) -> None:  # type: ignore[no-untyped-def]
    """A record that changes while it is read may be seen in any order of its states."""
    shown = [candidate(number, minute=at, first_name=n) for (number, at), n in versions.items()]
    shuffled = list(shown)
    shuffle.shuffle(shuffled)
    first, second = new_connection(), new_connection()
    land(first, shown, size=3)
    land(second, shuffled, size=3)
    assert newest(first) == newest(second)
    last = {number: max(at for n, at in versions if n == number) for number, _ in versions}
    assert {int(i): int(p["updated_at"][14:16]) for i, p in newest(first).items()} == last


def test_only_what_changed_is_appended() -> None:
    connection = new_connection()
    land(connection, [candidate(1), candidate(2)], run_id="first")
    changed = candidate(2, minute=5, tags=["x"])
    assert land(connection, [candidate(1), changed], run_id="second") == 1
    assert [row[0] for row in rows(connection)] == ["1", "2", "2"]
    assert rows(connection)[-1][2] == datetime(2026, 6, 1, 0, 5, tzinfo=UTC)


def test_a_state_that_comes_back_is_a_version_again() -> None:
    """Also when the vendor's clock went back, from one run to the next it is believed."""
    connection = new_connection()
    for run, minute in enumerate((1, 2, 1)):
        assert land(connection, [candidate(1, minute=minute)], run_id=f"run {run}") == 1
    assert newest(connection)["1"]["updated_at"].startswith("2026-06-01T00:01")
    assert len(keys(connection)) == 2 * 6  # e-mail, name and their halves, of two payloads


def test_an_older_state_on_a_later_page_is_no_version() -> None:
    connection = new_connection()
    shown = [candidate(1, minute=5), candidate(2), candidate(1, minute=3)]
    assert land(connection, shown, size=1) == 2
    assert newest(connection)["1"]["updated_at"].startswith("2026-06-01T00:05")


def test_records_repeated_across_chunks_are_landed_once() -> None:
    connection = new_connection()
    listed = [candidate(number) for number in range(CHUNK_ROWS + 300)]
    assert land(connection, listed + listed[::-1]) == len(listed)


def test_fields_outside_the_allow_list_are_never_stored() -> None:
    connection = new_connection()
    land(connection, [candidate(1, addresses=[{"value": "東京都"}], title="x")])
    assert set(newest(connection)["1"]) == set(candidate(1))


def test_volatile_fields_alone_make_no_new_version() -> None:
    connection = new_connection()
    stage = {"id": 1, "application_id": 2, "updated_at": "2026-06-01T00:00:00Z"}
    assert land(connection, [{**stage, "days_in_stage": 1}], stream=STAGES) == 1
    assert land(connection, [{**stage, "days_in_stage": 2}], stream=STAGES) == 0
    assert land(connection, [{**stage, "application_id": 3}], stream=STAGES) == 1


def test_key_order_of_a_vendor_does_not_matter() -> None:
    connection = new_connection()
    land(connection, [candidate(1)])
    assert land(connection, [dict(reversed(candidate(1).items()))]) == 0


def test_characters_that_postgres_cannot_hold_are_left_out() -> None:
    connection = new_connection()
    name = 'タ\0ロ\\u0000"\t\n\\'
    land(connection, [candidate(1, first_name=name)])
    assert newest(connection)["1"]["first_name"] == name.replace("\0", "")


def test_a_time_that_is_none_is_landed_for_the_gate_to_see() -> None:
    connection = new_connection()
    assert land(connection, [candidate(1, updated_at="yesterday")]) == 1
    assert rows(connection)[0][2] is None


def test_a_misshapen_record_is_landed_without_keys(caplog: pytest.LogCaptureFixture) -> None:
    connection = new_connection()
    assert land(connection, [candidate(1, email_addresses=["secret@example.com"])]) == 1
    assert keys(connection) == []
    assert f"{connection.name}.candidates: record 1 has not the expected shape" in caplog.text
    assert "secret" not in caplog.text


def test_a_record_without_key_stops_the_batch_and_names_what_is_missing() -> None:
    connection = new_connection()
    with pytest.raises(SourceError, match=r"candidates: a record without id came; .*Remedy"):
        land(connection, [candidate(1), {"first_name": "太郎"}])
    assert rows(connection) == []
    assert state(connection) is None


def test_an_error_of_the_vendor_leaves_nothing_of_the_batch() -> None:
    connection = new_connection()
    land(connection, [candidate(1)])
    with landing(connection) as opened, pytest.raises(SourceError, match="cut off"):
        opened.land(broken([candidate(2)], SourceError("cut off")), {"until": "later"})
    assert [row[0] for row in rows(connection)] == ["1"]
    assert state(connection) == {"until": "now"}


def test_state_clock_and_file_come_with_the_rows() -> None:
    connection = new_connection()
    observed = datetime(2026, 6, 30, 15, tzinfo=UTC)
    with landing(connection) as opened:
        assert opened.state is None
        counts = opened.land(
            [Page([candidate(1)])], {"until": "u"}, observed, file=FileRef("/a/b.csv", "hash")
        )
        assert (counts.read, counts.landed) == (1, 1)
        assert opened.state == {"until": "u"}
    with landing(connection) as opened:
        assert opened.state == {"until": "u"}
    found = fetch(
        sql.SQL(
            "select observed_at, s.run_id, path, row_count from landing.sync_state s"
            " join landing.files using (connection, stream) where connection = %s"
        ),
        [connection.name],
    )
    assert found == [(observed, "test_run", "/a/b.csv", 1)]


def test_company_and_connection_are_kept_up_to_date() -> None:
    connection = replace(new_connection(company="minato"), company_name=None)
    told = sql.SQL(
        "select company_id, company_name, source from landing.connections"
        " join landing.companies using (company_id) where connection = %s"
    )
    for name, shown in ((None, "minato"), ("ミナト", "ミナト"), (None, "ミナト")):
        land(replace(connection, company_name=name), [])
        assert fetch(told, [connection.name]) == [("minato", shown, "greenhouse")]
    group = sql.SQL("select group_id from landing.companies where company_id = 'minato'")
    for company_group in ("umi", None):
        land(replace(connection, company_name="ミナト", company_group=company_group), [])
        assert fetch(group, []) == [(company_group,)]


def test_a_second_run_waits_for_the_first_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    connection = new_connection()
    seen: list[object] = []

    def second() -> None:
        with landing(connection) as opened:
            seen.append(opened.state)

    with caplog.at_level(logging.WARNING), landing(connection) as first:
        waiting = threading.Thread(target=second)
        waiting.start()
        first.land([Page([candidate(1)])], {"until": "the first's"})
        waiting.join(0.5)
        assert waiting.is_alive()
        assert seen == []
    waiting.join(10)
    assert seen == [{"until": "the first's"}]
    assert f"{connection.name}.candidates: another run is landing it; waiting" in caplog.text


def test_another_hmac_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = new_connection()
    land(connection, [candidate(1)])
    monkeypatch.setenv("RELAY_HMAC_KEY", "another key")
    with pytest.raises(ConfigError, match=r"HMAC key is not the one .*Remedy: restore"):
        land(connection, [candidate(2)])
    assert land(connection, [{"id": 1}], stream=STAGES) == 1  # no identity, no key needed


def test_errors_of_the_database_quote_no_record() -> None:
    connection = new_connection()
    too_long_to_index = "山田花子" + "".join(map(str, range(2_000)))
    with pytest.raises(SourceError) as caught:
        land(connection, [candidate(1, id=too_long_to_index)])
    assert "SQLSTATE 54000" in str(caught.value)
    assert "山田" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_missing_table_names_the_remedy() -> None:
    missing = replace(CANDIDATES, name="no_such_stream")
    with pytest.raises(SourceError, match=r"SQLSTATE 42P01 .*python -m warehouse migrate"):
        land(new_connection(), [candidate(1)], stream=missing)


def test_a_warehouse_that_goes_away_is_told() -> None:
    connection = new_connection()
    with landing(connection) as opened, pytest.raises(Unreachable, match="went away"):
        opened.land(cut_connection(), {"until": "later"})
    assert state(connection) is None


def cut_connection() -> Iterator[Page]:
    yield Page([candidate(number) for number in range(CHUNK_ROWS)])
    execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'relay_loader'")
    yield Page([candidate(1)])


def test_a_warehouse_that_is_not_there_is_told() -> None:
    nowhere = Landing(
        "postgresql://relay_loader:x@127.0.0.1:1/relay",
        connection=new_connection(),
        source="greenhouse",
        stream=CANDIDATES,
        run_id="run",
    )
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1/relay.*Remedy"):
        nowhere.__enter__()
