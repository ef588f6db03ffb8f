"""The DAGs of a relay.toml with one connection of each source, as the DAG processor reads them.

Airflow settles its settings when it is first imported, so each of these runs in a child process.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONNECTIONS = ("aozora_greenhouse", "aozora_typeform", "aozora_operator")
OPTIONS = {
    "greenhouse": "start_date = 2024-07-01",
    "typeform": 'start_date = 2024-07-01\nform_id = "abc"',
    "operator": 'path = "/tmp/operator"',
}


def relay_toml(path: Path, connections: tuple[str, ...]) -> Path:
    """A relay.toml with those connections; `path`."""
    sections = []
    for name in connections:
        company, _, source = name.rpartition("_")
        sections.append(
            f'[[connections]]\nname = "{name}"\ncompany = "{company}"\nsource = "{source}"\n'
            f'conn_id = "{name}"\n[connections.options]\n{OPTIONS[source]}\n'
        )
    path.write_text("\n".join(sections), encoding="utf-8")
    return path


def airflow_environment(folder: Path, config: Path, manifest: Path) -> dict[str, str]:
    """The environment of a process that reads DAGs and needs no database."""
    return {
        **os.environ,
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/airflow.db",
        "AIRFLOW__COSMOS__CACHE_DIR": str(folder / "cosmos"),
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "PYTHONPATH": str(ROOT),
        "RELAY_CONFIG": str(config),
        "RELAY_DBT_MANIFEST": str(manifest),
    }


def python(code: str, env: dict[str, str]) -> Any:
    """What `code` leaves in `answer`, through JSON."""
    script = f"import json, sys\n{code}\nprint(json.dumps(answer), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stderr.splitlines()[-1])


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dbt's manifest of the project; parsing needs no database."""
    target = tmp_path_factory.mktemp("manifest")
    project, to = str(ROOT / "dbt_project"), str(target)
    dbt = [str(Path(sys.executable).with_name("dbt")), "parse"]
    options = ["--project-dir", project, "--profiles-dir", project]
    done = subprocess.run(
        [*dbt, *options, "--target-path", to, "--log-path", to], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    return target / "manifest.json"


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory, manifest: Path) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("dags")
    return airflow_environment(folder, relay_toml(folder / "relay.toml", CONNECTIONS), manifest)


DESCRIBE = """
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import TriggerRule
from airflow.serialization.decoders import decode_timetable
from airflow.serialization.encoders import encode_timetable
from airflow.timetables import trigger
from airflow.timetables.base import TimeRestriction
from pendulum import datetime

# half an hour after the time at which the connections are read
trigger.utcnow = lambda: datetime(2026, 6, 30, 18, 45)


def first_run(timetable):
    # when the scheduler lets a DAG run that is switched on now
    timetable = decode_timetable(encode_timetable(timetable))
    since = TimeRestriction(None, None, catchup=False)
    found = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=since)
    return found and found.run_after.isoformat()


bag = DagBag("dags")
answer = {
    "errors": bag.import_errors,
    "dags": {
        dag.dag_id: {
            "doc": dag.doc_md,
            "tags": sorted(dag.tags),
            "catchup": dag.catchup,
            "runs": dag.max_active_runs,
            "timeout": dag.dagrun_timeout is not None,
            "schedule": repr(getattr(dag.timetable, "expression", None)),
            "first_run": first_run(dag.timetable),
            "timezone": str(getattr(dag.timetable, "timezone", None)),
            "params": sorted(dag.params),
            "tasks": {
                task.task_id: {
                    "kind": task.task_type,
                    "owner": task.owner,
                    "timeout": task.execution_timeout and task.execution_timeout.total_seconds(),
                    "retries": task.retries,
                    "backoff": bool(task.retry_exponential_backoff),
                    "rule": TriggerRule(task.trigger_rule).value,
                    "pool": task.pool,
                    "outlets": [asset.uri for asset in task.outlets],
                    "upstream": sorted(task.upstream_task_ids),
                }
                for task in dag.tasks
            },
        }
        for dag in bag.dags.values()
    },
}
"""


@pytest.fixture(scope="session")
def bag(environment: dict[str, str]) -> dict[str, Any]:
    """What the DAG processor finds: errors, and each DAG with its tasks."""
    found: dict[str, Any] = python(DESCRIBE, environment)
    return found


@pytest.fixture(scope="session")
def dags(bag: dict[str, Any]) -> dict[str, Any]:
    assert bag["errors"] == {}
    found: dict[str, Any] = bag["dags"]
    return found
