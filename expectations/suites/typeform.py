"""Typeform responses. Answers are people's own words: no rule looks inside them.

A response that was only started or broken off has no meaningful submitted_at (Typeform may send
0001-01-01), so that time is looked at in completed responses only.
"""

from __future__ import annotations

from collections.abc import Mapping

from expectations.columns import condition, json_type, moment, text
from expectations.rules import Rule, holds, in_order, moment_rules, required
from expectations.suites.suite import Suite, suite

_FIELDS = (
    "response_id token landing_id response_type landed_at staged_at submitted_at metadata client "
    "hidden calculated variables definition answers outcome ending_id form_id thankyou_screen_ref"
)


def _response(*rules: Rule | tuple[Rule, ...]) -> Suite:
    return suite(
        _FIELDS,
        required(text("response_id"), key=True),
        moment_rules("landed_at", needed=True, key=True),
        holds(
            condition(
                "hidden_is_object",
                f"case when {json_type('hidden').sql} <> 'null' "
                f"then {json_type('hidden').sql} = 'object' end",
            ),
            "hidden is not an object",
        ),
        *rules,
    )


SUITES: Mapping[str, Suite] = {
    "responses_completed": _response(
        moment_rules("submitted_at", needed=True, key=True),
        in_order(moment("landed_at"), moment("submitted_at")),
        holds(
            condition(
                "answers_are_a_list", f"coalesce({json_type('answers').sql} = 'array', false)"
            ),
            "answers is missing or not a list",
        ),
    ),
    "responses_partial": _response(
        moment_rules("staged_at"),
        in_order(moment("landed_at"), moment("staged_at")),
    ),
    "responses_started": _response(),
}
