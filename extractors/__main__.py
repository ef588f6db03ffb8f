"""Command line: run a connection's streams, list what is configured, or erase people.

Exit status: 0 everything landed, 1 some stream failed and the others landed, 2 bad usage,
configuration or credentials. Progress goes to stderr, the summary to stdout.
"""

from __future__ import annotations

import argparse
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from rich.box import SIMPLE_HEAD
from rich.table import Table

from extractors.command import add_streams, as_program, guarded, say, stdout, table
from extractors.config import load
from extractors.erasure import erase_on_request
from extractors.run import StreamResult, bound_stream, failures, run_connection, stream_names


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and give the exit status."""
    options = _parser().parse_args(arguments)
    if options.command == "erase":
        return guarded(partial(_erase, options), "nothing was erased")
    command = _list if options.command == "list" else partial(_run, options)
    return guarded(command, "finished batches are kept, the next run goes on from there")


def _run(options: argparse.Namespace) -> int:
    connection = load().connection(options.connection)
    run_id = f"manual__{datetime.now(UTC):%Y%m%dT%H%M%SZ}_{uuid.uuid4().hex[:8]}"
    results = run_connection(
        connection, options.stream, full=options.full, run_id=run_id, report=say
    )
    errors = failures(results)
    stdout().print(_summary(results))
    for error in errors:
        say(f"error: {error}")
    untried = len(options.stream or stream_names(connection)) - len(results)
    if untried > 0:
        say(f"{untried} further streams were not tried")
    return max((error.exit_code for error in errors), default=0)


def _erase(options: argparse.Namespace) -> int:
    connection = load().connection(options.connection)
    stream = bound_stream(connection, options.stream)
    erased = erase_on_request(connection, stream, options.record, options.by)
    print(f"{connection.name}.{stream.name}: {erased:,} of {len(options.record):,} erased")
    return 0


def _list() -> int:
    for connection in load().connections:
        schedule = connection.schedule or "by hand"
        streams = ", ".join(stream_names(connection))
        print(f"{connection.name}  company {connection.company}, {schedule}: {streams}")
    return 0


def _summary(results: Sequence[StreamResult]) -> Table:
    numbers = ("read", "new", "requests", "429", "waited", "seconds", "rows/s")
    shown = table(("stream", "status"), numbers, box=SIMPLE_HEAD)
    for result in results:
        shown.add_row(
            result.stream,
            "failed" if result.error else "landed",
            f"{result.read:,}",
            f"{result.landed:,}",
            f"{result.counters.requests:,}",
            f"{result.counters.throttled:,}",
            f"{result.counters.waited:.1f}",
            f"{result.seconds:.1f}",
            f"{result.rate:,.0f}",
        )
    return shown


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m extractors", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="read a connection's streams into the warehouse")
    run.add_argument("connection", metavar="CONNECTION", help="a name from relay.toml")
    add_streams(run)
    run.add_argument("--full", action="store_true", help="ignore the state and read everything")
    erase = commands.add_parser("erase", help="erase what is personal of records, for good")
    erase.add_argument("connection", metavar="CONNECTION", help="a name from relay.toml")
    erase.add_argument("--stream", required=True, metavar="S", help="the stream of people")
    erase.add_argument(
        "--record", action="append", required=True, metavar="ID", help="a record's id; may repeat"
    )
    erase.add_argument("--by", required=True, metavar="NAME", help="who asks for it")
    commands.add_parser("list", help="show the configured connections and their streams")
    return parser


if __name__ == "__main__":
    as_program(main)
