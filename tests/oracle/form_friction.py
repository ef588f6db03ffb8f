"""``fct_form_sessions`` and ``agg_form_friction``: how the form is opened, filled in and left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from tests.oracle import monthly
from tests.oracle.applications import selections
from tests.oracle.clock import jst_date, month_end, month_of
from tests.oracle.monthly import MATURE_AFTER, ratio, rounded
from tests.oracle.openings import Opening, openings
from tests.oracle.registrations import registrations
from tests.oracle.rows import Row, Value
from tests.oracle.survival import half_time
from tests.oracle.truth import Truth

FIRST_FORM = (
    "name",
    "kana",
    "email",
    "phone",
    "birth_date",
    "wish_job_type",
    "wish_location",
    "consent",
)
SECOND_FORM = (
    "wish_job_type",
    "wish_location",
    "email",
    "name",
    "kana",
    "phone",
    "birth_date",
    "consent",
)
SUBMIT = "(submit)"
ABANDONED_AFTER = timedelta(days=14)

Form = tuple[str, date, str, str]  # company, month, version, device


def asked(version: str) -> list[str]:
    """The questions of a version in their order, and the sending as the last."""
    return [*(SECOND_FORM if version == "2" else FIRST_FORM), SUBMIT]


def session_rows(truth: Truth) -> list[Row]:
    """The expected rows of ``fct_form_sessions``."""
    keys = {a.application_id: a.key for a in truth.applications}
    return [_session(opening, keys) for opening in _openings(truth)]


def _openings(truth: Truth) -> list[Opening]:
    return openings(truth, registrations(truth, selections(truth)))


def _session(opening: Opening, keys: Mapping[int, str]) -> Row:
    response, session = opening.response, opening.session
    target = opening.application_id
    last = opening.last_question
    answered = asked(opening.form_version).index(last) + 1 if last else 0
    if opening.state == "completed":
        # a truth without sessions tells of the consent only
        last, answered = "consent", len(asked(opening.form_version)) - 1 if session else 1
    return {
        "response_id": response.key,
        "company_id": response.company_id,
        "connection": f"{response.company_id}_typeform",
        "application_id": None if target is None else keys[target],
        "state": opening.state,
        "landed_at": response.landed_at,
        "landed_date": jst_date(response.landed_at),
        "submitted_at": response.submitted_at,
        "form_version": opening.form_version,
        "device": opening.device,
        "agent_class": session.agent_class if session else "unknown",
        "answered_count": answered,
        "last_question": last,
        "is_probable_bot": opening.bot_reason is not None,
        "bot_reason": opening.bot_reason,
    }


def rows(truth: Truth) -> list[Row]:
    """The expected rows of ``agg_form_friction``."""
    rates = {
        (row["company_id"], row["month"]): row["rate_from_start"]
        for row in monthly.rows(truth)
        if (row["basis"], row["segment_type"], row["step"]) == ("cohort", "all", "registered")
    }
    forms: dict[Form, list[Opening]] = defaultdict(list)
    for opening in _openings(truth):
        month = month_of(jst_date(opening.response.landed_at))
        for device in (opening.device, "all"):
            form = opening.response.company_id, month, opening.form_version, device
            forms[form].append(opening)
    return [
        row
        for form, members in forms.items()
        for row in _form_rows(form, members, rates.get(form[:2]), truth.as_of)
    ]


def _form_rows(form: Form, members: Sequence[Opening], rate: Value, now: datetime) -> Iterator[Row]:
    company_id, month, version, device = form
    people = [opening for opening in members if opening.bot_reason is None]
    started = [opening for opening in people if opening.state != "opened"]
    completed = [opening for opening in people if opening.state == "completed"]
    for order, question in enumerate(asked(version), start=1):
        reached = [opening for opening in people if _place(opening) >= order]
        stopped = [o for o in reached if _place(o) == order and o.state != "completed"]
        still_open = [o for o in stopped if _is_open(o, now)]
        yield {
            "company_id": company_id,
            "month": month,
            "form_version": version,
            "device": device,
            "question": question,
            "question_order": order,
            "opened": len(people),
            "started": len(started),
            "reached": len(reached),
            "abandoned": len(stopped) - len(still_open),
            "still_open": len(still_open),
            "completed": len(completed),
            "abandonment_rate": ratio(len(stopped) - len(still_open), len(reached)),
            "completion_rate": ratio(len(completed), len(people)),
            "median_minutes_to_complete": _minutes(half_time(_wait(o, now) for o in started)),
            "probable_bots": len(members) - len(people),
            "registration_rate": rate,
            "is_mature": month_end(month) + MATURE_AFTER <= jst_date(now),
        }


def _place(opening: Opening) -> int:
    """Place of the question in front of the person; the last one's once the form is sent."""
    questions = asked(opening.form_version)
    if opening.state == "completed":
        return len(questions)
    return questions.index(opening.last_question) + 2 if opening.last_question else 1


def _is_open(opening: Opening, now: datetime) -> bool:
    return jst_date(opening.response.landed_at) + ABANDONED_AFTER > jst_date(now)


def _wait(opening: Opening, now: datetime) -> tuple[int, bool]:
    submitted_at = opening.response.submitted_at
    ended = submitted_at or now
    return int((ended - opening.response.landed_at).total_seconds()), submitted_at is not None


def _minutes(seconds: int | None) -> Decimal | None:
    return None if seconds is None else rounded(Fraction(seconds, 60), 4)
