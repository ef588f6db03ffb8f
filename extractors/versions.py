"""Versions of records: what a record is stored as, when it is a new version, and its COPY bytes.

COPY is fed in PostgreSQL's binary format, put together by hand: 60,000 rows a second of 1.2 kB
on two cores, where text, whose JSON has to be escaped here and unescaped there, made 54,000 and
psycopg's row adapters 51,000 at twice the client's share of the time.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

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
_int32 = struct.Struct(">i").pack
_timestamp = struct.Struct(">iq").pack


@dataclass(frozen=True, slots=True)
class Version:
    """A record as it is stored. ``record`` is the prepared one, before the allow-list cut it."""

    record_id: str
    payload: bytes
    payload_hash: bytes
    updated_at: datetime | None
    record: Record


@dataclass(frozen=True, slots=True)
class Known:
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


def version_of(record: Record, stream: Stream, where: str) -> Version:
    """The version that a vendor's record is; SourceError if it has no key.

    The hash is taken over the stored fields without the volatile ones, keys sorted, so that the
    order in which a vendor writes them does not matter.
    """
    prepared = _prepared(record, stream)
    stored = prepared
    if stream.fields is not None:
        stored = {name: value for name, value in prepared.items() if name in stream.fields}
    payload = _json(stored)
    hashed = payload
    if stream.volatile and not stream.volatile.isdisjoint(stored):
        hashed = _json({name: stored[name] for name in stored.keys() - stream.volatile})
    return Version(
        record_id=_record_id(prepared, stream, where),
        payload=payload,
        payload_hash=hashlib.blake2b(hashed, digest_size=HASH_BYTES).digest(),
        updated_at=_updated_at(prepared, stream),
        record=prepared,
    )


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
        return b"".join(
            (
                self._head,
                _text(version.record_id),
                _int32(len(version.payload) + 1),
                _JSONB_VERSION,
                version.payload,
                _int32(HASH_BYTES),
                version.payload_hash,
                _time(version.updated_at),
                self._tail,
            )
        )


def _prepared(record: Record, stream: Stream) -> Record:
    """A record that ``prepare`` cannot read is landed as it came: the gate reports it."""
    try:
        return stream.prepare(record) if stream.prepare else record
    except MISSHAPEN:
        return record


def _record_id(record: Record, stream: Stream, where: str) -> str:
    missing = [part for part in stream.key if record.get(part) in (None, "")]
    if missing:
        raise SourceError(
            f"{where}: a record without {', '.join(missing)} came; expected in every record as its "
            "key. Nothing of this batch was landed. Remedy: run again; if it stays, the vendor's "
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
    since = moment - _EPOCH
    return _timestamp(8, (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)
