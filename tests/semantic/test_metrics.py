"""MetricFlow's answers equal the marts: a definition stands once, whoever computes it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

import warehouse.dbt
from tests.dbt.project import FOLDER, Project
from tests.dbt.raw import Raw
from tests.semantic.direct import BY_FISCAL_YEAR, DIRECT, STATED, Query
from tests.semantic.metricflow import MetricFlow

METRICS: dict[str, dict[str, Any]] = {
    metric["name"]: metric
    for path in sorted((FOLDER / "models" / "marts").rglob("_*__semantic.yml"))
    for metric in yaml.safe_load(path.read_text())["metrics"]
}
SIMPLE = [name for name, metric in METRICS.items() if metric["type"] == "simple"]
RATIOS = [name for name, metric in METRICS.items() if metric["type"] == "ratio"]
KPIS = [name for name in METRICS if "kpi" in METRICS[name]["config"]["meta"]]
REPORTED = [name for name in SIMPLE if name not in DIRECT]

Cells = dict[tuple[str, ...], Decimal]
ROUNDED = Decimal("0.000002")  # parts and quotient are rounded to six places in the marts

LAST_MONTHS = {"retention_365": "2026-09-01"}
BASES = ("period", "balance", "cohort", "horizon", "joining", "now")

# `mf` asks for a newer version of itself wherever it can; here it is left alone
VALIDATE = """
from update_checker import UpdateChecker
UpdateChecker.check = lambda self, *_, **__: None
from dbt_metricflow.cli.main import cli
cli()
"""


def _cells(raw: Raw, query: str) -> Cells:
    """The last column by the others as text, without what is null or zero."""
    rows = raw.rows(query)
    return {tuple(map(str, keys)): round(Decimal(value), 6) for *keys, value in rows if value}


def _grouped(raw: Raw, metricflow: MetricFlow, metric: str, group_by: tuple[str, ...]) -> Cells:
    query = metricflow.sql(metric, *group_by)
    return _cells(raw, f"select {', '.join((*group_by, metric))} from ({query}) as asked")


def _monthly(raw: Raw, metricflow: MetricFlow, metric: str) -> Cells:
    query = metricflow.sql(metric, "metric_time__month", "company")
    return _cells(
        raw, f"select metric_time__month::date, company, {metric} from ({query}) as asked"
    )


def _assert_close(found: Cells, expected: Cells) -> None:
    assert found.keys() == expected.keys()
    far = {key: (found[key], expected[key]) for key in found}
    assert not {key: pair for key, pair in far.items() if abs(pair[0] - pair[1]) > ROUNDED}


@pytest.mark.parametrize("metric", REPORTED)
def test_a_metric_is_the_figure_of_the_reports(
    marts: Raw, metricflow: MetricFlow, metric: str
) -> None:
    found = _monthly(marts, metricflow, metric)
    assert found, "the story gives this metric nothing to count"
    assert found == _cells(
        marts,
        "select month, company_id, value from intermediate.int_metrics_monthly"
        f" where metric = '{metric}'",
    )


@pytest.mark.parametrize(("metric", "query"), DIRECT.items())
def test_a_metric_is_what_its_mart_adds_up_to(
    marts: Raw, metricflow: MetricFlow, metric: str, query: Query
) -> None:
    group_by, direct = query
    found = _grouped(marts, metricflow, metric, group_by)
    assert found, "the story gives this metric nothing to count"
    assert found == _cells(marts, direct)


@pytest.mark.parametrize(("metric", "query"), BY_FISCAL_YEAR.items())
def test_months_add_up_to_the_fiscal_year(
    marts: Raw, metricflow: MetricFlow, metric: str, query: Query
) -> None:
    group_by, direct = query
    found = _grouped(marts, metricflow, metric, group_by)
    assert found, "the story gives this metric nothing to add up"
    assert found == _cells(marts, direct)


@pytest.mark.parametrize(("metric", "query"), STATED.items())
def test_a_ratio_is_the_one_that_its_mart_states(
    marts: Raw, metricflow: MetricFlow, metric: str, query: Query
) -> None:
    group_by, direct = query
    found = _grouped(marts, metricflow, metric, group_by)
    assert found, "the story gives this ratio nothing to divide"
    _assert_close(found, _cells(marts, direct))


@pytest.mark.parametrize("metric", RATIOS)
def test_a_ratio_divides_its_metrics(marts: Raw, metricflow: MetricFlow, metric: str) -> None:
    parts = METRICS[metric]["type_params"]
    found = _monthly(marts, metricflow, metric)
    assert found, "the story gives this metric nothing to divide"
    above = _monthly(marts, metricflow, parts["numerator"])
    below = _monthly(marts, metricflow, parts["denominator"])
    _assert_close(found, {key: above[key] / below[key] for key in above.keys() & below.keys()})


@pytest.mark.parametrize("kpi", KPIS)
def test_a_kpi_is_the_ratio_over_its_months(marts: Raw, metricflow: MetricFlow, kpi: str) -> None:
    """Asked of MetricFlow as one period, the window's months give what the mart says."""
    months = METRICS[kpi]["config"]["meta"]["kpi"]["months"]
    month = LAST_MONTHS.get(kpi, "2025-06-01" if months == 1 else "2025-12-01")
    last = f"date '{month}'"
    days = "{{ TimeDimension('metric_time', 'day') }}"
    query = metricflow.sql(
        kpi,
        "company",
        where_constraints=[
            f"{days} >= {last} - interval '{months - 1} months'",
            f"{days} < {last} + interval '1 month'",
        ],
    )
    found = _cells(marts, f"select company, {kpi} from ({query}) as asked")
    expected = _cells(
        marts,
        f"select company_id, actual from marts.rpt_kpis where kpi = '{kpi}' and month = '{month}'",
    )
    assert expected, "the story gives this KPI nothing to divide"
    _assert_close(found, expected)


@pytest.mark.parametrize(
    ("group", "segment_type"),
    [
        ("application__channel", "channel"),
        ("application__stage_reached", "stage_reached"),
        ("job__department_name", "department"),
        ("job__employment_type", "employment_type"),
    ],
)
@pytest.mark.parametrize("step", ["rejected", "mailed", "opened", "registered", "counted"])
def test_a_step_by_segment_is_that_of_the_funnel(
    marts: Raw, metricflow: MetricFlow, step: str, group: str, segment_type: str
) -> None:
    query = metricflow.sql(step, "metric_time__month", "company", group)
    found = _cells(
        marts,
        f"select metric_time__month::date, company, coalesce({group}, '(none)'), {step}"
        f" from ({query}) as asked",
    )
    assert found == _cells(
        marts,
        "select month, company_id, segment_value, reached from marts.agg_funnel_monthly"
        f" where basis = 'cohort' and segment_type = '{segment_type}' and step = '{step}'",
    )


@pytest.mark.parametrize("metric", ["points_balance", "slots_balance"])
def test_a_balance_is_that_of_the_last_day(marts: Raw, metricflow: MetricFlow, metric: str) -> None:
    assert _monthly(marts, metricflow, metric) == _cells(
        marts,
        f"select distinct on (1, 2) date_trunc('month', balance_date)::date, company_id, {metric}"
        " from marts.agg_slot_balances order by 1, 2, balance_date desc",
    )


@pytest.mark.parametrize("days", [90, 365])
def test_retention_is_that_of_its_mart(marts: Raw, metricflow: MetricFlow, days: int) -> None:
    assert _monthly(marts, metricflow, f"retention_{days}") == _cells(
        marts,
        "select date_trunc('month', horizon_date)::date, company_id,"
        " round(avg(case state when 'retained' then 1 when 'left' then 0 end), 6)"
        f" from marts.fct_retention where horizon_days = {days} group by 1, 2",
    )


def test_every_metric_says_what_it_is(metricflow: MetricFlow) -> None:
    assert metricflow.names() == METRICS.keys()
    for name, metric in METRICS.items():
        meta = metric["config"]["meta"]
        assert metric["label"], name
        assert not metric["label"].isascii(), f"{name}: the label is for readers of Japanese"
        assert metric["description"].endswith("."), name
        assert meta["basis"] in BASES, name
        assert meta["unit"], name


def test_every_mart_has_metrics_or_says_why_not() -> None:
    folder = FOLDER / "models" / "marts"
    measured, excused = set(), set()
    for path in folder.rglob("_*__semantic.yml"):
        for model in yaml.safe_load(path.read_text())["semantic_models"]:
            measured.add(model["model"].split("'")[1])
    for path in folder.rglob("_*__models.yml"):
        for mart in yaml.safe_load(path.read_text())["models"]:
            if mart.get("config", {}).get("meta", {}).get("no_metrics"):
                excused.add(mart["name"])
    assert not measured & excused
    assert measured | excused == {path.stem for path in folder.rglob("*.sql")}


def test_the_reports_take_names_and_rules_from_the_metrics(marts: Raw) -> None:
    """Labels, units, bases and how a KPI is judged stand in the semantic models only."""
    reported = {
        (name, metric["label"], metric["config"]["meta"]["unit"], metric["config"]["meta"]["basis"])
        for name, metric in METRICS.items()
        if "report" in metric["config"]["meta"]
    }
    assert reported == set(
        marts.rows("select distinct metric, label, unit, basis from marts.rpt_monthly_current")
    )
    judged = set()
    for name in KPIS:
        metric, meta = METRICS[name], METRICS[name]["config"]["meta"]
        kpi = meta["kpi"]
        judged.add(
            (name, metric["label"], meta["unit"], meta["basis"], kpi["better"], kpi["months"])
        )
    assert judged == set(
        marts.rows(
            "select distinct kpi, label, unit, basis, better, window_months from marts.rpt_kpis"
        )
    )


def test_every_kpi_has_a_target_for_all_companies() -> None:
    lines = (FOLDER / "seeds" / "kpi_targets.csv").read_text().splitlines()[1:]
    assert {line.split(",")[1] for line in lines if line.startswith("*,")} == set(KPIS)


def test_metricflow_finds_the_models_valid(marts: Raw, project: Project, tmp_path: Path) -> None:
    """`mf validate-configs`, which reads the project's own target folder only: on a copy."""
    copy = tmp_path / "dbt_project"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("target", "logs"))
    (copy / "target").mkdir()
    for name in ("manifest.json", "semantic_manifest.json"):
        shutil.copy(project.target / name, copy / "target" / name)
    done = subprocess.run(
        [sys.executable, "-c", VALIDATE, "validate-configs", "--show-all"],
        cwd=copy,
        env={**os.environ, **warehouse.dbt.environment(), "DBT_PROFILES_DIR": str(copy)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "ERRORS: 0" in said, said
