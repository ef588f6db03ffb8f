"""A build says of which connections it saw old rows only."""

from typing import Any

import pytest
from dbt.cli.main import dbtRunner

from tests.dbt.project import FOLDER, Project
from tests.dbt.raw import Raw

SEEN = {
    ("aozora_greenhouse", "candidates"): "2025-09-15T00:00:00Z",
    ("aozora_greenhouse", "applications"): "2025-09-13T00:00:01Z",  # within two days of it
    ("aozora_operator", "attestations"): None,  # files tell no time
    ("hinata_greenhouse", "candidates"): "2025-09-12T00:00:00Z",
    ("hinata_greenhouse", "applications"): "2025-09-10T00:00:00Z",
    ("hinata_greenhouse", "jobs"): "2025-09-15T00:00:00Z",
    ("kaede_typeform", "responses_completed"): "2025-09-12T23:59:59Z",
}


def _warnings(project: Project, *command: str) -> list[str]:
    said: list[str] = []

    def hear(event: Any) -> None:
        if event.info.level == "warn":
            said.append(event.info.msg)

    folders = ["--project-dir", str(FOLDER), "--profiles-dir", str(FOLDER)]
    written = ["--target-path", str(project.target), "--log-path", str(project.target)]
    done = dbtRunner(callbacks=[hear]).invoke([*command, *folders, *written, "--quiet"])
    assert done.success, repr(done.exception)
    return [text for text in said if "stream(s)" in text]


@pytest.fixture(scope="module", autouse=True)
def watermarks(raw: Raw) -> None:
    for company in ("aozora", "hinata", "kaede"):
        raw.company(company)
    for (connection, stream), at in SEEN.items():
        source = connection.partition("_")[2]
        raw.connection.execute(
            "insert into gate.watermarks values (%s, %s, %s, 0, %s, now(), 'r')",
            [connection, source, stream, at],
        )


def test_a_build_warns_of_each_connection_that_stood_still(project: Project) -> None:
    hinata, kaede = _warnings(project, "run", "--select", "stg_landing__connections")
    assert "hinata_greenhouse: 2 stream(s) have nothing newer than 2025-09-10" in hinata
    assert "Remedy: see the last run of ingest_hinata_greenhouse." in hinata
    assert "kaede_typeform: 1 stream(s) have nothing newer than 2025-09-12" in kaede


def test_how_many_days_is_a_variable(project: Project) -> None:
    command = ("run", "--select", "stg_landing__connections", "--vars", "connection_old_days: 9")
    assert _warnings(project, *command) == []


def test_what_builds_nothing_warns_of_nothing(project: Project) -> None:
    assert _warnings(project, "ls", "--select", "stg_landing__connections") == []
