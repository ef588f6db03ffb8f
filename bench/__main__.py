"""`python -m bench`: what landing costs, against dlt and against COPY, from one run.

Everything happens on one sandbox and one Postgres below RELAY_HOME/bench: a world of 200,000
applications, served over HTTP on loopback. Prints a table and writes bench.json to RELAY_HOME.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from bench import landing, pacing
from bench.world import APPLICATIONS, Bench, prepared
from extractors.command import stdout, table

GOALS = {
    "times_dlt": (">=", 5.0, "rows per second, times dlt"),
    "share_of_copy": (">=", 0.5, "rows per second, share of psql COPY"),
    "peak_memory_mb": ("<", 200.0, "peak memory, MB"),
    "memory_growth": ("<", 1.15, "memory, last quarter over second quarter"),
    "allowance_used": (">=", 0.95, "allowance used at 50 requests per 30 s"),
    "throttled_share": ("<", 0.01, "share of 429 answers"),
}


def main() -> int:
    """Run the benchmarks; exit 0 when every goal is reached, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--applications", type=int, default=APPLICATIONS)
    parser.add_argument("--peer-python", type=Path, default=Path(".venv-bench/bin/python"))
    arguments = parser.parse_args()
    say = Console(stderr=True).print
    home = Path(os.environ.get("RELAY_HOME") or ".relay").absolute()
    with (
        bench_home(home / "bench"),
        prepared(home / "bench", arguments.applications, say) as bench,
    ):
        figures = measure(bench, arguments.peer_python, say)
    (home / "bench.json").write_text(json.dumps(figures, indent=2) + "\n")
    return report(figures, stdout())


@contextmanager
def bench_home(path: Path) -> Iterator[None]:
    """Point RELAY_HOME at the benchmark's own folder, on the embedded Postgres."""
    before = dict(os.environ)
    os.environ["RELAY_HOME"] = str(path)
    os.environ.pop("RELAY_WAREHOUSE_URL", None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def measure(bench: Bench, peer_python: Path, say: landing.Say) -> dict[str, float]:
    """All figures of one run, by name."""
    figures = landing.measure(bench, peer_python, say)
    figures |= pacing.measure(bench, say)
    return figures


def report(figures: dict[str, float], console: Console) -> int:
    """Print the figures beside their goals; 1 when one is missed."""
    title = f"Landing {figures['rows']:,.0f} applications"
    shown = table(("figure",), ("measured", "goal"), title)
    missed = 0
    for name, label in (
        ("rows_per_second", "this pipeline, rows per second"),
        ("dlt_rows_per_second", "dlt, rows per second"),
        ("copy_rows_per_second", "psql COPY, rows per second"),
        ("dlt_peak_memory_mb", "dlt, peak memory, MB"),
    ):
        shown.add_row(label, f"{figures[name]:,.0f}", "")
    for name, (sign, goal, label) in GOALS.items():
        value = figures[name]
        reached = value >= goal if sign == ">=" else value < goal
        missed += not reached
        style = "" if reached else "bold red"
        shown.add_row(label, f"{value:,.3g}", f"{sign} {goal:g}", style=style)
    console.print(shown)
    if missed:
        console.print(f"{missed} goal(s) missed.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
