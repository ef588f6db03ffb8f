"""Versions of records: what a record is stored as, when it is a new version, and its COPY bytes.

COPY is fed in PostgreSQL's binary format, put together by hand: 60,000 rows a second of 1.2 kB
on two cores, where text, whose JSON has to be escaped here and unescaped there, made 54,000 and
psycopg's row adapters 51,000 at twice the client's share of the time.
"""

from __future__ import annotations

import hmac
import logging
import struct
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from xxhash import xxh3_128_digest

from extractors.erasure import erased
from extractors.errors import SourceError
from extractors.identity import canonical
from extractors.rows import Row
from extractors.stream import Fields, IdentityValue, Record, Stream

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
_log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder(order="deterministic").encode
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
    """A record as it is stored. ``row`` is its row of a COPY; ``person`` the personal values that
    its identity keys are made of, should it be landed; ``anonymised`` if the vendor says so."""

    record_id: str
    row: bytes
    payload_hash: bytes
    updated_at: datetime | None
    person: tuple[IdentityValue, ...]
    anonymised: bool = False


class Known(NamedTuple):
    """The newest landed version of a record; ``same_run`` if this very run landed it."""

    payload_hash: bytes
    is_deleted: bool
    updated_at: datetime | None
    same_run: bool

    def supersedes(self, version: Version, *, late: bool = False) -> bool:
        """Whether ``version`` adds nothing: the same content, or an older state seen late.

        Within one run a page may show a state that a page before it had already overtaken. From
        one run to the next the vendor is believed, even when its clock went back; but not what was
        delivered ``late``, which has to be newer than what is known, deleted or not.
        """
        if late and self.updated_at is not None and version.updated_at is not None:
            return self.updated_at >= version.updated_at
        if late and self.is_deleted:
            return True  # without a time nothing says that it came back
        if self.payload_hash == version.payload_hash:
            return not self.is_deleted
        if not self.same_run or self.updated_at is None or version.updated_at is None:
            return False
        return self.updated_at > version.updated_at


def changed(
    versions: Iterable[Version], known: Mapping[str, Known], *, late: bool = False
) -> list[Version]:
    """Those that add something to the newest landed versions and to each other, in their order."""
    added: list[Version] = []
    newest = dict(known)
    for version in versions:
        last = newest.get(version.record_id)
        if last is None or not last.supersedes(version, late=late):
            added.append(version)
            newest[version.record_id] = Known(version.payload_hash, False, version.updated_at, True)
    return added


class History:
    """Which records may have been landed before, so that a first load, whose records are almost
    all new, need not ask the warehouse for each.

    A Bloom filter in 16 MB: of a million records, one in a hundred is asked for in vain. Used from
    one thread at a time.
    """

    SLOTS = 1 << 24

    def __init__(self, *, empty: bool) -> None:
        """``empty``: nothing of the connection was landed before this run."""
        self.is_first = empty
        self._taken = bytearray(1) * self.SLOTS if empty else None  # touched at once: flat

    def of(self, record_ids: Iterable[str]) -> list[str]:
        """Those that may have been landed before; from now on all of them may."""
        taken, mask = self._taken, self.SLOTS - 1
        if taken is None:
            return list(record_ids)
        seen = []
        for record_id in record_ids:
            key = hash(record_id)
            first, second = key & mask, key >> 24 & mask
            if taken[first] and taken[second]:
                seen.append(record_id)
            taken[first] = taken[second] = 1
        return seen


def versions_of(
    stream: Stream,
    where: str,
    encoder: RowEncoder,
    key: bytes = b"",
    requested: Collection[str] = (),
) -> Callable[[Record], Version]:
    """The function that makes a vendor's record a version; it raises SourceError without a key.

    The hash is taken over the stored fields without the volatile ones, keys sorted, so that the
    order in which a vendor writes them does not matter. Of a ``keyed`` stream it also covers the
    person's values, and is an HMAC with ``key``: they are not stored, so it must not tell them. Of
    a record whose person was made anonymous, or whose erasure was ``requested`` (by id), nothing
    personal is stored.
    """

    def version(record: Record) -> Version:
        person: tuple[IdentityValue, ...] | None = ()
        stored = record
        anonymised = False
        if not isinstance(record, Row):
            record = prepared(record, stream)
            stored = _cut(record, stream.fields)
            anonymised = _anonymised(record, stream)
            if anonymised or (requested and _record_id(record, stream, where) in requested):
                stored = erased(stored, stream)
            else:
                person = _person(record, stream)
        payload = hashed = _json(stored)
        if stream.volatile and not isinstance(stored, Row):
            hashed = _json({name: stored[name] for name in stored.keys() - stream.volatile})
        if stream.keyed:
            hashed += _json(sorted(canonical(person or ())))
            payload_hash = hmac.digest(key, hashed, "sha256")[:HASH_BYTES]
        else:
            payload_hash = xxh3_128_digest(hashed)
        record_id = _record_id(record, stream, where)
        updated_at = _updated_at(record, stream)
        row = encoder.row(record_id, payload, payload_hash, updated_at)
        if person is None:
            _log.warning(
                "%s: record %s has not the expected shape; landed without identity keys",
                where,
                record_id,
            )
        return Version(record_id, row, payload_hash, updated_at, person or (), anonymised)

    return version


class RowEncoder:
    """COPY bytes of versions; what is the same for every row of a run is encoded once."""

    def __init__(self, connection: str, extracted_at: datetime, run_id: str) -> None:
        self.extracted_at = extracted_at
        self._head = struct.pack(">h", len(COPY_COLUMNS)) + _text(connection)
        self._tail = _time(extracted_at) + _text(run_id)

    def row(
        self, record_id: str, payload: bytes, payload_hash: bytes, updated_at: datetime | None
    ) -> bytes:
        """One row."""
        key = record_id.encode()
        return b"".join(
            (
                self._head,
                _int32(len(key)),
                key,
                _int32(len(payload) + 1),
                _JSONB_VERSION,
                payload,
                _HASH_LENGTH,
                payload_hash,
                _time(updated_at),
                self._tail,
            )
        )


def copy_of(versions: Iterable[Version]) -> bytes:
    """One whole COPY in binary format."""
    return b"".join((_HEADER, *(version.row for version in versions), _TRAILER))


def _cut(record: Fields, allowed: frozenset[str] | None) -> Fields:
    """The record without what the allow-list does not name; None allows everything."""
    if allowed is None or record.keys() <= allowed:
        return record
    return {name: value for name, value in record.items() if name in allowed}


def _person(record: Fields, stream: Stream) -> tuple[IdentityValue, ...] | None:
    """The values of a person; None when the record has not the vendor's documented shape."""
    try:
        values = tuple(stream.identity(record)) if stream.identity else ()
    except MISSHAPEN:
        return None
    return values if all(isinstance(value, str) for _, value in values) else None


def _anonymised(record: Fields, stream: Stream) -> bool:
    try:
        return stream.anonymised is not None and stream.anonymised(record)
    except MISSHAPEN:
        return False


def prepared(record: Fields, stream: Stream) -> Fields:
    """A record that ``prepare`` cannot read is landed as it came: the gate reports it."""
    try:
        return stream.prepare(record) if stream.prepare else record
    except MISSHAPEN:
        return record


def _record_id(record: Record, stream: Stream, where: str) -> str:
    try:
        return stream.record_id(record).replace("\0", "")
    except KeyError as absent:
        raise SourceError(
            f"{where}: a record without {absent.args[0]} came; expected in every record as its "
            "key. Nothing of this batch was landed. Remedy: run again; if it stays, the vendor's "
            "API has changed."
        ) from None


def _updated_at(record: Record, stream: Stream) -> datetime | None:
    """None also for what is no time: the gate reports it, and the record is landed all the same."""
    try:
        return stream.updated_at(record)
    except (ValueError, TypeError):
        return None


def _json(value: Any) -> bytes:
    payload = _encode(value)
    if b"\\u0000" in payload:  # a character that jsonb cannot hold
        payload = _encode(_without_nul(msgspec.json.decode(payload)))
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
