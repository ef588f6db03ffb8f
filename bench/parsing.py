"""`python -m bench.parsing`: what each DAG file costs to parse with many connections in relay.toml.

Each file is read by Airflow's own DagBag in a process of its own, as the DAG processor does.
Importing Airflow is shown apart: the DAG processor has done it before it parses. Wall and processor
time are both shown, since only the second is the file's own on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from extractors.command import stdout, table
from extractors.registry import SOURCES

ROOT = Path(__file__).resolve().parents[1]
FILES = ("dags/ingest.py", "dags/transform.py")
GOAL = 2.0
"""Seconds for a file at 200 connections."""

NEEDED = {
    "typeform": 'form_id = "abc"',
    "google_forms": 'fields = {email = "q1"}',
    "tally": 'fields = {email = "q1"}',
    "mailgun": 'domain = "mail.example.com"',
    "freee": "company_id = 1",
    "files": 'path = "/exports"\nmapping = "hrmos"',
    "operator": 'path = "/statements"',
}
"""What a connection needs besides a first day."""

_PARSE = """
import json, sys, time
def both():
    return time.perf_counter(), time.process_time()
def since(start):
    return [now - then for now, then in zip(both(), start)]
started = both()
from airflow.dag_processing.dagbag import DagBag
import airflow.sdk
imported = since(started)
started = both()
bag = DagBag(sys.argv[1])
parsed = since(started)
answer = {"imports": imported, "parse": parsed, "dags": len(bag.dags), "errors": bag.import_errors}
print(json.dumps(answer), file=sys.stderr)
"""


def relay_toml(path: Path, connections: int) -> Path:
    """A relay.toml of so many connections, of all sources in turn; ``path``."""
    sources = sorted(SOURCES)
    parts = ['[programme]\ntimezone = "Asia/Tokyo"\n']
    for number in range(connections):
        source = sources[number % len(sources)]
        has_day = "start_date" in SOURCES[source].options_model.model_fields
        day = "start_date = 2024-07-01\n" if has_day else ""
        parts.append(
            f'[[companies]]\nid = "company{number}"\nname = "会社{number}"\n\n'
            f'[[connections]]\nname = "company{number}_{source}"\ncompany = "company{number}"\n'
            f'source = "{source}"\nconn_id = "company{number}_{source}"\n'
            f"[connections.options]\n{day}{NEEDED.get(source, '')}\n"
        )
    path.write_text("\n".join(parts), "utf-8")
    return path


def parsed(target: Path) -> Path:
    """The manifest of the project, made in ``target``; needs no database."""
    dbt = str(Path(sys.executable).with_name("dbt"))
    project, to = str(ROOT / "dbt_project"), str(target)
    folders = ["--project-dir", project, "--profiles-dir", project, "--target-path", to]
    subprocess.run([dbt, "parse", "--quiet", *folders, "--log-path", to], check=True)  # noqa: S603
    return target / "manifest.json"


def environment(folder: Path, config: Path, manifest: Path) -> dict[str, str]:
    """Of a process that parses DAG files and has no database."""
    return {
        **os.environ,
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/airflow.db",
        "AIRFLOW__COSMOS__CACHE_DIR": str(folder / "cosmos"),
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "PYTHONPATH": str(ROOT),
        "RELAY_CONFIG": str(config),
        "RELAY_DBT_MANIFEST": str(manifest),
        "RELAY_SOURCES": " ".join(SOURCES),
    }


def main() -> int:
    """Measure and print; 1 when a file takes longer than the goal."""
    parser = argparse.ArgumentParser(prog="python -m bench.parsing", description=__doc__)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--manifest", type=Path, help="dbt's; without it the project is parsed")
    arguments = parser.parse_args()
    figures = ("DAGs", "import of Airflow, s", "parse, s", "parse, s of processor")
    shown = table(("file",), figures, f"{arguments.connections} connections")
    missed = 0
    with TemporaryDirectory() as name:
        folder = Path(name)
        config = relay_toml(folder / "relay.toml", arguments.connections)
        manifest = arguments.manifest or parsed(folder / "target")
        env = environment(folder, config, manifest.absolute())
        for file in FILES:
            done = subprocess.run(  # noqa: S603
                [sys.executable, "-c", _PARSE, file],
                env=env, cwd=ROOT, capture_output=True, text=True, check=True,
            )  # fmt: skip
            found = json.loads(done.stderr.splitlines()[-1])
            if found["errors"]:
                raise SystemExit(f"{file} cannot be parsed: {found['errors']}")
            wall, processor = found["parse"]
            missed += min(wall, processor) > GOAL
            shown.add_row(file, f"{found['dags']}", f"{found['imports'][0]:.2f}",
                          f"{wall:.2f}", f"{processor:.2f}")  # fmt: skip
    stdout().print(shown)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
