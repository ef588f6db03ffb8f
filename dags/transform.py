"""The Airflow DAG `transform`: dbt over everything that passed the gate, then the regression.

Cosmos' watcher mode: one `dbt build` in the producer task, and one task for each seed and model,
which shows what dbt reports of it and of its tests. The graph comes from the manifest.
"""

from __future__ import annotations

import logging
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Asset, AssetAny, Param, get_parsing_context, task
from airflow.sdk.exceptions import AirflowFailException
from cosmos.airflow.dag import DbtDag
from cosmos.config import ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import DbtResourceType, ExecutionMode, InvocationMode, LoadMode

from dags.common import NO_RETRY, OWNER, ROOT, TRANSFORM_POOL, manifest, raw_asset, triage
from dags.watch import show_node
from extractors.config import load

log = logging.getLogger(__name__)
_held: list[Any] = []  # an open session is the lock

PRODUCER = "dbt_producer_watcher"
REGRESSION = "fit_registration"
PROJECT = ROOT / "dbt_project"

TRIAGE = triage(
    (
        "a model, its log says *a test of*",
        "rows break an assertion; models downstream keep the rows of the last good run",
        f"the log of `{PRODUCER}` names the test; the header of a singular test says what a "
        "returned row means",
    ),
    (
        "a model, its log says *did not build*",
        "dbt could not build that model",
        "read its log, mend the model or the seed, start the services again (they parse the "
        "project), then trigger a new run",
    ),
    (
        "all, the producer first",
        "the warehouse is away, or the project does not parse",
        "`python -m warehouse start`; `dbt parse` in dbt_project",
    ),
    (
        "nothing, but the producer goes on without a line",
        "another dbt build is running; this one waits",
        "see who builds by hand",
    ),
    (
        "only the producer",
        "dbt failed outside the models and their tests: a unit test, or a hook",
        "read the producer's log",
    ),
    (
        f"only `{REGRESSION}`",
        "the marts are new; the regression's numbers are those of the last run",
        f"do what its log says, then `python -m analysis registration`, or clear `{REGRESSION}`",
    ),
)

DOC = f"""
### Builds staging, intermediate and marts from what passed the gate

Runs when the gate of any connection let new rows pass. Gates that end while it runs are answered
by one more run together. `{PRODUCER}` is the one `dbt build`; every other task shows one
node of it with its tests, and a model's tests stand before whatever is built on it. When dbt
succeeded, `{REGRESSION}` fits who registers on the new rows; the marts show it through views at
once.

{TRIAGE}

**Trigger a new run rather than clearing this one:** only a new run starts dbt. A cleared task shows
again what dbt said in its run. Nothing is retried, because a failed test fails again; the next gate
to pass starts a new run.

With `full_refresh`, staging is rebuilt from the whole raw history; the marts stay the same.
"""


class AnyGate(AssetAny):
    """Any of the assets, with a hash that is computed once: while the DAG is built, every edge asks
    for it twice, and the hash of each asset goes through JSON."""

    def __init__(self, *objects: Asset) -> None:
        super().__init__(*objects)
        self._hash = super().__hash__()

    def __hash__(self) -> int:
        return self._hash


def schedule() -> AssetAny | None:
    """Any of the raw assets. None in a task, which parses this file too but needs no schedule:
    while the DAG is built its hash, with all assets in it, is asked for several times a task."""
    if get_parsing_context().task_id:
        return None
    connections = load().connections
    sources = {connection.source for connection in connections}
    drawn_for = os.environ.get("RELAY_SOURCES")
    if drawn_for is not None and (missing := sources - set(drawn_for.split())):
        raise ValueError(
            f"relay.toml names connections of {', '.join(sorted(missing))}, for which transform is "
            "not drawn yet. Remedy: stop the services and start them again."
        )
    return AnyGate(*(raw_asset(connection.name) for connection in connections))


def own_node() -> list[str]:
    """The one node that a task stands for, if a task parses this file: it needs no other, and
    drawing all of them takes longer than the task itself. The regression, which is no node, takes
    a small one. Otherwise, and for dbt itself, all."""
    task_id = get_parsing_context().task_id
    if task_id is None or task_id == PRODUCER:
        return []
    if task_id == REGRESSION:
        return ["int_as_of"]
    return [task_id]


def keep_others_waiting(_: Any) -> None:
    """Before dbt starts: no other build runs beside it, until this process ends."""
    from warehouse import WarehouseError
    from warehouse.dbt import only_build

    try:
        _held.append(only_build(log.info))
    except WarehouseError as error:
        raise AirflowFailException(str(error)) from None


@task(task_id=REGRESSION, pool=TRANSFORM_POOL, execution_timeout=timedelta(hours=1), **NO_RETRY)
def fit_registration() -> list[str]:
    """Fits who registers on what dbt has just built."""
    from analysis.registration import run
    from warehouse import WarehouseError

    try:
        return [company.company_id for company in run(log.info)]
    except WarehouseError as error:
        raise AirflowFailException(str(error)) from None


with DbtDag(
    dag_id="transform",
    description="dbt build of what passed the gate, then the regression",
    doc_md=DOC,
    schedule=schedule(),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    default_args={"owner": OWNER, "execution_timeout": timedelta(hours=4)},
    tags={"transform"},
    params={
        "full_refresh": Param(
            False,
            type="boolean",
            title="Rebuild staging",
            description="Unpack the whole raw history again instead of what is new.",
        )
    },
    project_config=ProjectConfig(
        dbt_project_path=PROJECT, manifest_path=manifest(), install_dbt_deps=False
    ),
    profile_config=ProfileConfig(
        profile_name="career_relay",
        target_name="warehouse",
        profiles_yml_filepath=PROJECT / "profiles.yml",
    ),
    execution_config=ExecutionConfig(
        execution_mode=ExecutionMode.WATCHER,
        # In the task's own process every debug event of dbt would become a call of Airflow's API.
        invocation_mode=InvocationMode.SUBPROCESS,
        dbt_executable_path=Path(sys.executable).with_name("dbt"),
        setup_operator_args={"pre_execute": keep_others_waiting},
    ),
    render_config=RenderConfig(
        load_method=LoadMode.DBT_MANIFEST,
        node_converters={DbtResourceType.MODEL: show_node, DbtResourceType.SEED: show_node},
        select=own_node(),
        # dbt runs a test once, when all its parents are built, and each parent's task shows it; a
        # detached task of its own would wait for a state that watcher mode never sends.
        should_detach_multiple_parents_tests=False,
        emit_datasets=False,
    ),
    operator_args={
        "full_refresh": "{{ params.full_refresh }}",
        "install_deps": False,
        "pool": TRANSFORM_POOL,
        # Waiting in a slot of the pool costs less than a second start of every task.
        "deferrable": False,
        "poke_interval": 2,
        **NO_RETRY,
    },
) as transform:
    # Cosmos adds a hash of the project's folder, dbt's own leavings included, and thereby a version
    # of the DAG whenever somebody runs dbt by hand.
    transform.doc_md = DOC
    nodes = [
        task for task in transform.tasks if task.task_id == PRODUCER or not task.downstream_list
    ]
    nodes >> fit_registration() >> EmptyOperator(task_id="verdict", **NO_RETRY)
