"""Running DAGs through Airflow's scheduler and watching them."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from extractors.command import table
from sandbox.airflow_api import AirflowApi
from sandbox.processes import Processes, ServiceError

POLL_SECONDS = 3.0
ENDED = frozenset({"success", "failed"})
DONE = frozenset({"success", "skipped"})
FAILED = frozenset({"failed", "upstream_failed"})
LIMIT_SECONDS = 1800.0
DBT = "dbt_producer_watcher"
SUMMARIES = frozenset({DBT, "verdict"})
"""Tasks that fail because another one did."""


class RunFailed(RuntimeError):
    """A DAG run did not succeed; the message names the DAG, its first failed task and its log."""


def run_all(
    api: AirflowApi,
    dag_ids: Sequence[str],
    *,
    run_id: str,
    processes: Processes,
    logs: Path,
    console: Console,
) -> None:
    """Trigger the DAGs, show their progress, and return when all have succeeded.

    Raises RunFailed when any has failed and all have ended, ServiceError when a service dies.
    """
    for dag_id in dag_ids:
        api.set_paused(dag_id, False)
        api.trigger(dag_id, run_id)
    begun = time.monotonic()
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            states = api.run_states(dag_ids, run_id)
            tasks = api.tasks(dag_ids, run_id)
            progress = _progress(states, tasks, time.monotonic() - begun)
            live.update(progress, refresh=True)
            if all(states.get(dag_id) in ENDED for dag_id in dag_ids):
                break
            _require_life(processes, time.monotonic() - begun)
            time.sleep(POLL_SECONDS)
    console.print(progress)
    if failed := [dag_id for dag_id in dag_ids if states[dag_id] == "failed"]:
        raise RunFailed(_reason(failed, tasks, run_id, logs))


def _progress(states: dict[str, str], tasks: list[dict[str, Any]], seconds: float) -> Table:
    counted = ("tasks", "done", "running", "retrying", "failed")
    shown = table(("DAG", "state"), counted, f"{seconds:.0f} s", None)
    for dag_id in sorted(states):
        counts = Counter(task["state"] for task in tasks if task["dag_id"] == dag_id)
        numbers = (
            counts.total(),
            sum(counts[state] for state in DONE),
            counts["running"] + counts["deferred"],
            counts["up_for_retry"],
            sum(counts[state] for state in FAILED),
        )
        shown.add_row(dag_id, states[dag_id], *map(str, numbers))
    return shown


def _require_life(processes: Processes, seconds: float) -> None:
    processes.require(name for name in processes.recorded() if name != "sandbox")
    if seconds > LIMIT_SECONDS:
        raise ServiceError(
            f"The runs have not ended after {LIMIT_SECONDS:.0f} s. Remedy: see Airflow's page."
        )


def _reason(failed: list[str], tasks: list[dict[str, Any]], run_id: str, logs: Path) -> str:
    """What failed first in each DAG, for a person.

    A failed task that others wait for comes last: dbt's own task fails with any model or test, and
    a verdict with any stream.
    """
    lines = []
    for dag_id in failed:
        broken = [one for one in tasks if one["dag_id"] == dag_id and one["state"] == "failed"]
        broken.sort(key=lambda one: (one["task_id"] in SUMMARIES, one["end_date"] or ""))
        if not broken:
            lines.append(f"{dag_id} failed without a failed task: see run {run_id} on the page.")
            continue
        name = f"{dag_id}.{broken[0]['task_id']}"
        if broken[0]["rendered_map_index"]:
            name += f" [{broken[0]['rendered_map_index']}]"
        log = log_file(logs, broken[0], run_id)
        more = f" ({len(broken) - 1} more tasks failed)" if len(broken) > 1 else ""
        lines.append(f"{name} failed{more}: {last_error(log)}\n  log: {log}")
        for log in (log_file(logs, one, run_id) for one in broken[1:] if one["task_id"] == DBT):
            lines += [*(f"  dbt: {line}" for line in errors(log)[:4]), f"  dbt's log: {log}"]
    return "\n".join(lines)


def log_file(logs: Path, task: dict[str, Any], run_id: str) -> Path:
    """Where Airflow keeps the log of that task's last attempt."""
    folder = logs / f"dag_id={task['dag_id']}" / f"run_id={run_id}" / f"task_id={task['task_id']}"
    if task["map_index"] >= 0:
        folder /= f"map_index={task['map_index']}"
    return folder / f"attempt={task['try_number']}.log"


def last_error(log: Path) -> str:
    """What the last error of a task's log says."""
    if not log.exists():
        return "it did not start"
    return (errors(log) or ["its log names no error"])[-1]


def errors(log: Path) -> list[str]:
    """The errors of a task's log, without terminal colours and what is not for people."""
    found = []
    for line in log.read_text("utf-8", errors="replace").splitlines():
        with contextlib.suppress(ValueError):
            entry = json.loads(line)
            if isinstance(entry, dict) and entry.get("level") in ("error", "critical"):
                details = entry.get("error_detail") or [{}]
                text = details[0].get("exc_value") or entry.get("event") or ""
                found.append(re.sub(r"\x1b\[[0-9;]*m", "", str(text)).strip())
    return [text for text in found if text and not text.startswith("{")]
