"""dbt's unit tests, model by model: a whole build runs them too, but takes minutes to say so."""

import re

import pytest

from tests.dbt.project import FOLDER, Project
from tests.dbt.test_empty import BUILT_SOURCES

pytestmark = pytest.mark.traps

MODELS = sorted(
    {
        model
        for page in (FOLDER / "models").rglob("*__unit_tests.yml")
        for model in re.findall(r"^    model: (\w+)$", page.read_text("utf-8"), re.MULTILINE)
    }
)

__all__ = ["BUILT_SOURCES"]


@pytest.mark.parametrize("model", MODELS)
def test_unit_tests_of(model: str, project: Project) -> None:
    only = ("--exclude-resource-type", "unit_test", "test")
    project.run("build", "--select", f"+{model}", *only)
    assert project.run("test", "--select", f"{model},test_type:unit")
