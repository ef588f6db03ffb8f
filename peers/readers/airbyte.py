"""Airbyte's connectors: the manifest of the installed package, run by airbyte-cdk."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from airbyte_cdk.models import (
    AirbyteStream,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    SyncMode,
    Type,
)
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
)

from peers.readers.report import serve


class Failed(Exception):
    """What the connector tells: the message of its error trace."""


def read(task: dict[str, Any], stream: str, field: str) -> Iterator[Any]:
    """Every record of one stream, in full refresh."""
    catalog = ConfiguredAirbyteCatalog(
        streams=[
            ConfiguredAirbyteStream(
                stream=AirbyteStream(
                    name=stream, json_schema={}, supported_sync_modes=[SyncMode.full_refresh]
                ),
                sync_mode=SyncMode.full_refresh,
                destination_sync_mode=DestinationSyncMode.overwrite,
            )
        ]
    )
    source = ConcurrentDeclarativeSource(
        catalog=catalog,
        config=task["config"],
        state=None,
        source_config=manifest(task),
    )
    told = []
    try:
        for message in source.read(logging.getLogger("peer"), task["config"], catalog, []):
            if message.type == Type.RECORD:
                yield message.record.data[field]
            elif message.type == Type.TRACE and message.trace.error:
                told.append(message.trace.error.internal_message or message.trace.error.message)
    except Exception as error:
        raise Failed("; ".join(told) or str(error)) from error
    if told:
        raise Failed("; ".join(told))


def manifest(task: dict[str, Any]) -> dict[str, Any]:
    """The package's manifest; changed in memory only where the task says so."""
    package = importlib.import_module(task["package"])
    path = Path(str(package.__file__)).with_name("manifest.yaml")
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    if "bearer" in task:
        _replace_authenticators(loaded, task["bearer"])
    _drop_double_names(loaded)
    return loaded


def _drop_double_names(part: Any) -> None:
    """A page option of a version before 1 of the framework inherits field_path from its stream's
    parameters beside its own field_name; later versions take one of the two only."""
    if isinstance(part, dict):
        if part.get("type") == "RequestOption" and "field_name" in part:
            part.pop("field_path", None)
            part.get("$parameters", {}).pop("field_path", None)
        for value in part.values():
            _drop_double_names(value)
    elif isinstance(part, list):
        for value in part:
            _drop_double_names(value)


def _replace_authenticators(part: Any, token: str) -> None:
    """A sign-in that the vendor has retired, replaced by the one it takes."""
    if isinstance(part, dict):
        if "authenticator" in part:
            part["authenticator"] = {"type": "BearerAuthenticator", "api_token": token}
        for value in part.values():
            _replace_authenticators(value, token)
    elif isinstance(part, list):
        for value in part:
            _replace_authenticators(value, token)


if __name__ == "__main__":
    serve(read)
