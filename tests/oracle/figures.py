"""Each metric's figure per company and month, as the semantic models define it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from tests.oracle.clock import jst_date, month_of
from tests.oracle.rows import Row

Figures = dict[tuple[str, date, str], Decimal]
Figure = Callable[[Row], int | Decimal]
MICRO = Decimal("0.000001")
SECONDS_A_DAY = 86_400


def _has(*columns: str) -> Figure:
    """1 for a row with a value in any of the columns."""
    return lambda row: int(any(row[column] is not None for column in columns))


def _each(row: Row) -> int:
    return 1


def _is(column: str, *values: str) -> Figure:
    return lambda row: int(row[column] in values)


def _waited(row: Row) -> Decimal | None:
    """Days from the rejection to the registration; None for who registered before it."""
    rejected_at, registered_at = row["rejected_at"], row["registered_at"]
    if not isinstance(rejected_at, datetime) or not isinstance(registered_at, datetime):
        return None
    if registered_at < rejected_at:
        return None
    waited = registered_at - rejected_at
    micros = (waited.days * SECONDS_A_DAY + waited.seconds) * 10**6 + waited.microseconds
    return six(Decimal(micros) / (SECONDS_A_DAY * 10**6))


def six(value: Decimal) -> Decimal:
    """Six places, half away from zero."""
    return value.quantize(MICRO, ROUND_HALF_UP)


def _at_horizon(days: int, *states: str) -> Figure:
    return lambda row: int(row["horizon_days"] == days and row["state"] in states)


# mart -> (metric, the column whose month it falls into, what a row adds)
METRICS: Mapping[str, Sequence[tuple[str, str, Figure]]] = {
    "fct_applications": [("applied", "applied_date", _each)],
    "fct_relay_funnel": [
        ("rejected", "rejected_date", _each),
        (
            "mailed",
            "rejected_date",
            _has("mailed_at", "human_opened_at", "registered_at", "counted_at"),
        ),
        ("opened", "rejected_date", _has("human_opened_at", "registered_at", "counted_at")),
        ("registered", "rejected_date", _has("registered_at", "counted_at")),
        ("counted", "rejected_date", _has("counted_at")),
        ("registered_after_rejection", "rejected_date", lambda row: int(_waited(row) is not None)),
        ("days_of_registering", "rejected_date", lambda row: _waited(row) or 0),
        ("mailed_in_month", "mailed_at", _each),
        ("opened_in_month", "human_opened_at", _each),
        ("registered_in_month", "registered_at", _each),
        ("counted_in_month", "counted_at", _each),
    ],
    "fct_slots": [
        ("slots_granted", "granted_at", _each),
        ("slots_used", "used_at", _is("status", "used")),
        ("slots_expired", "expired_at", _each),
    ],
    "fct_introductions": [
        ("introduced", "introduced_date", _each),
        ("interviewed", "interview_date", _each),
        ("offered", "offered_date", _each),
        ("accepted", "accepted_date", _each),
        ("declined", "declined_date", _each),
        ("joined", "joined_date", _each),
        ("joined_by_slot", "joined_date", lambda row: int(bool(row["is_slot_covered"]))),
    ],
    "fct_retention": [
        (f"{name}_{days}", "horizon_date", _at_horizon(days, *states))
        for days in (90, 365)
        for name, states in (
            ("retained", ["retained"]),
            ("observed", ["retained", "left"]),
            ("unknown", ["unknown"]),
        )
    ],
}
BALANCES = ("points_balance", "slots_balance")


def figures(marts: Mapping[str, Sequence[Row]]) -> Figures:
    """Every figure that is not zero."""
    found: Figures = defaultdict(Decimal)
    for mart, metrics in METRICS.items():
        for row in marts[mart]:
            for metric, column, figure in metrics:
                day = _day(row[column])
                if day is not None and (value := figure(row)):
                    found[str(row["company_id"]), month_of(day), metric] += value
    return dict(found) | _balances(marts["agg_slot_balances"])


def _balances(rows: Sequence[Row]) -> Figures:
    """The balance of the last day known of each month."""
    found: Figures = {}
    for row in sorted(rows, key=lambda row: str(row["balance_date"])):
        day = _day(row["balance_date"])
        for metric in BALANCES:
            if day is not None:
                key = str(row["company_id"]), month_of(day), metric
                found[key] = Decimal(str(row[metric]))
    return {key: balance for key, balance in found.items() if balance}


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return jst_date(value)
    return value if isinstance(value, date) else None
