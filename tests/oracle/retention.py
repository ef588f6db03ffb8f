"""``fct_retention``: every join at every horizon."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from tests.oracle.employments import HORIZONS, JOINS, Employment
from tests.oracle.rows import Row


def rows(hired: Iterable[Employment]) -> list[Row]:
    """The expected rows of ``fct_retention``."""
    found: list[Row] = []
    for one in hired:
        if one.feed != JOINS:
            continue
        for days in HORIZONS:
            horizon = one.joined_on + timedelta(days=days)
            found.append(
                {
                    "join_id": one.key.partition(":")[2],
                    "company_id": one.company_id,
                    "introduction_id": one.introduction_key,
                    "joined_date": one.joined_on,
                    "horizon_days": days,
                    "horizon_date": horizon,
                    "state": one.state_at(horizon),
                    "left_date": one.left_on,
                    "leave_type": one.leave_type,
                    "last_observed_date": one.observed_on,
                    "company_last_observed_date": one.feed_observed_on,
                }
            )
    return found
