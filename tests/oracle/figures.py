"""The monthly figures that reports and KPIs are made of, counted from the other expected marts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import cast

from tests.oracle.clock import jst_date, month_of
from tests.oracle.rows import Row, Value

Marts = Mapping[str, Iterable[Row]]
Figures = dict[tuple[str, date, str], Decimal]  # company, first day of the month, metric

SIX_PLACES = Decimal("0.000001")
LATER_STEPS = {
    "mailed": "mailed_at",
    "opened": "human_opened_at",
    "registered": "registered_at",
    "counted": "counted_at",
}


def figures(marts: Marts) -> Figures:
    """Every metric of every company and month in which it has something to count."""
    found: Figures = defaultdict(Decimal)
    for events in (_applications, _rejections, _slots, _introductions, _retention):
        for company, day, metric, quantity in events(marts):
            found[company, month_of(day), metric] += quantity
    last: dict[tuple[str, date], Row] = {}
    for row in marts["agg_slot_balances"]:
        key = (str(row["company_id"]), month_of(_day(row["balance_date"])))
        if key not in last or _day(last[key]["balance_date"]) < _day(row["balance_date"]):
            last[key] = row
    for (company, month), row in last.items():
        for metric in ("points_balance", "slots_balance"):
            found[company, month, metric] = Decimal(cast(int, row[metric]))
    return dict(found)


Fact = tuple[str, date, str, Decimal]


def _applications(marts: Marts) -> Iterator[Fact]:
    for row in marts["fct_applications"]:
        yield _fact(row, row["applied_date"], "applied")


def _rejections(marts: Marts) -> Iterator[Fact]:
    """On the cohort's day every step up to the furthest one; on its own day each that has one."""
    for row in marts["fct_relay_funnel"]:
        rejected = row["rejected_date"]
        yield _fact(row, rejected, "rejected")
        times = [cast("datetime | None", row[column]) for column in LATER_STEPS.values()]
        for position, step in enumerate(LATER_STEPS):
            if any(times[position:]):
                yield _fact(row, rejected, step)
            if time := times[position]:
                yield _fact(row, time, f"{step}_in_month")
        registered, begin = row["registered_at"], row["rejected_at"]
        if isinstance(registered, datetime) and isinstance(begin, datetime) and registered >= begin:
            days = Decimal((registered - begin).total_seconds()) / 86_400
            yield _fact(row, rejected, "registered_after_rejection")
            yield _fact(row, rejected, "days_of_registering", six(days))


def _slots(marts: Marts) -> Iterator[Fact]:
    for row in marts["fct_slots"]:
        yield _fact(row, row["granted_at"], "slots_granted")
        if row["status"] == "used":
            yield _fact(row, row["used_at"], "slots_used")
        if row["expired_at"]:
            yield _fact(row, row["expired_at"], "slots_expired")


INTRODUCTION_DAYS = {
    "introduced": "introduced_date",
    "interviewed": "interview_date",
    "offered": "offered_date",
    "accepted": "accepted_date",
    "declined": "declined_date",
    "joined": "joined_date",
}


def _introductions(marts: Marts) -> Iterator[Fact]:
    for row in marts["fct_introductions"]:
        for metric, column in INTRODUCTION_DAYS.items():
            if row[column]:
                yield _fact(row, row[column], metric)
        if row["is_slot_covered"] and row["joined_date"]:
            yield _fact(row, row["joined_date"], "joined_by_slot")


RETENTION: dict[str, Callable[[Value], bool]] = {
    "retained": lambda state: state == "retained",
    "observed": lambda state: state in ("retained", "left"),
    "unknown": lambda state: state == "unknown",
}


def _retention(marts: Marts) -> Iterator[Fact]:
    for row in marts["fct_retention"]:
        for name, holds in RETENTION.items():
            if row["horizon_days"] in (90, 365) and holds(row["state"]):
                yield _fact(row, row["horizon_date"], f"{name}_{row['horizon_days']}")


def _fact(row: Row, at: Value, metric: str, quantity: Decimal = Decimal(1)) -> Fact:
    return str(row["company_id"]), _day(at), metric, quantity


def _day(at: Value) -> date:
    if isinstance(at, datetime):
        return jst_date(at)
    if isinstance(at, date):
        return at
    raise TypeError(f"neither a day nor a time: {at!r}")


def six(value: Decimal) -> Decimal:
    """Six places, half away from zero, as SQL rounds numerics."""
    return value.quantize(SIX_PLACES, ROUND_HALF_UP)
