"""Tally submissions as the extraction stores them: no rule looks at a person's words."""

from __future__ import annotations

from collections.abc import Mapping

from expectations.columns import condition, json_type, text
from expectations.rules import holds, moment_rules, required
from expectations.suites.mapped_form import ANSWERS
from expectations.suites.suite import Suite, suite

SUITES: Mapping[str, Suite] = {
    "submissions": suite(
        "id isCompleted submittedAt hidden answers",
        required(text("id"), key=True),
        moment_rules("submittedAt", needed=True, key=True),
        holds(
            condition(
                "isCompleted_is_boolean",
                f"coalesce({json_type('isCompleted').sql} = 'boolean', false)",
            ),
            "isCompleted is missing or neither true nor false",
        ),
        *ANSWERS,
    ),
}
