"""Migrations: repeatable, safe at once, and an applied file is never changed."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

import warehouse
from extractors.registry import SOURCES
from warehouse.location import with_database, with_login
from warehouse.migrate import MIGRATIONS, migrate

NAMES = [path.name for path in sorted(MIGRATIONS.glob("*.sql"))]


@pytest.fixture
def empty(warehouse_template: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    server = with_database(warehouse_template, "postgres")
    url = with_database(warehouse_template, "test_empty")
    with psycopg.connect(server, autocommit=True) as owner:
        owner.execute("create database test_empty")
        monkeypatch.setenv("RELAY_WAREHOUSE_URL", url)
        yield url
        owner.execute("drop database test_empty with (force)")


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str, str], Path]:
    """A copy of the migrations, with one file written."""

    def write(name: str, text: str) -> Path:
        for path in MIGRATIONS.glob("*.sql"):
            (tmp_path / path.name).write_text(path.read_text())
        (tmp_path / name).write_text(text)
        return tmp_path

    return write


def test_migrating_makes_everything_once(empty: str) -> None:
    assert migrate() == NAMES
    assert migrate() == []
    with warehouse.connect() as owner:
        found = owner.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
        ).fetchall()
    tables = {name for (name,) in found}
    for source in SOURCES.values():
        assert {f"raw_{source.name}.{stream.name}" for stream in source.streams} <= tables
    assert {"landing.sync_state", "vault.identity_keys", "gate.quarantine"} <= tables


def test_migrating_at_once_applies_each_file_once(empty: str) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "warehouse", "migrate"],
            env=os.environ,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    said = sorted(process.communicate(timeout=60)[0] for process in started)
    assert [process.returncode for process in started] == [0, 0, 0]
    assert said == [
        f"Applied: {', '.join(NAMES)}.\n",
        "The warehouse is up to date.\n",
        "The warehouse is up to date.\n",
    ]


def test_a_new_stream_gets_its_table(empty: str) -> None:
    migrate()
    with warehouse.connect(autocommit=True) as owner:
        owner.execute("drop table raw_operator.slots")
    assert migrate() == []
    with warehouse.connect("relay_loader") as loader:
        assert loader.execute("select count(*) from raw_operator.slots").fetchone() == (0,)


def test_a_changed_file_is_an_error(empty: str, folder: Callable[[str, str], Path]) -> None:
    migrate()
    with pytest.raises(warehouse.WarehouseError, match=rf"{NAMES[0]} was changed.*Remedy: restore"):
        migrate(folder=folder(NAMES[0], "select 1"))


def test_a_newer_database_is_an_error(empty: str, folder: Callable[[str, str], Path]) -> None:
    assert migrate(folder=folder("900_later.sql", "select 1")) == [*NAMES, "900_later.sql"]
    with pytest.raises(warehouse.WarehouseError, match=r"does not know: 900_later.sql.*Remedy"):
        migrate()


def test_a_failing_file_leaves_nothing_of_itself(
    empty: str, folder: Callable[[str, str], Path]
) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(folder=folder("900_bad.sql", "create table landing.half (a int); select 1/0"))
    with warehouse.connect() as owner:
        assert owner.execute("select to_regclass('landing.half')").fetchone() == (None,)
    assert migrate() == []


def test_an_owner_without_superuser_rights_is_enough(empty: str) -> None:
    """As managed services have it: CREATEROLE, and the database is theirs."""
    with psycopg.connect(empty, autocommit=True) as superuser:
        superuser.execute("drop role if exists plain_owner")
        superuser.execute("create role plain_owner login createrole createdb password 'plain'")
        for role in warehouse.ROLES:
            superuser.execute(f"grant {role} to plain_owner with admin option")
        superuser.execute("alter database test_empty owner to plain_owner")
        url = with_login(empty, "plain_owner", "plain")
        assert migrate(url) == NAMES
        assert migrate(url) == []
        superuser.execute("reassign owned by plain_owner to relay")
        superuser.execute("drop owned by plain_owner")
        superuser.execute("drop role plain_owner")


def test_an_owner_that_may_not_make_roles_is_told(empty: str) -> None:
    with psycopg.connect(empty, autocommit=True) as superuser:
        superuser.execute("drop role if exists weak_owner")
        superuser.execute("create role weak_owner login password 'weak'")
        with pytest.raises(warehouse.WarehouseError, match=r"lacks a right.*Remedy.*CREATEROLE"):
            migrate(with_login(empty, "weak_owner", "weak"))
        superuser.execute("drop role weak_owner")


def test_passwords_follow_the_secrets(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate()
    monkeypatch.setenv("RELAY_BI_PASSWORD", "rotated")
    with pytest.raises(warehouse.WarehouseError, match="migrate"):
        warehouse.connect("relay_bi")
    migrate()
    warehouse.connect("relay_bi").close()
    monkeypatch.delenv("RELAY_BI_PASSWORD")
    migrate()


def test_a_database_beside_the_warehouse(empty: str) -> None:
    """For Airflow's metadata: its role owns it and sees nothing else."""
    migrate()
    url = warehouse.ensure_database("beside")
    assert warehouse.ensure_database("beside") == url
    assert urlsplit(url).username == "relay_beside"
    with psycopg.connect(url) as connection:
        connection.execute("create table t (a int)")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(with_database(url, "test_empty"))
    with psycopg.connect(empty, autocommit=True) as owner:
        owner.execute("drop database beside")
        owner.execute("drop role relay_beside")


@pytest.mark.parametrize("url", ["mysql://a:b@c/d", "postgresql://host", "nonsense"])
def test_a_url_of_another_form_is_told(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("RELAY_WAREHOUSE_URL", url)
    with pytest.raises(warehouse.WarehouseError, match="not of the form postgresql://"):
        warehouse.url()
