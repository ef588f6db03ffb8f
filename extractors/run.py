"""One run: streams of a connection from their source into raw, one after the other.

Used by the command line and by Airflow's tasks alike. A stream that fails keeps what its finished
batches landed, and does not stop the others.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import warehouse
from extractors import credentials
from extractors.errors import ConfigError, CredentialsError, RelayError, Unreachable
from extractors.inbox import fed, takes_webhooks
from extractors.land import Landing
from extractors.parents import changed_records
from extractors.prefetch import prefetched
from extractors.registry import SOURCES
from extractors.stream import Batch, Connection, Counters, Page, Scan, Stream

PROGRESS_EVERY = 5.0
"""Seconds between two reports from inside one long batch."""

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class StreamResult:
    """What one stream's run did. ``seconds`` of wall time, of which the counters' ``waited`` was
    spent on the vendor's pace; ``error`` is the one line to show when it failed."""

    connection: str
    stream: str
    read: int
    landed: int
    batches: int
    seconds: float
    counters: Counters
    error: RelayError | None = None

    @property
    def rate(self) -> float:
        """Records read per second of wall time."""
        return self.read / self.seconds if self.seconds else 0.0


def stream_names(connection: Connection) -> list[str]:
    """The streams of the connection's source, in the order in which they are run. Those that only
    webhooks feed are left out while the connection takes none."""
    return [
        stream.name
        for stream in SOURCES[connection.source].streams
        if stream.path or stream.inbox is None or takes_webhooks(connection)
    ]


def run_stream(
    connection: Connection,
    stream: str,
    *,
    full: bool = False,
    run_id: str,
    report: Report = lambda line: None,
    shared: dict[str, Any] | None = None,
) -> StreamResult:
    """Read one stream to its end and land it. Raises RelayError.

    full    ignore the state: read everything from the start (only what changed is appended)
    shared  the same dict for several streams keeps their connections and token open
    """
    run = _StreamRun(connection, bound_stream(connection, stream), run_id, report, shared)
    return run.to_the_end(full)


def run_connection(
    connection: Connection,
    streams: Sequence[str] = (),
    *,
    full: bool = False,
    run_id: str,
    report: Report = lambda line: None,
) -> list[StreamResult]:
    """Run the named streams, or all; children after their parents. A failed one is a result with
    ``error``; those after a refused credential or an unreachable host are not tried, as they would
    fail alike.

    Raises ConfigError for a stream that the source does not have.
    """
    wanted = list(dict.fromkeys(streams)) or stream_names(connection)
    wanted.sort(key=lambda name: bool(bound_stream(connection, name).parent))
    shared: dict[str, Any] = {}
    results = []
    for name in wanted:
        run = _StreamRun(connection, bound_stream(connection, name), run_id, report, shared)
        try:
            results.append(run.to_the_end(full))
        except RelayError as error:
            results.append(replace(run.result(), error=error))
            if isinstance(error, ConfigError | CredentialsError | Unreachable):
                break
    return results


def bound_stream(connection: Connection, name: str) -> Stream:
    """A stream as the connection's options have it. Raises ConfigError if there is none."""
    source = SOURCES[connection.source]
    try:
        return source.stream(name).bound(connection.options)
    except KeyError:
        raise ConfigError(
            f"{connection.name}: {source.title} has no stream {name!r}. "
            f"Remedy: use one of: {', '.join(stream_names(connection))}."
        ) from None


@contextmanager
def _rare_collection() -> Iterator[None]:
    """Let Python look for reference cycles every 100,000 containers instead of every few hundred,
    and not at all among what is loaded by now.

    Records are trees, freed as soon as they have landed; looking through them for cycles took a
    sixth of the time and finds nothing.
    """
    usual = gc.get_threshold()
    gc.set_threshold(100_000, *usual[1:])
    gc.freeze()
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@dataclass(slots=True)
class _StreamRun:
    """The run of one stream, with what it has done so far."""

    connection: Connection
    stream: Stream
    run_id: str
    report: Report
    shared: dict[str, Any] | None
    counters: Counters = field(default_factory=Counters)
    read: int = 0
    landed: int = 0
    batches: int = 0
    started: float = field(default_factory=time.monotonic)

    def to_the_end(self, full: bool) -> StreamResult:
        with Landing(
            warehouse.url("relay_loader"),
            connection=self.connection,
            source=self.connection.source,
            stream=self.stream,
            run_id=self.run_id,
            full=full,
        ) as landing:
            scan = Scan(
                connection=self.connection,
                stream=self.stream,
                state=None if full else landing.state,
                credentials=partial(credentials.resolve, self.connection.conn_id),
                changed=partial(changed_records, self.connection, having=self.stream.parent_with),
                notice=self.report,
                counters=self.counters,
                shared={} if self.shared is None else self.shared,
            )
            source = SOURCES[self.connection.source]
            streams = [stream.name for stream in source.streams if stream.inbox]
            with _rare_collection(), prefetched(fed(source.reader, scan, streams)) as batches:
                for batch in batches:
                    self._land(landing, batch)
        return self.result()

    def result(self) -> StreamResult:
        return StreamResult(
            connection=self.connection.name,
            stream=self.stream.name,
            read=self.read,
            landed=self.landed,
            batches=self.batches,
            seconds=time.monotonic() - self.started,
            counters=self.counters,
        )

    def _land(self, landing: Landing, batch: Batch) -> None:
        counts = landing.land(
            self._told(batch),
            batch.state,
            batch.observed_at,
            file=batch.file,
            complete=batch.complete,
            late=batch.late,
        )
        self.read += counts.read
        self.landed += counts.landed
        self.batches += 1
        self.report(self._line(batch.label, self.read, f"{self.landed:,} new or changed"))

    def _told(self, batch: Batch) -> Iterator[Page]:
        """The batch's pages, with a sign of life while a long one is read."""
        read, told_at = self.read, time.monotonic()
        for page in batch.pages:
            yield page
            read += len(page.records)
            if time.monotonic() - told_at >= PROGRESS_EVERY:
                told_at = time.monotonic()
                self.report(self._line(batch.label, read, "reading"))

    def _line(self, label: str, read: int, end: str) -> str:
        seconds = time.monotonic() - self.started
        return (
            f"{self.connection.name}.{self.stream.name}  {label}  {read:,} rows, "
            f"{self.counters.requests:,} requests, {read / max(seconds, 1e-3):,.0f} rows/s, {end}"
        )


def failures(results: Iterable[StreamResult]) -> list[RelayError]:
    """The errors among results."""
    return [result.error for result in results if result.error is not None]
