"""Command line of the gate: check what has landed, let held records through, show what is held.

Exit status: 0 checked (records held back are warned of, the others passed), 1 some stream was
stopped and the others passed, 2 bad usage, configuration or no warehouse.
"""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Sequence
from functools import partial

from rich.table import Table

import warehouse
from expectations import results
from expectations.batch import Stream
from expectations.errors import GateError
from expectations.page import page_path, write_page
from expectations.results import GateReport, Held, Latest, NewField, counted
from expectations.suites import streams_of
from expectations.validate import new_run_id, source_of, validate
from expectations.waive import waive
from extractors.command import add_streams, as_program, guarded, say, stdout, table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and give the exit status."""
    options = _parser().parse_args(arguments)
    commands = {"check": _check, "waive": _waive, "status": _status}
    return guarded(
        partial(commands[options.command], options),
        "checked streams are kept, the next check goes on from there",
    )


def _check(options: argparse.Namespace) -> int:
    report = validate(
        options.connection, options.stream, report=say, accept_batch=options.accept_batch
    )
    stdout().print(_summary(report))
    if report.held:
        say(
            f"warning: held in quarantine, out of the marts: {counted(report.held, 'record')}; "
            f"`python -m expectations status {options.connection}` lists why"
        )
    say(f"results: {page_path()}")
    return 1 if report.stopped else 0


def _waive(options: argparse.Namespace) -> int:
    with warehouse.connect("relay_loader", autocommit=True) as session:
        source = source_of(session, options.connection)
        if options.stream not in streams_of(source):
            raise GateError(
                f"{source} has no stream {options.stream!r}. "
                f"Remedy: use one of: {', '.join(streams_of(source))}."
            )
        waived = waive(
            session,
            Stream(options.connection, source, options.stream),
            records=options.record,
            rule=options.rule,
            by=options.by,
            run_id=new_run_id(),
        )
        write_page(session)
    print(
        f"{counted(waived.entries, 'quarantine entry', 'quarantine entries')} waived by "
        f"{options.by}; {counted(waived.records, 'record')} to pass at the next check: "
        f"python -m expectations check {options.connection}"
    )
    return 0


def _status(options: argparse.Namespace) -> int:
    with warehouse.connect("relay_loader", autocommit=True) as session:
        if options.connection:
            source_of(session, options.connection)
        found = results.latest(session, options.connection)
        held = results.held(session, options.connection)
        new = results.new_fields(session, options.connection)
    tables = stdout()
    tables.print(_streams(found))
    if held:
        tables.print(_held(held))
    if new:
        tables.print(_new_fields(new))
    for row in found:
        if row.stopped:
            say(row.message)
    return 1 if any(row.stopped for row in found) else 0


def _streams(found: Sequence[Latest]) -> Table:
    shown = table(("connection", "stream", "status", "checked at (UTC)"), ("new rows", "held"))
    for row in found:
        shown.add_row(
            row.connection,
            row.stream,
            row.status,
            f"{row.checked_at:%Y-%m-%d %H:%M}",
            f"{row.rows_checked:,}",
            f"{row.held:,}",
        )
    return shown


def _held(held: Sequence[Held]) -> Table:
    shown = table(("connection", "stream", "rule", "reason", "since"), ("records",))
    for entry in held:
        shown.add_row(
            entry.connection,
            entry.stream,
            entry.rule,
            entry.reason,
            f"{entry.since:%Y-%m-%d}",
            f"{entry.records:,}",
        )
    return shown


def _new_fields(new: Sequence[NewField]) -> Table:
    shown = table(("connection", "stream", "new field, not stored", "since"), ("records",))
    for found in new:
        shown.add_row(
            found.connection,
            found.stream,
            found.field,
            f"{found.since:%Y-%m-%d}",
            f"{found.records:,}",
        )
    return shown


def _summary(report: GateReport) -> Table:
    numbers = ("new rows", "held back", "released", "repaired", "in quarantine")
    shown = table(("stream", "status"), numbers)
    for result in report.results:
        shown.add_row(
            result.stream,
            result.status,
            f"{result.rows_checked:,}",
            f"{result.rows_quarantined:,}",
            f"{result.released:,}",
            f"{result.repaired:,}",
            f"{result.held:,}",
        )
    return shown


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m expectations", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="check what has landed for a connection")
    check.add_argument("connection", metavar="CONNECTION")
    add_streams(check)
    check.add_argument(
        "--accept-batch",
        action="store_true",
        help="take batches that were stopped, after a person has looked at them",
    )
    release = commands.add_parser("waive", help="let held records through as they are")
    release.add_argument("connection", metavar="CONNECTION")
    release.add_argument("--stream", required=True, metavar="S")
    release.add_argument(
        "--record", action="append", default=[], metavar="ID", help="a record id; may repeat"
    )
    release.add_argument("--rule", metavar="R", help="only entries of this rule")
    release.add_argument("--by", default=getpass.getuser(), help="who decided (default: you)")
    status = commands.add_parser("status", help="the last results and what is held")
    status.add_argument("connection", metavar="CONNECTION", nargs="?")
    return parser


if __name__ == "__main__":
    as_program(main)
