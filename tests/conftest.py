"""Fixtures for everybody: a home of its own, and an embedded Postgres with a fresh database.

relay_home      session: a temporary RELAY_HOME; set for every test, so that none touches .relay
warehouse_url   module: the owner's URL of a migrated database that only this module uses;
                RELAY_WAREHOUSE_URL is set to it, for this process and its children
running         module: an empty home of the sandbox, and the URL of the server that shows it
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from tests.sandbox.small import served
from warehouse import embedded
from warehouse import url as url_of
from warehouse.location import with_database
from warehouse.migrate import migrate
from warehouse.roles import grant_database

# Nothing of a test has to survive a crash of the machine.
UNSAFE_AND_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
OF_THE_DEVELOPER = ("RELAY_WAREHOUSE_URL", "RELAY_CONFIG", "RELAY_PG_PORT", "RELAY_HMAC_KEY")


@pytest.fixture(scope="session", autouse=True)
def relay_home() -> Iterator[Path]:
    """Outside pytest's own folder, which every new session of this user closes to others: Postgres
    runs as another user when the tests run as root."""
    with (
        pytest.MonkeyPatch.context() as patch,
        TemporaryDirectory(prefix="relay-test-", ignore_cleanup_errors=True) as folder,
    ):
        patch.setenv("RELAY_HOME", folder)
        for name in OF_THE_DEVELOPER:
            patch.delenv(name, raising=False)
        yield Path(folder)


@pytest.fixture(scope="session")
def warehouse_template(relay_home: Path) -> Iterator[str]:
    """The URL of a migrated database that is only ever copied."""
    embedded.start(UNSAFE_AND_FAST)
    migrate()
    yield url_of()
    os.environ["RELAY_HOME"] = str(relay_home)
    embedded.stop()


@pytest.fixture(scope="module")
def warehouse_url(warehouse_template: str) -> Iterator[str]:
    with fresh_database(warehouse_template) as url:
        yield url


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    home = tmp_path_factory.mktemp("sandbox")
    with served(home) as url:
        yield home, url


@contextmanager
def fresh_database(template: str) -> Iterator[str]:
    """The owner's URL of a copy of the migrated database, which RELAY_WAREHOUSE_URL names until it
    is dropped."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    server = with_database(template, "postgres")
    url = with_database(template, name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name} template relay")
    with psycopg.connect(url, autocommit=True) as connection:
        grant_database(connection)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RELAY_WAREHOUSE_URL", url)
        yield url
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")
