"""HERP Hire: what its records have to satisfy. Fields as the extraction stores them.

A step is not looked at: companies are known to have others than the documented ones, so they are
accepted here and the transformation reports those that no seed maps. Nothing here looks at a
person's name, address, number or text.
"""

from __future__ import annotations

from collections.abc import Mapping

from expectations.columns import Column, condition, moment, text
from expectations.rules import (
    Rule,
    holds,
    in_order,
    mapped,
    matching,
    moment_rules,
    one_of,
    required,
)
from expectations.seeds import EMPLOYMENT_LABELS, outcome_codes
from expectations.suites.suite import Suite, suite

UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"

CODE = Column(
    "outcome_code",
    "nullif(concat_ws(' / ', nullif(btrim(r.payload ->> 'status'), ''), "
    "case when r.payload ->> 'status' = 'terminated' "
    "then nullif(btrim(r.payload ->> 'terminationReason'), '') end), '')",
)


def _record(fields: str, *rules: Rule | tuple[Rule, ...]) -> Suite:
    return suite(f"id {fields}", required(text("id"), key=True), *rules)


SUITES: Mapping[str, Suite] = {
    "candidacies": _record(
        "name email telephoneNumber status requisitionId appliedAt step stepUpdatedAt "
        "terminationReason terminatedAt channel",
        matching("id", UUID, "a UUID"),
        moment_rules("appliedAt", needed=True, key=True),
        required(text("status"), key=True),
        required(text("requisitionId")),
        required(text("step")),
        mapped(CODE, outcome_codes("herp")),
        moment_rules("stepUpdatedAt"),
        moment_rules("terminatedAt"),
        in_order(moment("appliedAt"), moment("terminatedAt")),
        holds(
            condition(
                "terminatedAt_present_when_terminated",
                "case when r.payload ->> 'status' = 'terminated' "
                "then r.payload ->> 'terminatedAt' is not null end",
            ),
            "status is terminated without terminatedAt",
        ),
    ),
    "requisitions": _record(
        "title name status department employmentType createdAt updatedAt",
        matching("id", UUID, "a UUID"),
        holds(
            condition(
                "title_present",
                "nullif(btrim(coalesce(r.payload ->> 'title', r.payload ->> 'name')), '') "
                "is not null",
            ),
            "neither title nor name is given",
        ),
        required(text("status")),
        one_of(text("status"), ("active", "archived")),
        mapped(
            Column("employment_type", "nullif(btrim(r.payload ->> 'employmentType'), '')"),
            EMPLOYMENT_LABELS,
        ),
        moment_rules("createdAt", needed=True, key=True),
        moment_rules("updatedAt"),
        in_order(moment("createdAt"), moment("updatedAt")),
    ),
    "users": _record("role status"),
}
