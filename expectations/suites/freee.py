"""freee人事労務: what its employees have to satisfy. Fields as the extraction stores them; nothing
of a person is among them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from expectations.columns import day, number
from expectations.rules import LATEST_PLANNED, day_rules, in_order, required
from expectations.suites.suite import Suite, suite

EARLIEST = date(1950, 1, 1)
"""Staff of long standing are older than any record of a selection."""

SUITES: Mapping[str, Suite] = {
    "employees": suite(
        "id num entry_date retire_date",
        required(number("id"), key=True),
        day_rules("entry_date", needed=True, latest=LATEST_PLANNED, earliest=EARLIEST),
        day_rules("retire_date", latest=LATEST_PLANNED, earliest=EARLIEST),
        in_order(day("entry_date"), day("retire_date")),
    ),
}
