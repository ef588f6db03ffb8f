"""``agg_funnel_monthly``: steps reached by month, as cohorts and as events of the month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tests.oracle.clock import jst_date, month_end, month_of
from tests.oracle.forms import silent
from tests.oracle.funnel import rows as funnel_rows
from tests.oracle.once import once
from tests.oracle.rows import Row
from tests.oracle.shares import in_units, ratio
from tests.oracle.survival import half_time
from tests.oracle.truth import Truth

STEPS = ("rejected", "mailed", "opened", "registered", "counted")
TIMES = ("rejected_at", "mailed_at", "human_opened_at", "registered_at", "counted_at")
SEGMENTS = {
    "stage_reached": "stage_reached",
    "department": "department_name",
    "employment_type": "employment_type",
    "channel": "channel",
    "job": "job_id",
    "rejection_reason": "rejection_reason",
    "mail_state": "mail_state",
}
NONE = "(none)"
MATURITY = timedelta(days=60)
DAY = 86_400

Group = tuple[str, str, date, str, str]  # company, basis, month, segment type, segment value
Wait = tuple[int, bool]


@dataclass
class Tally:
    """What a group's applications did, step by step."""

    reached: list[int] = field(default_factory=lambda: [0] * len(STEPS))
    waits: list[list[Wait]] = field(default_factory=lambda: [[] for _ in STEPS])


def is_mature(month: date, today: date) -> bool:
    """Whether a month's cohort has had the time to register."""
    return month_end(month) + MATURITY <= today


def furthest(times: Sequence[datetime | None]) -> int:
    """The last step that was reached; it implies those before it."""
    return max(step for step, time in enumerate(times) if time is not None)


def step_times(row: Row) -> list[datetime | None]:
    """The own time of each step of a row of the funnel."""
    return [row[name] for name in TIMES]  # type: ignore[misc]


@once
def rows(truth: Truth) -> list[Row]:
    """The expected rows of ``agg_funnel_monthly``."""
    today = jst_date(truth.as_of)
    tallies: dict[Group, Tally] = defaultdict(Tally)
    quiet = silent(truth)
    for row in funnel_rows(truth):
        _add(tallies, row, truth.as_of, is_silent=row["company_id"] in quiet)
    return [row for group, tally in tallies.items() for row in _rows(group, tally, today)]


def _add(tallies: dict[Group, Tally], row: Row, now: datetime, *, is_silent: bool) -> None:
    """``is_silent``: nobody tells who opened the form, so no way to its opening has an end."""
    company_id, times = str(row["company_id"]), step_times(row)
    months = [None if time is None else month_of(jst_date(time)) for time in times]
    waits = [None, *(_wait(times, step, now) for step in range(1, len(STEPS)))]
    if is_silent:
        waits[STEPS.index("opened")] = None
    for segment in _segments(row):
        assert months[0] is not None
        cohort = tallies[company_id, "cohort", months[0], *segment]
        for step in range(furthest(times) + 1):
            cohort.reached[step] += 1
        for step, month in enumerate(months):
            if month is not None:
                tallies[company_id, "period", month, *segment].reached[step] += 1
        for step, wait in enumerate(waits):
            began = months[step - 1]
            if wait is not None and began is not None:
                cohort.waits[step].append(wait)
                tallies[company_id, "period", began, *segment].waits[step].append(wait)


def _segments(row: Row) -> Iterator[tuple[str, str]]:
    yield "all", "all"
    for segment, column in SEGMENTS.items():
        value = row[column]
        yield segment, NONE if value is None else str(value)


def _wait(times: Sequence[datetime | None], step: int, now: datetime) -> Wait | None:
    """Seconds from the step before, and whether they are over; None when that is not known."""
    began, ended = times[step - 1], times[step]
    if began is None:
        return None
    if ended is not None:
        return int((ended - began).total_seconds()), True
    return None if furthest(times) > step else (int((now - began).total_seconds()), False)


def _rows(group: Group, tally: Tally, today: date) -> Iterator[Row]:
    company_id, basis, month, segment_type, segment_value = group
    for step, name in enumerate(STEPS):
        reached, waits = tally.reached[step], tally.waits[step]
        before = tally.reached[step - 1] if step else None
        yield {
            "company_id": company_id,
            "basis": basis,
            "month": month,
            "segment_type": segment_type,
            "segment_value": segment_value,
            "step": name,
            "step_order": step + 1,
            "reached": reached,
            "previous_reached": before,
            "conversion_rate": ratio(reached, before),
            "rate_from_start": ratio(reached, tally.reached[0]),
            "median_days_from_previous": in_units(half_time(waits), DAY) if step else None,
            "transitions_at_risk": len(waits) if step else None,
            "is_mature": is_mature(month, today),
        }
