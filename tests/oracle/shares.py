"""Shares and medians as the marts show them: rounded half up, null where there is nothing."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def rounded(value: Fraction, places: int) -> Decimal:
    """``value`` with so many places, half away from zero."""
    unit = Decimal(1).scaleb(-places)
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(unit, rounding=ROUND_HALF_UP)


def ratio(part: int, whole: int | None) -> Decimal | None:
    """part / whole to six places; None when there is no whole."""
    return rounded(Fraction(part, whole), 6) if whole else None


def in_units(seconds: int | None, unit: int) -> Decimal | None:
    """Seconds as days, minutes ... of so many seconds each, to four places."""
    return None if seconds is None else rounded(Fraction(seconds, unit), 4)
