"""``fct_form_sessions`` and ``agg_form_friction``: where people leave the form."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from tests.oracle.clock import jst_date, month_of
from tests.oracle.monthly import is_mature
from tests.oracle.monthly import rows as monthly_rows
from tests.oracle.openings import NAMELESS, Opening, openings
from tests.oracle.rows import Row, Value
from tests.oracle.shares import in_units, ratio
from tests.oracle.survival import half_time
from tests.oracle.truth import Truth

SUBMIT, ALL, ANY, CONSENT = "(submit)", "all", "*", "consent"
ABANDONED_AFTER = timedelta(days=14)
MINUTE = 60
SEED = Path(__file__).parents[2] / "dbt_project" / "seeds" / "form_questions.csv"


@cache
def _questionnaires() -> dict[tuple[str, str], list[str]]:
    """The questions of each (company, version) of the seed, in their order."""
    with SEED.open(encoding="utf-8", newline="") as file:
        lines = sorted(csv.DictReader(file), key=lambda line: int(line["question_order"]))
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for line in lines:
        found[line["company_id"], line["form_version"]].append(line["question"])
    return found


def asked(version: str, company_id: str = ANY) -> list[str]:
    """The questions of a form: the company's own version, its own form, the version's, anyone's."""
    known = _questionnaires()
    places = ((company_id, version), (company_id, ANY), (ANY, version), (ANY, ANY))
    return next(known[place] for place in places if place in known)


def _answered(opening: Opening) -> list[str]:
    """The questions that are answered at the clock."""
    questions = asked(opening.session.form_version, opening.response.company_id)
    if opening.state == "completed":
        given = opening.response.consent is not None
        if opening.session is NAMELESS:  # a truth without sessions tells of the consent only
            questions = [CONSENT]
        return [question for question in questions if given or question != CONSENT]
    last = opening.session.last_question
    if opening.state == "opened" or last is None:
        return []
    return questions[: questions.index(last) + 1]


def session_rows(truth: Truth) -> list[Row]:
    """The expected rows of ``fct_form_sessions``."""
    keys = {application.application_id: application.key for application in truth.applications}
    return [_session(opening, keys) for opening in openings(truth)]


def _session(opening: Opening, keys: dict[int, str]) -> Row:
    response, session, answered = opening.response, opening.session, _answered(opening)
    owner = opening.application_id
    return {
        "response_id": response.key,
        "company_id": response.company_id,
        "connection": response.connection,
        "application_id": None if owner is None else keys[owner],
        "state": opening.state,
        "landed_at": opening.at,
        "landed_date": opening.day,
        "submitted_at": response.submitted_at,
        "form_version": session.form_version if session.is_version_told else "(none)",
        "device": session.device,
        "agent_class": session.agent_class,
        "answered_count": len(answered),
        "last_question": _last(opening, answered),
        "is_probable_bot": not opening.is_human,
        "bot_reason": opening.bot_reason,
    }


def _last(opening: Opening, answered: Sequence[str]) -> str | None:
    """The last question answered; of a form whose questions relay.toml lists, in that order, which
    is one for all its versions."""
    if opening.response.form == "typeform":
        return answered[-1] if answered else None
    return max(answered, key=asked(ANY).index, default=None)


@dataclass(frozen=True)
class Form:
    """What one block of rows is about."""

    company_id: str
    month: date
    form_version: str
    device: str


def rows(truth: Truth) -> list[Row]:
    """The expected rows of ``agg_form_friction``."""
    forms: dict[Form, list[Opening]] = defaultdict(list)
    for opening in openings(truth):
        if not opening.response.is_opening_told:
            continue
        month = month_of(opening.day)
        for device in (ALL, opening.session.device):
            company_id = opening.response.company_id
            forms[Form(company_id, month, opening.session.form_version, device)].append(opening)
    rates = {
        (row["company_id"], row["month"]): row["rate_from_start"]
        for row in monthly_rows(truth)
        if (row["basis"], row["segment_type"], row["step"]) == ("cohort", "all", "registered")
    }
    return [
        row
        for form, own in forms.items()
        for row in _rows(form, own, rates.get((form.company_id, form.month)), truth.as_of)
    ]


def _rows(form: Form, own: Sequence[Opening], rate: Value, now: datetime) -> Iterator[Row]:
    today = jst_date(now)
    people = [opening for opening in own if opening.is_human]
    questions = asked(form.form_version, form.company_id)
    stopped: dict[int, list[Opening]] = defaultdict(list)
    for opening in people:
        if opening.state != "completed":
            stopped[len(_answered(opening))].append(opening)
    sent = [opening for opening in people if opening.state == "completed"]
    started = [opening for opening in people if opening.state != "opened"]
    minutes = in_units(half_time(_wait(opening, now) for opening in started), MINUTE)
    reached = len(people)
    for place, question in enumerate([*questions, SUBMIT]):
        here = stopped[place]
        abandoned = sum(opening.day + ABANDONED_AFTER <= today for opening in here)
        yield {
            "company_id": form.company_id,
            "month": form.month,
            "form_version": form.form_version,
            "device": form.device,
            "question": question,
            "question_order": place + 1,
            "opened": len(people),
            "started": len(started),
            "reached": reached,
            "abandoned": abandoned,
            "still_open": len(here) - abandoned,
            "completed": len(sent),
            "abandonment_rate": ratio(abandoned, reached),
            "completion_rate": ratio(len(sent), len(people)),
            "median_minutes_to_complete": minutes,
            "probable_bots": len(own) - len(people),
            "registration_rate": rate,
            "is_mature": is_mature(form.month, today),
        }
        reached -= len(here)


def _wait(opening: Opening, now: datetime) -> tuple[int, bool]:
    """Seconds that a form has been under way, and whether it is sent."""
    sent = opening.response.submitted_at
    return int(((sent or now) - opening.at).total_seconds()), sent is not None
