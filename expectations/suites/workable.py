"""Workable: what its records have to satisfy, as they are stored (see ``extractors.workable``).

Nothing here looks at a person's name, address or number.
"""

from __future__ import annotations

from collections.abc import Mapping

from expectations.columns import condition, json_type, moment, number, text
from expectations.rules import holds, in_order, mapped, moment_rules, one_of, required
from expectations.seeds import EMPLOYMENT_LABELS
from expectations.suites.suite import Suite, suite

SOURCE = "workable"
_ID = required(text("id"), key=True)

SUITES: Mapping[str, Suite] = {
    "candidates": suite(
        "id created_at updated_at firstname lastname email phone job_shortcode stage stage_kind "
        "disqualified disqualification_reason withdrew_by_reason anonymized sourced hired_at "
        "moved_to_offer_at common_source",
        _ID,
        moment_rules("created_at", needed=True, key=True),
        moment_rules("updated_at", needed=True, key=True),
        in_order(moment("created_at"), moment("updated_at")),
        moment_rules("hired_at"),
        moment_rules("moved_to_offer_at"),
        required(text("job_shortcode")),
        required(text("stage")),
        required(text("stage_kind")),
        holds(
            condition(
                "disqualified_is_boolean",
                f"coalesce({json_type('disqualified').sql} = 'boolean', false)",
            ),
            "disqualified is missing or not true or false",
        ),
    ),
    "activities": suite(
        "id parent_id action stage_name target_stage created_at withdrew",
        _ID,
        required(text("parent_id"), key=True),
        required(text("action")),
        moment_rules("created_at", needed=True),
    ),
    "offers": suite(
        "id parent_id state created_at",
        _ID,
        required(text("state")),
        moment_rules("created_at"),
    ),
    "jobs": suite(
        "id title shortcode code state department employment_type place created_at",
        required(text("shortcode"), key=True),
        required(text("title")),
        one_of(text("state"), ("draft", "published", "archived", "closed")),
        moment_rules("created_at"),
        mapped(text("employment_type"), EMPLOYMENT_LABELS),
    ),
    "job_stages": suite(
        "parent_id slug name kind position",
        required(text("parent_id"), key=True),
        required(text("name")),
        required(text("kind")),
        required(number("position")),
    ),
    "stages": suite("slug name kind position", required(text("name"))),
    "disqualification_reasons": suite("id name type", _ID, required(text("name"))),
    "members": suite("id role active", _ID),
}
