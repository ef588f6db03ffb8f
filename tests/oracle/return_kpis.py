"""The KPIs on the return in ``rpt_kpis``: amounts in yen, unknown while something is not stated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tests.oracle.clock import month_end, month_of
from tests.oracle.figures import Figures, six
from tests.oracle.kpis import Target, next_month
from tests.oracle.rows import Row

MONTHS = 12
FLAT = Decimal("0.05")

AMOUNTS = {
    "programme_return": "return_low_yen",
    "programme_cost": "programme_cost_yen",
    "unpriced_slot_joins": "unpriced_joins",
    "recruiting_cost": "recruiting_cost_yen",
    "hires": "hires",
    "unstated_hires": "unstated_hires",
}
STATED = {
    "programme_cost_months": "programme_cost_yen",
    "recruiting_cost_months": "recruiting_cost_yen",
}


@dataclass(frozen=True)
class ReturnKpi:
    """A sum of twelve months, over another one or none; known when one metric is above zero and
    another one is not."""

    name: str
    label: str
    unit: str
    better: str
    numerator: str
    denominator: str | None
    known_by: str
    unknown_while: str


# fmt: off
KPIS = (
    ReturnKpi("programme_return", "プログラムの純効果（実現）", "yen", "higher",
              "programme_return", None, "programme_cost_months", "unpriced_slot_joins"),
    ReturnKpi("programme_return_ratio", "費用1円あたりの純効果（実現）", "yen per yen", "higher",
              "programme_return", "programme_cost", "programme_cost_months",
              "unpriced_slot_joins"),
    ReturnKpi("cost_per_hire", "採用単価", "yen per hire", "lower",
              "recruiting_cost", "hires", "recruiting_cost_months", "unstated_hires"),
)
# fmt: on


def figures(months: Iterable[Row]) -> Figures:
    """The figures that these KPIs are made of, from ``agg_returns_monthly``; none is zero."""
    found: Figures = {}
    for row in months:
        company, month = str(row["company_id"]), row["month"]
        assert isinstance(month, date)
        for metric, column in AMOUNTS.items():
            found[company, month, metric] = Decimal(str(row[column] or 0))
        for metric, column in STATED.items():
            found[company, month, metric] = Decimal(row[column] is not None)
    return {key: figure for key, figure in found.items() if figure}


def rows(found: Figures, as_of_date: date, targets: Sequence[Target]) -> list[Row]:
    """The expected rows of these KPIs, from each company's first month of any figure."""
    firsts: dict[str, date] = {}
    for company, month, _ in found:
        firsts[company] = min(month, firsts.get(company, month))
    return [
        row
        for company, first in firsts.items()
        for kpi in KPIS
        for row in _company_rows(kpi, company, first, found, as_of_date, targets)
    ]


def _company_rows(
    kpi: ReturnKpi,
    company: str,
    first: date,
    found: Figures,
    as_of_date: date,
    targets: Sequence[Target],
) -> Iterator[Row]:
    previous: Decimal | None = None
    month = first
    while month <= as_of_date:
        numerator = _year(found, company, month, kpi.numerator)
        denominator = (
            None if kpi.denominator is None else _year(found, company, month, kpi.denominator)
        )
        is_known = (
            _year(found, company, month, kpi.known_by) > 0
            and _year(found, company, month, kpi.unknown_while) == 0
        )
        actual: Decimal | None = None
        if is_known and denominator is None:
            actual = numerator
        elif is_known and denominator:
            actual = six(numerator / denominator)
        target = _target(kpi.name, company, month, targets)
        is_over = month_end(month) + timedelta(days=1) <= as_of_date
        yield {
            "company_id": company,
            "month": month,
            "kpi": kpi.name,
            "label": kpi.label,
            "unit": kpi.unit,
            "basis": "period",
            "better": kpi.better,
            "window_months": MONTHS,
            "numerator": numerator,
            "denominator": denominator,
            "actual": actual,
            "actual_lower": None,
            "actual_upper": None,
            "target": target,
            "previous_actual": previous,
            "trend": _trend(actual, previous) if is_over else None,
            "status": _status(kpi, actual, target, is_known, is_over),
        }
        previous, month = actual, next_month(month)


def _year(found: Figures, company: str, month: date, metric: str) -> Decimal:
    """The metric over the twelve months up to this one."""
    total = Decimal(0)
    for _ in range(MONTHS):
        total += found.get((company, month, metric), Decimal(0))
        month = month_of(month - timedelta(days=1))
    return total


def _target(kpi: str, company: str, month: date, targets: Sequence[Target]) -> Decimal | None:
    """The newest one in force on the month's first day, the company's own before that of all."""
    held = [t for t in targets if t.kpi == kpi and t.valid_from <= month]
    own = [t for t in held if t.company_id == company] or [t for t in held if t.company_id == "*"]
    return max(own, key=lambda t: t.valid_from).target if own else None


def _trend(actual: Decimal | None, previous: Decimal | None) -> str | None:
    if actual is None or previous is None:
        return None
    if abs(actual - previous) <= FLAT * abs(previous):
        return "flat"
    return "up" if actual > previous else "down"


def _status(
    kpi: ReturnKpi, actual: Decimal | None, target: Decimal | None, is_known: bool, is_over: bool
) -> str | None:
    if not is_over:
        return "immature"
    if not is_known:
        return "unknown"
    if actual is None:
        return "too_few"
    if target is None:
        return None
    is_met = actual >= target if kpi.better == "higher" else actual <= target
    return "met" if is_met else "missed"
