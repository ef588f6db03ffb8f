"""``validate``: the check of a connection, as the DAG and the command line call it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

import warehouse
from expectations.batch import Stream
from expectations.check import Check
from expectations.errors import GateError, describe
from expectations.page import write_page
from expectations.results import GateReport, prune
from expectations.seeds import SEEDS, Seeds
from expectations.suites import streams_of
from extractors.registry import SOURCES
from warehouse import WarehouseError

if TYPE_CHECKING:
    from expectations.gx import Session


def validate(
    connection: str,
    streams: Sequence[str] | None = None,
    *,
    run_id: str | None = None,
    report: Callable[[str], None] = lambda line: None,
    accept_batch: bool = False,
    seeds: Path = SEEDS,
) -> GateReport:
    """Check what has landed since the last check, hold bad records back, let the rest pass.

    streams       of the connection; all of its source's by default
    report        gets one line per stream, and one when the check has to wait for another
    accept_batch  take batches that would be stopped; a person's decision

    A stopped stream is part of the report (``require_success`` raises it); the others went on.
    Raises GateError for an unknown connection or stream or a missing seed, WarehouseError when the
    warehouse cannot be reached or goes away.
    """
    with warehouse.connect("relay_loader", autocommit=True) as session:
        source = source_of(session, connection)
        chosen = [Stream(connection, source, name) for name in _chosen(source, streams)]

        @cache
        def expectations() -> Session:
            from expectations import gx  # seconds to import; not needed without new rows

            return gx.Session(session)

        check = Check(
            session=session,
            expectations=expectations,
            run_id=run_id or new_run_id(),
            report=report,
            seeds=Seeds(seeds),
            accept_batch=accept_batch,
        )
        found = []
        try:
            for stream in chosen:
                found.append(check.stream(stream))
                report(found[-1].message)
            prune(session, connection)
            write_page(session)
        except psycopg.OperationalError as error:
            raise WarehouseError(
                f"{connection}: the warehouse went away during the check: {describe(error)}. "
                "Checked streams are kept. Remedy: see that it runs (`python -m warehouse start`), "
                "then check again."
            ) from None
    return GateReport(check.run_id, connection, tuple(found))


def source_of(session: psycopg.Connection, connection: str) -> str:
    """The source of a connection that has landed something; GateError if none ever did."""
    row = session.execute(
        "select source from landing.connections where connection = %s", [connection]
    ).fetchone()
    if row is None or row[0] not in SOURCES:
        names = [
            name
            for (name,) in session.execute("select connection from landing.connections order by 1")
        ]
        raise GateError(
            f"Nothing has landed for a connection {connection!r}; there is "
            f"{', '.join(names) or 'no connection yet'}. Remedy: correct the name, or run "
            f"`python -m extractors run {connection}` first."
        )
    return str(row[0])


def new_run_id() -> str:
    """The id of a check that nobody gave one."""
    return f"gate__{datetime.now(UTC):%Y%m%dT%H%M%SZ}_{uuid.uuid4().hex[:8]}"


def _chosen(source: str, streams: Sequence[str] | None) -> Sequence[str]:
    known = streams_of(source)
    if not streams:
        return known
    unknown = sorted(set(streams) - set(known))
    if unknown:
        raise GateError(
            f"{source} has no stream {', '.join(map(repr, unknown))}. "
            f"Remedy: use one of: {', '.join(known)}."
        )
    return [name for name in known if name in streams]
