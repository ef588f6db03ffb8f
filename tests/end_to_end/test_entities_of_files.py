"""A world kept in HRMOS採用, or in ジョブカン採用管理, gives what Greenhouse gives of the same.

Both only export files: CSV in cp932 or by way of Google Sheets the one, XLSX the other, with all
that people and spreadsheets do to them. An export has days and no times, no types of reasons, and
of jobs what its applications say; all else has to be equal.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.end_to_end.entities import Reading, Row, differences, outcomes, told

pytestmark = pytest.mark.long

SYSTEMS = ("hrmos", "jobcan")
HISTORY = {"hrmos": "vendor", "jobcan": "snapshots"}
COMPARED = ("applications", "jobs", "identities", "people")
TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture(scope="module", params=SYSTEMS)
def system(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def home(system: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp(system)


@pytest.fixture(scope="module")
def exported(system: str, home: Path, warehouse_template: str) -> list[Reading]:
    """Both runs, and the marts rebuilt from raw."""
    return told(home, warehouse_template, system, rebuilt=True)


@pytest.mark.parametrize("run", [0, 1])
def test_the_same_world_gives_the_same_entities(
    greenhouse: list[Reading], exported: list[Reading], system: str, run: int
) -> None:
    said = {"applications": _application(system), "jobs": _job(greenhouse[run])}
    found = differences(greenhouse[run], exported[run], None, said, COMPARED)
    assert not found, found
    assert outcomes(exported[run]) == {
        "in_process", "rejected_by_company", "withdrawn_by_candidate", "offer_declined", "hired",
        "not_eligible", "unknown",
    }  # fmt: skip


def test_who_was_deleted_between_two_exports_is_gone(exported: list[Reading]) -> None:
    """The first export has an applicant that the recruiters invented; the ids would show it."""
    for reading in exported:
        ids = {row["application_id"] for row in reading.entities["applications"]}
        assert all(isinstance(number, int) for number in ids)


def test_a_rebuild_from_raw_gives_the_same(exported: list[Reading]) -> None:
    _, last, rebuilt = exported
    assert not differences(last, rebuilt)


def _application(system: str) -> Callable[[Row], Row]:
    def say(row: Row) -> Row:
        """A row of Greenhouse's in the words of an export."""
        stage, order = row["stage_reached"], row["stage_reached_order"]
        return {
            **row,
            "applied_at": _day(row["applied_at"]),
            "ended_at": _day(row["ended_at"]),
            "rejected_at": _day(row["rejected_at"]),
            "hired_at": _day(row["hired_at"]),
            "rejection_reason_type": None,
            "stage_reached_order": 4 if stage == "オファー" else order,
            "stage_history": HISTORY[system],
        }

    return say


def _day(at: datetime | None) -> datetime | None:
    """The beginning of a time's day in Tokyo."""
    if at is None:
        return None
    return datetime.combine(at.astimezone(TOKYO).date(), time(), TOKYO).astimezone(UTC)


def _job(reading: Reading) -> Callable[[Row], Row | None]:
    known = {row["job_id"] for row in reading.entities["applications"]}

    def say(row: Row) -> Row | None:
        """The job, if somebody applied for it; its state is unknown."""
        if row["job_id"] not in known:
            return None
        return {**row, "job_status": "unknown", "opened_date": None, "closed_date": None}

    return say
