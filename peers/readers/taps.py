"""Singer taps: their own discovery and sync, their messages read instead of printed."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
from collections.abc import Iterator
from typing import Any

import singer
from singer import Catalog

from peers.readers.report import serve


def read(task: dict[str, Any], stream: str, field: str) -> Iterator[Any]:
    """Every record of one stream; what the tap has written before it fails counts too."""
    written: list[tuple[str, Any]] = []

    def write(message: Any) -> None:
        if isinstance(message, singer.RecordMessage):
            written.append((message.stream, message.record[field]))

    singer.messages.write_message = write
    try:
        RUN[task["package"]](task["config"], stream)
    finally:
        yield from (id_ for name, id_ in written if name == stream)


def lever(config: dict[str, Any], stream: str) -> None:
    """tap-lever. Children of an opportunity are read while it is."""
    package = importlib.import_module("tap_lever")
    client = package.LeverClient(config)
    runner = package.LeverRunner(_Args(config), client, package.AVAILABLE_STREAMS)
    runner.catalog = _selected(runner.do_discover, {stream, *_parents(stream)})
    runner.do_sync()


def typeform(config: dict[str, Any], stream: str) -> None:
    """tap-typeform, as its `main` does it."""
    package = importlib.import_module("tap_typeform")
    client = package.Client(config, None, True)
    forms = package.validate_form_ids(client, config)
    catalog = _selected(lambda: package._discover().dump(), {stream})
    package._sync(client, config, {}, catalog.to_dict(), forms)


class _Args:
    """What a tap takes from its command line."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.state: dict[str, Any] = {}
        self.catalog = None


def _parents(stream: str) -> set[str]:
    return {"opportunities"} if stream.startswith("opportunity_") else set()


def _selected(discover: Any, wanted: set[str]) -> Catalog:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        discover()
    catalog = json.loads(printed.getvalue())
    for entry in catalog["streams"]:
        for part in entry["metadata"]:
            if not part["breadcrumb"]:
                part["metadata"]["selected"] = entry["stream"] in wanted
    return Catalog.from_dict(catalog)


RUN = {"tap_lever": lever, "tap_typeform": typeform}


if __name__ == "__main__":
    serve(read)
