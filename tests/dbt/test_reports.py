"""The monthly report over several runs: figures are fixed and restated, never changed."""

from typing import Any

import pytest

from tests.dbt.project import Project
from tests.dbt.raw import Company, Raw

pytestmark = pytest.mark.long


def _registers(company: Company, number: int, rejected: str, registered: str) -> None:
    """A rejected application, its mail, and the registration that counts for it."""
    person: dict[str, Any] = {"email": f"e{number}", "name": f"n{number}"}
    company.candidate(number, **person)
    company.rejected(number, number, rejected)
    company.mail(number, number, f"t{number}", rejected)
    company.response(
        f"r{number:03}", landed=registered, submitted=registered, token=f"t{number}", **person
    )


def _report(raw: Raw, *metrics: str) -> list[tuple[Any, ...]]:
    """Every version of the metrics in the order of recording."""
    names = ", ".join(f"'{metric}'" for metric in metrics)
    return raw.rows(
        "select report_month::text, metric, value::int, report_version, recorded_at::date::text,"
        f" previous_value::int from marts.rpt_monthly where metric in ({names})"
        " order by recorded_at, report_month, report_order"
    )


def _months(raw: Raw, metric: str) -> list[str]:
    found = raw.rows(
        "select distinct report_month::text from marts.rpt_monthly"
        f" where metric = '{metric}' order by 1"
    )
    return [month for (month,) in found]


def _run(raw: Raw, project: Project, as_of: str) -> None:
    raw.check(as_of)
    project.transform()


@pytest.fixture(scope="module")
def aozora(raw: Raw, project: Project) -> Company:
    """Two registrations in June in Tokyo, one of them on the last evening, one in July."""
    company = raw.company("aozora")
    company.reference()
    company.contract("v1", "2025-01-01", threshold=2)
    _registers(company, 1, "2025-06-10T00:00:00Z", "2025-06-11T00:00:00Z")
    _registers(company, 2, "2025-06-10T00:00:00Z", "2025-06-30T14:59:59Z")
    _registers(company, 3, "2025-06-10T00:00:00Z", "2025-06-30T15:00:00Z")
    return company


def test_a_life_of_a_report(aozora: Company, raw: Raw, project: Project) -> None:
    # the last second of June in Tokyo: May is closed, June is not
    _run(raw, project, "2025-06-30T14:59:59Z")
    assert _months(raw, "registered_in_month") == ["2025-05-01"]
    # midnight: June closes with what fell into it, and the balance of its last day
    _run(raw, project, "2025-06-30T15:00:00Z")
    metrics = ("registered_in_month", "slots_granted", "points_balance", "slots_balance")
    june = [row for row in _report(raw, *metrics) if row[0] == "2025-06-01"]
    assert june == [
        ("2025-06-01", "registered_in_month", 2, 1, "2025-06-30", None),
        ("2025-06-01", "slots_granted", 1, 1, "2025-06-30", None),
        ("2025-06-01", "points_balance", 0, 1, "2025-06-30", None),
        ("2025-06-01", "slots_balance", 1, 1, "2025-06-30", None),
    ]

    # nothing new: nothing reported, whatever the time
    first = raw.rows("select * from marts.rpt_monthly order by report_id")
    _run(raw, project, "2025-07-01T15:00:00Z")
    assert raw.rows("select * from marts.rpt_monthly order by report_id") == first

    # a registration of June that lands in July restates June, and the first figure still stands
    _registers(aozora, 4, "2025-06-10T00:00:00Z", "2025-06-20T00:00:00Z")
    _run(raw, project, "2025-07-02T15:00:00Z")
    later = raw.rows("select * from marts.rpt_monthly order by report_id")
    assert set(first) < set(later)
    assert [row for row in _report(raw, *metrics) if row[3] > 1] == [
        ("2025-06-01", "registered_in_month", 3, 2, "2025-07-02", 2),
        ("2025-06-01", "points_balance", 1, 2, "2025-07-02", 0),
    ]

    # it is taken back: the old figure returns as a third version that names the second
    aozora.application(4, 4)
    _run(raw, project, "2025-07-03T15:00:00Z")
    assert [row for row in _report(raw, "registered_in_month") if row[0] == "2025-06-01"] == [
        ("2025-06-01", "registered_in_month", 2, 1, "2025-06-30", None),
        ("2025-06-01", "registered_in_month", 3, 2, "2025-07-02", 2),
        ("2025-06-01", "registered_in_month", 2, 3, "2025-07-03", 3),
    ]
    assert raw.rows(
        "select value::int, first_value::int, restatements from marts.rpt_monthly_current"
        " where report_month = '2025-06-01' and metric = 'registered_in_month'"
    ) == [(2, 2, 2)]

    # rebuilding changes nothing
    before = raw.rows("select * from marts.rpt_monthly order by report_id")
    project.run("run", "--full-refresh")
    assert raw.rows("select * from marts.rpt_monthly order by report_id") == before


def test_a_cohort_is_reported_when_it_is_mature(
    aozora: Company, raw: Raw, project: Project
) -> None:
    # June's last day and 60 days
    _run(raw, project, "2025-08-28T14:59:59Z")
    assert _months(raw, "registered") == ["2025-05-01"]
    assert _months(raw, "registered_in_month")[-1] == "2025-07-01"
    _run(raw, project, "2025-08-28T15:00:00Z")
    assert _report(raw, "registered")[-1] == ("2025-06-01", "registered", 3, 1, "2025-08-28", None)


def test_a_month_whose_facts_are_all_taken_back_is_restated_as_nothing(
    aozora: Company, raw: Raw, project: Project
) -> None:
    for number in (1, 2, 3):
        aozora.application(number, number, created_at="2025-07-15T00:00:00Z")
    aozora.application(4, 4, created_at="2025-07-15T00:00:00Z")
    _run(raw, project, "2025-08-30T15:00:00Z")
    assert [row for row in _report(raw, "applied") if row[0] < "2025-08-01"] == [
        ("2025-05-01", "applied", 3, 1, "2025-06-30", None),
        ("2025-06-01", "applied", 0, 1, "2025-06-30", None),
        ("2025-05-01", "applied", 4, 2, "2025-07-02", 3),
        ("2025-07-01", "applied", 0, 1, "2025-08-28", None),
        ("2025-05-01", "applied", 0, 3, "2025-08-30", 4),
        ("2025-07-01", "applied", 4, 2, "2025-08-30", 0),
    ]


def test_a_company_without_facts_has_no_report(aozora: Company, raw: Raw, project: Project) -> None:
    raw.company("silent")
    _run(raw, project, "2025-09-01T15:00:00Z")
    assert raw.rows("select distinct company_id from marts.rpt_monthly") == [("aozora",)]
    assert raw.rows("select distinct company_id from marts.rpt_kpis") == [("aozora",)]
