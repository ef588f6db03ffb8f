"""Migrations: numbered SQL files, applied once each, in order, and never edited afterwards."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from warehouse.errors import WarehouseError
from warehouse.location import open_connection, url
from warehouse.raw import ensure_raw_tables
from warehouse.roles import ensure_roles, grant_database

MIGRATIONS = Path(__file__).parent / "migrations"
MINIMUM_VERSION = 150000
_LOCK = int.from_bytes(hashlib.blake2b(b"relay migrations", digest_size=7).digest())
_log = logging.getLogger(__name__)

_BOOKKEEPING = """
create schema if not exists landing;
create table if not exists landing.migrations (
    name text primary key,
    checksum text not null,
    applied_at timestamptz not null default now()
);
"""


@dataclass(frozen=True)
class Migration:
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrate(dsn: str | None = None, folder: Path = MIGRATIONS) -> list[str]:
    """Bring the warehouse to the present shape; returns the names of the migrations applied.

    Safe to run at any time and by several processes at once: an advisory lock lets one in, the
    others wait and then find nothing to do. Raises WarehouseError if an applied file was changed
    or the database is newer than this code.
    """
    with open_connection(dsn or url(), autocommit=True) as connection:
        _require_version(connection)
        with _exclusive(connection):
            ensure_roles(connection)
            connection.execute(_BOOKKEEPING)
            applied = [
                migration.name
                for migration in _pending(connection, _read(folder))
                if _apply(connection, migration)
            ]
            _raw_tables(connection)
            grant_database(connection)
    return applied


def _read(folder: Path) -> list[Migration]:
    return [Migration(path.name, path.read_text()) for path in sorted(folder.glob("*.sql"))]


def _pending(connection: psycopg.Connection, migrations: list[Migration]) -> list[Migration]:
    rows = connection.execute("select name, checksum from landing.migrations").fetchall()
    applied: dict[str, str] = dict(rows)
    unknown = sorted(applied.keys() - {migration.name for migration in migrations})
    if unknown:
        raise WarehouseError(
            f"The warehouse has migrations that this version does not know: {', '.join(unknown)}. "
            "Remedy: use the version of the project that made them, or a newer one."
        )
    for migration in migrations:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise WarehouseError(
                f"Migration {migration.name} was changed after it was applied. Remedy: restore the "
                "file as it was, and put the change into a new migration with the next number."
            )
    return [migration for migration in migrations if migration.name not in applied]


def _apply(connection: psycopg.Connection, migration: Migration) -> bool:
    with connection.transaction():
        connection.execute(migration.text.encode())
        connection.execute(
            "insert into landing.migrations (name, checksum) values (%s, %s)",
            [migration.name, migration.checksum],
        )
    _log.info("Applied migration %s", migration.name)
    return True


def _raw_tables(connection: psycopg.Connection) -> None:
    from extractors.registry import SOURCES  # the sources are heavier than the rest of warehouse

    for source in SOURCES.values():
        with connection.transaction():
            ensure_raw_tables(connection, source.name, (stream.name for stream in source.streams))


def _require_version(connection: psycopg.Connection) -> None:
    if connection.info.server_version < MINIMUM_VERSION:
        raise WarehouseError(
            f"The warehouse runs Postgres {connection.info.server_version // 10000}; expected 15 "
            "or newer. Remedy: point RELAY_WAREHOUSE_URL at a newer server."
        )


@contextmanager
def _exclusive(connection: psycopg.Connection) -> Iterator[None]:
    connection.execute("select pg_advisory_lock(%s)", [_LOCK])
    try:
        yield
    finally:
        connection.execute("select pg_advisory_unlock(%s)", [_LOCK])
