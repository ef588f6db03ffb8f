"""Raw tables: one per stream of every registered source, all of one shape.

Each holds every version of a record ever seen: a row is appended when its payload changed, and
never updated. The newest version of a record is the one with the greatest `seq`.
"""

from collections.abc import Iterable

import psycopg
from psycopg import sql

_TABLE = """
create table if not exists {table} (
    connection text not null,
    record_id text not null,
    seq bigint generated always as identity,
    payload jsonb not null,
    payload_hash bytea not null,
    source_updated_at timestamptz,
    extracted_at timestamptz not null,
    run_id text not null,
    is_deleted boolean not null default false,
    primary key (connection, record_id, seq)
);
create index if not exists {index} on {table} (connection, seq);
"""

_SCHEMA = """
create schema if not exists {schema};
grant usage on schema {schema} to relay_loader, relay_transformer;
alter default privileges in schema {schema} grant select, insert on tables to relay_loader;
alter default privileges in schema {schema} grant select on tables to relay_transformer;
"""


def raw_schema(source: str) -> str:
    """The schema of a source's raw tables."""
    return f"raw_{source}"


def ensure_raw_tables(connection: psycopg.Connection, source: str, streams: Iterable[str]) -> None:
    """Create what is missing of a source's schema and tables; existing ones stay as they are."""
    schema = raw_schema(source)
    connection.execute(sql.SQL(_SCHEMA).format(schema=sql.Identifier(schema)))
    for stream in streams:
        connection.execute(
            sql.SQL(_TABLE).format(
                table=sql.Identifier(schema, stream),
                index=sql.Identifier(f"{stream}_connection_seq"),
            )
        )
