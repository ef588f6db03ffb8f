"""The oracle of retention curves, the statutory figure and the return, by hand and by lifelines."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from random import Random

import numpy as np
from lifelines import KaplanMeierFitter
from statsmodels.stats.proportion import proportion_confint

from tests.oracle import employments, retention_curves, returns, statutory
from tests.oracle.employments import Employment
from tests.oracle.statements import Cost, FeeTerms, Introduction
from tests.oracle.story import jst
from tests.oracle.truth import Truth

EMPLOYMENT = Employment(
    key="join:c:j",
    company_id="c",
    feed="joins",
    route="slot",
    introduction_key="c:i",
    application_id=None,
    joined_on=date(2026, 1, 1),
    employment_type="permanent",
    annual_salary_yen=4_000_000,
    left_on=None,
    leave_type=None,
    employed_on=date(2026, 6, 30),
    mentioned_on=date(2026, 6, 30),
    feed_observed_on=date(2026, 6, 30),
    has_started=True,
)
TERMS = FeeTerms(
    "c", date(2025, 4, 1), Decimal("32.55"), "30:100|90:50", None, jst("2025-04-01 00:00")
)
TODAY = jst("2026-07-01 00:00")


def left(on: str, kind: str | None = "voluntary") -> Employment:
    day = date.fromisoformat(on)
    return replace(EMPLOYMENT, left_on=day, leave_type=kind, employed_on=None)


def test_curves_are_those_of_lifelines() -> None:
    rng = Random(7)
    for size in (1, 2, 5, 40, 300):
        durations = [(int(rng.expovariate(1 / 90)), rng.random() < 0.4) for _ in range(size)]
        points = list(retention_curves.curve(durations))
        times, left_ = zip(*durations, strict=True)
        fitted = KaplanMeierFitter().fit(times, left_)
        assert len(points) == len(set(times))
        for point in points:
            expected = float(fitted.predict(point["day"]))
            assert math.isclose(float(str(point["survival"])), expected, abs_tol=1e-12)
            if point["survival_lower"] is not None:
                interval = fitted.confidence_interval_survival_function_.loc[point["day"]]
                found = [float(str(point[f"survival_{end}"])) for end in ("lower", "upper")]
                assert np.allclose(found, interval.to_numpy(), atol=1e-9)


def test_intervals_are_those_of_statsmodels() -> None:
    for n in (1, 3, 17, 400):
        for k in {0, 1, n // 2, n}:
            expected = proportion_confint(k, n, method="wilson")
            assert np.allclose(retention_curves.wilson(k, n), expected, atol=1e-12)


def test_a_duration_ends_with_what_was_observed() -> None:
    assert retention_curves.duration(EMPLOYMENT) == (180, False)
    assert retention_curves.duration(left("2026-01-31")) == (30, True)
    assert retention_curves.duration(left("2026-01-01")) == (0, True)
    assert retention_curves.duration(left("2026-07-31")) == (180, False)  # only announced
    gone = replace(EMPLOYMENT, employed_on=date(2026, 2, 28), gone_on=date(2026, 3, 31))
    assert retention_curves.duration(gone) == (89, True)  # no later than that
    never = replace(EMPLOYMENT, employed_on=None, mentioned_on=None)
    assert retention_curves.duration(never) == (0, False)


def test_routes_are_compared() -> None:
    hired = [EMPLOYMENT, left("2026-01-15"), replace(EMPLOYMENT, route="other_channel")]
    rows = {
        (str(row["route"]), row["horizon_days"]): row for row in retention_curves.rate_rows(hired)
    }
    slot = rows["slot", 30]
    assert (slot["retained"], slot["left_voluntary"], slot["retention_rate"]) == (
        1,
        1,
        Decimal("0.500000"),
    )
    assert slot["difference_to_other_channels"] == -0.5
    assert rows["all", 30]["employments"] == 3
    assert rows["all", 30]["difference_to_other_channels"] is None
    assert rows["slot", 365]["immature"] == 2
    assert rows["slot", 365]["rate_lower"] is None


def test_a_feed_that_omits_leavers_gives_no_rate() -> None:
    gone = replace(
        EMPLOYMENT, mentioned_on=date(2026, 2, 28), employed_on=date(2026, 2, 28), key="join:c:k"
    )
    assert employments.suspects([EMPLOYMENT, gone]) == {("c", "joins")}
    assert employments.suspects([EMPLOYMENT, gone, left("2026-03-01")]) == set()
    assert employments.suspects([EMPLOYMENT, gone, left("2026-09-01")]) == set()  # announced
    followed = replace(gone, mentioned_on=date(2026, 3, 2))  # 120 days before the newest word
    assert employments.suspects([EMPLOYMENT, followed]) == set()
    long_there = replace(gone, joined_on=date(2025, 2, 28))  # 365 days when last mentioned
    assert employments.suspects([EMPLOYMENT, long_there]) == set()
    rows = retention_curves.rate_rows([EMPLOYMENT, gone])
    assert {row["retention_rate"] for row in rows} == {None}
    assert {row["survival"] for row in retention_curves.curve_rows([EMPLOYMENT, gone])} == {None}


def test_six_months_follow_the_calendar() -> None:
    days = {
        "2026-01-01": "2026-07-01",
        "2025-08-28": "2026-02-28",
        "2025-08-29": "2026-03-01",
        "2025-08-31": "2026-03-01",
        "2023-08-29": "2024-02-29",
        "2025-03-31": "2025-10-01",
        "2025-12-15": "2026-06-15",
    }
    for joined, after in days.items():
        assert statutory.six_months_after(date.fromisoformat(joined)).isoformat() == after


def test_the_statutory_figure() -> None:
    hired = [
        EMPLOYMENT,
        left("2026-06-30"),
        left("2026-06-30", "dismissal"),
        left("2026-06-30", None),
        left("2026-07-01"),
        replace(EMPLOYMENT, employed_on=date(2026, 5, 31)),
        replace(EMPLOYMENT, employment_type="contract"),
        replace(EMPLOYMENT, feed="hires", route="other_channel"),
        replace(EMPLOYMENT, has_started=False),
    ]
    hired = [replace(e, feed_observed_on=date(2026, 7, 31)) for e in hired]
    (row,) = statutory.rows(Truth(clock=TODAY), hired)
    assert (row["fiscal_year"], row["placements"], row["indefinite_placements"]) == (2025, 7, 6)
    assert (row["left_within_six_months"], row["dismissed_within_six_months"]) == (2, 1)
    assert (row["retained_six_months"], row["unknown"], row["immature"]) == (1, 2, 0)
    assert row["is_complete"]


def test_half_a_yen_is_rounded_up() -> None:
    assert [returns.yen(Fraction(n, 2)) for n in (0, 1, 2, 3)] == [0, 1, 1, 2]


def test_the_return_of_a_year() -> None:
    costs = (
        Cost("c", "1", "2026-01", "internal", 100_000, "yes", TODAY),
        Cost("c", "2", "2026-03", "external", 20_000, "yes", TODAY),
        Cost("c", "3", "2026-02", "internal", 900_000, "no", TODAY),
        Cost("c", "4", "2026-04", "internal", 7, "yes", TODAY),
    )
    truth = Truth(costs=costs, fee_terms=(TERMS,), clock=TODAY)
    hired = [
        EMPLOYMENT,  # 1,302,000
        left("2026-01-30"),  # all of it back
        left("2026-03-31"),  # 89 days: half of it back
        left("2026-04-01"),  # 90 days: nothing
        replace(left("2026-01-15"), feed_observed_on=date(2026, 1, 14)),  # announced: nothing yet
        replace(EMPLOYMENT, annual_salary_yen=None),  # as low and high as the others
        replace(EMPLOYMENT, joined_on=date(2025, 3, 31)),  # no terms yet
        replace(EMPLOYMENT, route="paid_introduction", annual_salary_yen=8_000_000),
    ]
    before, year, after = returns.roi_rows(truth, hired, set())
    assert (before["slot_joins"], before["unpriced_joins"]) == (1, 1)
    assert before["avoided_fee_low_yen"] is None
    assert (year["slot_joins"], year["ranged_joins"], year["unpriced_joins"]) == (6, 1, 0)
    assert year["avoided_fee_low_yen"] == 6 * 1_302_000
    assert year["avoided_fee_high_yen"] == 5 * 1_302_000 + 2_604_000
    assert year["refund_low_yen"] == year["refund_high_yen"] == 1_302_000 + 651_000
    assert (year["cost_internal_yen"], year["cost_external_yen"]) == (100_000, 20_000)
    assert year["return_low_yen"] == 6 * 1_302_000 - 1_953_000 - 120_000
    assert year["return_ratio_low"] == Decimal("47.825000")
    assert (after["slot_joins"], after["return_low_yen"], after["return_ratio_low"]) == (
        0,
        -7,
        Decimal("-1.000000"),
    )


def test_what_is_open_is_valued_apart() -> None:
    def introduction(number: int, **days: date) -> Introduction:
        known = {"interview_on": None, "offered_on": None, "accepted_on": None, "declined_on": None}
        return Introduction(
            f"i{number}", "c", 1, "営業", date(2026, 5, 1), published_at=TODAY, **{**known, **days}
        )

    day = date(2026, 6, 1)
    introductions = (
        introduction(1, interview_on=day, offered_on=day, accepted_on=day),  # joined
        introduction(2, declined_on=day),
        introduction(3, interview_on=day, declined_on=day),
        introduction(4),  # open: one of three who came as far joined
        introduction(5, interview_on=day),  # open: one of two
        introduction(6, interview_on=day),  # open, and no slot pays
    )
    truth = Truth(introductions=introductions, fee_terms=(TERMS,), clock=TODAY)
    hired = [replace(EMPLOYMENT, introduction_key="c:i1", joined_on=date(2026, 6, 15))]
    (row,) = returns.roi_rows(truth, hired, {f"c:i{n}" for n in range(1, 6)})
    assert (row["pipeline_introductions"], row["pipeline_unvalued_introductions"]) == (2, 0)
    assert row["pipeline_value_low_yen"] == 434_000 + 651_000
    assert row["return_low_yen"] is None  # no cost is stated
    assert row["avoided_fee_low_yen"] == 1_302_000
