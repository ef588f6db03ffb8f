"""``fct_retention``: every join at every horizon."""

from __future__ import annotations

from datetime import timedelta

from tests.oracle.employments import HORIZONS, Word, last_attested, state, words
from tests.oracle.rows import Row
from tests.oracle.truth import Truth


def rows(truth: Truth) -> list[Row]:
    """The expected rows of ``fct_retention``."""
    said, last = words(truth), last_attested(truth)
    found: list[Row] = []
    for join in truth.joins:
        word = said.get((join.company_id, join.join_id), Word())
        feed = last.get(join.company_id)
        for days in HORIZONS:
            horizon = join.joined_on + timedelta(days=days)
            found.append(
                {
                    "join_id": join.key,
                    "company_id": join.company_id,
                    "introduction_id": f"{join.company_id}:{join.introduction_id}",
                    "joined_date": join.joined_on,
                    "horizon_days": days,
                    "horizon_date": horizon,
                    "state": state(horizon, feed, word.left_on, word.employed_on, word.gone_on),
                    "left_date": word.left_on,
                    "leave_type": word.leave_type,
                    "last_observed_date": word.observed_on,
                    "company_last_observed_date": feed,
                }
            )
    return found
