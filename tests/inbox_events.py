"""Webhooks put into the inbox as the service stores them, without HTTP."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from psycopg.types.json import Jsonb

import warehouse
from extractors.registry import SOURCES
from extractors.run import run_stream
from extractors.stream import Connection
from tests.extractors.conftest import FIRST_DAY
from tests.extractors.landings import new_connection


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


def connection_of(source: str = "greenhouse", **options: Any) -> Connection:
    """A connection that takes webhooks."""
    model = SOURCES[source].options_model
    given = {"start_date": FIRST_DAY, "webhooks": True, **options}
    return replace(new_connection(source), options=model.model_validate(given))


def run(connection: Connection, stream: str, *, full: bool = False) -> int:
    """Rows appended."""
    return run_stream(connection, stream, full=full, run_id=f"run {time.monotonic_ns()}").landed
