"""The gate on forms whose questions are mapped: what it holds back, what looks odd and passes."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.expectations.conftest import MakeLander
from tests.expectations.odd_records import Changes, check_held

STREAMS = {"google_forms": "responses", "tally": "submissions"}


def consent(answer: bool | None) -> dict[str, Any]:
    return {"answers": [{"field": {"ref": "consent"}, "boolean": answer}]}


ANY_FORM: Changes = {
    "no token": {"hidden": {"token": None}},
    "no consent": {"answers": []},
    "refused": consent(False),
    "! in words of nobody's": consent(None),
    "! answers of another shape": {"answers": None},
    "! hidden of another shape": {"hidden": None},
}
GOOGLE_FORMS: Changes = {
    "edited": {"lastSubmittedTime": "2026-06-20T12:05:00.055199Z"},
    "! edited before it was sent": {"lastSubmittedTime": "2026-05-20T12:04:00.055199Z"},
    "! never sent": {"createTime": None},
    "! no last time": {"lastSubmittedTime": None},
}
TALLY: Changes = {
    "left half-way": {"isCompleted": False},
    "! in words": {"isCompleted": "true"},
    "! neither": {"isCompleted": None},
    "! no time": {"submittedAt": None},
}


@pytest.mark.parametrize(("source", "changes"), [("google_forms", GOOGLE_FORMS), ("tally", TALLY)])
def test_what_is_held_back_of_a_form(
    lander: MakeLander, session: psycopg.Connection, source: str, changes: Changes
) -> None:
    check_held(session, lander(source), STREAMS[source], {**ANY_FORM, **changes})
