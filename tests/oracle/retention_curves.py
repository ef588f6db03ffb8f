"""``agg_retention_rates`` and ``agg_retention_curves``."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from tests.oracle.employments import Employment, suspects
from tests.oracle.retention import HORIZONS
from tests.oracle.rows import Row

Z = 1.959963984540054
LEAVE_TYPES = ("voluntary", "dismissal", "contract_end", "other")
Group = tuple[str, str]


def by_route(hired: Iterable[Employment]) -> dict[Group, list[Employment]]:
    """Those who have started, by company and route; once more under ``all``."""
    groups: dict[Group, list[Employment]] = defaultdict(list)
    for employment in hired:
        if employment.has_started:
            groups[employment.company_id, employment.route].append(employment)
            groups[employment.company_id, "all"].append(employment)
    return groups


def _suspect_groups(hired: Sequence[Employment]) -> set[Group]:
    feeds = suspects(hired)
    return {
        group
        for group, members in by_route(hired).items()
        if any((member.company_id, member.feed) in feeds for member in members)
    }


def wilson(k: int, n: int) -> tuple[float, float]:
    """The 95 % interval of k of n."""
    p, zz = k / n, Z * Z
    middle = (p + zz / (2 * n)) / (1 + zz / n)
    half = Z * math.sqrt(p * (1 - p) / n + zz / (4 * n * n)) / (1 + zz / n)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def rate_rows(hired: Sequence[Employment]) -> list[Row]:
    """The expected rows of ``agg_retention_rates``."""
    suspect = _suspect_groups(hired)
    rows: dict[tuple[str, str, int], Row] = {}
    for group, members in by_route(hired).items():
        for days in HORIZONS:
            rows[(*group, days)] = _rate_row(group, days, members, group in suspect)
    for (company_id, route, days), row in rows.items():
        other = rows.get((company_id, "other_channel", days))
        _compare(row, other if route in ("slot", "paid_introduction") else None)
    return list(rows.values())


def _rate_row(group: Group, days: int, members: Sequence[Employment], is_suspect: bool) -> Row:
    states = [(m, m.state(m.joined_on + timedelta(days=days))) for m in members]
    count = Counter(state for _, state in states)
    leavers = Counter(m.leave_type for m, state in states if state == "left")
    retained, mature = count["retained"], count["retained"] + count["left"]
    is_rated = mature > 0 and not is_suspect
    lower, upper = wilson(retained, mature) if is_rated else (None, None)
    row: Row = {
        "company_id": group[0],
        "route": group[1],
        "horizon_days": days,
        "employments": len(members),
        "retained": retained,
        "left_total": count["left"],
        **{f"left_{kind}": leavers[kind] for kind in LEAVE_TYPES},
        "left_unstated": leavers[None],
        "unknown": count["unknown"],
        "immature": count["immature"],
        "retention_rate": rate(retained, mature) if is_rated else None,
        "rate_lower": lower,
        "rate_upper": upper,
        "is_feed_suspect": is_suspect,
    }
    return row


def rate(part: int, whole: int) -> Decimal:
    """A share to six places, away from zero at a half."""
    exact = Decimal(part) / Decimal(whole)
    return exact.quantize(Decimal("0.000001"), ROUND_HALF_UP)


def _compare(row: Row, other: Row | None) -> None:
    """Newcombe's interval of the difference between two rates."""
    columns = ("difference_to_other_channels", "difference_lower", "difference_upper")
    row.update(dict.fromkeys(columns))
    if other is None or row["retention_rate"] is None or other["retention_rate"] is None:
        return
    p, lower, upper = _interval(row)
    q, other_lower, other_upper = _interval(other)
    row["difference_to_other_channels"] = p - q
    row["difference_lower"] = p - q - math.hypot(p - lower, other_upper - q)
    row["difference_upper"] = p - q + math.hypot(upper - p, q - other_lower)


def _interval(row: Row) -> tuple[float, float, float]:
    retained, left = int(str(row["retained"])), int(str(row["left_total"]))
    return retained / (retained + left), *wilson(retained, retained + left)


def duration(employment: Employment) -> tuple[int, bool]:
    """Days from joining to leaving, or to the last day known to be employed; whether it is the
    former. A leave that nobody has observed yet is none."""
    left_on, observed_on = employment.left_on, employment.feed_observed_on
    if left_on is None:
        last, has_left = employment.employed_on or employment.joined_on, False
    elif observed_on is not None and left_on <= observed_on:
        last, has_left = left_on, True
    else:
        last, has_left = observed_on or employment.joined_on, False
    return max((last - employment.joined_on).days, 0), has_left


def curve_rows(hired: Sequence[Employment]) -> list[Row]:
    """The expected rows of ``agg_retention_curves``."""
    suspect = _suspect_groups(hired)
    rows: list[Row] = []
    for (company_id, route), members in by_route(hired).items():
        cohorts: dict[str, list[Employment]] = defaultdict(list)
        for member in members:
            cohorts["all"].append(member)
            cohorts[str(member.fiscal_year)].append(member)
        is_suspect = (company_id, route) in suspect
        for cohort, own in cohorts.items():
            head: Row = {"company_id": company_id, "route": route, "cohort": cohort}
            for point in curve([duration(member) for member in own]):
                if is_suspect:
                    point = {**point, **dict.fromkeys(ESTIMATES)}
                rows.append({**head, **point, "is_feed_suspect": is_suspect})
    return rows


ESTIMATES = ("survival", "greenwood_variance", "survival_lower", "survival_upper")


def curve(durations: Sequence[tuple[int, bool]]) -> Iterator[Row]:
    """Kaplan-Meier, a row per distinct time; events come before censorings."""
    events = Counter(t for t, has_left in durations if has_left)
    everybody = Counter(t for t, _ in durations)
    at_risk, survival, greenwood = len(durations), 1.0, 0.0
    for t in sorted(everybody):
        d = events[t]
        survival *= (at_risk - d) / at_risk
        is_over = d == at_risk
        greenwood += 0.0 if is_over else d / (at_risk * (at_risk - d))
        lower, upper = _log_log(survival, greenwood)
        yield {
            "day": t,
            "at_risk": at_risk,
            "events": d,
            "censored": everybody[t] - d,
            "survival": survival,
            "greenwood_variance": None if is_over else survival**2 * greenwood,
            "survival_lower": lower,
            "survival_upper": upper,
        }
        at_risk -= everybody[t]


def _log_log(survival: float, greenwood: float) -> tuple[float | None, float | None]:
    if not 0 < survival < 1:
        return None, None
    half = Z * math.sqrt(greenwood) / abs(math.log(survival))
    return survival ** math.exp(half), survival ** math.exp(-half)
