"""Exports of ATSs: what a row has to satisfy, as the mapping has read it.

A cell that could not be read leaves its field empty and is named in ``unreadable``: such a row is
held back until a later export repairs it. Statuses are known by mapping and word, so that those of
one system say nothing of another's. Nothing here looks at what identifies a person, which is not
stored.
"""

from __future__ import annotations

from collections.abc import Mapping

from expectations.columns import Column, condition, json_type, text
from expectations.rules import (
    FILE_REMEDY,
    Kind,
    Rule,
    holds,
    mapped,
    moment_rules,
    one_of,
    required,
)
from expectations.seeds import EMPLOYMENT_LABELS, Codes
from expectations.suites.suite import Suite, suite

ENDS = ("rejected_at", "withdrawn_at", "decided_at", "hired_at", "joined_at")
_CODE = (
    "nullif(concat_ws(' / ', nullif(btrim(r.payload ->> 'system'), ''), "
    "nullif(btrim(r.payload ->> 'status'), '')), '')"
)
CODE = Column("outcome_code", _CODE)
_COLUMNS = ("source", "status", "reason_type")
_UNDATED = " and ".join(f"r.payload ->> '{name}' is null" for name in ENDS)

_ENDED_WITH_A_DATE = Rule(
    name="dated_when_ended",
    kind=Kind.IN_SET,
    column=Column("status_without_a_date_of_an_end", f"case when {_UNDATED} then {_CODE} end"),
    allowed=Codes("outcome_map.csv", _COLUMNS, (("outcome", "in_process"),)),
    message="the selection has ended, or its status is unknown, and no date says when",
    remedy="map the column that says when, or correct the row and export again",
)


def _not_before_applying(field: str) -> Rule:
    """Days are compared: an export may give the time of the one and only the day of the other."""
    return holds(
        condition(
            f"{field}_not_before_applied_at",
            f"left(r.payload ->> 'applied_at', 10) <= left(r.payload ->> '{field}', 10)",
        ),
        f"{field} is before applied_at",
        FILE_REMEDY,
    )


SUITES: Mapping[str, Suite] = {
    "applications": suite(
        "id system candidate_id job_id job_name department office employment_type channel status "
        "reason stage applied_at rejected_at withdrawn_at decided_at offered_at hired_at "
        "joined_at stages stage_history unreadable",
        required(text("id"), key=True),
        required(text("system"), key=True),
        required(text("status"), key=True),
        mapped(CODE, Codes("outcome_map.csv", _COLUMNS)),
        _ENDED_WITH_A_DATE,
        mapped(text("employment_type"), EMPLOYMENT_LABELS),
        moment_rules("applied_at", needed=True, key=True),
        *(moment_rules(name) for name in (*ENDS, "offered_at")),
        *(_not_before_applying(name) for name in (*ENDS, "offered_at")),
        one_of(text("stage_history"), ("vendor", "snapshots")),
        holds(
            condition("stages_are_a_list", f"coalesce({json_type('stages').sql} = 'array', false)"),
            "stages is missing or not a list",
        ),
        holds(
            condition(
                "every_cell_readable", "coalesce(r.payload -> 'unreadable' = '[]'::jsonb, false)"
            ),
            "a cell could not be read; the run that landed it names row and column",
            FILE_REMEDY,
        ),
    ),
}
