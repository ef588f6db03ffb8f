"""Airflow's scheduler with the modules that tasks import already imported.

LocalExecutor forks its workers, and they every task, from this process: what is imported here costs
seconds once instead of once per task.
"""

from __future__ import annotations

import importlib
import sys

FOR_TASKS = (
    "cosmos.airflow.dag",
    "cosmos.operators.watcher",
    "expectations.gx",
    "extractors.run",
    "psycopg",
)


def main() -> None:
    """Import, then be `airflow scheduler`."""
    for name in FOR_TASKS:
        importlib.import_module(name)
    from airflow.__main__ import main as airflow

    sys.argv = ["airflow", "scheduler", "--skip-serve-logs"]
    airflow()


if __name__ == "__main__":
    main()
