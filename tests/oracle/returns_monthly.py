"""``agg_returns_monthly``: the amounts of each company and month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from tests.oracle.clock import month_of
from tests.oracle.employments import Employment, fiscal_year
from tests.oracle.returns import Range, slot_joins, unlisted_hires
from tests.oracle.rows import Row
from tests.oracle.statements import Cost
from tests.oracle.truth import Truth

ENDS = ("low", "high")


@dataclass
class Month:
    """What happened in one company and month; a fee of None is unknown."""

    routes: list[str] = field(default_factory=list)
    joins: list[tuple[Employment, Range | None, Range | None]] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    unlisted: int = 0


def rows(truth: Truth, hired: Sequence[Employment]) -> list[Row]:
    """The expected rows of ``agg_returns_monthly``."""
    months: dict[tuple[str, date], Month] = defaultdict(Month)
    for employment in hired:
        if employment.has_started:
            key = employment.company_id, month_of(employment.joined_on)
            months[key].routes.append(employment.route)
    for join in slot_joins(truth, hired):
        months[join[0].company_id, month_of(join[0].joined_on)].joins.append(join)
    for company_id, day in unlisted_hires(truth, hired):
        months[company_id, month_of(day)].unlisted += 1
    for cost in truth.costs:
        first = date.fromisoformat(f"{cost.month}-01")
        months[cost.company_id, first].costs.append(cost)
    stating = {employment.company_id for employment in hired if employment.feed == "hires"}
    return [
        {
            "company_id": company_id,
            "month": first,
            "fiscal_year": fiscal_year(first),
            **_amounts(month),
            "hires": len(month.routes),
            "paid_introduction_hires": month.routes.count("paid_introduction"),
            "other_channel_hires": month.routes.count("other_channel"),
            "unlisted_ats_hires": month.unlisted,
            "unstated_hires": 0 if company_id in stating else month.unlisted,
            **_spent("recruiting", month.costs),
        }
        for (company_id, first), month in months.items()
    ]


def _amounts(month: Month) -> Row:
    """What slots saved and the programme cost; nobody joined: nothing, at no known fee: None."""
    priced = [(fee, back) for _, fee, back in month.joins if fee is not None and back is not None]
    is_known = bool(priced) or not month.joins
    spent = _spent("programme", [cost for cost in month.costs if cost.is_programme == "yes"])
    cost = spent["programme_cost_yen"]
    row: Row = {
        "slot_joins": len(month.joins),
        "ranged_joins": sum(
            fee is not None and who.annual_salary_yen is None for who, fee, _ in month.joins
        ),
        "unpriced_joins": len(month.joins) - len(priced),
        **spent,
    }
    for position, end in enumerate(ENDS):
        fee = sum(fee[position] for fee, _ in priced)
        refund = sum(back[position] for _, back in priced)
        row[f"avoided_fee_{end}_yen"] = fee if is_known else None
        row[f"refund_{end}_yen"] = refund if is_known else None
        row[f"return_{end}_yen"] = fee - refund - (cost if isinstance(cost, int) else 0)
    return row


def _spent(what: str, costs: Iterable[Cost]) -> Row:
    stated = list(costs)
    parts = {
        kind: sum(cost.amount_yen for cost in stated if cost.kind == kind)
        for kind in ("internal", "external")
    }
    amounts: Row = {f"{what}_{kind}_cost_yen": parts[kind] for kind in parts}
    amounts[f"{what}_cost_yen"] = sum(parts.values())
    return amounts if stated else dict.fromkeys(amounts)
