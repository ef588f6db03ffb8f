"""``agg_stage_dropoff``: at which stage of the selection applications end, and how."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from tests.oracle.applications import Selection, selections
from tests.oracle.funnel import rows as funnel_rows
from tests.oracle.monthly import NONE, STEPS, furthest, step_times
from tests.oracle.rows import Row
from tests.oracle.shares import ratio
from tests.oracle.truth import Stage, Truth
from tests.oracle.vendors import REJECTED

LEFT_AS = {
    REJECTED: "rejected",
    "withdrawn_by_candidate": "withdrawn",
    "offer_declined": "offer_declined",
    "not_eligible": "not_eligible",
    "unknown": "unknown",
}


def rows(truth: Truth) -> list[Row]:
    """The expected rows of ``agg_stage_dropoff``."""
    plans: dict[int | None, list[Stage]] = defaultdict(list)
    for stage in truth.stages:
        plans[stage.job_id].append(stage)
    orders: dict[tuple[str, str], int] = {}
    for job in truth.jobs:
        for stage in plans[job.job_id]:
            place = job.company_id, stage.name
            orders[place] = min(stage.sort_order, orders.get(place, stage.sort_order))
    reached: Counter[tuple[str, str]] = Counter()
    left: Counter[tuple[str, str, str]] = Counter()
    for selection in selections(truth).values():
        company_id = selection.application.company_id
        for name in _passed(selection, plans):
            reached[company_id, name] += 1
        if selection.outcome in LEFT_AS:
            left[company_id, selection.stage_reached or NONE, LEFT_AS[selection.outcome]] += 1
    programme = _programme(truth)
    return [
        _row(
            place,
            orders.get(place),
            way,
            reached[place],
            left[*place, way],
            programme[place] if way == LEFT_AS[REJECTED] else None,
        )
        for place in reached
        for way in LEFT_AS.values()
    ]


def _passed(selection: Selection, plans: Mapping[int | None, Sequence[Stage]]) -> set[str]:
    """Names of the stages up to the furthest one."""
    if selection.stage_reached is None or selection.stage_reached_order is None:
        return {NONE}
    last = selection.stage_reached_order
    plan = plans[selection.application.job_id]
    return {selection.stage_reached} | {s.name for s in plan if s.sort_order < last}


def _programme(truth: Truth) -> dict[tuple[str, str], list[int]]:
    """Of the applications rejected in each stage, how many reached each step."""
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(STEPS))
    for row in funnel_rows(truth):
        counts = found[str(row["company_id"]), str(row["stage_reached"] or NONE)]
        for step in range(furthest(step_times(row)) + 1):
            counts[step] += 1
    return found


def _row(
    place: tuple[str, str],
    order: int | None,
    way: str,
    reached: int,
    left: int,
    steps: Sequence[int] | None,
) -> Row:
    _, mailed, opened, registered, counted = steps or (None,) * len(STEPS)
    return {
        "company_id": place[0],
        "stage": place[1],
        "stage_order": order,
        "left_as": way,
        "reached": reached,
        "left_here": left,
        "share_of_reached": ratio(left, reached),
        "mailed": mailed,
        "opened": opened,
        "registered": registered,
        "counted": counted,
        "registration_rate": None if registered is None else ratio(registered, left),
    }
