"""``fct_retention``: each join at each horizon, right-censored at the last observation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from tests.oracle.rows import Row
from tests.oracle.truth import Attestation, Join, Truth

HORIZONS = (30, 90, 180, 365)
OBSERVED = {"yes", "no"}


def rows(truth: Truth) -> list[Row]:
    """The expected rows of ``fct_retention``."""
    by_join: dict[tuple[str, str], list[Attestation]] = defaultdict(list)
    by_company: dict[str, list[date]] = defaultdict(list)
    for attestation in sorted(truth.attestations, key=lambda a: a.month):
        by_join[attestation.company_id, attestation.join_id].append(attestation)
        by_company[attestation.company_id].append(attestation.observed_on)
    return [
        _row(
            join,
            horizon,
            by_join[join.company_id, join.join_id],
            max(by_company[join.company_id], default=None),
        )
        for join in truth.joins
        for horizon in HORIZONS
    ]


def _row(join: Join, horizon: int, own: Sequence[Attestation], company_last: date | None) -> Row:
    horizon_date = join.joined_on + timedelta(days=horizon)
    leaving = next((a for a in reversed(own) if a.left_on is not None), None)
    return {
        "join_id": join.key,
        "company_id": join.company_id,
        "introduction_id": f"{join.company_id}:{join.introduction_id}",
        "joined_date": join.joined_on,
        "horizon_days": horizon,
        "horizon_date": horizon_date,
        "state": _state(horizon_date, own, leaving, company_last),
        "left_date": leaving.left_on if leaving else None,
        "leave_type": leaving.leave_type if leaving else None,
        "last_observed_date": max(
            (a.observed_on for a in own if a.employed in OBSERVED), default=None
        ),
        "company_last_observed_date": company_last,
    }


def _state(
    horizon_date: date,
    own: Sequence[Attestation],
    leaving: Attestation | None,
    company_last: date | None,
) -> str:
    if company_last is None or horizon_date > company_last:
        return "immature"
    if leaving is not None and leaving.left_on is not None:
        return "left" if leaving.left_on < horizon_date else "retained"
    seen = any(a.employed == "yes" and a.observed_on >= horizon_date for a in own)
    return "retained" if seen else "unknown"
