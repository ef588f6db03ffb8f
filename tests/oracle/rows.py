"""The shape every mart's expected rows take."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

Value = str | int | float | bool | Decimal | date | datetime | None
Row = dict[str, Value]
