"""Talentio: what its records have to satisfy. Fields as the extraction stores them.

Types of stages are not looked at: those that no seed maps are accepted, and the transformation
reports them. Nothing here looks at a person's name, address or text.
"""

from __future__ import annotations

from collections.abc import Mapping

from expectations.columns import Column, condition, json_type, moment, number, text
from expectations.rules import (
    Rule,
    holds,
    in_order,
    mapped,
    moment_rules,
    one_of,
    required,
)
from expectations.seeds import outcome_codes
from expectations.suites.suite import Suite, suite

CODE = Column("outcome_code", "nullif(btrim(r.payload ->> 'status'), '')")


def _record(fields: str, *rules: Rule | tuple[Rule, ...]) -> Suite:
    return suite(f"id {fields}", required(number("id"), key=True), *rules)


SUITES: Mapping[str, Suite] = {
    "candidates": _record(
        "firstName lastName email status registeredAt fixedAt channelType channelName stages "
        "requisition",
        moment_rules("registeredAt", needed=True, key=True),
        required(text("status"), key=True),
        mapped(CODE, outcome_codes("talentio")),
        moment_rules("fixedAt"),
        in_order(moment("registeredAt"), moment("fixedAt")),
        holds(
            condition(
                "fixedAt_present_when_decided",
                "case when r.payload ->> 'status' in ('reject', 'fail', 'pass') "
                "then r.payload ->> 'fixedAt' is not null end",
            ),
            "the selection has ended without fixedAt",
        ),
        holds(
            condition(
                "requisition_present_outside_the_pool",
                "case when r.payload ->> 'status' not like 'pool%%' "
                "then r.payload #>> '{requisition,id}' is not null end",
            ),
            "requisition is missing and the candidate is not in the pool",
        ),
        holds(
            condition("stages_are_a_list", f"coalesce({json_type('stages').sql} = 'array', false)"),
            "stages is missing or not a list",
        ),
    ),
    "requisitions": _record(
        "name status active createdAt updatedAt",
        required(text("name")),
        required(text("status")),
        one_of(text("status"), ("active", "inactive")),
        moment_rules("createdAt", needed=True, key=True),
        moment_rules("updatedAt"),
        in_order(moment("createdAt"), moment("updatedAt")),
    ),
}
