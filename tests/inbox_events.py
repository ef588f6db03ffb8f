"""Webhooks put into the inbox as the service stores them, without HTTP."""

from collections.abc import Mapping
from typing import Any

import orjson
from psycopg.types.json import Jsonb

import warehouse
from extractors.stream import Connection


def put(
    connection: Connection, body: bytes | Any, headers: Mapping[str, str] | None = None
) -> None:
    """Add one event, as the role that the service has."""
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    with warehouse.connect("relay_inbox") as session:
        session.execute(
            "insert into inbox.events (connection, source, headers, body) values (%s, %s, %s, %s)",
            [connection.name, connection.source, Jsonb(dict(headers or {})), data],
        )
