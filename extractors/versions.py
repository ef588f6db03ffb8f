"""Versions of records: what a record is stored as, when it is a new version, and its COPY bytes.

COPY is fed in PostgreSQL's binary format, put together by hand: 60,000 rows a second of 1.2 kB
on two cores, where text, whose JSON has to be escaped here and unescaped there, made 54,000 and
psycopg's row adapters 51,000 at twice the client's share of the time.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from extractors.errors import SourceError
from extractors.stream import Record, Stream

HASH_BYTES = 16
MISSHAPEN = (AttributeError, KeyError, IndexError, TypeError, ValueError)
"""What a stream's functions raise on a record that has not the vendor's documented shape."""
COPY_COLUMNS = (
    "connection",
    "record_id",
    "payload",
    "payload_hash",
    "source_updated_at",
    "extracted_at",
    "run_id",
)
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_JSONB_VERSION = b"\x01"
_NULL = struct.pack(">i", -1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # of PostgreSQL's timestamps
_MICROSECOND = timedelta(microseconds=1)
_HASH_LENGTH = struct.pack(">i", HASH_BYTES)
_int32 = struct.Struct(">i").pack
_timestamp = struct.Struct(">iq").pack


class Version(NamedTuple):
    """A record as it is stored. ``record`` is the prepared one, before the allow-list cut it, and
    empty for streams without identity keys, which have no use for it."""

    record_id: str
    payload: bytes
    payload_hash: bytes
    updated_at: datetime | None
    record: Record


class Known(NamedTuple):
    """The newest landed version of a record; ``same_run`` if this very run landed it."""

    payload_hash: bytes
    is_deleted: bool
    updated_at: datetime | None
    same_run: bool

    def supersedes(self, version: Version) -> bool:
        """Whether ``version`` adds nothing: the same content, or an older state seen late.

        Within one run a page may show a state that a page before it had already overtaken. From
        one run to the next the vendor is believed, even when its clock went back.
        """
        if self.payload_hash == version.payload_hash:
            return not self.is_deleted
        if not self.same_run or self.updated_at is None or version.updated_at is None:
            return False
        return self.updated_at > version.updated_at


def versions_of(stream: Stream, where: str) -> Callable[[Record], Version]:
    """The function that makes a vendor's record a version; it raises SourceError without a key.

    The hash is taken over the stored fields without the volatile ones, keys sorted, so that the
    order in which a vendor writes them does not matter.
    """
    prepare, volatile = stream.prepare, stream.volatile
    cut = _cutter(stream.fields)

    def version(record: Record) -> Version:
        prepared = _prepared(record, prepare) if prepare else record
        stored = cut(prepared)
        payload = hashed = _json(stored)
        if volatile and not volatile.isdisjoint(stored):
            hashed = _json({name: stored[name] for name in stored.keys() - volatile})
        return Version(
            _record_id(prepared, stream, where),
            payload,
            blake2b(hashed, digest_size=HASH_BYTES).digest(),
            _updated_at(prepared, stream),
            prepared if stream.identity else {},
        )

    return version


def _cutter(fields: frozenset[str] | None) -> Callable[[Record], Record]:
    """The function that leaves of a record what the allow-list names."""
    if fields is None:
        return lambda record: record
    names = sorted(fields)
    pick = itemgetter(*names)

    def cut(record: Record) -> Record:
        try:
            return dict(zip(names, pick(record), strict=True))
        except KeyError:  # a field is absent: slower, and rare
            return {name: record[name] for name in names if name in record}

    return cut if len(names) > 1 else lambda record: {n: record[n] for n in names if n in record}


class RowEncoder:
    """COPY bytes of versions; what is the same for every row of a run is encoded once."""

    def __init__(self, connection: str, extracted_at: datetime, run_id: str) -> None:
        self._head = struct.pack(">h", len(COPY_COLUMNS)) + _text(connection)
        self._tail = _time(extracted_at) + _text(run_id)

    def encode(self, versions: list[Version]) -> bytes:
        """One whole COPY in binary format."""
        rows = b"".join(map(self._row, versions))
        return b"".join((_HEADER, rows, _TRAILER))

    def _row(self, version: Version) -> bytes:
        record_id = version.record_id.encode()
        payload = version.payload
        return b"".join(
            (
                self._head,
                _int32(len(record_id)),
                record_id,
                _int32(len(payload) + 1),
                _JSONB_VERSION,
                payload,
                _HASH_LENGTH,
                version.payload_hash,
                _time(version.updated_at),
                self._tail,
            )
        )


def _prepared(record: Record, prepare: Callable[[Record], Record]) -> Record:
    """A record that ``prepare`` cannot read is landed as it came: the gate reports it."""
    try:
        return prepare(record)
    except MISSHAPEN:
        return record


def _record_id(record: Record, stream: Stream, where: str) -> str:
    for part in stream.key:
        if record.get(part) in (None, ""):
            raise SourceError(
                f"{where}: a record without {part} came; expected in every record as its key. "
                "Nothing of this batch was landed. Remedy: run again; if it stays, the vendor's "
                "API has changed."
            )
    return stream.record_id(record).replace("\0", "")


def _updated_at(record: Record, stream: Stream) -> datetime | None:
    """None also for what is no time: the gate reports it, and the record is landed all the same."""
    try:
        return stream.updated_at(record)
    except (ValueError, TypeError):
        return None


def _json(value: Any) -> bytes:
    payload = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    if b"\\u0000" in payload:  # a character that jsonb cannot hold
        payload = orjson.dumps(_without_nul(value), option=orjson.OPT_SORT_KEYS)
    return payload


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    return value


def _text(value: str) -> bytes:
    data = value.encode()
    return _int32(len(data)) + data


def _time(moment: datetime | None) -> bytes:
    if moment is None:
        return _NULL
    return _timestamp(8, (moment - _EPOCH) // _MICROSECOND)
