"""``rpt_statutory_six_months``: what an agency publishes of its placements."""

from __future__ import annotations

import calendar
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from tests.oracle.clock import jst_date
from tests.oracle.employments import JOINS, Employment, is_suspect, suspects
from tests.oracle.rows import Row
from tests.oracle.truth import Truth

MONTHS = 6


def six_months_after(joined_on: date) -> date:
    """The first day after six calendar months that began with ``joined_on``.

    They end the day before the day of the same number; where the last month has no such day, with
    the end of that month (Civil Code, Art. 143).
    """
    year, month = divmod(joined_on.year * 12 + joined_on.month - 1 + MONTHS, 12)
    month += 1
    length = calendar.monthrange(year, month)[1]
    if joined_on.day > length:
        return date(year, month, length) + timedelta(days=1)
    return date(year, month, joined_on.day)


def rows(truth: Truth, hired: Iterable[Employment]) -> list[Row]:
    """The expected rows of ``rpt_statutory_six_months``."""
    hired = list(hired)
    suspect = suspects(hired)
    tally: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for one in hired:
        if one.feed != JOINS or not one.has_started:
            continue
        cell = tally[one.company_id, one.fiscal_year]
        cell["placements"] += 1
        if one.employment_type == "permanent":
            cell["indefinite"] += 1
            cell[_state(one)] += 1
    today = jst_date(truth.as_of)
    return [
        {
            "company_id": company_id,
            "fiscal_year": year,
            "placements": cell["placements"],
            "indefinite_placements": cell["indefinite"],
            "left_within_six_months": cell["left"],
            "dismissed_within_six_months": cell["dismissed"],
            "retained_six_months": cell["retained"],
            "unknown": cell["unknown"],
            "immature": cell["immature"],
            "is_complete": today >= date(year + 1, 4, 1) and not cell["immature"],
            "is_feed_suspect": is_suspect(company_id, suspect),
        }
        for (company_id, year), cell in tally.items()
    ]


def _state(one: Employment) -> str:
    state = one.state_at(six_months_after(one.joined_on))
    return "dismissed" if state == "left" and one.leave_type == "dismissal" else state
