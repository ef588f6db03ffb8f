"""The gate on exports: statuses of each mapping, dates of ends, cells that could not be read."""

from __future__ import annotations

import psycopg
import pytest

from expectations import validate
from expectations.results import StreamResult
from extractors.stream import Fields
from tests.expectations.conftest import MakeLander
from tests.expectations.records import record

DATES: Fields = {"rejected_at": None, "decided_at": None}
EARLY, LATER = "2026-05-12T00:00:00+09:00", "2026-05-12T10:30:00+09:00"


@pytest.fixture
def judged(
    lander: MakeLander, session: psycopg.Connection
) -> tuple[dict[str, set[str]], StreamResult]:
    """The rules that each of some records breaks, and what is told of them."""
    account = lander("files")
    changes: dict[str, Fields] = {
        "unmapped": {"status": "書類通過"},
        "of another mapping": {"status": "採用"},
        "mapped": {"status": "採用", "system": "jobcan"},
        "of no mapping": {"system": "unknown"},
        "undated": DATES,
        "open": {**DATES, "status": "選考中"},
        "on the same day": {"applied_at": LATER, "rejected_at": EARLY},
        "the day before": {"applied_at": "2026-05-13T00:00:00+09:00"},
        "unreadable": {"applied_at": EARLY, "unreadable": ["offered_at"]},
    }
    records = [record("files", "applications", **fields) for fields in changes.values()]
    account.land("applications", records, ids=changes)
    self_made = [record("files", "applications")] * 20
    account.land("applications", self_made, ids=map(str, range(20)))
    [result] = validate(account.connection, ["applications"]).results
    assert isinstance(result, StreamResult)
    rows = session.execute(
        "select record_id, rule from gate.quarantine where connection = %s", [account.connection]
    ).fetchall()
    held = {name: {rule for record_id, rule in rows if record_id == name} for name in changes}
    return held, result


def test_what_is_held_back(judged: tuple[dict[str, set[str]], StreamResult]) -> None:
    held, result = judged
    unmapped, undated = "outcome_code_mapped", "dated_when_ended"
    assert held == {
        "unmapped": {unmapped},
        "of another mapping": {unmapped},
        "mapped": set(),
        "of no mapping": {unmapped},
        "undated": {undated},
        "open": set(),
        "on the same day": set(),
        "the day before": {
            "rejected_at_not_before_applied_at", "decided_at_not_before_applied_at",
        },
        "unreadable": {"every_cell_readable"},
    }  # fmt: skip
    assert "'hrmos / 書類通過'" in result.message
