"""What the demo prints of the KPIs, as the role of BI tools."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from rich.console import Console

import warehouse
from sandbox.demo_tables import FUNNEL, RETENTION, STEPS, show
from tests.dbt.raw import Raw
from tests.semantic.metricflow import MetricFlow
from tests.semantic.test_metrics import METRICS


def test_the_demo_prints_the_last_month_that_is_judged(marts: Raw) -> None:
    text = io.StringIO()
    with warehouse.connect("relay_bi", autocommit=True) as connection:
        show(connection, Console(file=text, width=120))
    shown = text.getvalue().partition("hinata")[0]
    month, actual, status = marts.rows(
        "select to_char(month, 'YYYY-MM'), round(actual, 3)::text, status from marts.rpt_kpis"
        " where company_id = 'aozora' and kpi = 'registration_rate' and status in ('met', 'missed')"
        " order by month desc limit 1"
    )[0]
    line = next(line for line in shown.splitlines() if "登録率" in line)
    assert all(part in line for part in (month, actual, "≥ 0.100", status))
    assert "registration_rate" in shown


@pytest.mark.parametrize("company", ["aozora", "hinata"])
def test_the_demo_counts_what_the_metrics_count(
    marts: Raw, metricflow: MetricFlow, company: str
) -> None:
    """The funnel and the rates of retention that it prints are those of the definitions."""

    def asked(metric: str) -> Decimal:
        query = metricflow.sql(metric, "company")
        rows = marts.rows(f"select {metric} from ({query}) as asked where company = '{company}'")
        return Decimal(rows[0][0])

    with warehouse.connect("relay_bi", autocommit=True) as connection:
        counts = connection.execute(FUNNEL, {"company": company}).fetchone()
        retention = connection.execute(RETENTION, {"company": company}).fetchall()
    assert counts is not None
    steps = ["rejected", "mailed", "opened", "registered", "counted", "slots_granted"]
    steps += ["introduced", "interviewed", "offered", "accepted", "joined", "retained_90"]
    assert list(counts) == [asked(step) for step in steps]
    rates = {days: rate for days, *_, rate in retention}
    for days in (90, 365):
        assert rates[days] == round(100 * asked(f"retention_{days}"), 1)


def test_the_demo_calls_the_steps_as_the_metrics_do() -> None:
    labels = {metric["label"] for metric in METRICS.values()}
    named = {step.split()[0] for step in STEPS}
    # the table says the account's word for a slot, which the metric's label begins with
    assert named - labels == {"無料紹介枠"}
