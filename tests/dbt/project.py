"""Runs dbt in this process, as the transform DAG does in its own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner

FOLDER = Path(__file__).resolve().parents[2] / "dbt_project"


@dataclass(frozen=True)
class Project:
    """The project; `target` is the folder for what dbt writes."""

    target: Path

    def run(self, *arguments: str) -> dict[str, dict[str, Any]]:
        """One dbt command; every node's result by name, AssertionError if one failed."""
        command = [
            *arguments,
            "--project-dir", str(FOLDER),
            "--profiles-dir", str(FOLDER),
            "--target-path", str(self.target),
            "--log-path", str(self.target),
            "--quiet",
        ]  # fmt: skip
        done = dbtRunner().invoke(command)
        results = done.result.results if isinstance(done.result, RunExecutionResult) else []
        failed = [
            f"{result.node.name}: {result.message}"
            for result in results
            if result.status not in ("success", "pass", "no-op", "warn")
        ]
        assert done.success, "\n".join(failed) or repr(done.exception)
        return {
            result.node.name: {"status": str(result.status), **result.adapter_response}
            for result in results
        }

    def build(self) -> dict[str, dict[str, Any]]:
        """dbt build of everything, every test included."""
        return self.run("build")

    def transform(self) -> None:
        """dbt build with the tests of the invariants only: many times faster to test with."""
        self.run("build", "--exclude", "test_type:generic", "test_type:unit")
