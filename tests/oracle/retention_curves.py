"""``agg_retention_rates`` and ``agg_retention_curves``; the statistics are libraries'."""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from lifelines import KaplanMeierFitter
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from tests.oracle.employments import ALL, HORIZONS, OTHER, Employment, suspects
from tests.oracle.rows import Row

LEAVE_TYPES = ("voluntary", "dismissal", "contract_end", "other")
MICRO = Decimal("0.000001")
Interval = tuple[float, float]
Cell = tuple[str, str, int]


def rate_rows(hired: Sequence[Employment]) -> list[Row]:
    """The expected rows of ``agg_retention_rates``."""
    suspect = suspects(hired)
    is_suspect: set[tuple[str, str]] = set()
    tally: dict[Cell, Counter[str]] = defaultdict(Counter)
    for one in hired:
        if not one.has_started:
            continue
        for route in (one.route, ALL):
            if one.watched in suspect:
                is_suspect.add((one.company_id, route))
            for days in HORIZONS:
                state = one.state_at(one.joined_on + timedelta(days=days))
                cell = tally[one.company_id, route, days]
                cell[state] += 1
                if state == "left":
                    cell[f"left_{one.leave_type or 'unstated'}"] += 1
    return [_rate_row(cell, tally, is_suspect) for cell in tally]


def _rate_row(cell: Cell, tally: dict[Cell, Counter[str]], is_suspect: set[tuple[str, str]]) -> Row:
    company_id, route, days = cell
    counts = tally[cell]
    retained, left = counts["retained"], counts["left"]
    has_rate = retained + left > 0 and (company_id, route) not in is_suspect
    lower, upper = wilson(retained, retained + left) if has_rate else (None, None)
    row: Row = {
        "company_id": company_id,
        "route": route,
        "horizon_days": days,
        "employments": retained + left + counts["unknown"] + counts["immature"],
        "retained": retained,
        "left_total": left,
        **{f"left_{kind}": counts[f"left_{kind}"] for kind in (*LEAVE_TYPES, "unstated")},
        "unknown": counts["unknown"],
        "immature": counts["immature"],
        "retention_rate": share(retained, retained + left) if has_rate else None,
        "rate_lower": lower,
        "rate_upper": upper,
        "difference_to_other_channels": None,
        "difference_lower": None,
        "difference_upper": None,
        "is_feed_suspect": (company_id, route) in is_suspect,
    }
    others = tally.get((company_id, OTHER, days), Counter())
    other_n = others["retained"] + others["left"]
    is_compared = route not in (OTHER, ALL) and (company_id, OTHER) not in is_suspect
    if has_rate and is_compared and other_n:
        row |= _difference((retained, retained + left), (others["retained"], other_n))
    return row


def _difference(own: tuple[int, int], other: tuple[int, int]) -> Row:
    """The difference of two shares with Newcombe's interval."""
    lower, upper = confint_proportions_2indep(*own, *other, method="newcomb", compare="diff")
    return {
        "difference_to_other_channels": own[0] / own[1] - other[0] / other[1],
        "difference_lower": float(lower),
        "difference_upper": float(upper),
    }


def wilson(successes: int, trials: int) -> Interval:
    """Wilson's 95 % interval."""
    lower, upper = proportion_confint(successes, trials, alpha=0.05, method="wilson")
    return float(lower), float(upper)


def share(part: int, whole: int) -> Decimal:
    """A share with six places, half away from zero."""
    return (Decimal(part) / whole).quantize(MICRO, ROUND_HALF_UP)


def curve_rows(hired: Sequence[Employment]) -> list[Row]:
    """The expected rows of ``agg_retention_curves``."""
    suspect = suspects(hired)
    is_suspect: set[tuple[str, str]] = set()
    durations: dict[tuple[str, str, str], list[tuple[int, bool]]] = defaultdict(list)
    for one in hired:
        if not one.has_started:
            continue
        for route in (one.route, ALL):
            if one.watched in suspect:
                is_suspect.add((one.company_id, route))
            for cohort in (str(one.fiscal_year), ALL):
                durations[one.company_id, route, cohort].append(duration(one))
    return [
        _curve_row(key, point, key[:2] in is_suspect)
        for key, own in durations.items()
        for point in curve(own)
    ]


def _curve_row(key: tuple[str, str, str], point: Row, is_suspect: bool) -> Row:
    company_id, route, cohort = key
    hidden = ("survival", "greenwood_variance", "survival_lower", "survival_upper")
    shown = point | dict.fromkeys(hidden) if is_suspect else point
    names: Row = {"company_id": company_id, "route": route, "cohort": cohort}
    return {**names, **shown, "is_feed_suspect": is_suspect}


def duration(one: Employment) -> tuple[int, bool]:
    """Days from joining to leaving (True), or to the last day known to be employed (False)."""
    if one.leaving_on is None:
        last = one.employed_on or one.joined_on
    elif one.has_left:
        last = one.leaving_on
    else:  # only announced: employed as far as anybody has looked
        last = one.feed_observed_on or one.joined_on
    return max((last - one.joined_on).days, 0), one.has_left


def curve(durations: Sequence[tuple[int, bool]]) -> Iterator[Row]:
    """lifelines' Kaplan-Meier estimate at each day on which something ends."""
    days = [day for day, _ in durations]
    fitter = KaplanMeierFitter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a curve whose every end is censored has no interval
        fitter.fit(days, [left for _, left in durations], alpha=0.05)
    table = fitter.event_table
    ends = fitter.confidence_interval_survival_function_
    for day in sorted(set(days)):
        survival = float(fitter.survival_function_.loc[day].iloc[0])
        squares = float(fitter._cumulative_sq_.loc[day])
        at_risk = int(table.at_risk.loc[day])
        events = int(table.observed.loc[day])
        is_open = 0 < survival < 1
        lower, upper = ends.loc[day].to_numpy()
        yield {
            "day": day,
            "at_risk": at_risk,
            "events": events,
            "censored": int(table.censored.loc[day]),
            "survival": survival,
            "greenwood_variance": survival**2 * squares if at_risk > events else None,
            "survival_lower": float(lower) if is_open else None,
            "survival_upper": float(upper) if is_open else None,
        }
