"""What the demo prints of the KPIs, as the role of BI tools."""

from __future__ import annotations

import io

from rich.console import Console

import warehouse
from sandbox.demo_tables import show
from tests.dbt.raw import Raw


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
