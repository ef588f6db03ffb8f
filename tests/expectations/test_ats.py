"""The gate on ATSs: what it holds back, and what looks odd and passes."""

from __future__ import annotations

import psycopg
import pytest

from tests.expectations.conftest import MakeLander
from tests.expectations.odd_records import Changes, check_held
from tests.expectations.records import record

UNDECIDED = {"archivedAt": None, "archiveReasonId": None}
HELD: dict[tuple[str, str], Changes] = {
    ("ashby", "applications"): {
        "no reason": {"archiveReasonId": None, "archiveReasonType": None},
        "reason left behind": {**UNDECIDED, "status": "Active", "archiveReasonType": "Moved"},
        "lead": {**UNDECIDED, "status": "Lead", "jobId": None},
        "! another status": {"status": "Paused"},
        "! another type": {"archiveReasonType": "Moved"},
        "! no end": {"archivedAt": None},
        "! no job": {**UNDECIDED, "status": "Active", "jobId": None},
        "! unknown reason": {"archiveReasonId": "nowhere"},
    },
    ("ashby", "interview_stages"): {"! another type": {"type": "Paused"}},
    ("ashby", "jobs"): {
        "no employment": {"employmentType": ""},
        "! another employment": {"employmentType": "Gig"},
    },
    ("workable", "candidates"): {
        "no reason": {"disqualified": True, "disqualification_reason": None},
        "! in words": {"disqualified": "true"},
        "! no stage": {"stage": None},
        "! no kind": {"stage_kind": None},
    },
    ("workable", "jobs"): {
        "no employment": {"employment_type": None},
        "! another employment": {"employment_type": "Gig"},
        "! another state": {"state": "open"},
    },
    ("herp", "candidacies"): {
        "another step": {"step": "trialDay"},
        "no reason": {"terminationReason": None},
        "reason left behind": {
            "status": "active", "terminationReason": "moved", "terminatedAt": None,
        },
        "! another status": {"status": "paused"},
        "! another reason": {"terminationReason": "moved"},
        "! no end": {"terminatedAt": None},
    },
    ("herp", "requisitions"): {
        "only a name": {"title": None, "name": "営業"},
        "! no name": {"title": None, "name": " "},
        "! another status": {"status": "closed"},
    },
    ("herp", "users"): {},
    ("talentio", "candidates"): {
        "another stage": {"stages": [{"id": 1, "type": "trial", "step": 1, "status": "fail"}]},
        "no stage": {"stages": []},
        "pool": {"status": "poolActive", "requisition": None, "fixedAt": None},
        "! another status": {"status": "paused"},
        "! no end": {"fixedAt": None},
        "! no requisition": {"requisition": None},
        "! stages unknown": {"stages": None},
    },
    ("talentio", "requisitions"): {"! another status": {"status": "archived"}},
}  # fmt: skip


@pytest.mark.parametrize(("source", "stream"), HELD, ids=lambda part: part)
def test_what_is_held_back(
    lander: MakeLander, session: psycopg.Connection, source: str, stream: str
) -> None:
    """A code that no seed maps and an end without its time; but no step or stage of one's own."""
    account, changes = lander(source), HELD[source, stream]
    if source == "ashby":
        account.land("archive_reasons", [record("ashby", "archive_reasons")], ids=["a1"])
    check_held(session, account, stream, changes)
