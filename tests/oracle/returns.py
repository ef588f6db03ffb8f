"""``agg_programme_roi`` and ``agg_cost_per_hire``; money is whole yen, half a yen goes up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from tests.oracle.applications import selections
from tests.oracle.clock import jst_date
from tests.oracle.employments import HIRES, OTHER, PAID, SLOT, Employment, fiscal_year
from tests.oracle.rows import Row
from tests.oracle.statements import FeeTerms, Introduction
from tests.oracle.truth import Truth

Range = tuple[int, int]
Year = tuple[str, int]
ENDS = ("low", "high")


def yen(amount: Fraction) -> int:
    """Whole yen; amounts are never negative."""
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)


def ratio(amount: int, base: int) -> Decimal:
    """Six places, half away from zero."""
    return (Decimal(amount) / base).quantize(Decimal("0.000001"), ROUND_HALF_UP)


@dataclass
class Prices:
    """What salaries and fee terms a company has stated."""

    truth: Truth
    hired: Iterable[Employment]
    _terms: dict[str, list[FeeTerms]] = field(default_factory=lambda: defaultdict(list))
    _salaries: dict[tuple[str, str | None], Range] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for terms in sorted(self.truth.fee_terms, key=lambda t: t.valid_from):
            self._terms[terms.company_id].append(terms)
        for one in self.hired:
            if one.annual_salary_yen is not None:
                for kind in (one.employment_type, None):
                    key, salary = (one.company_id, kind), one.annual_salary_yen
                    low, high = self._salaries.get(key, (salary, salary))
                    self._salaries[key] = min(low, salary), max(high, salary)

    def terms(self, company_id: str, day: date) -> FeeTerms | None:
        """The fee terms in force on a day."""
        begun = [terms for terms in self._terms[company_id] if terms.valid_from <= day]
        return begun[-1] if begun else None

    def salary(self, one: Employment) -> Range | None:
        """The salary, or the range of the company's salaries of that type, or of any."""
        if one.annual_salary_yen is not None:
            return one.annual_salary_yen, one.annual_salary_yen
        own = self._salaries.get((one.company_id, one.employment_type))
        return own or self.salaries(one.company_id)

    def salaries(self, company_id: str) -> Range | None:
        """The range of all salaries of a company."""
        return self._salaries.get((company_id, None))


def fee(terms: FeeTerms, salary: int) -> int:
    """The rate's share of the salary, at least the minimum."""
    rate = Fraction(terms.fee_rate_percent) / 100
    return max(yen(rate * salary), terms.minimum_fee_yen or 0)


def refund(terms: FeeTerms, fee_yen: int, one: Employment) -> int:
    """The share of the fee that the first step not yet over gives back for an early leaver."""
    if one.leaving_on is None or not one.has_left:
        return 0
    days = (one.leaving_on - one.joined_on).days
    for step in sorted(_steps(terms)):
        if days < step[0]:
            return yen(Fraction(fee_yen * step[1], 100))
    return 0


def _steps(terms: FeeTerms) -> Iterable[tuple[int, int]]:
    for step in (terms.refund_steps or "").split("|"):
        if step:
            within, percent = step.split(":")
            yield int(within), int(percent)


def roi_rows(truth: Truth, hired: Sequence[Employment], covered: Collection[str]) -> list[Row]:
    """The expected rows of ``agg_programme_roi``."""
    prices = Prices(truth, hired)
    counts: dict[Year, Counter[str]] = defaultdict(Counter)
    costs: dict[Year, Counter[str]] = defaultdict(Counter)
    for one in hired:
        if one.route == SLOT and one.has_started:
            _price(counts[one.company_id, one.fiscal_year], prices, one)
    for cost in truth.costs:
        if cost.is_programme == "yes":
            costs[cost.company_id, _year_of(cost.month)][cost.kind] += cost.amount_yen
    pipelines = _pipelines(truth, hired, covered, prices)
    this_year = fiscal_year(jst_date(truth.as_of))
    for company_id, pipeline in pipelines.items():
        counts[company_id, this_year].update(pipeline)
    return [_roi_row(key, counts[key], costs.get(key)) for key in sorted({*counts, *costs})]


def _price(counts: Counter[str], prices: Prices, one: Employment) -> None:
    """Add one join to its year."""
    counts["slot_joins"] += 1
    terms, salary = prices.terms(one.company_id, one.joined_on), prices.salary(one)
    if terms is None or salary is None:
        counts["unpriced_joins"] += 1
        return
    counts["ranged_joins"] += one.annual_salary_yen is None
    for end, amount in zip(ENDS, salary, strict=True):
        fee_yen = fee(terms, amount)
        counts[f"fee_{end}"] += fee_yen
        counts[f"refund_{end}"] += refund(terms, fee_yen, one)


def _roi_row(key: Year, counts: Counter[str], costs: Counter[str] | None) -> Row:
    company_id, year = key
    is_priced = counts["slot_joins"] == 0 or counts["slot_joins"] > counts["unpriced_joins"]
    cost = None if costs is None else costs.total()
    row: Row = {
        "company_id": company_id,
        "fiscal_year": year,
        **{f"{n}_joins": counts[f"{n}_joins"] for n in ("slot", "ranged", "unpriced")},
        "cost_internal_yen": None if costs is None else costs["internal"],
        "cost_external_yen": None if costs is None else costs["external"],
        "cost_yen": cost,
        "pipeline_introductions": counts["open"],
        "pipeline_unvalued_introductions": counts["unvalued"],
    }
    has_value = counts["open"] == 0 or counts["open"] > counts["unvalued"]
    for end in ENDS:
        kept = counts[f"fee_{end}"] - counts[f"refund_{end}"]
        net = kept - cost if is_priced and cost is not None else None
        row[f"avoided_fee_{end}_yen"] = counts[f"fee_{end}"] if is_priced else None
        row[f"refund_{end}_yen"] = counts[f"refund_{end}"] if is_priced else None
        row[f"return_{end}_yen"] = net
        row[f"return_ratio_{end}"] = ratio(net, cost) if net is not None and cost else None
        row[f"pipeline_value_{end}_yen"] = counts[f"value_{end}"] if has_value else None
    return row


def _year_of(month: str) -> int:
    return fiscal_year(date.fromisoformat(f"{month}-01"))


def _pipelines(
    truth: Truth, hired: Iterable[Employment], covered: Collection[str], prices: Prices
) -> dict[str, Counter[str]]:
    """Per company: open introductions that a slot pays for, and what they may be worth."""
    joined = {one.introduction_key for one in hired if one.introduction_key and one.has_started}
    over: Counter[tuple[str, int]] = Counter()
    won: Counter[tuple[str, int]] = Counter()
    waiting: list[Introduction] = []
    for introduction in truth.introductions:
        has_joined = introduction.key in joined
        if has_joined or introduction.declined_on is not None:
            for stage in range(_stage(introduction, has_joined) + 1):
                over[introduction.company_id, stage] += 1
                won[introduction.company_id, stage] += has_joined
        elif introduction.key in covered:
            waiting.append(introduction)
    today = jst_date(truth.as_of)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for introduction in waiting:
        company_id = introduction.company_id
        like = company_id, _stage(introduction, False)
        counts = found[company_id]
        counts["open"] += 1
        terms, salaries = prices.terms(company_id, today), prices.salaries(company_id)
        if terms is None or salaries is None or not over[like]:
            counts["unvalued"] += 1
            continue
        for end, salary in zip(ENDS, salaries, strict=True):
            counts[f"value_{end}"] += yen(Fraction(fee(terms, salary) * won[like], over[like]))
    return found


def _stage(introduction: Introduction, has_joined: bool) -> int:
    """How far an introduction came: who joined has passed every stage."""
    days = (introduction.interview_on, introduction.offered_on, introduction.accepted_on)
    reached = [number for number, day in enumerate(days, 1) if day is not None]
    return len(days) if has_joined else max(reached, default=0)


def cost_rows(truth: Truth, hired: Sequence[Employment]) -> list[Row]:
    """The expected rows of ``agg_cost_per_hire``."""
    counts: dict[Year, Counter[str]] = defaultdict(Counter)
    months: dict[Year, set[str]] = defaultdict(set)
    for one in hired:
        if one.has_started:
            counts[one.company_id, one.fiscal_year][one.route] += 1
    for cost in truth.costs:
        key = cost.company_id, _year_of(cost.month)
        counts[key][cost.kind] += cost.amount_yen
        months[key].add(cost.month)
    for company_id, hired_on in unlisted_hires(truth, hired):
        counts[company_id, fiscal_year(hired_on)]["unlisted"] += 1
    states_hires = {one.company_id for one in hired if one.feed == HIRES}
    return [
        _cost_row(key, own, len(months[key]), key[0] in states_hires)
        for key, own in sorted(counts.items())
    ]


def _cost_row(key: Year, counts: Counter[str], months: int, states_hires: bool) -> Row:
    company_id, year = key
    hires = counts[SLOT] + counts[PAID] + counts[OTHER]
    total = counts["internal"] + counts["external"] if months else None
    is_whole = states_hires or not counts["unlisted"]
    return {
        "company_id": company_id,
        "fiscal_year": year,
        "hires": hires,
        "slot_hires": counts[SLOT],
        "paid_introduction_hires": counts[PAID],
        "other_channel_hires": counts[OTHER],
        "unlisted_ats_hires": counts["unlisted"],
        "cost_months": months,
        "internal_cost_yen": counts["internal"] if months else None,
        "external_cost_yen": counts["external"] if months else None,
        "total_cost_yen": total,
        "cost_per_hire_yen": yen(Fraction(total, hires))
        if total is not None and hires and is_whole
        else None,
    }


def unlisted_hires(truth: Truth, hired: Iterable[Employment]) -> Iterator[tuple[str, date]]:
    """Company and day of each hire of the ATS that no statement of hires names."""
    listed = {(one.company_id, one.application_id) for one in hired if one.feed == HIRES}
    for selection in selections(truth).values():
        application = selection.application
        own_id = application.key.partition(":")[2]
        is_listed = (application.company_id, own_id) in listed
        if selection.outcome == "hired" and selection.hired_at is not None and not is_listed:
            yield application.company_id, jst_date(selection.hired_at)


def slot_joins(
    truth: Truth, hired: Sequence[Employment]
) -> Iterator[tuple[Employment, Range | None, Range | None]]:
    """Everybody who started through a slot, with the fee saved and its refund; None: unknown."""
    prices = Prices(truth, hired)
    for one in hired:
        if one.route != SLOT or not one.has_started:
            continue
        terms, salary = prices.terms(one.company_id, one.joined_on), prices.salary(one)
        if terms is None or salary is None:
            yield one, None, None
            continue
        low, high = fee(terms, salary[0]), fee(terms, salary[1])
        yield one, (low, high), (refund(terms, low, one), refund(terms, high, one))
