"""What vendors and people may leave empty, or fill with a stand-in: nothing is held for that."""

from __future__ import annotations

import psycopg
import pytest

from expectations import validate
from extractors.stream import Fields
from tests.expectations.conftest import MakeLander
from tests.expectations.reading import entries
from tests.expectations.records import record

NO_TIME = "0001-01-01T00:00:00Z"
"""What Typeform writes for a time that has not come."""

USUAL: dict[tuple[str, str], list[Fields]] = {
    ("greenhouse", "applications"): [
        {"last_activity_at": None},
        {"status": "in_process", "rejected_at": None},
        {"status": "in_process", "rejected_at": None, "prospect": True, "job_id": None},
    ],
    ("greenhouse", "candidates"): [
        {"last_activity_at": None},
        {"phone_numbers": None, "email_addresses": None},
    ],
    ("greenhouse", "offers"): [{"status": "Created", "sent_on": None, "resolved_at": None}],
    ("typeform", "responses_partial"): [{"submitted_at": NO_TIME}, {"hidden": None}],
    ("operator", "contracts"): [
        {"valid_to": "9999-12-31"},
        {"valid_to": None, "slot_valid_days": None, "slot_returned_by": None},
    ],
    ("operator", "introductions"): [
        {"interview_on": None, "offered_on": None, "accepted_on": None, "declined_on": None},
        {"interview_on": None, "offered_on": None, "accepted_on": None},
    ],
    ("operator", "costs"): [{"amount_yen": 0}],
}


@pytest.mark.parametrize(("source", "stream"), USUAL)
def test_what_may_be_empty_is_not_held(
    lander: MakeLander, session: psycopg.Connection, source: str, stream: str
) -> None:
    account = lander(source)
    records = [record(source, stream, **fields) for fields in USUAL[source, stream]]
    account.land(stream, records, ids=map(str, range(len(records))))
    [result] = validate(account.connection, [stream]).results
    assert not result.stopped
    assert result.rows_checked == len(records)
    assert entries(session, account.connection) == []
