"""DAG files with two hundred connections: what parsing them may do, however fast the machine is.

`python -m bench.parsing` prints how long it takes.
"""

from pathlib import Path
from typing import Any

import pytest

from bench.parsing import environment, relay_toml
from tests.dags.conftest import python

CONNECTIONS = 200

PARSE = """
import os, sys
from airflow.dag_processing.dagbag import DagBag
import airflow.sdk
from airflow.sdk import Asset

read, reached, hashed = [], [], []
def watch(event, arguments):
    if event == "open" and str(arguments[0]) == os.environ["RELAY_CONFIG"]:
        read.append(1)
    if event in ("socket.connect", "socket.getaddrinfo", "sqlite3.connect", "subprocess.Popen"):
        reached.append(event)
sys.addaudithook(watch)
original = Asset.__hash__
def counted(asset):
    hashed.append(1)
    return original(asset)
Asset.__hash__ = counted

bag = DagBag({file!r})
heavy = sorted({{name.split(".")[0] for name in sys.modules}} & {heavy!r})
answer = {{"dags": sorted(bag.dags), "errors": bag.import_errors, "read": len(read),
          "reached": reached, "hashed": len(hashed), "heavy": heavy}}
"""
HEAVY = {"great_expectations", "pandas", "numpy", "statsmodels"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, manifest: Path) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("many")
    return environment(folder, relay_toml(folder / "relay.toml", CONNECTIONS), manifest)


def parse(file: str, settings: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = python(PARSE.format(file=file, heavy=HEAVY), settings)
    assert found["errors"] == {}
    assert (found["read"], found["reached"], found["heavy"]) == (1, [], [])
    return found


def test_every_connection_gets_its_dag_of_one_reading_of_the_file(
    settings: dict[str, str],
) -> None:
    found = parse("dags/ingest.py", settings)
    assert len(found["dags"]) == CONNECTIONS


def test_transform_does_not_cost_more_with_every_edge_and_connection(
    settings: dict[str, str],
) -> None:
    """Its hash, asked for at each edge, is that of its assets; each is hashed a few times only."""
    found = parse("dags/transform.py", settings)
    assert found["dags"] == ["transform"]
    assert found["hashed"] <= 3 * CONNECTIONS
