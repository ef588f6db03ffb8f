"""One connection that fails disturbs no other, whatever is wrong with it, and the marts say whose
rows are old."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from dbt.cli.main import dbtRunner

import warehouse
import warehouse.dbt
from expectations import GateReport, validate
from extractors.config import load
from extractors.errors import CredentialsError, RelayError, SourceError
from extractors.run import failures, run_connection
from sandbox import faults
from tests.end_to_end.dbt import PROJECT
from tests.end_to_end.environment import environment
from tests.end_to_end.pipeline import Pipeline, pipeline

pytestmark = pytest.mark.long

ATS = ("greenhouse", "talentio", "herp", "greenhouse")
"""Of four companies: a refused credential, an unmapped code, a stream that stops, and none."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, warehouse_url: str) -> Iterator[Pipeline]:
    home = tmp_path_factory.mktemp("home")
    with pipeline(home, seed=5, companies=len(ATS), applications=150 * len(ATS), ats=ATS) as world:
        yield world


def ats_of(world: Pipeline) -> list[str]:
    """The connections to the ATSs, in the order of ``ATS``."""
    sources = {one.name: one.source for one in load().connections}
    return [name for name in world.connections if sources[name] in ATS]


def ingest(name: str) -> tuple[list[RelayError], GateReport | None]:
    """What the DAG of a connection does: every stream, then the gate on those that landed."""
    runs = run_connection(load().connection(name), run_id=uuid.uuid4().hex)
    landed = [run.stream for run in runs if not run.error]
    return failures(runs), validate(name, landed) if landed else None


def applications(connection: str) -> dict[str, int]:
    """Applications of a connection in the marts by outcome."""
    with warehouse.connect("relay_bi") as session:
        return dict(
            session.execute(
                "select outcome, count(*) from marts.fct_applications"
                " where application_id like %s group by outcome",
                [f"{connection}:%"],
            ).fetchall()
        )


def build(home: Path) -> list[str]:
    """Build the applications' mart; the warnings that the build ends with."""
    warned: list[str] = []

    def listen(event: Any) -> None:
        if event.info.name == "JinjaLogWarning":
            warned.append(event.info.msg)

    settings = {**warehouse.dbt.environment(), "DBT_TARGET_PATH": str(home / "target"),
                "DBT_LOG_PATH": str(home / "logs")}  # fmt: skip
    with environment(settings):
        folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
        done = dbtRunner(callbacks=[listen]).invoke(
            [
                "build",
                "--select",
                "+fct_applications",
                *folders,
                "--quiet",
                "--exclude-resource-type",
                "unit_test",
                "test",
            ]
        )
    assert done.success, done.exception
    return warned


def test_the_others_reach_the_marts(world: Pipeline, tmp_path: Path) -> None:
    refused, odd, stopped, sound = ats_of(world)
    for name in world.connections:
        assert not ingest(name)[0]
    assert build(tmp_path) == []
    before = {name: applications(name) for name in ats_of(world)}

    world.advance(days=60)
    faults.inject(world.home, "talentio", "candidates", "fields", None, add={"status": "frozen"})
    faults.inject(world.home, "herp", "candidacies", "fields", None, drop=["requisitionId"])
    variable = f"AIRFLOW_CONN_{refused.upper()}"
    with environment({variable: _refused(variable)}):
        results = {name: ingest(name) for name in world.connections}

    errors = {name: [type(error) for error in found] for name, (found, _) in results.items()}
    assert errors.pop(refused) == [CredentialsError]
    assert errors.pop(stopped) == [SourceError]
    assert set(map(tuple, errors.values())) == {()}
    assert "requisitionId is in none" in str(results[stopped][0][0])
    report = results[odd][1]
    assert report is not None
    assert report.held > 0
    assert "unmapped outcome code: 'frozen'" in " ".join(one.message for one in report.results)

    warned = build(tmp_path)
    after = {name: applications(name) for name in ats_of(world)}
    assert sum(after[sound].values()) > sum(before[sound].values())
    assert after[refused] == before[refused]
    assert after[stopped] == before[stopped]
    assert after[odd] == before[odd]
    assert [line.split(": ")[0] for line in warned] == sorted({refused, stopped})


def _refused(variable: str) -> str:
    stored = orjson.loads(os.environ[variable])
    return orjson.dumps({**stored, "password": "wrong"}).decode()
