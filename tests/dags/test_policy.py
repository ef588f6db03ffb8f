"""What holds for every DAG."""

import json
from pathlib import Path
from typing import Any

from dags.common import OWNER, TAGS, TRANSFORM_POOL, pool
from tests.dags.conftest import CONNECTIONS, airflow_environment, python, relay_toml

HEAVY = ("great_expectations", "dbt", "pandas", "numpy", "statsmodels")


def test_there_is_one_dag_for_each_connection_and_transform(dags: dict[str, Any]) -> None:
    assert set(dags) == {"transform", *(f"ingest_{name}" for name in CONNECTIONS)}


def test_every_dag_says_what_a_failure_means_and_what_to_do(dags: dict[str, Any]) -> None:
    for dag_id, dag in dags.items():
        assert "| what failed | what it means | what to do |" in dag["doc"], dag_id


def test_tags_are_of_the_closed_set(dags: dict[str, Any]) -> None:
    for dag_id, dag in dags.items():
        assert dag["tags"], dag_id
        assert set(dag["tags"]) <= TAGS, dag_id


def test_a_dag_runs_once_at_a_time_and_neither_for_ever_nor_for_past_times(
    dags: dict[str, Any],
) -> None:
    for dag_id, dag in dags.items():
        assert (dag["runs"], dag["catchup"], dag["timeout"]) == (1, False, True), dag_id


def test_every_task_has_an_owner_and_a_time_limit(dags: dict[str, Any]) -> None:
    for dag_id, dag in dags.items():
        for task_id, task in dag["tasks"].items():
            assert task["owner"] == OWNER, f"{dag_id}.{task_id}"
            assert task["timeout"], f"{dag_id}.{task_id}"


def test_tasks_that_talk_to_vendors_or_the_warehouse_are_tried_again_later_and_later(
    dags: dict[str, Any],
) -> None:
    for name in CONNECTIONS:
        tasks = dags[f"ingest_{name}"]["tasks"]
        for task_id in ("extract", "gate"):
            assert tasks[task_id]["retries"] == 3, name
            assert tasks[task_id]["backoff"], name


def test_a_vendor_is_read_in_the_pool_of_its_connection(dags: dict[str, Any]) -> None:
    for name in CONNECTIONS:
        assert dags[f"ingest_{name}"]["tasks"]["extract"]["pool"] == pool(name)


def test_ingest_is_scheduled_in_the_programmes_time_zone(dags: dict[str, Any]) -> None:
    for name in CONNECTIONS:
        dag = dags[f"ingest_{name}"]
        assert (dag["schedule"], dag["timezone"]) == ("'15 3 * * *'", "Asia/Tokyo")
        assert dag["params"] == ["full", "streams"]


def test_ingest_switched_on_after_its_time_waits_for_the_next_one(dags: dict[str, Any]) -> None:
    assert {dags[f"ingest_{name}"]["first_run"] for name in CONNECTIONS} == {
        "2026-07-01T18:15:00+00:00"
    }


def test_only_a_gate_that_ended_well_announces_new_rows(dags: dict[str, Any]) -> None:
    outlets = {
        (dag_id, task_id): task["outlets"]
        for dag_id, dag in dags.items()
        for task_id, task in dag["tasks"].items()
        if task["outlets"]
    }
    assert outlets == {
        (f"ingest_{name}", "gate"): [f"x-relay://raw/{name}"] for name in CONNECTIONS
    }


def test_a_failed_stream_stops_neither_the_gate_nor_the_verdict(dags: dict[str, Any]) -> None:
    for name in CONNECTIONS:
        tasks = dags[f"ingest_{name}"]["tasks"]
        assert tasks["gate"]["rule"] == tasks["verdict"]["rule"] == "all_done"
        assert tasks["verdict"]["upstream"] == ["extract", "gate", "streams"]


def test_transform_has_a_task_for_every_seed_and_model_and_one_dbt_for_all(
    dags: dict[str, Any], manifest: Path
) -> None:
    nodes = json.loads(manifest.read_text("utf-8"))["nodes"].values()
    built = {node["name"] for node in nodes if node["resource_type"] in ("model", "seed")}
    assert set(dags["transform"]["tasks"]) - built == {
        "dbt_producer_watcher",
        "fit_registration",
        "verdict",
    }
    assert built < set(dags["transform"]["tasks"])
    kinds = {task["kind"] for task in dags["transform"]["tasks"].values()}
    assert kinds >= {"DbtProducerWatcherOperator", "DbtNodeSensor"}


def test_a_model_waits_for_its_tests_whatever_they_are_about(
    environment: dict[str, str], manifest: Path
) -> None:
    nodes = json.loads(manifest.read_text("utf-8"))["nodes"]
    tests = [node for node in nodes.values() if node["resource_type"] == "test"]
    tested = {
        nodes[one]["name"] for test in tests for one in test["depends_on"]["nodes"] if one in nodes
    }
    awaited = python(
        """
from airflow.dag_processing.dagbag import DagBag
tasks = DagBag("dags/transform.py").dags["transform"].tasks
answer = {task.task_id: task.awaited for task in tasks if hasattr(task, "awaited")}
""",
        environment,
    )
    assert {name for name, reports in awaited.items() if reports == ["built", "tested"]} == {
        name for name in tested if name in awaited
    }
    assert {len(reports) for reports in awaited.values()} == {1, 2}


def test_the_page_shows_the_layers_and_can_order_them(environment: dict[str, str]) -> None:
    groups, first = python(
        """
from airflow.dag_processing.dagbag import DagBag
group = DagBag("dags/transform.py").dags["transform"].task_group
ordered = group.topological_sort()  # raises if groups wait for each other in a circle
names = [one.group_id for one in ordered if hasattr(one, "group_id")]
tasks = [one.task_id for one in ordered if not hasattr(one, "group_id")]
answer = [names, tasks[0]]
""",
        environment,
    )
    assert first == "dbt_producer_watcher"
    assert {"seeds", "intermediate", "staging_greenhouse", "marts_slots"} <= set(groups)
    assert groups.index("staging_greenhouse") < groups.index("intermediate")
    assert groups.index("intermediate") < groups.index("marts_slots")


def test_everything_of_dbt_is_in_its_pool_and_tried_once(dags: dict[str, Any]) -> None:
    for task_id, task in dags["transform"]["tasks"].items():
        assert task["retries"] == 0, task_id
        if task["kind"] != "EmptyOperator":  # the verdict and ephemeral models never start
            assert task["pool"] == TRANSFORM_POOL, task_id


def test_a_transform_succeeds_only_if_dbt_as_a_whole_does(dags: dict[str, Any]) -> None:
    verdict = dags["transform"]["tasks"]["verdict"]
    assert verdict["rule"] == "all_success"
    assert verdict["upstream"] == ["fit_registration"]
    regression = dags["transform"]["tasks"]["fit_registration"]
    assert regression["rule"] == "all_success"
    assert "dbt_producer_watcher" in regression["upstream"]


def test_reading_the_dag_files_imports_nothing_heavy(environment: dict[str, str]) -> None:
    code = f"import dags.ingest, dags.transform\nanswer = [m for m in {HEAVY} if m in sys.modules]"
    assert python(code, environment) == []


def test_two_hundred_connections_are_read_within_two_seconds(
    tmp_path: Path, manifest: Path
) -> None:
    names = tuple(f"c{number:03}_greenhouse" for number in range(200))
    config = relay_toml(tmp_path / "relay.toml", names)
    code = (
        "import time, airflow.sdk\nfrom airflow.sdk import DAG\nbegun = time.process_time()\n"
        "import dags.ingest\n"
        "found = [name for name in vars(dags.ingest) if name.startswith('ingest_c')]\n"
        "answer = [time.process_time() - begun, len(found)]"
    )
    seconds, found = python(code, airflow_environment(tmp_path, config, manifest))
    assert found == 200
    assert seconds < 2.0


def test_a_task_draws_only_its_own_dag_and_its_own_node(
    environment: dict[str, str], dags: dict[str, Any]
) -> None:
    code = """
from airflow.dag_processing.dagbag import DagBag
import os
answer = {}
for dag_id, task_id in (("ingest_aozora_typeform", "gate"), ("transform", "fct_slots"),
                        ("transform", "outcome_map"), ("transform", "fit_registration"),
                        ("transform", "dbt_producer_watcher")):
    os.environ["_AIRFLOW_PARSING_CONTEXT_DAG_ID"] = dag_id
    os.environ["_AIRFLOW_PARSING_CONTEXT_TASK_ID"] = task_id
    bag = DagBag(f"dags/{dag_id.partition('_')[0]}.py")
    assert not bag.import_errors, bag.import_errors
    dag = bag.dags[dag_id]
    answer[task_id] = [sorted(bag.dags), len(dag.tasks), dag.has_task(task_id)]
"""
    drawn = python(code, environment)
    assert drawn.pop("gate") == [["ingest_aozora_typeform"], 4, True]
    everything = len(dags["transform"]["tasks"])
    assert drawn.pop("dbt_producer_watcher") == [["transform"], everything, True]
    for task_id, (found, tasks, is_there) in drawn.items():
        assert (found, is_there) == (["transform"], True), task_id
        assert tasks <= 5, task_id


def test_transform_follows_the_gate_of_any_connection(environment: dict[str, str]) -> None:
    """Whichever it is: one that waited for all would wait for a vendor that is away."""
    code = """
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import AssetAny
condition = DagBag("dags/transform.py").dags["transform"].timetable.asset_condition
answer = [isinstance(condition, AssetAny), sorted(each.uri for each in condition.objects)]
"""
    assert python(code, environment) == [
        True,
        sorted(f"x-relay://raw/{name}" for name in CONNECTIONS),
    ]


def test_transform_is_not_drawn_for_less_than_relay_toml_names(environment: dict[str, str]) -> None:
    """A source that nobody builds would be missing from the marts without a word."""
    code = (
        "from airflow.dag_processing.dagbag import DagBag\n"
        'answer = list(DagBag("dags/transform.py").import_errors.values())'
    )
    assert python(code, {**environment, "RELAY_SOURCES": "greenhouse operator typeform"}) == []
    (message,) = python(code, {**environment, "RELAY_SOURCES": "greenhouse operator"})
    assert "relay.toml names connections of typeform" in message
    assert "Remedy: stop the services and start them again." in message


def test_a_broken_relay_toml_is_an_import_error_with_the_remedy(
    tmp_path: Path, manifest: Path
) -> None:
    config = tmp_path / "relay.toml"
    config.write_text('[[connections]]\nname = "x"\n', encoding="utf-8")
    found = python(
        'from airflow.dag_processing.dagbag import DagBag\nanswer = DagBag("dags").import_errors',
        airflow_environment(tmp_path, config, manifest),
    )
    assert len(found) == 2
    for message in found.values():
        assert str(config) in message
        assert "Remedy" in message
