"""The comparison sees what differs, and says where."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.oracle.compare import difference
from tests.oracle.rows import Row


def slot(number: int, **columns: str | int | Decimal | None) -> Row:
    return {"slot_id": f"c:{number}", "status": "available", "introduction_id": None, **columns}


def test_equal_rows_in_another_order_do_not_differ() -> None:
    assert not difference("fct_slots", [slot(1), slot(2)], [slot(2), slot(1)])
    assert not difference("fct_slots", [slot(1, n=Decimal("0.5"))], [slot(1, n=Decimal("0.500"))])


def test_missing_unexpected_and_changed_rows_are_shown() -> None:
    found = difference("fct_slots", [slot(1), slot(2)], [slot(2, status="used"), slot(3)])
    assert str(found).splitlines() == [
        "fct_slots: 1 rows missing, 1 unexpected, 1 different",
        "  missing    slot_id=c:1, status=available",
        "  unexpected slot_id=c:3, status=available",
        "  column status: 1 rows differ",
        "    c:2: expected 'available', mart has 'used'",
    ]


def test_a_column_that_only_one_side_has_is_a_difference() -> None:
    assert "column extra: 1 rows differ" in str(
        difference("fct_slots", [slot(1)], [slot(1, extra=None)])
    )
    assert "column extra: 1 rows differ" in str(
        difference("fct_slots", [slot(1, extra=None)], [slot(1)])
    )


def test_a_repeated_key_is_an_error() -> None:
    with pytest.raises(AssertionError, match="stands in two rows"):
        difference("fct_slots", [slot(1)], [slot(1), slot(1)])


def test_floats_agree_to_nine_digits() -> None:
    expected: Row = {"company_id": "c", "route": "all", "horizon_days": 30, "rate_lower": 1 / 3}
    near: Row = {**expected, "rate_lower": Decimal("0.33333333333")}
    far: Row = {**expected, "rate_lower": Decimal("0.33333334")}
    absent: Row = {**expected, "rate_lower": None}
    assert not difference("agg_retention_rates", [expected], [near])
    for other in (far, absent):
        found = difference("agg_retention_rates", [expected], [other])
        assert "column rate_lower: 1 rows differ" in str(found)
