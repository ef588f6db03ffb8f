"""dbt in this process: it starts once (about six seconds), every later run is warm."""

from __future__ import annotations

import os
from pathlib import Path

import warehouse.dbt
from tests.end_to_end.environment import environment

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"


def invoke(command: str, *arguments: str) -> None:
    """Run a dbt command against the test's database; fail with each node's own message."""
    from dbt.cli.main import dbtRunner

    work = warehouse.home() / "dbt" / str(os.getpid())
    settings = {
        **warehouse.dbt.environment(),
        "DBT_TARGET_PATH": str(work / "target"),
        "DBT_LOG_PATH": str(work / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    with environment(settings):
        result = dbtRunner().invoke([command, *arguments, *folders, "--quiet"])
    failed = [
        f"{entry.node.unique_id}: {entry.message}"
        for entry in getattr(result.result, "results", [])
        if entry.status in ("error", "fail", "runtime error")
    ]
    assert result.success, f"dbt {command} failed:\n" + "\n".join(failed or [str(result.exception)])
