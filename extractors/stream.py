"""The vocabulary of a source: what its streams are, how one scan of a stream is cut into batches.

A vendor module declares one ``Source``; ``run`` drives it and ``land`` stores what it reads:

    Source.reader.batches(Scan)  ->  Batch(pages, state)  ->  Landing.land(pages, state, ...)

Everything here is data. A stream's ``prepare``, ``fields``, ``volatile`` and ``identity`` are
applied by the landing, in that order, to every record that the reader hands over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol, TypeVar

import msgspec
from pydantic import BaseModel

from extractors.credentials import Credentials
from extractors.rows import Row

OptionsT = TypeVar("OptionsT", bound=BaseModel)

Fields = dict[str, Any]
Record = Fields | Row
"""A vendor's record as it was decoded: whole, or what is stored of it (see ``Stream.plain``)."""
State = dict[str, Any]
IdentityValue = tuple[str, str]
"""(kind, value as the vendor shows it); kind is email, phone, name, kana, birth_date or network."""


@dataclass(frozen=True, slots=True)
class Page:
    """Records of one response or one block of a file, decoded, in the vendor's own shape."""

    records: Sequence[Record]


@dataclass(frozen=True, slots=True)
class Connection:
    """One configured account at one source, belonging to one company. Holds no secret."""

    name: str
    company: str
    source: str
    conn_id: str
    options: BaseModel
    schedule: str | None = None
    timezone: str = "Asia/Tokyo"
    company_name: str | None = None
    company_group: str | None = None


@dataclass(frozen=True, slots=True)
class InboxEvent:
    """A webhook as it came; ``headers`` in lower case, only those that its scheme keeps.

    ``body_hash`` is SHA-256 in hex: an id for what has none.
    """

    event_id: int
    received_at: datetime
    headers: Mapping[str, str]
    body: bytes
    body_hash: str

    def json(self) -> Any:
        """The decoded body; ValueError if it is no JSON."""
        try:
            return msgspec.json.decode(self.body)
        except (ValueError, RecursionError):
            raise ValueError("no JSON") from None


Unpack = Callable[[InboxEvent], Iterable[Fields]]
"""The records of one stream in a webhook, in the shape of polled ones; none for events of another
kind. ValueError, KeyError, TypeError and the like for what is not the vendor's documented shape."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The time by which a vendor filters a stream.

    ``field`` is the record's field that holds it, ``unit`` how it is written there. ``reference``
    marks small lists that other streams point to: their first load reads all history, not only
    from ``start_date``. ``open_ended`` marks filters without an upper bound: one window holds
    everything since the last scan. ``longest`` is the most days that the vendor takes at once.
    """

    field: str
    reference: bool = False
    unit: Literal["iso", "ms", "s"] = "iso"
    open_ended: bool = False
    longest: int | None = None

    def time(self, value: Any) -> datetime:
        """The field's value as a time; one without an offset is UTC. Raises ValueError, TypeError.

        The server's own time zone never matters.
        """
        if self.unit == "ms":
            return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=value)
        if self.unit == "s":
            return datetime.fromtimestamp(0, UTC) + timedelta(seconds=value)
        return parse_time(value)


@dataclass(frozen=True, slots=True)
class Stream:
    """One list of records of a source, landed in ``raw_<source>.<name>``.

    key             fields whose values, joined by ':', are the record_id
    passes          parameter sets that are read one after the other inside each window, for lists
                    that hide rows unless asked twice
    prepare         derives fields from a record before the allow-list cuts it
    fields          allow-list of top-level fields that are stored; None stores all
    optional        stored fields that may be absent from every record of a batch, since the vendor
                    leaves out keys without a value; that any other one is gone is drift
    volatile        stored, but a change of these alone is not a new version (left out of the hash)
    identity        personal values to be keyed by HMAC; sees the prepared record before the cut
    keyed           none of these values is stored: a change of them alone is a new version too, and
                    the hash, which then covers them, is keyed
    erase           gives a stored record without what is personal of it; a stream of people has it
    anonymised      whether the vendor says of a prepared record that its person was made anonymous
    person          stored field by whose value records are of one person, where one has several
    complete        each scan reads every record there is: one that it no longer shows is deleted
    deletes         name of the stream whose deleted records this one lists
    erases          name of the stream whose anonymised records this one lists
    parent          name of the stream of whose changed records ``path`` is asked, one request each;
                    {parent} in the path is the record's id, which is stored as ``parent_id``
    parent_with     only parents in which this field is not null
    inbox           unpacks the webhooks that feed this stream: besides its ``path``, or alone
    required_scope  what a 403 tells the user to grant
    adapt           the stream as one connection's options change it (bind option values here)
    """

    name: str
    path: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    passes: tuple[Mapping[str, str], ...] = ({},)
    key: tuple[str, ...] = ("id",)
    cursor: Cursor | None = None
    prepare: Callable[[Fields], Fields] | None = None
    fields: frozenset[str] | None = None
    optional: frozenset[str] = frozenset()
    volatile: frozenset[str] = frozenset()
    identity: Callable[[Fields], Iterable[IdentityValue]] | None = None
    keyed: bool = False
    erase: Callable[[Fields], Fields] | None = None
    anonymised: Callable[[Fields], bool] | None = None
    person: str = ""
    complete: bool = False
    deletes: str = ""
    erases: str = ""
    parent: str = ""
    parent_with: str = ""
    inbox: Unpack | None = None
    required_scope: str = ""
    adapt: Callable[[Stream, BaseModel], Stream] | None = None

    def record_id(self, record: Record) -> str:
        """The record's id; KeyError with the part of the key that is absent or empty."""
        if len(self.key) == 1:
            return _key_part(record, self.key[0])
        return ":".join([_key_part(record, part) for part in self.key])

    @property
    def plain(self) -> bool:
        """Whether records are stored as they come, cut by the allow-list alone: then what is not
        stored of them need not be decoded."""
        used = {*self.key, *([self.cursor.field] if self.cursor else ())}
        looked_into = self.prepare or self.identity or self.volatile or self.parent or self.erase
        return self.fields is not None and used <= self.fields and not looked_into

    def updated_at(self, record: Record) -> datetime | None:
        """The vendor's time of the record's last change, None when the stream has no cursor."""
        value = record.get(self.cursor.field) if self.cursor else None
        return self.cursor.time(value) if self.cursor and value else None

    def bound(self, options: BaseModel) -> Stream:
        """This stream for one connection."""
        return self.adapt(self, options) if self.adapt else self


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file that a batch stands for; recorded in landing.files with the batch's rows."""

    path: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What is landed in one transaction together with ``state``.

    ``label`` says to people what the batch covers (a window, a file name). ``observed_at`` is the
    vendor's clock at the start of the scan, None for sources without one. A vendor may tell what
    to go on from only on the last page: ``state`` is read when the pages are used up. ``complete``:
    the pages show every record there is, so that one that they do not show is deleted (as for a
    stream that is ``complete``, whose every batch is). ``late``: the records may be older than what
    has landed of them, as webhooks that were delivered again: only a later time is believed.
    """

    label: str
    pages: Iterable[Page]
    state: State
    observed_at: datetime | None = None
    file: FileRef | None = None
    complete: bool = False
    late: bool = False


@dataclass(slots=True)
class Counters:
    """What a scan cost; added to while it runs. ``waited`` is seconds slept for the vendor."""

    requests: int = 0
    throttled: int = 0
    retried: int = 0
    waited: float = 0.0


@dataclass(frozen=True, slots=True)
class Scan:
    """One reading of one stream.

    state        what the last committed batch left; None at first and with ``--full``
    credentials  raises CredentialsError when there are none
    changed      (stream, after, limit) -> the records of another stream of this connection that
                 changed after a position, oldest first: (position, record_id)
    notice       tells the user one line while the scan runs
    shared       kept between the streams of one run (open connections, tokens, pace)
    """

    connection: Connection
    stream: Stream
    state: State | None
    credentials: Callable[[], Credentials]
    notice: Callable[[str], None]
    changed: Callable[[str, int, int], list[tuple[int, str]]] = lambda stream, after, limit: []
    counters: Counters = field(default_factory=Counters)
    shared: dict[str, Any] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """How messages name this stream."""
        return f"{self.connection.name}.{self.stream.name}"


class Reader(Protocol):
    """How a source reads: a stream's scan as batches, each re-readable from the state before it."""

    def batches(self, scan: Scan) -> Iterator[Batch]: ...


@dataclass(frozen=True, slots=True)
class Source:
    """A vendor (or file drop): its streams, its options in relay.toml, and how it reads."""

    name: str
    title: str
    reader: Reader
    streams: tuple[Stream, ...]
    options_model: type[BaseModel]

    def stream(self, name: str) -> Stream:
        """The stream of that name; KeyError when the source has none."""
        for stream in self.streams:
            if stream.name == name:
                return stream
        raise KeyError(name)


def _key_part(record: Record, name: str) -> str:
    value = record.get(name)
    if value is None or value == "":
        raise KeyError(name)
    return str(value)


def parse_time(value: str) -> datetime:
    """An ISO 8601 time as an aware datetime; one without an offset is UTC.

    Raises ValueError for anything else.
    """
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def narrowed(options: BaseModel, model: type[OptionsT]) -> OptionsT:
    """The options as the model that their source declares; TypeError for those of another."""
    if not isinstance(options, model):
        raise TypeError(f"expected {model.__name__}, got {type(options).__name__}")
    return options
