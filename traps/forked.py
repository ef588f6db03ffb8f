"""Runs pytest in a copy of the project, by forks of a process that has imported what others wrote.

Most tests take less time than their imports: a trial takes half as long.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest

from traps.catalog import ROOT

SECONDS = 900
IMPORTED = [
    "pytest",
    "psycopg",
    "requests",
    "hypothesis",
    "uvicorn",
    "great_expectations",
    "dbt.cli.main",
    "dbt.adapters.postgres",
]
"""What tests import of others; nothing of the project, which is another one in each copy."""
_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload(IMPORTED)
_COUNTED = re.compile(r"(\d+) (passed|failed|error)")


def run(
    copy: Path, tests: Sequence[str], *arguments: str
) -> tuple[int | None, dict[str, int], str]:
    """Run the tests; exit code (None when time ran out), outcomes by word, end of the output.

    Their temporary files lie beside the copy: pytest's usual folder is closed to other users by
    every session that begins, which takes it from those that run.
    """
    own = ("-q", "-p", "no:cacheprovider", "--basetemp", str(copy.with_name("tmp")))
    arguments = (*own, *arguments, *tests)
    with NamedTemporaryFile(prefix="relay-traps-", suffix=".log") as log:
        process = _FORKED.Process(target=_in_copy, args=(str(copy), log.name, arguments))
        process.start()
        process.join(SECONDS)
        if process.exitcode is None and process.pid:
            os.killpg(process.pid, signal.SIGKILL)
            return None, {}, f"no end within {SECONDS} s"
        output = Path(log.name).read_text("utf-8", errors="replace")
    last = (output.strip().splitlines() or [""])[-1]
    counts = {word: int(number) for number, word in _COUNTED.findall(last)}
    return process.exitcode, counts, output[-4000:]


def _in_copy(copy: str, log: str, arguments: Sequence[str]) -> None:
    """Run pytest in a copy, in a process of its own that has imported what others wrote."""
    os.setsid()
    os.chdir(copy)
    sys.path[:] = [copy, *(path for path in sys.path if Path(path or ROOT).resolve() != ROOT)]
    told = os.open(log, os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(told, stream)
    sys.exit(pytest.main([*arguments]))
