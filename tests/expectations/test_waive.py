"""A person lets held records through, and sees what is held."""

from __future__ import annotations

import psycopg
import pytest

from expectations import validate
from expectations.__main__ import main
from tests.expectations.conftest import MakeLander
from tests.expectations.landings import Lander
from tests.expectations.records import record


@pytest.fixture
def account(lander: MakeLander) -> Lander:
    """Two offices without a name, one of which was also changed before it was made."""
    made = lander("greenhouse")
    made.land(
        "offices",
        [
            record("greenhouse", "offices", 1, name=None),
            record("greenhouse", "offices", 2, name=None, updated_at="2025-01-01T00:00:00Z"),
        ],
    )
    validate(made.connection, ["offices"])
    return made


def _statuses(session: psycopg.Connection, account: Lander) -> list[tuple[str, str, str, str]]:
    return session.execute(
        "select record_id, rule, status, closed_by from gate.quarantine "
        "where connection = %s order by 1, 2",
        [account.connection],
    ).fetchall()


def test_waived_records_pass_at_the_next_check_and_are_not_held_again(
    account: Lander, session: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["waive", account.connection, "--stream", "offices", "--by", "suzuki"]
    assert main([*arguments, "--rule", "name_present"]) == 0
    assert "2 quarantine entries waived by suzuki; 1 record to pass" in capsys.readouterr().out
    assert _statuses(session, account) == [
        ("1", "name_present", "waived", "suzuki"),
        ("2", "created_at_not_after_updated_at", "open", None),
        ("2", "name_present", "waived", "suzuki"),
    ]

    [result] = validate(account.connection, ["offices"]).results

    assert (result.rows_checked, result.rows_quarantined, result.held) == (1, 0, 1)
    assert "1 waived before, let through" in result.message

    assert main([*arguments, "--record", "2"]) == 0
    [result] = validate(account.connection, ["offices"]).results
    assert (result.rows_checked, result.rows_quarantined, result.held) == (1, 0, 0)


def test_waiving_nothing_is_bad_usage(account: Lander, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["waive", account.connection, "--stream"]
    for wrong in (["offices"], ["offices", "--record", "77"], ["bureaus", "--record", "1"]):
        assert main([*arguments, *wrong]) == 2
        assert "Remedy: " in capsys.readouterr().err


def test_waiving_waits_for_no_landing(account: Lander, capsys: pytest.CaptureFixture[str]) -> None:
    with account.landing("offices"):
        arguments = ["waive", account.connection, "--stream", "offices", "--record", "1"]
        assert main(arguments) == 2
    assert "a landing is running, so nothing was waived" in capsys.readouterr().err


def test_check_and_status_say_what_is_held(
    account: Lander, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", account.connection, "--stream", "offices"]) == 0
    assert "warning: held in quarantine, out of the marts: 2 records" in capsys.readouterr().err
    assert main(["status", account.connection]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "held back" in shown
    assert "name_present" in shown


def test_a_stopped_stream_ends_in_1_and_bad_usage_in_2(
    lander: MakeLander, capsys: pytest.CaptureFixture[str]
) -> None:
    account = lander("greenhouse")
    headless = [record("greenhouse", "offices", n, created_at=None) for n in range(1, 31)]
    account.land("offices", headless)
    assert main(["check", account.connection]) == 1
    assert "offices: stopped: expected created_at_present" in capsys.readouterr().err
    assert main(["status"]) == 1
    assert main(["check", account.connection, "--stream", "offices", "--accept-batch"]) == 0
    assert main(["check", "nobody"]) == 2
    with pytest.raises(SystemExit) as bad:
        main(["check"])
    assert bad.value.code == 2
