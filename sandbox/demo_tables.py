"""What the demo prints of the marts, read as `relay_bi`, the role of BI tools."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from rich.console import Console
from rich.table import Table

from extractors.command import table

COMPANIES = """
select c.company_id, c.company_name,
    (select max(b.balance_date) from marts.agg_slot_balances as b
     where b.company_id = c.company_id)
from marts.dim_companies as c order by c.company_id
"""

FUNNEL = """
with reached as (
    select step, sum(reached) as reached from marts.agg_funnel_monthly
    where company_id = %(company)s and basis = 'cohort' and segment_type = 'all' group by step
),
introductions as (select * from marts.fct_introductions where company_id = %(company)s),
stayed as (
    select * from marts.fct_retention where company_id = %(company)s and horizon_days = 90
)
select
    (select coalesce(sum(reached), 0)::int from reached where step = 'rejected'),
    (select coalesce(sum(reached), 0)::int from reached where step = 'mailed'),
    (select coalesce(sum(reached), 0)::int from reached where step = 'opened'),
    (select coalesce(sum(reached), 0)::int from reached where step = 'registered'),
    (select coalesce(sum(reached), 0)::int from reached where step = 'counted'),
    (select count(*) from marts.fct_slots where company_id = %(company)s),
    (select count(*) from introductions),
    (select count(*) from introductions where interview_date is not null),
    (select count(*) from introductions where offered_date is not null),
    (select count(*) from introductions where accepted_date is not null),
    (select count(*) from introductions where joined_date is not null),
    (select count(*) from stayed where state = 'retained')
"""
STEPS = (
    "不採用 rejected",
    "メール送信 mail sent",
    "フォーム表示 form opened",
    "登録 registered",
    "カウント対象 counted",
    "無料紹介枠 slots granted",
    "紹介 introduced",
    "面接 interview",
    "内定 offer",
    "内定承諾 accepted",
    "入社 joined",
    "90日定着 retained 90 days",
)

NO_SHARE = ("無料紹介枠 slots granted", "90日定着 retained 90 days")
"""A slot takes several counted registrations, and not every join is 90 days old: neither is a part
of the step before. The rate of those who stayed is in the retention table."""

SLOTS = """
with slots as (select * from marts.fct_slots where company_id = %(company)s),
latest as (
    select * from marts.agg_slot_balances where company_id = %(company)s
    order by balance_date desc limit 1
)
select latest.points_balance, latest.slots_granted,
    (select count(*) from slots where status = 'available'),
    (select count(*) from slots where status = 'reserved'),
    (select count(*) from slots where status = 'used'),
    (select count(*) from slots where status = 'expired'),
    latest.slots_balance
from latest
"""
SLOT_LABELS = (
    "ポイント\npoints",
    "付与\ngranted",
    "利用可能\navailable",
    "予約済\nreserved",
    "使用済\nused",
    "期限切れ\nexpired",
    "枠残高\nbalance",
)

RETENTION = """
select horizon_days,
    count(*),
    count(*) filter (where state = 'retained'),
    count(*) filter (where state = 'left'),
    count(*) filter (where state = 'unknown'),
    count(*) filter (where state = 'immature'),
    round(100.0 * count(*) filter (where state = 'retained')
        / nullif(count(*) filter (where state in ('retained', 'left')), 0), 1)
from marts.fct_retention where company_id = %(company)s
group by horizon_days order by horizon_days
"""
RETENTION_LABELS = (
    "期間(日)\ndays",
    "入社\njoined",
    "在籍\nretained",
    "退職\nleft",
    "不明\nunknown",
    "未到達\nimmature",
    "定着率 %\nrate",
)

KPIS = """
select distinct on (kpi) label || E'\\n' || kpi, to_char(month, 'YYYY-MM'),
    case when is_yen then to_char(actual, 'FM999,999,999,990') else round(actual, 3)::text end,
    round(actual_lower::numeric, 3) || ' - ' || round(actual_upper::numeric, 3),
    case better when 'higher' then '≥ ' else '≤ ' end
        || case when is_yen then to_char(target, 'FM999,999,999,990')
            else round(target, 3)::text end,
    case trend when 'up' then '↑' when 'down' then '↓' when 'flat' then '→' end,
    status
from (select *, unit in ('yen', 'yen per hire') as is_yen from marts.rpt_kpis) as kpis
where company_id = %(company)s and status in ('met', 'missed')
order by kpi, month desc
"""
KPI_LABELS = (
    "指標\nKPI",
    "月\nmonth",
    "実績\nactual",
    "95% 区間\ninterval",
    "目標\ntarget",
    "傾向\ntrend",
    "判定\nstatus",
)


def show(connection: psycopg.Connection, console: Console) -> None:
    """Print funnel, slot account, retention and KPIs of each company."""
    for company, name, day in connection.execute(COMPANIES).fetchall():
        console.print(f"\n[bold]{name}[/bold] ({company}), {day} 時点 as of that day")
        one = {"company": company}
        counts = connection.execute(FUNNEL, one).fetchone() or ()
        console.print(_funnel(counts))
        console.print(
            _table(
                "無料紹介枠 Slot account", SLOT_LABELS, connection.execute(SLOTS, one).fetchall()
            )
        )
        console.print(
            _table(
                "定着 Retention", RETENTION_LABELS, connection.execute(RETENTION, one).fetchall()
            )
        )
        console.print(
            _table("KPI, last month judged", KPI_LABELS, connection.execute(KPIS, one).fetchall())
        )


def _funnel(counts: Sequence[int]) -> Table:
    columns = ("件数 count", "前段比 % of step before")
    shown = table(("step",), columns, "リレーファネル Relay funnel")
    previous = None
    for step, count in zip(STEPS, counts, strict=True):
        share = f"{100 * count / previous:.1f}" if previous and step not in NO_SHARE else ""
        shown.add_row(step, f"{count:,}", share)
        previous = None if step in NO_SHARE else count
    return shown


def _table(title: str, labels: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    shown = table((), labels, title)
    for row in rows:
        shown.add_row(*("" if value is None else str(value) for value in row))
    return shown
