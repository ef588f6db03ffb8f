"""dbt against a real Postgres, with raw rows written by hand."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import warehouse.dbt
from tests.dbt.project import Project
from tests.dbt.raw import Raw
from warehouse import open_connection


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where dbt writes; shared, so that the project is parsed as seldom as possible."""
    return tmp_path_factory.mktemp("dbt_target")


@pytest.fixture(scope="module")
def owner(warehouse_url: str) -> Iterator[psycopg.Connection]:
    """The owner's connection to this module's warehouse."""
    with open_connection(warehouse_url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def raw(owner: psycopg.Connection) -> Raw:
    """What writes raw rows and lets them through the gate."""
    return Raw(owner)


@pytest.fixture(scope="module")
def project(
    request: pytest.FixtureRequest, warehouse_url: str, raw: Raw, target: Path
) -> Iterator[Project]:
    """The dbt project, connected to this module's warehouse as relay_transformer, with the models
    of the sources that the module names in BUILT_SOURCES."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in warehouse.dbt.environment(
            getattr(request.module, "BUILT_SOURCES", ())
        ).items():
            patch.setenv(name, value)
        patch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
        assert os.environ["RELAY_WAREHOUSE_URL"] == warehouse_url
        yield Project(target)
