"""The frame of every reader: a task comes in, what the client read goes out."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from peers.readers.outside import Outside

Read = Callable[[dict[str, Any], str, str], Iterable[Any]]
"""(task, stream, field of the id) -> ids; raises what the client tells its user."""


def serve(read: Read) -> None:
    """Read every stream of the task by itself and write {streams, waited, answers, nowhere}."""
    task = json.load(sys.stdin)
    logging.disable(logging.CRITICAL)
    outside = Outside(task["routes"], task["clock"])
    found: dict[str, dict[str, Any]] = {}
    for stream, field in task["streams"].items():
        ids: list[str] = []
        told = None
        try:
            ids.extend(str(id_) for id_ in read(task, stream, field))
        except (Exception, SystemExit) as error:
            told = f"{type(error).__name__}: {error}"[:2000]
        found[stream] = {"ids": ids, "error": told}
    result = {
        "streams": found,
        "waited": outside.waited,
        "answers": {str(status): n for status, n in outside.answers.items()},
        "nowhere": sorted(outside.nowhere),
    }
    Path(sys.argv[1]).write_text(json.dumps(result), encoding="utf-8")
