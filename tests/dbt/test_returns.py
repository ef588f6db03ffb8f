"""Retention by route and the return of the programme, from raw rows to the marts."""

from typing import Any

import pytest

from tests.dbt.project import Project
from tests.dbt.raw import Company, Raw

pytestmark = pytest.mark.long

AS_OF = "2026-06-30T00:00:00Z"
OWN = ("intermediate.employment", "marts.retention", "marts.returns")


@pytest.fixture(scope="module")
def built(raw: Raw, project: Project) -> Raw:
    """Three companies: one with everything, one whose list omits leavers, one that states none."""
    _everything(raw.company("aozora"))
    _omitting(raw.company("hinata"))
    _silent(raw.company("minato"))
    raw.check(AS_OF)
    project.transform()
    project.run("test", "--select", *OWN, "--exclude", "test_type:unit")
    return raw


def _everything(company: Company) -> None:
    """A slot used by the first of three introductions; a refund; a range; something open."""
    company.reference()
    company.contract("v1", "2025-01-01", threshold=1)
    for number in range(1, 4):
        person: dict[str, Any] = {"email": f"e{number}", "name": f"n{number}"}
        company.candidate(number, **person)
        company.rejected(number, number, "2025-06-01T00:00:00Z")
        company.mail(number, number, f"t{number}", "2025-06-01T00:00:00Z")
        at = f"2025-06-1{number}T00:00:00Z"
        company.response(f"r{number}", landed=at, submitted=at, token=f"t{number}", **person)
    company.fee_terms("2025-04-01", 32.5, refund_steps="30:100|90:50")
    company.fee_terms("2026-04-01", 30, minimum_fee_yen=2_000_001)
    company.introduction("a", 1, "2025-06-20", accepted_on="2025-07-01")
    company.introduction("b", 2, "2025-06-20", accepted_on="2025-07-01")
    company.introduction("c", 3, "2026-06-01", interview_on="2026-06-10")
    company.introduction("d", None, "2025-06-20", interview_on="2025-06-25",
                         declined_on="2025-07-01")  # fmt: skip
    company.introduction("e", None, "2025-06-20", accepted_on="2025-07-01")
    company.join("ja", "a", "2025-08-01", employment_type="正社員", annual_salary_yen=5_000_001)
    company.join("jb", "b", "2026-04-01", employment_type="契約社員", annual_salary_yen=None)
    company.join("je", "e", "2025-08-31", employment_type="正社員", annual_salary_yen=8_000_000)
    company.join("jp", "e", "2026-07-01", employment_type="正社員", annual_salary_yen=1)
    company.attestation("ja", "2025-10", "2025-10-31", "no", left_on="2025-10-29",
                        leave_type="voluntary")  # fmt: skip
    company.attestation("je", "2026-02", "2026-02-28", "no", left_on="2026-02-28",
                        leave_type="other")  # fmt: skip
    company.attestation("jb", "2026-06", "2026-06-28", "yes")
    company.hire("h1", "2025-05-01", "2026-06-29")
    company.hire("h2", "2025-05-01", "2025-12-31", left_on="2025-05-30", leave_type="dismissal")
    company.cost("1", "2025-04", 100_000)
    company.cost("2", "2026-03", 60_001, kind="external", is_programme="no")
    company.cost("3", "2026-04", 10)


def _omitting(company: Company) -> None:
    company.hire("h1", "2025-06-01", "2026-06-30")
    company.hire("h2", "2025-06-01", "2025-12-31")
    company.cost("1", "2025-04", 0)


def _silent(company: Company) -> None:
    """The ATS has hired somebody, and nobody says so."""
    company.reference()
    company.candidate(1, email="e", name="n")
    company.application(1, 1, status="hired")
    company.offer(1, 1, version=1, status="Accepted", sent_on="2025-05-02",
                  resolved_at="2025-05-03T00:00:00Z")  # fmt: skip
    company.cost("1", "2025-04", 10, is_programme="no")


def test_what_slots_saved(built: Raw) -> None:
    assert built.rows(
        "select fiscal_year, slot_joins, ranged_joins, unpriced_joins, avoided_fee_low_yen,"
        " avoided_fee_high_yen, refund_low_yen, cost_internal_yen, cost_external_yen,"
        " return_low_yen, return_high_yen, return_ratio_low::text from marts.agg_programme_roi"
        " where company_id = 'aozora' order by 1"
    ) == [
        # 5,000,001 x 32.5 % = 1,625,000.325; left on day 89: half of it, and half a yen up
        (2025, 1, 0, 0, 1_625_000, 1_625_000, 812_500, 100_000, 0, 712_500, 712_500, "7.125000"),
        # between the lowest (a planned join's, under the minimum) and the highest stated salary
        (2026, 1, 1, 0, 2_000_001, 2_400_000, 0, 10, 0, 1_999_991, 2_399_990, "199999.100000"),
    ]


def test_what_is_open_stands_apart(built: Raw) -> None:
    # of the four that came to an interview and are over, three joined
    assert built.rows(
        "select fiscal_year, pipeline_introductions, pipeline_unvalued_introductions,"
        " pipeline_value_low_yen, pipeline_value_high_yen from marts.agg_programme_roi"
        " where company_id = 'aozora' order by 1"
    ) == [(2025, 0, 0, 0, 0), (2026, 1, 0, 1_500_001, 1_800_000)]


def test_cost_per_hire(built: Raw) -> None:
    assert built.rows(
        "select company_id, fiscal_year, hires, slot_hires, paid_introduction_hires,"
        " other_channel_hires, unlisted_ats_hires, cost_months, total_cost_yen, cost_per_hire_yen"
        " from marts.agg_cost_per_hire order by 1, 2"
    ) == [
        ("aozora", 2025, 4, 1, 1, 2, 0, 2, 160_001, 40_000),
        ("aozora", 2026, 1, 1, 0, 0, 0, 1, 10, 10),
        ("hinata", 2025, 2, 0, 0, 2, 0, 1, 0, 0),
        ("minato", 2025, 0, 0, 0, 0, 1, 1, 10, None),
    ]


def test_the_statutory_figure_follows_six_calendar_months(built: Raw) -> None:
    # joined on 31 August, last day 28 February: within six months
    assert built.rows(
        "select fiscal_year, placements, indefinite_placements, left_within_six_months,"
        " dismissed_within_six_months, unknown, immature, is_complete"
        " from marts.rpt_statutory_six_months where company_id = 'aozora' order by 1"
    ) == [(2025, 2, 2, 2, 0, 0, 0, True), (2026, 1, 0, 0, 0, 0, 0, False)]


def test_rates_by_route(built: Raw) -> None:
    assert built.rows(
        "select route, employments, retained, left_total, left_dismissal, unknown, immature,"
        " retention_rate::text, round(difference_to_other_channels::numeric, 3)::text"
        " from marts.agg_retention_rates where company_id = 'aozora' and horizon_days = 30"
        " order by 1"
    ) == [
        ("all", 5, 4, 1, 1, 0, 0, "0.800000", None),
        ("other_channel", 2, 1, 1, 1, 0, 0, "0.500000", None),
        ("paid_introduction", 1, 1, 0, 0, 0, 0, "1.000000", "0.500"),
        ("slot", 2, 2, 0, 0, 0, 0, "1.000000", "0.500"),
    ]


def test_curves(built: Raw) -> None:
    assert built.rows(
        "select cohort, day, at_risk, events, censored, survival,"
        " survival_lower is null as has_no_interval from marts.agg_retention_curves"
        " where company_id = 'aozora' and route = 'slot' order by 1, 2"
    ) == [
        ("2025", 89, 1, 1, 0, 0.0, True),
        ("2026", 88, 1, 0, 1, 1.0, True),
        ("all", 88, 2, 0, 1, 1.0, True),
        ("all", 89, 1, 1, 0, 0.0, True),
    ]


def test_a_list_that_omits_leavers_gives_no_rate(built: Raw) -> None:
    assert built.rows(
        "select distinct retention_rate, rate_lower, is_feed_suspect"
        " from marts.agg_retention_rates where company_id = 'hinata'"
    ) == [(None, None, True)]
    assert built.rows(
        "select max(at_risk), count(survival) from marts.agg_retention_curves"
        " where company_id = 'hinata'"
    ) == [(2, 0)]
    assert built.rows(
        "select horizon_days, retained, unknown, immature from marts.agg_retention_rates"
        " where company_id = 'hinata' and route = 'all' and horizon_days in (30, 365) order by 1"
    ) == [(30, 2, 0, 0), (365, 1, 1, 0)]


def test_one_who_left_lifts_the_suspicion(built: Raw, project: Project) -> None:
    company = Company(built, "hinata")
    company.hire("h2", "2025-06-01", "2026-06-30", left_on="2026-01-31", leave_type="other")
    built.check(AS_OF)
    project.run("run", "--select", "stg_operator__hires+")
    assert built.rows(
        "select retention_rate::text, is_feed_suspect from marts.agg_retention_rates"
        " where company_id = 'hinata' and route = 'other_channel' and horizon_days = 365"
    ) == [("0.500000", False)]
