"""Airflow's scheduler with the modules that tasks import already imported.

LocalExecutor forks its workers, and they every task, from this process: what is imported here costs
seconds once instead of once per task.
"""

from __future__ import annotations

import contextlib
import importlib
import runpy
import sys

FOR_TASKS = (
    "airflow.sdk.execution_time.task_runner",
    "expectations.gx",
    "extractors.run",
    "dags.ingest",
    "dags.transform",
)


def main() -> None:
    """Import, then be `airflow scheduler`."""
    for name in FOR_TASKS:
        with contextlib.suppress(Exception):  # a broken DAG file is the DAG processor's to report
            importlib.import_module(name)
    sys.argv = ["airflow", "scheduler", "--skip-serve-logs"]
    runpy.run_module("airflow", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
