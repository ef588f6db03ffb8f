"""What a check does with good, bad and repaired records, and with bad batches."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from expectations import GateError, GateStopped, validate
from tests.expectations.conftest import MakeLander
from tests.expectations.landings import OBSERVED
from tests.expectations.reading import entries, passed, watermark
from tests.expectations.records import record


def test_a_bad_record_is_held_and_the_good_ones_pass(
    lander: MakeLander, session: psycopg.Connection
) -> None:
    account = lander("greenhouse")
    bad = record("greenhouse", "offices", 2, updated_at="2025-01-01T00:00:00Z")
    account.land("offices", [record("greenhouse", "offices", 1), bad])

    report = validate(account.connection, ["offices"])

    assert report.rows_checked == 2
    assert report.rows_quarantined == report.held == 1
    report.require_success()
    assert "created_at is after updated_at" in report.results[0].message
    assert entries(session, account.connection) == [
        ("offices", "2", "created_at_not_after_updated_at", "open")
    ]
    assert set(passed(session, account.connection, "offices")) == {"1"}


def test_checking_again_changes_nothing(lander: MakeLander, session: psycopg.Connection) -> None:
    account = lander("greenhouse")
    account.land("offices", [record("greenhouse", "offices", 1, name=" ")])
    validate(account.connection)
    before = entries(session, account.connection), passed(session, account.connection, "offices")

    report = validate(account.connection)

    assert report.rows_checked == report.rows_quarantined == 0
    assert report.held == 1
    assert before == (
        entries(session, account.connection),
        passed(session, account.connection, "offices"),
    )


def test_a_newer_good_version_repairs(lander: MakeLander, session: psycopg.Connection) -> None:
    account = lander("greenhouse")
    account.land("offices", [record("greenhouse", "offices", 1, name="")])
    validate(account.connection, ["offices"])
    account.land("offices", [record("greenhouse", "offices", 1)])

    [result] = validate(account.connection, ["offices"]).results

    assert result.repaired == 1
    assert result.held == 0
    assert entries(session, account.connection) == [("offices", "1", "name_present", "repaired")]
    assert set(passed(session, account.connection, "offices")) == {"1"}


def test_a_version_that_was_repaired_in_the_same_batch_is_not_held(
    lander: MakeLander, session: psycopg.Connection
) -> None:
    account = lander("greenhouse")
    account.land("offices", [record("greenhouse", "offices", 1, name="")])
    account.land("offices", [record("greenhouse", "offices", 1)])

    [result] = validate(account.connection, ["offices"]).results

    assert (result.rows_checked, result.rows_quarantined, result.held) == (2, 0, 0)
    assert entries(session, account.connection) == [("offices", "1", "name_present", "repaired")]


def test_a_payload_that_comes_back_is_held_again(
    lander: MakeLander, session: psycopg.Connection
) -> None:
    account = lander("greenhouse")
    bad, good = record("greenhouse", "offices", 1, name=""), record("greenhouse", "offices", 1)
    for version in (bad, good, bad):
        account.land("offices", [version])
        validate(account.connection, ["offices"])

    assert entries(session, account.connection) == [("offices", "1", "name_present", "open")]
    newest = session.execute(
        "select max(seq) from raw_greenhouse.offices where connection = %s", [account.connection]
    ).fetchone()
    held = session.execute(
        "select seq from gate.quarantine where connection = %s", [account.connection]
    ).fetchone()
    assert held == newest


def test_a_batch_without_its_keys_stops_the_stream_and_no_other(
    lander: MakeLander, session: psycopg.Connection
) -> None:
    account = lander("greenhouse")
    headless = [record("greenhouse", "offices", n) for n in range(1, 31)]
    for row in headless[:20]:
        del row["created_at"]
    account.land("offices", headless)
    account.land("sources", [record("greenhouse", "sources", 1)])

    report = validate(account.connection, ["offices", "sources"])

    [stopped] = report.stopped
    assert stopped.stream == "offices"
    assert "expected created_at_present_in_most_rows, 20 of 30 new rows differ" in stopped.message
    assert "--accept-batch" in stopped.message
    with pytest.raises(GateStopped, match=r"_greenhouse\.offices: stopped"):
        report.require_success()
    assert watermark(session, account.connection, "offices") is None
    assert entries(session, account.connection) == []
    assert set(passed(session, account.connection, "sources")) == {"1"}

    accepted = validate(account.connection, ["offices"], accept_batch=True)

    assert not accepted.stopped
    assert accepted.rows_quarantined == 20
    assert "accepted by hand" in accepted.results[0].message


def test_few_records_without_keys_are_bad_records_and_no_bad_batch(lander: MakeLander) -> None:
    account = lander("greenhouse")
    headless = [record("greenhouse", "offices", n, created_at=None) for n in range(1, 4)]
    account.land("offices", headless)

    [result] = validate(account.connection, ["offices"]).results

    assert not result.stopped
    assert result.rows_quarantined == 3


def test_a_collapsed_statement_stops_the_stream_until_a_better_one_comes(
    lander: MakeLander, session: psycopg.Connection
) -> None:
    account = lander("operator")
    for month, rows in enumerate((40, 60, 3)):
        account.land_file(
            "counted_registrations",
            [
                record("operator", "counted_registrations", registration_id=f"r{month}-{n}")
                for n in range(rows)
            ],
            f"counted_registrations-{month}.csv",
        )

    [result] = validate(account.connection, ["counted_registrations"]).results

    assert result.stopped
    assert "expected about 50 rows as in the files before, the newest file has 3" in result.message
    account.land_file(
        "counted_registrations",
        [record("operator", "counted_registrations", registration_id=f"x{n}") for n in range(45)],
        "counted_registrations-3.csv",
    )
    [result] = validate(account.connection, ["counted_registrations"]).results
    assert not result.stopped
    assert result.rows_checked == 148


def test_nothing_new_and_nothing_ever_are_said_apart(
    lander: MakeLander, session: psycopg.Connection
) -> None:
    account = lander("greenhouse")
    account.land("offices", [record("greenhouse", "offices", 1)])
    account.land("sources", [])
    validate(account.connection, ["offices"])

    report = validate(account.connection, ["offices", "sources", "users"])

    assert {result.stream: result.message.split(": ")[1] for result in report.results} == {
        "offices": "no new rows",
        "sources": "no new rows",
        "users": "nothing has landed yet, so there was nothing to check",
    }
    rows = session.execute(
        "select stream, rows_checked, success from gate.results "
        "where connection = %s and run_id = %s order by stream",
        [account.connection, report.run_id],
    ).fetchall()
    assert rows == [("offices", 0, True), ("sources", 0, True), ("users", 0, True)]


def test_the_watermark_carries_the_vendors_clock_also_without_new_rows(
    lander: MakeLander, session: psycopg.Connection
) -> None:
    account = lander("greenhouse")
    account.land("offices", [record("greenhouse", "offices", 1)])
    validate(account.connection, ["offices"])
    account.land("offices", [], observed_at=OBSERVED + timedelta(days=1))
    validate(account.connection, ["offices"])

    row = session.execute(
        "select observed_at from gate.watermarks where connection = %s", [account.connection]
    ).fetchone()
    assert row == (OBSERVED + timedelta(days=1),)


def test_unknown_fields_are_reported_and_hold_nothing_back(lander: MakeLander) -> None:
    account = lander("greenhouse")
    odd = record("greenhouse", "offices", 1, region="関東", **{"山田 太郎": 1})
    account.land("offices", [odd, record("greenhouse", "offices", 2, region="関西")])

    [result] = validate(account.connection, ["offices"]).results

    assert result.success
    assert result.drift == {"region": 2, "(unusual name)": 1}
    assert "new fields, not used: region (2)" in result.message


def test_deleted_records_pass_without_their_fields(
    lander: MakeLander, session: psycopg.Connection
) -> None:
    account = lander("greenhouse")
    account.land("offices", [record("greenhouse", "offices", 1)])
    session.execute(
        "insert into raw_greenhouse.offices (connection, record_id, payload, payload_hash, "
        "extracted_at, run_id, is_deleted) values (%s, '1', '{}', 'x', now(), 'test', true)",
        [account.connection],
    )

    [result] = validate(account.connection, ["offices"]).results

    assert (result.rows_checked, result.rows_quarantined) == (1, 0)
    last = session.execute(
        "select max(seq) from raw_greenhouse.offices where connection = %s", [account.connection]
    ).fetchone()
    assert last == (watermark(session, account.connection, "offices"),)


def test_unknown_connection_and_stream_are_named_with_the_remedy(lander: MakeLander) -> None:
    account = lander("greenhouse")
    account.land("offices", [])
    with pytest.raises(GateError, match=r"'nobody'.*Remedy: correct the name, or run") as caught:
        validate("nobody")
    assert caught.value.exit_code == 2
    with pytest.raises(GateError, match=r"no stream 'scorecards'\. Remedy: use one of: candid"):
        validate(account.connection, ["scorecards"])


def test_old_results_go_but_never_the_newest_of_a_stream_nor_quarantine(
    lander: MakeLander, session: psycopg.Connection
) -> None:
    account, other = lander("greenhouse"), lander("greenhouse")
    for one in (account, other):
        one.land("offices", [record("greenhouse", "offices", 1, name=None)])
        one.land("sources", [record("greenhouse", "sources", 1)])
        for run_id in ("oldest", "older"):
            validate(one.connection, ["offices", "sources"], run_id=run_id)
    age = "update gate.results set checked_at = checked_at - interval '%s days' where run_id = '%s'"
    for run_id, days in (("oldest", 401), ("older", 399)):
        session.execute(age % (days, run_id))

    validate(account.connection, ["offices"], run_id="new")

    def kept(connection: str) -> list[tuple[str, str]]:
        return session.execute(
            "select stream, run_id from gate.results where connection = %s order by stream, "
            "checked_at",
            [connection],
        ).fetchall()

    assert kept(account.connection) == [
        ("offices", "older"),
        ("offices", "new"),
        ("sources", "older"),
    ]
    assert len(kept(other.connection)) == 4
    session.execute("update gate.results set checked_at = checked_at - interval '1000 days'")
    validate(account.connection, ["offices"], run_id="newest")
    assert kept(account.connection) == [("offices", "newest"), ("sources", "older")]
    assert len(entries(session, account.connection)) == 1
