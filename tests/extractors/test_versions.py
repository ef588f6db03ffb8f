"""A version is the same however its record was decoded, and a first load misses no record."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.registry import SOURCES
from extractors.rows import row_type
from extractors.stream import Cursor, Stream
from extractors.versions import History, RowEncoder, versions_of

FIELDS = frozenset({"id", "updated_at", "name", "more"})
STREAM = Stream("things", cursor=Cursor("updated_at"), fields=FIELDS)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
records = st.fixed_dictionaries(
    {"id": st.integers(1, 10**12)},
    optional={
        "updated_at": st.just("2026-01-31T15:00:00.123Z"),
        "name": json_values,
        "more": json_values,
        "private": json_values,
    },
)


@given(record=records)
def test_rows_and_dicts_make_the_same_version(record: dict[str, Any]) -> None:
    version_of = versions_of(STREAM, "c.things", RowEncoder("c", datetime.now(UTC), "run"))
    (row,) = msgspec.json.decode(
        msgspec.json.encode([record]),
        type=list[row_type("things", FIELDS)],  # type: ignore[misc]
    )
    assert version_of(row) == version_of(record)
    assert b'"private":' not in version_of(row).row
    assert b"\\u0000" not in version_of(row).row.replace(b"\\\\", b"")


def test_a_row_reads_like_a_dict() -> None:
    (row,) = msgspec.json.decode(b'[{"id":1,"name":null,"x":2}]', type=list[row_type("r", FIELDS)])  # type: ignore[misc]
    assert (row["id"], row.get("name"), row.get("more")) == (1, None, None)
    assert row["name"] is None
    for absent in ("more", "x"):
        with pytest.raises(KeyError, match=absent):
            row[absent]


def test_only_plain_streams_are_decoded_into_rows() -> None:
    assert STREAM.plain
    for looked_into in (
        Stream("s", fields=None),
        Stream("s", fields=FIELDS, volatile=frozenset({"name"})),
        Stream("s", fields=FIELDS, prepare=dict),
        Stream("s", fields=FIELDS, identity=lambda record: ()),
        Stream("s", fields=FIELDS, key=("elsewhere",)),
        Stream("s", fields=FIELDS, cursor=Cursor("elsewhere")),
    ):
        assert not looked_into.plain


@given(chunks=st.lists(st.lists(st.text(max_size=3), max_size=20), max_size=6))
def test_history_misses_no_record_seen_before(chunks: list[list[str]]) -> None:
    history, seen = History(empty=True), set[str]()
    for chunk in chunks:
        assert seen.intersection(chunk) <= set(history.of(set(chunk)))
        seen.update(chunk)


def test_a_first_load_asks_for_almost_nothing_and_a_later_one_for_all() -> None:
    ids = [str(10_000_000_000 + n) for n in range(200_000)]
    assert len(History(empty=True).of(ids)) < 100
    assert History(empty=False).of(ids) == ids


def _digests(stream: Stream, *people: str, key: bytes = b"key") -> list[bytes]:
    version_of = versions_of(stream, "c.things", RowEncoder("c", datetime.now(UTC), "run"), key)
    return [version_of({"id": 1, "name": name}).payload_hash for name in people]


def test_what_is_not_stored_of_a_person_makes_a_version_too() -> None:
    """The hash then covers it, so it is keyed: without the key nobody can try names on it."""
    fields = frozenset({"id"})
    plain = Stream("s", fields=fields, identity=lambda record: [("name", record["name"])])
    keyed = replace(plain, keyed=True)
    first, second, again = _digests(keyed, "花子", "太郎", "花子")
    assert first == again != second
    assert _digests(keyed, "花子", key=b"other") != [first]
    assert len(set(_digests(plain, "花子", "太郎"))) == 1


@pytest.mark.parametrize(
    ("source", "stream", "before", "after"),
    [
        ("smarthr", "crews", {"email": "a@gmail.example"}, {"email": "a@aozora.example"}),
        ("freee", "employees", {"display_name": "佐藤 花子"}, {"display_name": "鈴木 花子"}),
    ],
)
def test_another_address_or_name_of_somebody_in_an_hr_system_is_seen(
    source: str, stream: str, before: dict[str, str], after: dict[str, str]
) -> None:
    """Nothing of it is stored, and the records have no time of change: the version tells alone."""
    found = SOURCES[source].stream(stream)
    version_of = versions_of(found, "c.s", RowEncoder("c", datetime.now(UTC), "run"), b"key")
    stored = dict.fromkeys(found.fields or (), None)
    first, second, again = (version_of({**stored, "id": 1, **p}) for p in (before, after, before))
    assert first.row != second.row
    assert first.payload_hash == again.payload_hash != second.payload_hash
