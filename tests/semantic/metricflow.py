"""MetricFlow's own SQL for a metric: the only place that knows its Python classes, which promise
no stable interface."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from metricflow.engine.metricflow_engine import (
    MetricFlowEngine,
    MetricFlowQueryRequest,
    OutputColumnOrderMode,
)
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.postgres import PostgresSQLSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import (
    parse_manifest_from_dbt_generated_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup


class Postgres:
    """The part of MetricFlow's SqlClient that rendering needs."""

    sql_engine_type = SqlEngine.POSTGRES
    sql_plan_renderer = PostgresSQLSqlPlanRenderer()


class MetricFlow:
    """Renders queries of a project's metrics, without dbt and without a connection."""

    def __init__(self, target: Path) -> None:
        manifest = (target / "semantic_manifest.json").read_text(encoding="utf-8")
        lookup = SemanticManifestLookup(parse_manifest_from_dbt_generated_manifest(manifest))
        self._engine = MetricFlowEngine(lookup, Postgres())  # type: ignore[arg-type]

    def names(self) -> set[str]:
        """Every metric."""
        return {metric.name for metric in self._engine.list_metrics()}

    def sql(self, metric: str, *group_by: str, **request: Any) -> str:
        """A query with a column per group, then the metric's."""
        asked = MetricFlowQueryRequest.create(
            metric_names=[metric],
            group_by_names=list(group_by),
            output_column_order_mode=OutputColumnOrderMode.INPUT_ORDER,
            **request,
        )
        return self._engine.explain(asked).sql_statement.without_descriptions.sql
