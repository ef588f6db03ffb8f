"""Codes and labels that a seed has to map: their records are held until it does."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg
import pytest

from expectations import GateError, validate
from expectations.seeds import SEEDS
from tests.expectations.conftest import MakeLander
from tests.expectations.reading import entries, passed, watermark
from tests.expectations.records import record

ON_HOLD = {"name": "保留", "type": {"id": 9, "key": "ON_HOLD"}}


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """The project's seeds, to be changed by the test."""
    return Path(shutil.copytree(SEEDS, tmp_path / "seeds"))


def test_an_archive_reason_without_an_outcome_holds_the_opportunity(
    lander: MakeLander, session: psycopg.Connection, seeds: Path
) -> None:
    account = lander("lever")

    def held() -> set[str]:
        found = entries(session, account.connection)
        return {record_id for _, record_id, _, status in found if status == "open"}

    account.land("archive_reasons", [record("lever", "archive_reasons", 5, text="保留")])
    archived = {"reason": "5", "archivedAt": 1777683600000}
    account.land(
        "opportunities",
        [record("lever", "opportunities", n, archived=archived) for n in range(1, 4)]
        + [record("lever", "opportunities", 4, archived={"archivedAt": 1777683600000})],
    )

    report = validate(account.connection, seeds=seeds)

    [message] = [result.message for result in report.results if result.stream == "opportunities"]
    assert "'archived / 保留' (3 records)" in message
    assert held() == {"1", "2", "3"}

    with (seeds / "outcome_map.csv").open("a") as seed:
        seed.write("lever,archived,保留,unknown\n")
    validate(account.connection, seeds=seeds)
    assert held() == set()


def test_an_unmapped_code_is_named_held_and_released_once_the_seed_maps_it(
    lander: MakeLander, session: psycopg.Connection, seeds: Path
) -> None:
    account = lander("greenhouse")
    account.land("rejection_reasons", [record("greenhouse", "rejection_reasons", 5, **ON_HOLD)])
    account.land(
        "rejection_details",
        [
            record("greenhouse", "rejection_details", n, application_id=n, rejection_reason_id=5)
            for n in range(1, 4)
        ],
    )
    account.land("applications", [record("greenhouse", "applications", n) for n in range(1, 6)])

    report = validate(account.connection, seeds=seeds)

    messages = {result.stream: result.message for result in report.results}
    for stream in ("applications", "rejection_details"):
        for part in (
            f"{account.connection}.{stream}",
            "'rejected / ON_HOLD' (3 records)",
            "add a line for it to dbt_project/seeds/outcome_map.csv, then run the check again",
        ):
            assert part in messages[stream]
    assert set(passed(session, account.connection, "applications")) == {"4", "5"}
    assert passed(session, account.connection, "rejection_details") == {}
    before = watermark(session, account.connection, "applications")

    with (seeds / "outcome_map.csv").open("a") as handle:
        handle.write("greenhouse,rejected,ON_HOLD,rejected_by_company\n")
    report = validate(account.connection, seeds=seeds)

    assert {r.stream: r.released for r in report.results if r.released} == {
        "applications": 3,
        "rejection_details": 3,
    }
    assert report.held == 0
    assert {status for *_, status in entries(session, account.connection)} == {"released"}
    now_passed = passed(session, account.connection, "applications")
    assert set(now_passed) == {"1", "2", "3", "4", "5"}
    assert before is not None
    assert all(now_passed[number] > before for number in "123")
    assert validate(account.connection, seeds=seeds).rows_checked == 0


def test_a_held_version_is_not_released_over_a_newer_one(
    lander: MakeLander, session: psycopg.Connection, seeds: Path
) -> None:
    account = lander("greenhouse")
    account.land("jobs", [_job("業務委託")])
    validate(account.connection, ["jobs"], seeds=seeds)
    account.land("jobs", [_job("派遣")])
    validate(account.connection, ["jobs"], seeds=seeds)
    with (seeds / "employment_type_map.csv").open("a") as handle:
        handle.write("業務委託,contract\n")

    [result] = validate(account.connection, ["jobs"], seeds=seeds).results

    assert result.released == 0
    assert passed(session, account.connection, "jobs") == {}
    with (seeds / "employment_type_map.csv").open("a") as handle:
        handle.write("派遣,contract\n")
    [result] = validate(account.connection, ["jobs"], seeds=seeds).results
    assert (result.released, result.held) == (1, 0)
    newest = session.execute(
        "select payload #>> '{custom_fields,employment_type,value}' from raw_greenhouse.jobs "
        "where connection = %s order by seq desc limit 1",
        [account.connection],
    ).fetchone()
    assert newest == ("派遣",)


def test_a_missing_seed_is_named(lander: MakeLander, tmp_path: Path) -> None:
    account = lander("greenhouse")
    account.land("jobs", [record("greenhouse", "jobs", 1)])
    with pytest.raises(GateError, match=r"employment_type_map\.csv cannot be read"):
        validate(account.connection, ["jobs"], seeds=tmp_path)


def test_held_rows_wait_while_a_landing_runs(lander: MakeLander, seeds: Path) -> None:
    account = lander("greenhouse")
    account.land("jobs", [_job("業務委託")])
    validate(account.connection, ["jobs"], seeds=seeds)
    with (seeds / "employment_type_map.csv").open("a") as handle:
        handle.write("業務委託,contract\n")

    with account.landing("jobs"):
        [result] = validate(account.connection, ["jobs"], seeds=seeds).results
    assert result.released == 0
    assert "1 held row not looked at again: a landing is running" in result.message

    [result] = validate(account.connection, ["jobs"], seeds=seeds).results
    assert result.released == 1


def _job(label: str) -> dict[str, object]:
    return record("greenhouse", "jobs", 1, custom_fields={"employment_type": {"value": label}})
