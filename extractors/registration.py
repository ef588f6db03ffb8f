"""What a landing makes known to the warehouse before its first row: the company and the connection,
and that the identity keys are made with the same key as ever."""

from __future__ import annotations

import hmac

import psycopg

from extractors.errors import ConfigError
from extractors.stream import Connection
from warehouse import hmac_key

_COMPANY = """
insert into landing.companies (company_id, company_name, group_id)
values (%(id)s, coalesce(%(name)s, %(id)s), %(group)s)
on conflict (company_id) do update
set company_name = excluded.company_name, group_id = excluded.group_id
where %(name)s is not null
    and (companies.company_name, companies.group_id)
        is distinct from (excluded.company_name, excluded.group_id)
"""

_CONNECTION = """
insert into landing.connections (connection, company_id, source) values (%s, %s, %s)
on conflict (connection) do update set company_id = excluded.company_id, source = excluded.source
where (connections.company_id, connections.source)
    is distinct from (excluded.company_id, excluded.source)
"""


def register(session: psycopg.Connection, connection: Connection, source: str) -> None:
    """The connection and its company as relay.toml has them now."""
    company = {
        "id": connection.company,
        "name": connection.company_name,
        "group": connection.company_group,
    }
    session.execute(_COMPANY, company)
    session.execute(_CONNECTION, [connection.name, connection.company, source])


def checked_key(session: psycopg.Connection, where: str) -> bytes:
    """The HMAC key, if it is the one whose fingerprint the warehouse holds (or the first).

    Raises ConfigError otherwise.
    """
    key = hmac_key()
    fingerprint = hmac.digest(key, b"fingerprint of the identity key", "sha256").hex()[:16]
    session.execute(
        "insert into landing.settings values ('identity_key', %s) on conflict do nothing",
        [fingerprint],
    )
    row = session.execute(
        "select value from landing.settings where name = 'identity_key'"
    ).fetchone()
    if row and row[0] != fingerprint:
        raise ConfigError(
            f"{where}: the HMAC key is not the one that this warehouse's identity keys "
            "were made with, so nobody would be matched. Remedy: restore RELAY_HMAC_KEY or "
            "RELAY_HOME/secrets.json."
        )
    return key
