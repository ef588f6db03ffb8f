"""The oracle's KPIs on figures whose results are worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from statsmodels.stats.proportion import proportion_confint

from tests.oracle import kpis
from tests.oracle.figures import Figures
from tests.oracle.kpis import Target
from tests.oracle.rows import Row

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
MATURE = date(2026, 12, 31)


def _figures(month: date, **values: int) -> Figures:
    return {("c", month, metric): Decimal(value) for metric, value in values.items()}


def _row(found: Figures, kpi: str, month: date, *targets: Target, on: date = MATURE) -> Row:
    rows = kpis.rows(found, on, targets)
    return next(row for row in rows if (row["kpi"], row["month"]) == (kpi, month))


def test_a_rate_is_of_its_month_and_a_slot_kpi_of_twelve() -> None:
    found = _figures(JANUARY, registered=3, rejected=12, registered_in_month=30, slots_granted=2)
    found |= _figures(FEBRUARY, registered=9, rejected=12, registered_in_month=10, slots_granted=2)
    assert _row(found, "registration_rate", FEBRUARY)["actual"] == Decimal("0.75")
    assert _row(found, "registrations_per_slot", JANUARY)["actual"] == Decimal(15)
    assert _row(found, "registrations_per_slot", date(2026, 12, 1))["actual"] == Decimal(10)


def test_a_window_forgets_the_month_before_it() -> None:
    found = _figures(JANUARY, registered_in_month=30, slots_granted=2)
    later = kpis.rows(found, date(2027, 1, 31), [])
    shown = {row["month"]: row["actual"] for row in later if row["kpi"] == "registrations_per_slot"}
    assert shown[date(2026, 12, 1)] == Decimal(15)
    assert shown[date(2027, 1, 1)] is None


@pytest.mark.parametrize(
    ("day", "status"), [(date(2026, 3, 31), "immature"), (date(2026, 4, 1), "met")]
)
def test_a_cohort_is_judged_sixty_days_after_its_month(day: date, status: str) -> None:
    found = _figures(JANUARY, registered=6, rejected=12)
    target = Target("*", "registration_rate", JANUARY, Decimal("0.5"))
    assert _row(found, "registration_rate", JANUARY, target, on=day)["status"] == status


@pytest.mark.parametrize(
    ("day", "status"), [(date(2026, 1, 31), "immature"), (date(2026, 2, 1), "missed")]
)
def test_a_period_is_judged_when_it_is_over(day: date, status: str) -> None:
    found = _figures(JANUARY, registered_in_month=21, slots_granted=1)
    target = Target("*", "registrations_per_slot", JANUARY, Decimal(20))
    assert _row(found, "registrations_per_slot", JANUARY, target, on=day)["status"] == status


def test_few_people_are_shown_and_not_judged() -> None:
    row = _row(_figures(JANUARY, registered=4, rejected=4), "registration_rate", JANUARY)
    assert (row["actual"], row["status"]) == (Decimal(1), "too_few")


def test_a_month_that_is_not_ripe_has_no_trend() -> None:
    found = _figures(JANUARY, registered=80, rejected=100)
    found |= _figures(FEBRUARY, registered=1, rejected=100)
    ripe = _row(found, "registration_rate", FEBRUARY, on=date(2026, 4, 29))
    early = _row(found, "registration_rate", FEBRUARY, on=date(2026, 4, 28))
    assert (early["trend"], ripe["trend"]) == (None, "down")


def test_joins_that_omit_leavers_give_no_retention() -> None:
    found = _figures(JANUARY, retained_90=9, observed_90=9, registered=6, rejected=12)
    judged = [row for row in kpis.rows(found, MATURE, [], {"c"}) if row["month"] == JANUARY]
    rows = {row["kpi"]: row for row in judged}
    assert (rows["retention_90"]["actual"], rows["retention_90"]["status"]) == (
        None,
        "feed_suspect",
    )
    assert rows["retention_90"]["denominator"] == 9
    assert rows["registration_rate"]["actual"] == Decimal("0.5")


def test_the_companys_own_target_goes_first_and_the_newest_of_its_own() -> None:
    found = _figures(FEBRUARY, registered=6, rejected=12)
    held = [
        Target("*", "registration_rate", FEBRUARY, Decimal("0.9")),
        Target("c", "registration_rate", date(2025, 1, 1), Decimal("0.3")),
        Target("c", "registration_rate", JANUARY, Decimal("0.4")),
        Target("c", "registration_rate", date(2026, 2, 2), Decimal("0.8")),
        Target("d", "registration_rate", FEBRUARY, Decimal("0.7")),
    ]
    assert _row(found, "registration_rate", FEBRUARY, *held)["target"] == Decimal("0.4")
    assert _row(found, "registration_rate", FEBRUARY, held[0])["target"] == Decimal("0.9")
    assert _row(found, "registration_rate", FEBRUARY, held[3])["target"] is None


@pytest.mark.parametrize(
    ("before", "now", "trend"),
    [(50, 55, "flat"), (50, 80, "up"), (50, 20, "down"), (0, 0, "flat"), (100, 100, "flat")],
)
def test_what_chance_explains_is_no_trend(before: int, now: int, trend: str) -> None:
    found = _figures(JANUARY, registered=before, rejected=100)
    found |= _figures(FEBRUARY, registered=now, rejected=100)
    assert _row(found, "registration_rate", FEBRUARY)["trend"] == trend


@pytest.mark.parametrize(("more", "trend"), [(21, "flat"), (22, "up"), (19, "flat"), (18, "down")])
def test_a_ratio_is_flat_within_a_twentieth(more: int, trend: str) -> None:
    found = _figures(JANUARY, registered_in_month=20, slots_granted=1)
    found |= _figures(FEBRUARY, registered_in_month=2 * more - 20, slots_granted=1)
    assert _row(found, "registrations_per_slot", FEBRUARY)["trend"] == trend


def test_the_interval_is_that_of_statsmodels() -> None:
    for trials in (1, 7, 40):
        for successes in range(trials + 1):
            found = kpis.wilson(Decimal(successes), Decimal(trials))
            assert found == pytest.approx(
                proportion_confint(successes, trials, alpha=0.05, method="wilson"), abs=1e-12
            )
    assert kpis.wilson(Decimal(0), Decimal(0)) is None
