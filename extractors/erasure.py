"""Erasing what is personal of records: of every version of them in raw, and of their keys.

A record's personal fields go when the vendor says that the person was made anonymous, when the
vendor no longer has the record, and when somebody asks for it. The record itself stays, with its
opaque ids, so that what was counted stays counted: the database's function ``landing.erase``
leaves random numbers in the place of keys by which records of one person are linked. It runs in
the transaction that lands the reason, so a process killed at any point has erased or has not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import psycopg
from psycopg import sql

import warehouse
from extractors.errors import ConfigError
from extractors.registration import register
from extractors.stream import Connection, Fields, Stream
from warehouse.locks import lock_stream
from warehouse.raw import raw_schema

Reason = Literal["anonymised", "deleted", "requested"]

RECORDS_AT_ONCE = 500

_VERSIONS = """
select seq, record_id, payload
from {table}
where connection = %(connection)s and record_id = any(%(record_ids)s)
"""

_OF_THE_SAME_PERSON = """
select distinct record_id
from {table}
where connection = %(connection)s
    and payload ->> %(person)s in (
        select payload ->> %(person)s
        from {table}
        where connection = %(connection)s and record_id = any(%(record_ids)s)
    )
"""

_ERASE = """
select landing.erase(
    %s::text, %s::text, %s::text, %s::text[], %s::bigint[], %s::text[], %s::text, %s::text
)
"""


@dataclass(frozen=True, slots=True)
class Erasure:
    """The erasing of one stream's records. ``session`` is relay_loader's, and holds the stream's
    lock, so that no version lands beside it."""

    session: psycopg.Connection
    connection: Connection
    source: str
    stream: Stream

    @property
    def _table(self) -> sql.Identifier:
        return sql.Identifier(raw_schema(self.source), self.stream.name)

    def requested(self) -> frozenset[str]:
        """Ids of the records whose erasure somebody asked for: no later version of theirs brings
        back what was erased."""
        if self.stream.erase is None:
            return frozenset()
        found = self.session.execute(
            "select distinct record_id from landing.erasures"
            " where connection = %s and stream = %s and reason = 'requested'",
            [self.connection.name, self.stream.name],
        )
        return frozenset(record_id for (record_id,) in found)

    def known(self) -> int:
        """How many records of the stream ever landed."""
        row = self.session.execute(
            sql.SQL("select count(distinct record_id) from {} where connection = %s").format(
                self._table
            ),
            [self.connection.name],
        ).fetchone()
        return int(row[0]) if row else 0

    def erase(self, record_ids: Iterable[str], reason: Reason, by: str) -> int:
        """Erase the records, in the transaction under way; ``by`` is the run or the human. Returns
        of how many something was left to erase. What was erased once is not touched again."""
        listed = sorted(set(record_ids))
        if self.stream.erase is None or not listed:
            return 0
        if reason != "deleted" and self.stream.person:
            listed = self._with_the_same_person(listed)
        erased = 0
        for start in range(0, len(listed), RECORDS_AT_ONCE):
            erased += self._erase(listed[start : start + RECORDS_AT_ONCE], reason, by)
        return erased

    def _with_the_same_person(self, record_ids: list[str]) -> list[str]:
        found = self.session.execute(
            sql.SQL(_OF_THE_SAME_PERSON).format(table=self._table),
            {
                "connection": self.connection.name,
                "record_ids": record_ids,
                "person": self.stream.person,
            },
        )
        return sorted({*record_ids, *(record_id for (record_id,) in found)})

    def _erase(self, record_ids: list[str], reason: Reason, by: str) -> int:
        kept = list(self._kept_of(record_ids))
        self.session.execute(
            "select landing.keep_mails(%s::text, %s::text, %s::text, %s::text[])",
            [self.connection.name, self.source, self.stream.name, record_ids],
        )
        row = self.session.execute(
            _ERASE,
            [
                self.connection.name,
                self.source,
                self.stream.name,
                record_ids,
                [seq for seq, _ in kept],
                [payload for _, payload in kept],
                reason,
                by,
            ],
        ).fetchone()
        return int(row[0]) if row else 0

    def _kept_of(self, record_ids: list[str]) -> Iterator[tuple[int, str]]:
        """(seq, what stays of the payload) of the versions that hold anything personal."""
        found = self.session.execute(
            sql.SQL(_VERSIONS).format(table=self._table),
            {"connection": self.connection.name, "record_ids": record_ids},
        )
        for seq, _, payload in found:
            kept = erased(payload, self.stream)
            if kept != payload:
                yield seq, msgspec.json.encode(kept).decode()


def erased(record: Fields, stream: Stream) -> Fields:
    """The record without what is personal of it. One that has not the vendor's documented shape
    keeps no more than its key, as anything else of it may be personal."""
    if stream.erase is None:
        return record
    try:
        return stream.erase(record)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError):
        return {name: record[name] for name in stream.key if name in record}


def without(names: str) -> Callable[[Fields], Fields]:
    """What leaves the named fields (separated by blanks) out of a record."""
    personal = frozenset(names.split())

    def erase(record: Fields) -> Fields:
        return {name: value for name, value in record.items() if name not in personal}

    return erase


PLACEHOLDERS = ("", "anonymized", "anonymised", "[redacted]", "redacted", "[anonymized]", "-")
"""What stands in the place of a name that was made anonymous, in lower case."""


def is_blanked(names: Collection[Any], addresses: Iterable[Any]) -> bool:
    """Whether an identity was blanked: every name is a placeholder, and no address or number is
    left."""
    texts = [str(name or "").strip().lower() for name in names]
    return all(text in PLACEHOLDERS for text in texts) and not any(addresses)


def erase_on_request(
    connection: Connection, stream: Stream, record_ids: Collection[str], by: str
) -> int:
    """Erase records of a stream because somebody asked for it, in one transaction; returns of how
    many. Later versions of them land without what is personal.

    Raises ConfigError when nothing of the stream is personal, WarehouseError without a warehouse.
    """
    if stream.erase is None:
        raise ConfigError(
            f"{connection.name}.{stream.name}: nothing personal is stored of these records. "
            "Remedy: name the stream that holds the people."
        )
    with warehouse.connect("relay_loader", autocommit=True) as session:
        lock_stream(session, connection.name, stream.name, lambda: None)
        with session.transaction():
            register(session, connection, connection.source)
            erasure = Erasure(session, connection, connection.source, stream)
            return erasure.erase(record_ids, "requested", by)
