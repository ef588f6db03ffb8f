"""``agg_programme_roi`` and ``agg_cost_per_hire``. Amounts are exact fractions until rounded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

from tests.oracle.applications import selections
from tests.oracle.clock import jst_date
from tests.oracle.employments import Employment, fiscal_year
from tests.oracle.retention_curves import rate
from tests.oracle.rows import Row
from tests.oracle.truth import Cost, FeeTerms, Introduction, Truth

HALF = Fraction(1, 2)
Range = tuple[int, int]
Year = tuple[str, int]


def yen(amount: Fraction) -> int:
    """Whole yen, half a yen up."""
    return floor(amount + HALF)


@dataclass
class Realised:
    """The slot joins of a company and fiscal year."""

    joins: int = 0
    ranged: int = 0
    fees: list[Range] = field(default_factory=list)
    refunds: list[Range] = field(default_factory=list)


@dataclass
class Pipeline:
    """The open introductions of a company; None: no value can be given."""

    values: list[Range | None] = field(default_factory=list)


def roi_rows(truth: Truth, hired: Sequence[Employment], covered: set[str]) -> list[Row]:
    """The expected rows of ``agg_programme_roi``."""
    realised = _realised(truth, hired)
    costs = _costs(cost for cost in truth.costs if cost.is_programme == "yes")
    this_year = fiscal_year(jst_date(truth.as_of))
    open_ones = {(c, this_year): p for c, p in _pipeline(truth, hired, covered).items()}
    years = sorted({*realised, *costs, *open_ones})
    return [
        _roi_row(year, realised.get(year), costs.get(year), open_ones.get(year)) for year in years
    ]


def _roi_row(
    year: Year, realised: Realised | None, cost: Range | None, pipeline: Pipeline | None
) -> Row:
    done = realised or Realised()
    fees = _total(done.fees) if done.fees or not done.joins else None
    refunds = _total(done.refunds) if done.refunds or not done.joins else None
    spent = None if cost is None else sum(cost)
    returned: list[int | None] = [None, None]
    if fees is not None and refunds is not None and spent is not None:
        returned = [fee - back - spent for fee, back in zip(fees, refunds, strict=True)]
    values = pipeline.values if pipeline else []
    valued = [value for value in values if value is not None]
    expected = _total(valued) if valued else (None, None)
    return {
        "company_id": year[0],
        "fiscal_year": year[1],
        "slot_joins": done.joins,
        "ranged_joins": done.ranged,
        "unpriced_joins": done.joins - len(done.fees),
        "avoided_fee_low_yen": fees[0] if fees else None,
        "avoided_fee_high_yen": fees[1] if fees else None,
        "refund_low_yen": refunds[0] if refunds else None,
        "refund_high_yen": refunds[1] if refunds else None,
        "cost_internal_yen": cost[0] if cost else None,
        "cost_external_yen": cost[1] if cost else None,
        "cost_yen": spent,
        "return_low_yen": returned[0],
        "return_high_yen": returned[1],
        "return_ratio_low": _ratio(returned[0], spent),
        "return_ratio_high": _ratio(returned[1], spent),
        "pipeline_introductions": len(values),
        "pipeline_unvalued_introductions": len(values) - len(valued),
        "pipeline_value_low_yen": expected[0],
        "pipeline_value_high_yen": expected[1],
    }


def _ratio(part: int | None, whole: int | None) -> Decimal | None:
    return None if part is None or not whole else rate(part, whole)


def _total(ranges: Iterable[Range]) -> Range:
    pairs = list(ranges)
    return sum(low for low, _ in pairs), sum(high for _, high in pairs)


def _realised(truth: Truth, hired: Sequence[Employment]) -> dict[Year, Realised]:
    salaries = _salaries(hired)
    result: dict[Year, Realised] = defaultdict(Realised)
    for employment in hired:
        if employment.route != "slot" or not employment.has_started:
            continue
        entry = result[employment.company_id, employment.fiscal_year]
        entry.joins += 1
        terms = _terms_on(truth, employment.company_id, employment.joined_on)
        if employment.annual_salary_yen is not None:
            salary: Range | None = (employment.annual_salary_yen,) * 2
        else:
            salary = salaries.get((employment.company_id, employment.employment_type))
            salary = salary or salaries.get((employment.company_id, None))
        if terms is None or salary is None:
            continue
        entry.ranged += employment.annual_salary_yen is None
        low, high = _fee(terms, salary[0]), _fee(terms, salary[1])
        share = _refund_percent(terms, employment)
        entry.fees.append((low, high))
        entry.refunds.append((yen(Fraction(low * share, 100)), yen(Fraction(high * share, 100))))
    return result


def _salaries(hired: Iterable[Employment]) -> dict[tuple[str, str | None], Range]:
    """Lowest and highest stated salary, by company and employment type, and of any type."""
    stated: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for employment in hired:
        if employment.annual_salary_yen is not None:
            for kind in (employment.employment_type, None):
                stated[employment.company_id, kind].append(employment.annual_salary_yen)
    return {key: (min(found), max(found)) for key, found in stated.items()}


def _terms_on(truth: Truth, company_id: str, day: date) -> FeeTerms | None:
    begun = [t for t in truth.fee_terms if t.company_id == company_id and t.valid_from <= day]
    return max(begun, key=lambda terms: terms.valid_from, default=None)


def _fee(terms: FeeTerms, salary: int) -> int:
    fee = yen(salary * Fraction(terms.fee_rate_percent) / 100)
    return max(fee, terms.minimum_fee_yen or 0)


def _refund_percent(terms: FeeTerms, employment: Employment) -> int:
    """Of the first step whose days are not over when somebody leaves."""
    if employment.left_on is None or not terms.refund_steps:
        return 0
    days = (employment.left_on - employment.joined_on).days
    steps = [step.split(":") for step in terms.refund_steps.split("|")]
    reached = [(int(within), int(percent)) for within, percent in steps if days < int(within)]
    return min(reached)[1] if reached else 0


def _pipeline(truth: Truth, hired: Sequence[Employment], covered: set[str]) -> dict[str, Pipeline]:
    joined = {e.introduction_key for e in hired if e.has_started and e.introduction_key}
    today = jst_date(truth.as_of)
    salaries = _salaries(hired)
    ended: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for introduction in truth.introductions:
        has_joined = introduction.key in joined
        if has_joined or introduction.declined_on is not None:
            stage = 4 if has_joined else _stage(introduction)
            ended[introduction.company_id].append((stage, has_joined))
    result: dict[str, Pipeline] = defaultdict(Pipeline)
    for introduction in truth.introductions:
        is_over = introduction.key in joined or introduction.declined_on is not None
        if is_over or introduction.key not in covered:
            continue
        company_id = introduction.company_id
        outcomes = [won for stage, won in ended[company_id] if stage >= _stage(introduction)]
        terms = _terms_on(truth, company_id, today)
        salary = salaries.get((company_id, None))
        value: Range | None = None
        if outcomes and terms and salary:
            share = Fraction(sum(outcomes), len(outcomes))
            value = (yen(_fee(terms, salary[0]) * share), yen(_fee(terms, salary[1]) * share))
        result[company_id].values.append(value)
    return result


def _stage(introduction: Introduction) -> int:
    reached = (introduction.accepted_on, introduction.offered_on, introduction.interview_on)
    return next((4 - n for n, day in enumerate(reached) if day is not None), 1)


def _costs(costs: Iterable[Cost]) -> dict[Year, Range]:
    """Internal and external cost by company and fiscal year."""
    result: dict[Year, Range] = {}
    for cost in costs:
        year = (cost.company_id, fiscal_year(date.fromisoformat(f"{cost.month}-01")))
        internal, external = result.get(year, (0, 0))
        if cost.kind == "internal":
            internal += cost.amount_yen
        else:
            external += cost.amount_yen
        result[year] = (internal, external)
    return result


def cost_rows(truth: Truth, hired: Sequence[Employment]) -> list[Row]:
    """The expected rows of ``agg_cost_per_hire``."""
    routes: dict[Year, list[str]] = defaultdict(list)
    for employment in hired:
        if employment.has_started:
            routes[employment.company_id, employment.fiscal_year].append(employment.route)
    named = {employment.application_id for employment in hired}
    reporting = {employment.company_id for employment in hired if employment.feed == "hires"}
    unlisted: dict[Year, int] = defaultdict(int)
    for number, selection in selections(truth).items():
        if selection.outcome != "hired" or selection.hired_at is None:
            continue
        if number not in named:
            hired_in = fiscal_year(jst_date(selection.hired_at))
            unlisted[selection.application.company_id, hired_in] += 1
    costs = _costs(truth.costs)
    months: dict[Year, set[str]] = defaultdict(set)
    for item in truth.costs:
        first = date.fromisoformat(f"{item.month}-01")
        months[item.company_id, fiscal_year(first)].add(item.month)
    rows: list[Row] = []
    for year in sorted({*routes, *unlisted, *costs}):
        hires = routes.get(year, [])
        cost = costs.get(year)
        is_known = year[0] in reporting or not unlisted.get(year)
        per_hire = yen(Fraction(sum(cost), len(hires))) if cost and hires and is_known else None
        rows.append(
            {
                "company_id": year[0],
                "fiscal_year": year[1],
                "hires": len(hires),
                "slot_hires": hires.count("slot"),
                "paid_introduction_hires": hires.count("paid_introduction"),
                "other_channel_hires": hires.count("other_channel"),
                "unlisted_ats_hires": unlisted.get(year, 0),
                "cost_months": len(months.get(year, ())),
                "internal_cost_yen": cost[0] if cost else None,
                "external_cost_yen": cost[1] if cost else None,
                "total_cost_yen": sum(cost) if cost else None,
                "cost_per_hire_yen": per_hire,
            }
        )
    return rows
