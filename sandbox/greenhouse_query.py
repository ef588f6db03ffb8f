"""What a Harvest v3 list may be asked for: parameters and cursors, to conditions in SQL."""

from __future__ import annotations

import base64
import binascii
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson

from sandbox.exchange import Answer, Refused, json_answer

PER_PAGE_DEFAULT, PER_PAGE_MAX, IDS_MAX = 100, 500, 50
COLUMNS = ("created_at", "updated_at")
OPERATORS = {"gte": ">=", "lte": "<=", "gt": ">", "lt": "<"}
DATE_PARAM = re.compile(r"(\w+)\[(\w+)\]")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")

Params = Sequence[tuple[str, str]]
Error = str | dict[str, str]


@dataclass(frozen=True, slots=True)
class Listing:
    """What one list endpoint can be asked for beyond ids, created_at and updated_at.

    `parents` are foreign keys (asked for as `<key>s`), `equals` fields compared with one value,
    `dates` further time filters. Rows flagged `hidden_flag` are left out unless `reveal=true`;
    `preset` is what `equals` means when it is not sent.
    """

    parents: tuple[str, ...] = ()
    equals: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    hidden_flag: str = ""
    reveal: str = ""
    preset: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition of a list as SQL over `records`."""

    sql: str
    args: tuple[str | int, ...] = ()


def error(status: int, message: str, *errors: Error, headers: Params = ()) -> Answer:
    """The vendor's error body: a message, and for some statuses `errors` (texts or field: text)."""
    body = {"message": message, "errors": errors} if errors else {"message": message}
    return json_answer(status, body, *headers)


def unprocessable(*errors: Error) -> Refused:
    """422 as the documentation shows it."""
    return Refused(error(422, "Unprocessable Content", *errors))


def to_cursor(account: str, stream: str, params: Params, before: int) -> str:
    """URL-safe base64 of what the first request asked for and where the scan stands."""
    content = {"a": account, "s": stream, "p": params, "b": before, "t": time.time()}
    return base64.urlsafe_b64encode(orjson.dumps(content)).decode().rstrip("=")


def from_cursor(
    account: str, stream: str, params: Params, lifetime: float
) -> tuple[Params, int | None]:
    """The first request's parameters and the id below which to go on (None: from the top).

    `lifetime` of a cursor in real seconds. 422 if it is malformed, expired, of another list, or
    not alone.
    """
    cursor = dict(params).get("cursor")
    if cursor is None:
        return params, None
    if len(params) > 1:
        raise unprocessable("When passing a cursor, do not include other query params.")
    try:
        content = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        owner, issued = (content["a"], content["s"]), float(content["t"])
        restored: tuple[Params, int] = [(k, v) for k, v in content["p"]], int(content["b"])
    except (binascii.Error, UnicodeEncodeError, ValueError, KeyError, TypeError):
        raise unprocessable({"cursor": "is invalid"}) from None
    if owner != (account, stream):
        raise unprocessable({"cursor": "is invalid"})
    if issued + lifetime < time.time():
        raise unprocessable({"cursor": "has expired"})
    return restored


def per_page(params: Params) -> int:
    """Rows of a page; outside 1 to 500 is refused, not clamped."""
    value = dict(params).get("per_page", str(PER_PAGE_DEFAULT))
    if not is_id(value):
        raise unprocessable({"per_page": f"`{value}` is not an integer"})
    if int(value) > PER_PAGE_MAX:
        raise unprocessable({"per_page": f"`{value}` number is greater than: {PER_PAGE_MAX}"})
    if int(value) < 1:
        raise unprocessable({"per_page": f"`{value}` number is less than: 1"})
    return int(value)


def filters(listing: Listing, params: Params, syntax: str) -> list[Filter]:
    """The conditions of a request; 422 names every parameter that is unknown or malformed."""
    found: list[Filter] = []
    errors: list[Error] = []
    sent = {name for name, _ in params}
    if {name.partition("[")[0] for name in sent} >= set(COLUMNS):
        errors.append("created_at and updated_at cannot be used in one request.")
    for name, value in params:
        try:
            found += _condition(listing, name, value, syntax)
        except ValueError as problem:
            errors.append({name: str(problem)})
    if errors:
        raise unprocessable(*errors)
    found += [_equals(name, value) for name, value in listing.preset if name not in sent]
    if listing.hidden_flag and dict(params).get(listing.reveal) != "true":
        found.append(Filter("flags <> ?", (listing.hidden_flag,)))
    return found


def _condition(listing: Listing, name: str, value: str, syntax: str) -> list[Filter]:
    if name == "per_page" or (name and name == listing.reveal):
        return []
    if name == "ids":
        return [_one_of("id", value)]
    if name.endswith("s") and name[:-1] in listing.parents:
        return [_one_of(_field(name[:-1]), value)]
    if name in listing.equals:
        return [_equals(name, value)]
    dates = (*COLUMNS, *listing.dates)
    bracket = DATE_PARAM.fullmatch(name)
    if bracket and bracket[1] in dates and syntax != "pipe":
        return [_compare(bracket[1], bracket[2], value)]
    if name in dates and syntax != "bracket":
        parts = value.split("|")
        if len(parts) % 2:
            raise ValueError("must be operator|timestamp pairs")
        return [_compare(name, op, at) for op, at in zip(parts[::2], parts[1::2], strict=True)]
    raise ValueError("is not a known parameter")


def is_id(text: str) -> bool:
    """Whether a text is a number that an id can be (64 bits)."""
    return text.isascii() and text.isdigit() and len(text) < 19


def _field(name: str) -> str:
    return f"json_extract(cast(body as text), '$.{name}')"


def _one_of(expression: str, value: str) -> Filter:
    parts = value.split(",")
    if len(parts) > IDS_MAX:
        raise ValueError(f"array size is greater than: {IDS_MAX}")
    if not all(is_id(part) for part in parts):
        raise ValueError("must be integers separated by commas")
    return Filter(f"{expression} in ({','.join('?' * len(parts))})", tuple(map(int, parts)))


def _equals(name: str, value: str) -> Filter:
    literal: str | int = {"true": 1, "false": 0}.get(value, value)
    return Filter(f"{_field(name)} = ?", (literal,))


def _compare(name: str, operator: str, value: str) -> Filter:
    """A bound in the sortable form of the columns; below a millisecond it is rounded inwards."""
    if operator not in OPERATORS:
        raise ValueError(f"operator must be one of {', '.join(OPERATORS)}")
    if not TIMESTAMP.fullmatch(value):
        raise ValueError("must be an ISO 8601 date and time with a time zone")
    try:
        at = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("must be an ISO 8601 date and time with a time zone") from None
    if operator in ("gte", "lt") and at.microsecond % 1000:
        at += timedelta(milliseconds=1)
    bound = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    column = name if name in COLUMNS else f"strftime('%Y-%m-%dT%H:%M:%fZ', {_field(name)})"
    return Filter(f"{column} {OPERATORS[operator]} ?", (bound,))
