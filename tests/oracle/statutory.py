"""``rpt_statutory_six_months``: what an agency publishes of its placements."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from tests.oracle.clock import jst_date
from tests.oracle.employments import Employment, fiscal_year, suspects
from tests.oracle.rows import Row
from tests.oracle.truth import Truth

INDEFINITE = {"permanent"}


def six_months_after(day: date) -> date:
    """The first day after six months; without a day of that number, the one after the last."""
    year, month = day.year + (day.month > 6), (day.month + 5) % 12 + 1
    last = monthrange(year, month)[1]
    if day.day <= last:
        return date(year, month, day.day)
    return date(year, month, last) + timedelta(days=1)


def rows(truth: Truth, hired: Sequence[Employment]) -> list[Row]:
    """The expected rows of ``rpt_statutory_six_months``."""
    this_year = fiscal_year(jst_date(truth.as_of))
    suspect = suspects(hired)
    placed: dict[tuple[str, int], list[Employment]] = defaultdict(list)
    for employment in hired:
        if employment.feed == "joins" and employment.has_started:
            placed[employment.company_id, employment.fiscal_year].append(employment)
    found: list[Row] = []
    for (company_id, year), members in placed.items():
        indefinite = [m for m in members if m.employment_type in INDEFINITE]
        states = Counter(
            "dismissed" if state == "left" and m.leave_type == "dismissal" else state
            for m in indefinite
            for state in [m.state(six_months_after(m.joined_on))]
        )
        found.append(
            {
                "company_id": company_id,
                "fiscal_year": year,
                "placements": len(members),
                "indefinite_placements": len(indefinite),
                "left_within_six_months": states["left"],
                "dismissed_within_six_months": states["dismissed"],
                "retained_six_months": states["retained"],
                "unknown": states["unknown"],
                "immature": states["immature"],
                "is_complete": states["immature"] == 0 and year < this_year,
                "is_feed_suspect": (company_id, "joins") in suspect,
            }
        )
    return found
