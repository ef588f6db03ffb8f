"""``agg_stage_dropoff``: at which stage of the selection applications end, and how."""

from __future__ import annotations

from collections import Counter, defaultdict

from tests.oracle import funnel
from tests.oracle.applications import Selection, selections
from tests.oracle.monthly import STEPS, ratio
from tests.oracle.rows import Row
from tests.oracle.truth import Truth

WAYS = {
    "rejected": "rejected_by_company",
    "withdrawn": "withdrawn_by_candidate",
    "offer_declined": "offer_declined",
    "not_eligible": "not_eligible",
    "unknown": "unknown",
}
NO_STAGE = "(none)"
RELAY_STEPS = ("mailed", "opened", "registered", "counted")


def rows(truth: Truth) -> list[Row]:
    """The expected rows of ``agg_stage_dropoff``."""
    plans: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for stage in truth.stages:
        plans[stage.job_id].append((stage.name, stage.sort_order))
    furthest = _furthest_steps(truth)
    reached: Counter[tuple[str, str]] = Counter()
    orders: dict[tuple[str, str], int | None] = {}
    ended: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for selection in selections(truth).values():
        application = selection.application
        own = application.company_id, selection.stage_reached or NO_STAGE
        ended[*own, selection.outcome].append(furthest.get(application.key, 0))
        for name, order in _stages(selection, plans[application.job_id or 0]):
            cell = application.company_id, name
            reached[cell] += 1
            known = orders.get(cell)
            orders[cell] = order if known is None or order is None else min(known, order)
    return [
        _row(cell, orders[cell], way, count, ended[*cell, outcome])
        for cell, count in reached.items()
        for way, outcome in WAYS.items()
    ]


def _stages(selection: Selection, plan: list[tuple[str, int]]) -> list[tuple[str, int | None]]:
    """The stage an application was in last, and those of its job that come before it."""
    name, order = selection.stage_reached, selection.stage_reached_order
    if name is None or order is None:
        return [(NO_STAGE, None)]
    earlier: dict[str, int] = {}
    for other, place in plan:
        if place <= order and other != name:
            earlier[other] = min(place, earlier.get(other, place))
    return [(name, order), *earlier.items()]


def _furthest_steps(truth: Truth) -> dict[str, int]:
    """Place of the last step with a time, of each rejected application."""
    return {
        str(row["application_id"]): max(
            place for place, column in enumerate(STEPS.values()) if row[column] is not None
        )
        for row in funnel.rows(truth)
    }


def _row(cell: tuple[str, str], order: int | None, way: str, reached: int, steps: list[int]) -> Row:
    relay: Row = dict.fromkeys(RELAY_STEPS)
    rate = None
    if way == "rejected":
        relay = {
            step: sum(furthest >= place for furthest in steps)
            for place, step in enumerate(RELAY_STEPS, start=1)
        }
        rate = ratio(sum(furthest >= 3 for furthest in steps), len(steps))
    return {
        "company_id": cell[0],
        "stage": cell[1],
        "stage_order": order,
        "left_as": way,
        "reached": reached,
        "left_here": len(steps),
        "share_of_reached": ratio(len(steps), reached),
        **relay,
        "registration_rate": rate,
    }
