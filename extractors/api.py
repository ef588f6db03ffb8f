"""Reading over HTTP: one stream as closed windows of time, each window as pages.

A list is opened by what came since the last scan, without an upper bound: when that is a single
page, as on most days, one request has read the list. A longer list is read in windows, the unit of
progress. Lists come in an order of their own (Greenhouse: ids descending), so a half-read window
says nothing about what is still missing; state moves with whole windows only. The last upper bound
is the vendor's clock when the list was opened, so neither rows that change while it is read nor a
skewed clock of ours can be lost: they are in the next scan's first window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from string import Formatter
from typing import Any, Literal
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from extractors.answers import ANY, Answer, Decoder, host_of
from extractors.auth import Auth
from extractors.credentials import Credentials
from extractors.errors import ConfigError, NotFoundError, SourceError
from extractors.http import Channel, Client, Limits
from extractors.pacing import RateHeaders, RateHeaderSets, TokenBucket
from extractors.paginate import Paginate, Place, Query, WrongAnswer, checked
from extractors.rows import row_type
from extractors.stream import (
    Batch,
    Connection,
    Cursor,
    Fields,
    Page,
    Record,
    Scan,
    Stream,
    narrowed,
    parse_time,
)

PARENTS_PER_BATCH = 200
"""Parents whose children land in one transaction: what a killed run reads again."""

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""Older than any record of the vendors: where lists that others point to are read from."""


class ApiOptions(BaseModel):
    """Options that every HTTP source has in relay.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start_date: date
    """First day to read, in the programme's time zone; an earlier one takes effect with --full."""
    window_days: int = Field(default=92, ge=1, le=3660)
    """Days per window, thus per transaction, of a long load."""
    lag_minutes: int = Field(default=5, ge=0, le=10_080)
    """Minutes before the last bound that are read again, for records that appear late."""
    page_size: int = Field(default=500, ge=1, le=1000)
    """Records per page."""
    read_timeout: float = Field(default=60, gt=0, le=600)
    """Seconds without a byte after which a request is given up and tried again."""
    request_deadline: float = Field(default=300, gt=0, le=3600)
    """Seconds after which an answer must be complete."""
    attempts: int = Field(default=6, ge=1, le=20)
    """How often a request is tried that fails in a way that may pass; waits asked for by the
    vendor do not count."""


@dataclass(frozen=True, slots=True)
class Window:
    """Closed at both ends, whole seconds, UTC; without an upper bound everything since."""

    lower: datetime
    upper: datetime | None = None


@dataclass(frozen=True, slots=True)
class HttpApi:
    """How a vendor's lists are read.

    base_url  replaced by the connection's host when it has one; or what makes it from the options
    auth      builds the credential; raises CredentialsError when parts are missing
    paginate  follows the vendor's pages
    query     first query of a list: (options, window or None) -> parameters
    rate      the vendor's limit, or what makes it from a connection's options
    body      type of a page's body, from the type of its records; with it plain streams are decoded
              into rows, without it everything is decoded into dicts
    method    how lists are asked for; with POST the query is the JSON of the request's body
    lane      what shares connections and pace within a run: a limit of some lists only is a lane
    if_refused  what to do when the vendor refuses the credential, where that has a usual cause
    """

    title: str
    base_url: str | Callable[[BaseModel], str]
    auth: Callable[[Connection, Credentials], Auth]
    paginate: Paginate
    query: Callable[[Scan, Window | None], dict[str, Any]]
    rate: RateHeaders | RateHeaderSets | TokenBucket | Callable[[BaseModel], TokenBucket] = field(
        default_factory=RateHeaders
    )
    body: Callable[[Any], Any] | None = None
    method: Literal["GET", "POST"] = "GET"
    lane: str = "channel"
    if_refused: str = ""

    def batches(self, scan: Scan) -> Iterator[Batch]:
        """One batch per window, oldest first; one batch of everything without a cursor; for the
        children of another stream one batch per so many of its changed records.

        Raises ConfigError, CredentialsError and SourceError, also while a batch's pages are read.
        """
        cursor = scan.stream.cursor
        if scan.stream.parent:
            yield from self._children(scan)
        elif cursor is None:
            now, pages = self.opened(scan, None)
            yield _batch("all", pages, now)
        elif cursor.open_ended:
            lower = _lower(scan)
            now, pages = self.opened(scan, Window(lower))
            _expect_past(scan, lower, now)
            yield _batch(_label(lower, now), pages, now)
        else:
            yield from self._windows(scan, cursor)

    def _windows(self, scan: Scan, cursor: Cursor) -> Iterator[Batch]:
        """What came since the last scan: as it opens if that is short, and the rest in windows."""
        client, path = Client(self.channel(scan), scan), _path(scan)
        lower = _lower(scan)
        longest = None if cursor.longest is None else timedelta(days=cursor.longest)
        opening = Window(lower, lower + longest if longest else None)
        first = self._open(client, path, scan, opening)
        now = self._date(client, first)
        _expect_past(scan, lower, now)
        try:
            pages = list(self._pages(client, path, scan, opening, first, short=True))
        except _LongList:
            client.decoder = ANY
        else:
            upper = min(opening.upper or now, now)
            yield _batch(_label(lower, upper), pages, upper)
            lower = upper
        options = narrowed(scan.connection.options, ApiOptions)
        step = now - lower if cursor.reference else timedelta(days=options.window_days)
        while lower < now:
            upper = min(lower + min(step, longest or step), now)
            window = self._pages(client, path, scan, Window(lower, upper))
            yield _batch(_label(lower, upper), window, upper)
            lower = upper

    def opened(self, scan: Scan, window: Window | None) -> tuple[datetime, Iterator[Page]]:
        """A list whose first page has been asked for: the vendor's clock then, and its pages."""
        client, path = Client(self.channel(scan), scan), _path(scan)
        first = self._open(client, path, scan, window)
        return self._date(client, first), self._pages(client, path, scan, window, first)

    def _open(self, client: Client, path: str, scan: Scan, window: Window | None) -> Answer:
        """The first page of a list; it also shows a missing permission before any work."""
        return client.get(path, {**self._first(scan, window), **scan.stream.passes[0]})

    def _children(self, scan: Scan) -> Iterator[Batch]:
        """What each changed parent holds. The position of the last parent is the state, so parents
        that did not change since are never asked for again."""
        client, path = Client(self.channel(scan), scan), _path(scan)
        position = (scan.state or {}).get("parents", 0)
        while parents := scan.changed(scan.stream.parent, position, PARENTS_PER_BATCH):
            position = parents[-1][0]
            yield Batch(
                f"{len(parents)} changed {scan.stream.parent}",
                self._pages_of(client, path, scan, [record_id for _, record_id in parents]),
                {"parents": position},
            )

    def _pages_of(
        self, client: Client, path: str, scan: Scan, parents: Sequence[str]
    ) -> Iterator[Page]:
        """The children of each parent. One that is deleted since it landed has none; but a vendor
        that knows none of several is not believed."""
        key = tuple(part for part in scan.stream.key if part != "parent_id")
        part = replace(scan, stream=replace(scan.stream, key=key))
        missing: list[NotFoundError] = []
        for parent in parents:
            try:
                for page in self._pages(client, path.format(parent=quote(parent, "")), part, None):
                    yield Page(
                        [{**record, "parent_id": parent} for record in map(_fields, page.records)]
                    )
            except NotFoundError as error:
                missing.append(error)
        if len(missing) == len(parents) > 1:
            raise missing[0]

    def _decoder(self, stream: Stream) -> Decoder:
        if self.body is None or stream.fields is None or not stream.plain:
            return ANY
        return msgspec.json.Decoder(self.body(row_type(stream.name, stream.fields)))

    def channel(self, scan: Scan) -> Channel:
        """The run's channel to this connection, opened by its first stream."""
        channel = scan.shared.get(self.lane)
        if not isinstance(channel, Channel):
            credentials = scan.credentials()
            auth = self.auth(scan.connection, credentials)
            if soon := auth.warning():
                scan.notice(soon)
            options = narrowed(scan.connection.options, ApiOptions)
            own = self.base_url(options) if callable(self.base_url) else self.base_url
            base = credentials.host or own
            if _in_the_clear(base):
                scan.notice(
                    f"{scan.connection.name}: secrets and personal data travel unencrypted to "
                    f"{host_of(base)}; use https outside a private network"
                )
            limits = Limits(
                read=options.read_timeout,
                total=options.request_deadline,
                attempts=options.attempts,
            )
            rate = self.rate(options) if callable(self.rate) else self.rate
            channel = Channel(self.title, base, auth, rate, limits, self.method, self.if_refused)
            scan.shared[self.lane] = channel
        return channel

    def _date(self, client: Client, answer: Answer) -> datetime:
        """The vendor's clock when it answered."""
        now = answer.date
        if now is None:
            raise client.error(
                "answered without a Date header, so no window can be closed",
                "let proxies between us and the vendor pass the header on",
            )
        return now

    def _first(self, scan: Scan, window: Window | None) -> dict[str, Any]:
        """The query that a list's first page is asked for with, but for the passes."""
        return {**scan.stream.params, **self.query(scan, window)}

    def _pages(
        self,
        client: Client,
        path: str,
        scan: Scan,
        window: Window | None,
        opened: Answer | None = None,
        *,
        short: bool = False,
    ) -> Iterator[Page]:
        """The pages of one window, pass by pass; ``opened`` is the answer to the first request.

        ``short``: raises _LongList instead of asking for the second page of a pass.
        """
        waiting = [opened] if opened else []
        asked = 0

        def get(query: Query) -> Any:
            nonlocal asked
            asked += 1
            if short and asked > 1:
                raise _LongList
            if waiting:
                return waiting.pop()
            if isinstance(query, Place):
                return client.get(f"{path}/{query}", {})
            return client.get(path, query)

        first = self._first(scan, window)
        for extra in scan.stream.passes:
            asked = 0
            try:
                for records in checked(self.paginate(get, {**first, **extra}), scan.stream):
                    if records:  # the first ones are decoded whole: they show new fields
                        client.decoder = self._decoder(scan.stream)
                    yield Page(records)
            except WrongAnswer as wrong:
                raise client.error(
                    f"served a page that cannot be trusted: {wrong}",
                    "run again; if it stays, the vendor's API has changed",
                ) from None


class _LongList(Exception):
    """A list has more than one page."""


def _label(lower: datetime, upper: datetime) -> str:
    return f"{lower:%Y-%m-%d %H:%M} .. {upper:%Y-%m-%d %H:%M} UTC"


def _expect_past(scan: Scan, lower: datetime, now: datetime) -> None:
    """Raises SourceError when a list would be read from a time that the vendor has not reached."""
    if lower > now:
        raise SourceError(
            f"{scan.where}: expected the vendor's clock past {lower:%Y-%m-%dT%H:%M:%SZ}, where "
            f"reading would begin, it says {now:%Y-%m-%dT%H:%M:%SZ}. Remedy: correct start_date, "
            "or run with --full if the account was set back."
        )


def _fields(record: Record) -> Fields:
    """A record as it is decoded for streams that are not plain."""
    if not isinstance(record, dict):
        raise TypeError("children are never decoded into rows")
    return record


def _in_the_clear(url: str) -> bool:
    """Whether a URL leaves this machine without TLS."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1")


def _lower(scan: Scan) -> datetime:
    """Where reading begins: where the last scan ended, less the lag; at first at start_date, or at
    the beginning for a list that other streams point to."""
    options = narrowed(scan.connection.options, ApiOptions)
    until = (scan.state or {}).get("until")
    if until:
        return parse_time(until).astimezone(UTC) - timedelta(minutes=options.lag_minutes)
    if scan.stream.cursor and scan.stream.cursor.reference:
        return BEGINNING
    midnight = datetime.combine(options.start_date, time(), ZoneInfo(scan.connection.timezone))
    return midnight.astimezone(UTC)


def iso(moment: datetime) -> str:
    """A UTC time as vendors take it in a query: whole seconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _batch(label: str, pages: Iterable[Page], until: datetime) -> Batch:
    return Batch(label, pages, {"until": iso(until)}, until)


def _path(scan: Scan) -> str:
    """The stream's path with {names} filled from the options, or else from the extra; {parent}
    stays."""
    values = {key: value for key, value in scan.connection.options if value is not None}
    values["parent"] = "{parent}"
    for _, name, _, _ in Formatter().parse(scan.stream.path):
        if name and name not in values:
            extra = scan.credentials().extra
            if not extra.get(name):
                raise ConfigError(
                    f"{scan.where}: {name} is not set. Remedy: add {name} to the options of "
                    f"connection {scan.connection.name!r} in relay.toml, or to the extra of "
                    f"connection id {scan.connection.conn_id!r}."
                )
            values[name] = extra[name]
    return scan.stream.path.format_map(values)
