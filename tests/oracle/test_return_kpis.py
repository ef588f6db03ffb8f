"""The oracle's KPIs on the return, on amounts worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.oracle import return_kpis
from tests.oracle.kpis import Target
from tests.oracle.rows import Row

JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)
NEXT_MAY, NEXT_JUNE = date(2026, 5, 1), date(2026, 6, 1)
LATER = date(2026, 7, 1)


def _month(month: date, **amounts: int | None) -> Row:
    nothing = dict.fromkeys(("return_low_yen", "unpriced_joins", "hires", "unstated_hires"), 0)
    unstated = dict.fromkeys(("programme_cost_yen", "recruiting_cost_yen"))
    return {"company_id": "c", "month": month, **nothing, **unstated, **amounts}


def _row(kpi: str, month: date, *months: Row, target: int | None = None) -> Row:
    targets = [] if target is None else [Target("*", kpi, JUNE, Decimal(target))]
    rows = return_kpis.rows(return_kpis.figures(months), LATER, targets)
    return next(row for row in rows if (row["kpi"], row["month"]) == (kpi, month))


def test_twelve_months_are_summed() -> None:
    months = (
        _month(JUNE, return_low_yen=-100, programme_cost_yen=100),
        _month(JULY, return_low_yen=700, programme_cost_yen=50),
    )
    may = _row("programme_return", NEXT_MAY, *months, target=0)
    assert (may["actual"], may["denominator"], may["status"]) == (600, None, "met")
    assert _row("programme_return_ratio", NEXT_MAY, *months)["actual"] == 4
    assert _row("programme_return", NEXT_JUNE, *months)["actual"] == 700


def test_without_a_stated_cost_nothing_is_known() -> None:
    row = _row("programme_return", JUNE, _month(JUNE, return_low_yen=700), target=0)
    assert (row["numerator"], row["actual"], row["status"]) == (700, None, "unknown")
    assert _row("cost_per_hire", JUNE, _month(JUNE, hires=2))["status"] == "unknown"


def test_a_join_in_no_amount_leaves_the_return_unknown() -> None:
    month = _month(JUNE, return_low_yen=-10, programme_cost_yen=10, unpriced_joins=1)
    for kpi in ("programme_return", "programme_return_ratio"):
        assert _row(kpi, JUNE, month, target=-5)["status"] == "unknown"


def test_cost_per_hire() -> None:
    months = (_month(JUNE, recruiting_cost_yen=100), _month(JULY, hires=3))
    assert _row("cost_per_hire", JUNE, *months, target=50)["status"] == "too_few"
    july = _row("cost_per_hire", JULY, *months, target=50)
    assert (july["actual"], july["status"]) == (Decimal("33.333333"), "met")
    stated_nowhere = _month(JUNE, recruiting_cost_yen=100, hires=3, unstated_hires=1)
    assert _row("cost_per_hire", JUNE, stated_nowhere)["status"] == "unknown"


def test_a_loss_is_flat_within_a_twentieth() -> None:
    first = _month(JUNE, return_low_yen=-100, programme_cost_yen=100)
    for more, trend in ((-5, "flat"), (-6, "down"), (6, "up")):
        row = _row("programme_return", JULY, first, _month(JULY, return_low_yen=more))
        assert row["trend"] == trend
