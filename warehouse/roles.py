"""Login roles and what belongs to the database as a whole. Table grants are in migrations/."""

import time
from collections.abc import Callable

import psycopg
from psycopg import sql

from warehouse.errors import WarehouseError
from warehouse.location import ROLES, open_connection, password, url, with_database, with_login

BUILT_SCHEMAS = ("staging", "intermediate", "marts", "seeds")


def ensure_roles(connection: psycopg.Connection) -> None:
    """Make the five roles and set their passwords to the present secrets.

    The owner becomes a member of relay_transformer, since only a member may hand schemas over to
    a role and set its default privileges. Raises WarehouseError if the owner may not make roles.
    """
    for role in ROLES:
        _ensure_login(connection, role, password(role))
    _run(connection, sql.SQL("grant relay_transformer to current_user"))


def grant_database(connection: psycopg.Connection) -> None:
    """CONNECT for the roles, nothing for PUBLIC. Not copied by `create database ... template`."""
    database = sql.Identifier(connection.info.dbname)
    names = sql.SQL(", ").join(map(sql.Identifier, ROLES))
    for statement in (
        sql.SQL("revoke all on database {d} from public").format(d=database),
        sql.SQL("grant connect on database {d} to {r}").format(d=database, r=names),
        sql.SQL("grant temporary on database {d} to relay_loader").format(d=database),
        sql.SQL("grant create, temporary on database {d} to relay_transformer").format(d=database),
        sql.SQL("revoke all on schema public from public"),
    ):
        _run(connection, statement)


def ensure_database(name: str) -> str:
    """A database of its own on the warehouse's server, owned by a login role `relay_<name>`.

    Returns that role's URL. For tools that keep metadata in Postgres, such as Airflow.
    """
    owner = f"relay_{name}"
    secret = password(owner)
    with open_connection(url(), autocommit=True) as connection:
        _ensure_login(connection, owner, secret)
        known = connection.execute("select 1 from pg_database where datname = %s", [name])
        if known.fetchone() is None:
            role, database = sql.Identifier(owner), sql.Identifier(name)
            _run(connection, sql.SQL("grant {r} to current_user").format(r=role))
            _create_database(connection, database, role)
            _run(connection, sql.SQL("revoke all on database {d} from public").format(d=database))
    return with_database(with_login(url(), owner, secret), name)


def _create_database(
    connection: psycopg.Connection, database: sql.Identifier, owner: sql.Identifier
) -> None:
    try:
        connection.execute(sql.SQL("create database {d} owner {r}").format(d=database, r=owner))
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        return  # another process was faster
    except psycopg.errors.InsufficientPrivilege:
        raise WarehouseError(
            f"The warehouse's owner may not create the database {database.as_string(connection)}. "
            "Remedy: give it CREATEDB, or create the database by hand."
        ) from None


def _ensure_login(connection: psycopg.Connection, role: str, secret: str) -> None:
    # The server gets the verifier only, so that no log of statements can hold the password.
    verifier = connection.pgconn.encrypt_password(
        secret.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    name = sql.Identifier(role)
    known = connection.execute("select 1 from pg_roles where rolname = %s", [role])
    if known.fetchone() is None:
        _run(connection, sql.SQL("create role {r} login").format(r=name))
    _run(connection, sql.SQL("alter role {r} login password {p}").format(r=name, p=verifier))


def _run(connection: psycopg.Connection, statement: sql.Composed | sql.SQL) -> None:
    """Execute; roles are shared by all databases of a server, so others may be at it as well."""

    def attempt() -> None:
        with connection.transaction():
            connection.execute(statement)

    _patiently(attempt)


def _patiently(attempt: Callable[[], None], tries: int = 20) -> None:
    for left in reversed(range(tries)):
        try:
            return attempt()
        except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            return
        except psycopg.errors.InsufficientPrivilege as error:
            raise WarehouseError(
                f"The warehouse's owner lacks a right: {error.diag.message_primary}. Remedy: use "
                "an owner that owns the database and has CREATEROLE."
            ) from None
        except psycopg.errors.InternalError_:
            if not left:  # "tuple concurrently updated", again and again
                raise
            time.sleep(0.05)
