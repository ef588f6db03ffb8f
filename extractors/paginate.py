"""Paginators: generators of record lists that follow one vendor's way of paging to its end.

Each takes ``get`` (query -> Answer, bound to one list of one stream) and the first query. None of
them trusts an answer's shape: anything unexpected is a WrongAnswer, never the end of the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from itertools import count
from typing import Any, Protocol
from urllib.parse import urlsplit

from requests.utils import parse_header_links

from extractors.rows import Row
from extractors.stream import Record, Stream


class Answer(Protocol):
    """A successful answer: decoded JSON and its headers (case-insensitive)."""

    @property
    def body(self) -> Any: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


class Place(str):
    """What stands behind a list's path in the address of its next page."""

    __slots__ = ()


Query = Mapping[str, Any] | str
"""Parameters (of a vendor that is asked by POST: the JSON of its body), or a query string that the
vendor has encoded itself; a ``Place`` is asked for without any."""

Get = Callable[[Query], Answer]
Paginate = Callable[[Get, Mapping[str, Any]], Iterator[list[Record]]]


class WrongAnswer(Exception):
    """HTTP 200 with something else than a page; the client adds where, and the remedy."""


def link_next(get: Get, first: Mapping[str, str]) -> Iterator[list[Record]]:
    """Pages linked by ``Link: <...>; rel="next"``; the body is a list, no such link is the end.

    Only the link's query is used, on our own address: the token goes nowhere else.
    """
    query: Query | None = first
    while query is not None:
        answer = get(query)
        yield _records(answer.body, "a list of records")
        links = parse_header_links(answer.headers.get("Link", ""))
        following = [link["url"] for link in links if link.get("rel") == "next"]
        query = urlsplit(following[0]).query if following else None
        if query == "":
            raise WrongAnswer("a next link without a query")


def place_next(get: Get, first: Mapping[str, str]) -> Iterator[list[Record]]:
    """Pages {items, paging: {next}} until one is empty; a short page is not the end.

    ``next`` is a whole URL whose last part names the place to go on from. Only that part is used,
    behind our own address: the key goes nowhere else.
    """
    query: Query = first
    while True:
        body = get(query).body
        paging = body.get("paging") if isinstance(body, dict) else None
        following = paging.get("next") if isinstance(paging, dict) else None
        if not isinstance(following, str):
            raise WrongAnswer(f"expected an object with items and paging.next, got {shape(body)}")
        items = _records(body.get("items"), "a list under items")
        if not items:
            return
        yield items
        place = urlsplit(following).path.rpartition("/")[2]
        if not place:
            raise WrongAnswer("a next page without its place")
        query = Place(place)


def before_token(get: Get, first: Mapping[str, str]) -> Iterator[list[Record]]:
    """Pages newest first, each continued by ``before=<token of its last record>``.

    The body is {total_items, items}. A page is the last one when it holds all that its own total
    counts, or nothing; a short page is not, as a vendor may serve fewer than asked.
    """
    query, before = dict(first), frozenset[str]()
    while True:
        body = get(query).body
        if not isinstance(body, dict) or not isinstance(body.get("total_items"), int):
            raise WrongAnswer(f"expected an object with total_items and items, got {shape(body)}")
        items = _records(body.get("items"), "a list under items")
        if not items:
            return
        yield items
        tokens = [str(item.get("token") or "") for item in items]
        if not all(tokens):
            raise WrongAnswer("a record without its token")
        if len(set(tokens) - before) >= body["total_items"]:
            return
        query, before = {**first, "before": tokens[-1]}, frozenset(tokens)


def offset_next(get: Get, first: Mapping[str, str]) -> Iterator[list[Record]]:
    """Pages {data, hasNext, next}, each continued by ``offset=<next of the one before>``.

    ``next`` comes percent-encoded and is handed back as it came, so it travels encoded twice.
    Some lists leave ``hasNext`` out: then the one without ``next`` is the last page.
    """
    query: dict[str, Any] = dict(first)
    while True:
        body = get(query).body
        if not isinstance(body, dict):
            raise WrongAnswer(f"expected an object with data, got {shape(body)}")
        yield _records(body.get("data"), "a list under data")
        following = body.get("next")
        if not body.get("hasNext", following is not None):
            return
        if not isinstance(following, str) or not following:
            raise WrongAnswer("hasNext without next")
        query = {**first, "offset": following}


def numbered_pages(more: str) -> Paginate:
    """Pages by number from 1. The body is an object of one list and the boolean ``more``, which
    says whether another page follows."""

    def pages(get: Get, first: Mapping[str, Any]) -> Iterator[list[Record]]:
        for number in count(1):
            body = get({**first, "page": str(number)}).body
            lists = [v for v in _values(body) if isinstance(v, list)]
            if len(lists) != 1 or not isinstance(body.get(more), bool):
                raise WrongAnswer(f"expected an object with one list and {more}, got {shape(body)}")
            yield _records(lists[0], "a list of records")
            if not body[more]:
                return
            if not lists[0]:
                raise WrongAnswer(f"an empty page with {more}")

    return pages


def counted_pages(total: str, size: int) -> Paginate:
    """Pages by number from 1, bare lists; the header ``total`` counts the rows of all of them.

    A count that falls while the list is read means that a row was deleted and the rows behind it
    moved forward, one of them past us: a WrongAnswer, as nothing tells which.
    """

    def pages(get: Get, first: Mapping[str, Any]) -> Iterator[list[Record]]:
        before = 0
        for number in count(1):
            answer = get({**first, "page": str(number)})
            counted = answer.headers.get(total, "")
            if not counted.isdigit():
                raise WrongAnswer(f"expected a number in {total}")
            if int(counted) < before:
                raise WrongAnswer(f"{before - int(counted)} rows were deleted while it was read")
            yield _records(answer.body, "a list of records")
            before = int(counted)
            if number * size >= before:
                return

    return pages


def token_pages(records: str, following: str, param: str) -> Paginate:
    """Pages {records, following}, each continued by ``param=<following of the one before>`` with
    the rest of the first query, which the token belongs to. An empty list is left out of the body;
    a page without records may be followed by others."""

    def pages(get: Get, first: Mapping[str, Any]) -> Iterator[list[Record]]:
        query, tokens = dict(first), set[str]()
        while True:
            body = get(query).body
            if not isinstance(body, dict) or body.keys() - {records, following}:
                raise WrongAnswer(f"expected an object with {records}, got {shape(body)}")
            yield _records(body.get(records, []), f"a list under {records}")
            token = body.get(following)
            if not token:
                return
            if not isinstance(token, str) or token in tokens:
                raise WrongAnswer(f"a {following} that does not lead on")
            tokens.add(token)
            query = {**first, param: token}

    return pages


def totalled_pages(records: str, total: str) -> Paginate:
    """Pages by number from 1: {records, hasMore} and under ``total`` an object that counts ``all``.

    A count that falls while the list is read is a WrongAnswer, as in ``counted_pages``.
    """

    def pages(get: Get, first: Mapping[str, Any]) -> Iterator[list[Record]]:
        before = 0
        for number in count(1):
            body = get({**first, "page": str(number)}).body
            if not isinstance(body, dict) or not isinstance(body.get("hasMore"), bool):
                raise WrongAnswer(f"expected an object with hasMore, got {shape(body)}")
            listed = _records(body.get(records), f"a list under {records}")
            counted = body[total].get("all") if isinstance(body.get(total), dict) else None
            if not isinstance(counted, int):
                raise WrongAnswer(f"expected a number under {total}")
            if counted < before:
                raise WrongAnswer(f"{before - counted} rows were deleted while it was read")
            yield listed
            before = counted
            if not body["hasMore"]:
                return
            if not listed:
                raise WrongAnswer("an empty page with hasMore")

    return pages


def offset_pages(size: int) -> Paginate:
    """Pages by ``offset``, bare lists without a count: the first one of less than ``size``, which
    the first query asks for, is the last."""

    def pages(get: Get, first: Mapping[str, Any]) -> Iterator[list[Record]]:
        for offset in count(0, size):
            records = _records(get({**first, "offset": str(offset)}).body, "a list of records")
            yield records
            if len(records) < size:
                return

    return pages


def checked(pages: Iterable[list[Record]], stream: Stream) -> Iterator[list[Record]]:
    """The pages without records that the page before has shown already.

    WrongAnswer for a record without its key, and for a cursor that does not advance: a page that
    brings nothing new, or one whose records are exactly those of any earlier page.
    """
    seen: set[bytes] = set()
    shown: set[str] = set()
    for records in pages:
        try:
            fresh = {stream.record_id(record): record for record in records}
        except KeyError as error:
            raise WrongAnswer(f"a record without its key {error.args[0]!r}") from None
        ids = set(fresh)
        digest = blake2b("\n".join(fresh).encode(), digest_size=16).digest()
        if ids and (ids <= shown or digest in seen):
            raise WrongAnswer("the same records again, so its cursor does not advance")
        yield [record for key, record in fresh.items() if key not in shown]
        seen.add(digest)
        shown = ids


def _values(body: Any) -> list[Any]:
    return list(body.values()) if isinstance(body, dict) else []


def _records(value: Any, expected: str) -> list[Record]:
    if not isinstance(value, list) or not all(
        issubclass(k, dict | Row) for k in set(map(type, value))
    ):
        raise WrongAnswer(f"expected {expected}, got {shape(value)}")
    return value


def shape(value: Any) -> str:
    """What a JSON value looks like, without any of its values."""
    if isinstance(value, dict):
        return f"an object with keys {sorted(value)[:8]}"
    if isinstance(value, list):
        odd = next((item for item in value if not isinstance(item, dict)), None)
        return "a list of objects" if odd is None else f"a list holding {type(odd).__name__}"
    return type(value).__name__
