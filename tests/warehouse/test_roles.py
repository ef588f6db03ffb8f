"""Each role is tried for real: what it must be able to do, and what it must be refused."""

import psycopg
import pytest

import warehouse
from warehouse.raw import ensure_raw_tables

FORBIDDEN = (
    ("relay_inbox", "select * from inbox.events"),
    ("relay_inbox", "delete from inbox.events"),
    ("relay_inbox", "update inbox.events set body = ''"),
    ("relay_inbox", "truncate inbox.events"),
    (
        "relay_inbox",
        "insert into inbox.events (connection, source, headers, body, received_at)"
        " values ('c', 's', '{}', '', now())",
    ),
    ("relay_inbox", "select * from landing.connections"),
    ("relay_inbox", "select * from vault.identity_keys"),
    ("relay_inbox", "select * from raw_probe.things"),
    ("relay_inbox", "create table inbox.intruder (a int)"),
    ("relay_inbox", "create temporary table intruder (a int)"),
    ("relay_loader", "update inbox.events set body = ''"),
    ("relay_loader", "insert into inbox.events (connection) values ('c')"),
    ("relay_transformer", "select * from inbox.events"),
    ("relay_analyst", "select * from inbox.events"),
    ("relay_bi", "select * from inbox.events"),
    ("relay_loader", "select * from vault.identity_keys"),
    ("relay_loader", "update raw_probe.things set payload = '{}'"),
    ("relay_loader", "delete from raw_probe.things"),
    ("relay_loader", "truncate raw_probe.things"),
    ("relay_loader", "select * from marts.fct_probe"),
    ("relay_loader", "create table marts.intruder (a int)"),
    ("relay_loader", "update landing.migrations set checksum = ''"),
    ("relay_transformer", "insert into raw_probe.things values ('c')"),
    ("relay_transformer", "delete from landing.sync_state"),
    ("relay_transformer", "delete from gate.quarantine"),
    ("relay_transformer", "delete from vault.identity_keys"),
    ("relay_loader", "select * from analysis.registration_coefficients"),
    ("relay_analyst", "select * from analysis.registration_coefficients"),
    ("relay_bi", "select * from analysis.registration_adjusted"),
    ("relay_analyst", "select * from raw_probe.things"),
    ("relay_analyst", "select * from vault.identity_keys"),
    ("relay_analyst", "select * from landing.sync_state"),
    ("relay_analyst", "select * from gate.quarantine"),
    ("relay_analyst", "select * from intermediate.int_probe"),
    ("relay_analyst", "delete from marts.fct_probe"),
    ("relay_analyst", "create table staging.intruder (a int)"),
    ("relay_bi", "select * from staging.stg_probe"),
    ("relay_bi", "select * from intermediate.int_probe"),
    ("relay_bi", "select * from seeds.seed_probe"),
    ("relay_bi", "select * from raw_probe.things"),
    ("relay_bi", "select * from vault.identity_keys"),
    ("relay_bi", "insert into marts.fct_probe values (2)"),
    ("relay_bi", "create table public.intruder (a int)"),
    ("relay_bi", "create temporary table intruder (a int)"),
)

ALLOWED = (
    (
        "relay_inbox",
        "insert into inbox.events (connection, source, headers, body)"
        " values ('c', 's', '{}', '\\x00')",
    ),
    ("relay_loader", "select * from inbox.events"),
    ("relay_loader", "delete from inbox.events"),
    ("relay_loader", "select * from raw_probe.things"),
    ("relay_loader", "select * from landing.migrations"),
    ("relay_loader", "delete from gate.quarantine"),
    ("relay_loader", "insert into landing.companies values ('a', 'A') on conflict do nothing"),
    (
        "relay_loader",
        "insert into raw_probe.things (connection, record_id, payload, payload_hash, extracted_at,"
        " run_id) values ('c', 'r', '{}', '\\x00', now(), 'run')",
    ),
    (
        "relay_loader",
        "insert into vault.identity_keys values"
        " ('c', 's', 't', 'r', '\\x00', 'email', 'k') on conflict do nothing",
    ),
    ("relay_transformer", "select * from raw_probe.things"),
    ("relay_transformer", "select * from vault.identity_keys"),
    ("relay_transformer", "select * from landing.sync_state"),
    ("relay_transformer", "select * from gate.watermarks"),
    ("relay_transformer", "delete from analysis.registration_coefficients"),
    ("relay_transformer", "select * from analysis.registration_adjusted"),
    ("relay_transformer", "create temporary table scratch (a int)"),
    ("relay_transformer", "create table intermediate.int_other as select 1 as a"),
    ("relay_transformer", "create schema relay_tests"),
    ("relay_analyst", "select * from marts.fct_probe"),
    ("relay_analyst", "select * from staging.stg_probe"),
    ("relay_bi", "select * from marts.fct_probe"),
    ("relay_bi", "select * from marts.view_probe"),
)


@pytest.fixture(scope="module", autouse=True)
def objects(warehouse_url: str) -> None:
    """A raw table made late, and tables as dbt makes them: after the grants, as transformer."""
    with psycopg.connect(warehouse_url) as owner:
        ensure_raw_tables(owner, "probe", ["things"])
    with warehouse.connect("relay_transformer") as transformer:
        for table in (
            "staging.stg_probe",
            "intermediate.int_probe",
            "marts.fct_probe",
            "seeds.seed_probe",
        ):
            transformer.execute(f"create table {table} as select 1 as a")
        transformer.execute("create view marts.view_probe as select * from intermediate.int_probe")


@pytest.mark.parametrize(("role", "statement"), FORBIDDEN)
def test_role_is_refused(role: str, statement: str) -> None:
    with (
        warehouse.connect(role) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


@pytest.mark.parametrize(("role", "statement"), ALLOWED)
def test_role_is_allowed(role: str, statement: str) -> None:
    with warehouse.connect(role) as connection:
        done = connection.execute(statement)
        assert done.statusmessage
        connection.rollback()


def test_strangers_cannot_connect(warehouse_url: str) -> None:
    with psycopg.connect(warehouse_url, autocommit=True) as owner:
        owner.execute("drop role if exists stranger")
        owner.execute("create role stranger login password 'stranger'")
    stranger = warehouse.location.with_login(warehouse_url, "stranger", "stranger")
    with pytest.raises(warehouse.WarehouseError, match="permission denied for database"):
        warehouse.open_connection(stranger)


def test_passwords_are_required(warehouse_url: str) -> None:
    wrong = warehouse.location.with_login(warehouse_url, "relay_bi", "not-the-password")
    with pytest.raises(warehouse.WarehouseError, match="password authentication failed") as caught:
        warehouse.open_connection(wrong)
    assert "not-the-password" not in str(caught.value)
    assert "Remedy: run `python -m warehouse migrate`" in str(caught.value)


def test_unknown_role_is_named() -> None:
    with pytest.raises(warehouse.WarehouseError, match=r"Unknown role 'root'.*relay_bi"):
        warehouse.url("root")
