"""Which sources' models are built."""

import pytest
from dbt.cli.main import dbtRunner

import warehouse.dbt
from sandbox.ats import ATS
from sandbox.forms import FORMS
from sandbox.mail import PROVIDERS
from sandbox.world_hr_records import HR
from tests.dbt.project import FOLDER, Project
from tests.dbt.raw import Raw

OPTIONAL = {*(ats.source for ats in ATS.values()), *FORMS, *PROVIDERS, *HR}
OPTIONAL -= {"greenhouse", "typeform"}


def _models(project: Project) -> set[str]:
    """Names of all models that are enabled."""
    folders = ["--project-dir", str(FOLDER), "--profiles-dir", str(FOLDER)]
    written = ["--target-path", str(project.target), "--log-path", str(project.target)]
    arguments = ["ls", "--resource-type", "model", "--output", "name", *folders, *written]
    found = dbtRunner().invoke([*arguments, "--quiet"])
    assert isinstance(found.result, list), repr(found.exception)
    return set(found.result)


def _sources(models: set[str]) -> set[str]:
    return {name for name in OPTIONAL if any(f"_{name}__" in model for model in models)}


def test_without_a_list_every_source_is_built(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RELAY_SOURCES")
    assert _sources(_models(project)) == OPTIONAL


@pytest.mark.parametrize("used", [set(), {"herp"}, {"lever", "workable", "ses"}])
def test_what_is_not_listed_is_not_built(
    project: Project, monkeypatch: pytest.MonkeyPatch, used: set[str]
) -> None:
    monkeypatch.setenv("RELAY_SOURCES", " ".join(["greenhouse", *used]))
    models = _models(project)
    assert _sources(models) == used
    assert {"int_applications_unioned", "stg_greenhouse__applications"} <= models


def test_what_has_landed_is_listed_beside_what_is_configured(raw: Raw, project: Project) -> None:
    raw.company("aozora")
    raw.connection.execute(
        "insert into landing.connections (connection, company_id, source)"
        " values ('aozora_talentio', 'aozora', 'talentio')"
    )
    listed = warehouse.dbt.environment(["lever"])["RELAY_SOURCES"].split()
    assert {"greenhouse", "lever", "talentio"} <= set(listed)
    assert "herp" not in listed
