"""SmartHR: what its crews have to satisfy. Fields as the extraction stores them; nothing of a
person is among them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from expectations.columns import day, text
from expectations.rules import LATEST_PLANNED, day_rules, in_order, one_of, required
from expectations.suites.suite import Suite, suite

EARLIEST = date(1950, 1, 1)
"""Staff of long standing are older than any record of a selection."""

SUITES: Mapping[str, Suite] = {
    "crews": suite(
        "id emp_code emp_status entered_at resigned_at leave_type",
        required(text("id"), key=True),
        required(text("emp_status"), key=True),
        one_of(text("emp_status"), ("employed", "absent", "retired")),
        day_rules("entered_at", latest=LATEST_PLANNED, earliest=EARLIEST),
        day_rules("resigned_at", latest=LATEST_PLANNED, earliest=EARLIEST),
        in_order(day("entered_at"), day("resigned_at")),
        one_of(text("leave_type"), ("voluntary", "dismissal", "contract_end", "other")),
    ),
}
