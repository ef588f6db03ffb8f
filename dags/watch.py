"""How one node of dbt's build is shown: a task that waits for what dbt reports of it.

Cosmos has a task for a model and another one for its tests, and each asks Airflow's API a dozen
times. Half of a run's time went there, so one task shows both and asks for what it needs.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, BaseOperator, TaskGroup, get_parsing_context
from airflow.sdk.exceptions import AirflowFailException
from cosmos.dbt.graph import DbtNode
from cosmos.operators._watcher.aggregation import get_tests_status_xcom_key
from cosmos.operators._watcher.state import (
    get_dbt_event_xcom_key,
    get_status_xcom_key,
    is_dbt_node_status_success,
    is_producer_task_terminated,
)
from cosmos.operators.watcher import DbtRunWatcherOperator

from dags.common import manifest

log = logging.getLogger(__name__)

BUILT, TESTED = "built", "tested"
_KEYS: dict[str, Callable[[str], str]] = {
    BUILT: get_status_xcom_key,
    TESTED: get_tests_status_xcom_key,
}


class DbtNodeSensor(DbtRunWatcherOperator):  # type: ignore[misc]  # Cosmos is untyped
    """Succeeds once dbt has built the node and all of the node's tests have passed.

    It never runs dbt itself: cleared, it shows again what dbt reported in that run.
    """

    def __init__(self, *, is_tested: bool = False, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.awaited = [BUILT, TESTED] if is_tested else [BUILT]

    def poke(self, context: Any) -> bool:
        """Whether dbt has reported everything; AirflowFailException if it reported a failure."""
        while self.awaited:
            status = self._status(context) or self._last_status(context)
            if status is None:
                return False
            if not is_dbt_node_status_success(status):
                raise AirflowFailException(self._failure(context, status))
            log.info("dbt: %s is %s (%s)", self.model_unique_id, self.awaited.pop(0), status)
        self._cache_compiled_sql(context["ti"], context)
        return True

    def _status(self, context: Any) -> str | None:
        """What dbt reported of the node, or of its tests together; None so far."""
        value = self._pull(context, _KEYS[self.awaited[0]])
        status: str | None = value["status"] if isinstance(value, dict) else value
        return status

    def _last_status(self, context: Any) -> str | None:
        """The same, asked again if dbt has ended meanwhile: then it has to be there."""
        if not is_producer_task_terminated(self._get_producer_task_status(context)):
            return None
        status = self._status(context)
        if status is None:
            raise AirflowFailException(
                f"dbt ended without a word on {self.model_unique_id}. "
                f"Remedy: see the log of {self.producer_task_id}, then trigger a new run."
            )
        return status

    def _failure(self, context: Any, status: str) -> str:
        if self.awaited[0] == TESTED:
            return (
                f"A test of {self.model_unique_id} failed or could not run. Remedy: the log of "
                f"{self.producer_task_id} names it (look for FAIL and SKIP)."
            )
        self._cache_compiled_sql(context["ti"], context)
        event = self._pull(context, get_dbt_event_xcom_key) or {}
        reason = event.get("msg") or "something upstream failed"
        return (
            f"dbt did not build {self.model_unique_id} ({status}): {reason}. "
            f"Remedy: see the log of {self.producer_task_id}."
        )

    def _pull(self, context: Any, key: Callable[[str], str]) -> Any:
        return context["ti"].xcom_pull(self.producer_task_id, key=key(self.model_unique_id))


def show_node(*, dag: DAG, node: DbtNode, task_args: dict[str, Any], **_: Any) -> BaseOperator:
    """The task of a model or seed, named like it; Cosmos calls this for each."""
    place: dict[str, Any] = {"task_id": node.name, "dag": dag, "task_group": _group(dag, node)}
    if node.has_ephemeral_materialization:  # part of the models that use it
        return EmptyOperator(**place)
    return DbtNodeSensor(
        is_tested=node.has_test,
        extra_context={"dbt_node_config": {"unique_id": node.unique_id}},
        **place,
        **task_args,
    )


def _group(dag: DAG, node: DbtNode) -> TaskGroup | None:
    """The group that the page shows the node in: its folder. Groups must not wait for each other
    in a circle, so what is intermediate is one group, without the models that stand on marts."""
    if get_parsing_context().task_id:
        return None
    kind, *folders = Path(node.original_file_path).parent.parts
    if kind == "models":
        if folders[0] == "intermediate":
            folders = [] if _stands_on_marts(node.unique_id) else folders[:1]
    else:
        folders = [kind]
    if not folders:
        return None
    group_id = "_".join(folders)
    known = dag.task_group.get_task_group_dict()
    return known.get(group_id) or TaskGroup(
        group_id, prefix_group_id=False, group_display_name=" / ".join(folders), dag=dag
    )


@cache
def _stands_on_marts(unique_id: str) -> bool:
    nodes = _nodes()
    parents = [one for one in nodes[unique_id]["depends_on"].get("nodes", []) if one in nodes]
    return any("marts" in nodes[one]["fqn"] or _stands_on_marts(one) for one in parents)


@cache
def _nodes() -> dict[str, Any]:
    nodes: dict[str, Any] = json.loads(manifest().read_bytes())["nodes"]
    return nodes
