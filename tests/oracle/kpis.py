"""``rpt_kpis``: each KPI of each company and month against its target."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from statsmodels.stats.proportion import proportion_confint

from tests.oracle.clock import month_end, month_of
from tests.oracle.figures import Figures, six
from tests.oracle.rows import Row

SEED = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "kpi_targets.csv"
RIPENS = {"cohort": timedelta(days=60), "horizon": timedelta(days=60), "period": timedelta(days=1)}
FLAT = Decimal("0.05")


@dataclass(frozen=True)
class Kpi:
    """A ratio of two figures, each summed over the last ``months``."""

    name: str
    label: str
    unit: str
    basis: str
    numerator: str
    denominator: str
    better: str
    months: int
    minimum: int


# fmt: off
KPIS = (
    Kpi("registration_rate", "登録率", "share", "cohort",
        "registered", "rejected", "higher", 1, 5),
    Kpi("count_rate", "カウント率", "share", "cohort",
        "counted", "registered", "higher", 1, 5),
    Kpi("days_to_register", "登録までの平均日数", "days", "cohort",
        "days_of_registering", "registered_after_rejection", "lower", 1, 5),
    Kpi("registrations_per_slot", "枠1つあたりの登録数", "registrations per slot", "period",
        "registered_in_month", "slots_granted", "lower", 12, 1),
    Kpi("slots_per_hire", "入社1名あたりの使用枠数", "slots per hire", "period",
        "slots_used", "joined_by_slot", "lower", 12, 1),
    Kpi("retention_90", "90日定着率", "share", "horizon",
        "retained_90", "observed_90", "higher", 12, 5),
    Kpi("retention_365", "1年定着率", "share", "horizon",
        "retained_365", "observed_365", "higher", 12, 5),
)
# fmt: on


@dataclass(frozen=True)
class Target:
    """What a KPI should be from a day on, for one company or, as ``*``, for all."""

    company_id: str
    kpi: str
    valid_from: date
    target: Decimal


def shipped_targets() -> list[Target]:
    """The project's seed."""
    with SEED.open(encoding="utf-8", newline="") as file:
        return [
            Target(
                row["company_id"],
                row["kpi"],
                date.fromisoformat(row["valid_from"]),
                Decimal(row["target"]),
            )
            for row in csv.DictReader(file)
        ]


def rows(
    found: Figures,
    as_of_date: date,
    targets: Sequence[Target],
    suspects: Collection[str] = (),
) -> list[Row]:
    """The expected rows of ``rpt_kpis``; ``suspects`` are companies whose joins omit leavers."""
    firsts: dict[str, date] = {}
    for company, month, _ in found:
        firsts[company] = min(month, firsts.get(company, month))
    return [
        row
        for company, first in firsts.items()
        for kpi in KPIS
        for row in _company_rows(
            kpi,
            company,
            first,
            found,
            as_of_date,
            targets,
            is_suspect=kpi.basis == "horizon" and company in suspects,
        )
    ]


def _company_rows(
    kpi: Kpi,
    company: str,
    first: date,
    found: Figures,
    as_of_date: date,
    targets: Sequence[Target],
    *,
    is_suspect: bool,
) -> Iterator[Row]:
    previous: Decimal | None = None
    month = first
    while month <= as_of_date:
        numerator = _sum(found, company, month, kpi.numerator, kpi.months)
        denominator = _sum(found, company, month, kpi.denominator, kpi.months)
        has_actual = bool(denominator) and not is_suspect
        actual = six(numerator / denominator) if has_actual else None
        interval = wilson(numerator, denominator) if has_actual and kpi.unit == "share" else None
        target = _target(kpi.name, company, month, targets)
        is_final = month_end(month) + RIPENS[kpi.basis] <= as_of_date
        yield {
            "company_id": company,
            "month": month,
            "kpi": kpi.name,
            "label": kpi.label,
            "unit": kpi.unit,
            "basis": kpi.basis,
            "better": kpi.better,
            "window_months": kpi.months,
            "numerator": numerator,
            "denominator": denominator,
            "actual": actual,
            "actual_lower": _shown(interval[0]) if interval else None,
            "actual_upper": _shown(interval[1]) if interval else None,
            "target": target,
            "previous_actual": previous,
            "trend": _trend(actual, previous, interval) if is_final else None,
            "status": _status(kpi, actual, denominator, target, is_suspect=is_suspect)
            if is_final
            else "immature",
        }
        previous, month = actual, next_month(month)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return month_end(month) + timedelta(days=1)


def _sum(found: Figures, company: str, month: date, metric: str, months: int) -> Decimal:
    total = Decimal(0)
    for _ in range(months):
        total += found.get((company, month, metric), Decimal(0))
        month = month_of(month - timedelta(days=1))
    return total


def wilson(successes: Decimal, trials: Decimal) -> tuple[float, float] | None:
    """Wilson's 95 % interval; None without trials."""
    if not trials:
        return None
    lower, upper = proportion_confint(int(successes), int(trials), alpha=0.05, method="wilson")
    return float(lower), float(upper)


def _shown(value: float) -> Decimal:
    """As ``compare`` reads a double of the mart."""
    return Decimal(str(round(value, 9)))


def _target(kpi: str, company: str, month: date, targets: Sequence[Target]) -> Decimal | None:
    held = [t for t in targets if t.kpi == kpi and t.valid_from <= month]
    for owner in (company, "*"):
        own = [t for t in held if t.company_id == owner]
        if own:
            return max(own, key=lambda t: t.valid_from).target
    return None


def _trend(
    actual: Decimal | None, previous: Decimal | None, interval: tuple[float, float] | None
) -> str | None:
    if actual is None or previous is None:
        return None
    if interval is not None:
        is_flat = six(Decimal(interval[0])) <= previous <= six(Decimal(interval[1]))
    else:
        is_flat = abs(actual - previous) <= FLAT * abs(previous)
    if is_flat:
        return "flat"
    return "up" if actual > previous else "down"


def _status(
    kpi: Kpi,
    actual: Decimal | None,
    denominator: Decimal,
    target: Decimal | None,
    *,
    is_suspect: bool,
) -> str | None:
    if is_suspect:
        return "feed_suspect"
    if actual is None or denominator < kpi.minimum:
        return "too_few"
    if target is None:
        return None
    is_met = actual >= target if kpi.better == "higher" else actual <= target
    return "met" if is_met else "missed"
