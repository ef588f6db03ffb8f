"""``agg_funnel_monthly``: conversion by month, on the cohort and on the period basis."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from tests.oracle import funnel
from tests.oracle.applications import selections
from tests.oracle.clock import jst_date, month_end, month_of
from tests.oracle.dimensions import employment_type
from tests.oracle.rows import Row
from tests.oracle.survival import half_time
from tests.oracle.truth import Truth

STEPS = {
    "rejected": "rejected_at",
    "mailed": "mailed_at",
    "opened": "human_opened_at",
    "registered": "registered_at",
    "counted": "counted_at",
}
MATURE_AFTER = timedelta(days=60)
DAY_SECONDS = 86_400
NO_VALUE = "(none)"


@dataclass(frozen=True)
class Path:
    """One rejected application: its five times in the order of the steps, and its segments."""

    company_id: str
    times: tuple[datetime | None, ...]
    segments: tuple[tuple[str, str], ...]

    @property
    def furthest(self) -> int:
        """Index of the last step that has a time: it implies all the steps before it."""
        return max(index for index, time in enumerate(self.times) if time is not None)


@dataclass(frozen=True)
class Cell:
    """How many reached a step; the ways to it (seconds, whether it was reached)."""

    reached: int
    waits: tuple[tuple[int, bool], ...]


Group = tuple[str, str, date, str, str]  # company, basis, month, segment type, segment value


def rows(truth: Truth) -> list[Row]:
    """The expected rows of ``agg_funnel_monthly``."""
    as_of_date = jst_date(truth.as_of)
    return [
        row
        for group, cells in sorted(_cells(_paths(truth), truth.as_of).items())
        for row in _group_rows(group, cells, as_of_date)
    ]


def _paths(truth: Truth) -> Iterator[Path]:
    states = {s.application.key: s for s in selections(truth).values()}
    jobs = {f"{job.company_id}_greenhouse:{job.job_id}": job for job in truth.jobs}
    for row in funnel.rows(truth):
        state = states[str(row["application_id"])]
        job = jobs[str(row["job_id"])]
        segments = {
            "all": "all",
            "stage_reached": state.stage_reached,
            "department": job.department,
            "employment_type": employment_type(job.employment_type),
            "channel": state.application.channel,
            "job": str(row["job_id"]),
            "rejection_reason": state.rejection_reason,
            "mail_state": str(row["mail_state"]),
        }
        times = tuple(row[column] for column in STEPS.values())
        yield Path(
            company_id=state.application.company_id,
            times=times,  # type: ignore[arg-type]
            segments=tuple((kind, value or NO_VALUE) for kind, value in segments.items()),
        )


def _cells(paths: Iterable[Path], now: datetime) -> dict[Group, list[Cell]]:
    members: dict[Group, list[Path]] = defaultdict(list)
    for path in paths:
        months = {month for time in path.times if time and (month := month_of(jst_date(time)))}
        first = path.times[0]
        cohort = {("cohort", month_of(jst_date(first)))} if first else set()
        for basis, month in cohort | {("period", month) for month in months}:
            for kind, value in path.segments:
                members[path.company_id, basis, month, kind, value].append(path)
    return {
        group: [_cell(group, step, group_paths, now) for step in range(len(STEPS))]
        for group, group_paths in members.items()
    }


def _cell(group: Group, step: int, paths: Sequence[Path], now: datetime) -> Cell:
    """The ways to a step are those of the cohort, or those that began in the month."""
    _, basis, month, _, _ = group
    begun = paths
    if basis == "cohort":
        reached = [path for path in paths if path.furthest >= step]
    else:
        reached = [path for path in paths if _month_of_step(path, step) == month]
        begun = [path for path in paths if step and _month_of_step(path, step - 1) == month]
    waits = [wait for path in begun if (wait := _wait(path, step, now)) is not None]
    return Cell(len(reached), tuple(waits))


def _month_of_step(path: Path, step: int) -> date | None:
    time = path.times[step]
    return None if time is None else month_of(jst_date(time))


def _wait(path: Path, step: int, now: datetime) -> tuple[int, bool] | None:
    """From the step before to this one, or to now while it is not reached.

    None when the step before has no known time, or this one is only implied by a later one.
    """
    before = path.times[step - 1] if step else None
    if before is None:
        return None
    time = path.times[step]
    if time is not None:
        return int((time - before).total_seconds()), True
    return None if path.furthest > step else (int((now - before).total_seconds()), False)


def _group_rows(group: Group, cells: Sequence[Cell], as_of_date: date) -> Iterator[Row]:
    company_id, basis, month, segment_type, segment_value = group
    for index, step in enumerate(STEPS):
        cell = cells[index]
        previous = cells[index - 1].reached if index else None
        yield {
            "company_id": company_id,
            "basis": basis,
            "month": month,
            "segment_type": segment_type,
            "segment_value": segment_value,
            "step": step,
            "step_order": index + 1,
            "reached": cell.reached,
            "previous_reached": previous,
            "conversion_rate": ratio(cell.reached, previous),
            "rate_from_start": ratio(cell.reached, cells[0].reached),
            "median_days_from_previous": _days(half_time(cell.waits)),
            "transitions_at_risk": len(cell.waits) if index else None,
            "is_mature": month_end(month) + MATURE_AFTER <= as_of_date,
        }


def _days(seconds: int | None) -> Decimal | None:
    return None if seconds is None else rounded(Fraction(seconds, DAY_SECONDS), 4)


def ratio(part: int, whole: int | None) -> Decimal | None:
    """A share to six places; None of nothing."""
    return rounded(Fraction(part, whole), 6) if whole else None


def rounded(value: Fraction, places: int) -> Decimal:
    """Half away from zero, as SQL rounds numerics."""
    scaled = Decimal(value.numerator * 10**places) / Decimal(value.denominator)
    return scaled.quantize(Decimal(1), ROUND_HALF_UP).scaleb(-places)
