"""Cells of the operator's statements as values, in one form whatever was typed.

Cells come as people type them (full-width digits, Excel's serial dates, 在籍/退職) and leave as ISO
dates, integers and codes. What cannot be read is an error that says what was expected.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from extractors.dates import calendar_day, serial_moment
from extractors.tables import Cell, describe, is_blank

Convert = Callable[[Cell], Any]

_EXCEL_DAYS = range(20_000, 80_000)  # 1954 to 2119: no year or amount is taken for a date
_MIDNIGHT = re.compile(r"[ t]0{1,2}:00(?::00)?$")
_TIME = re.compile(r"(\S+?)[ t]+(\d{1,2}):(\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(z|[+-]\d{2}:?\d{2})?")
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")
_MAX_TEXT = 500
_MAX_STEPS = 6
_JAPAN = timezone(timedelta(hours=9))
_MOMENT = "a time such as 2026-05-31 18:03 (Japan's) or 2026-05-31T18:03:00+09:00"
_PERCENT = "a percentage from 1 to 100, such as 35 or 32.5"
_STEPS = f"at most {_MAX_STEPS} steps such as 30:100|90:50 (days:percent, the days rising)"


def _fail(expected: str) -> PydanticCustomError:
    return PydanticCustomError("cell", "{expected}", {"expected": expected})


def _typed(cell: Cell) -> str:
    """A cell's text in NFKC, trimmed; a whole float as the integer that was typed."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return unicodedata.normalize("NFKC", str(cell)).strip()


def identifier(cell: Cell) -> str:
    """Text or a number without spaces."""
    text = _typed(cell)
    usable = isinstance(cell, str | int | float) and not isinstance(cell, bool)
    if not usable or re.search(r"\s", text) or len(text) > 200 or text.startswith("#"):
        raise _fail("an id without spaces")
    return text


def text(cell: Cell) -> str:
    """Text as typed, trimmed; no formula."""
    if not isinstance(cell, str) or len(cell) > _MAX_TEXT or describe(cell).startswith("a formula"):
        raise _fail(f"text of at most {_MAX_TEXT} characters")
    return cell.strip()


def label(cell: Cell) -> str:
    """Text in NFKC, to be looked up."""
    return unicodedata.normalize("NFKC", text(cell))


def integer(cell: Cell) -> int:
    """A whole number, also 1,200 or ¥1200 or 1200円."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", _typed(cell)).removeprefix("¥").removesuffix("円")
    if isinstance(cell, bool) or not re.fullmatch(r"-?\d{1,12}", text):
        raise _fail("a whole number")
    return int(text)


def day(cell: Cell) -> str:
    """An ISO date, also of Excel's number of a day."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    text = _typed(cell).lower()
    try:
        if not isinstance(cell, bool) and text.isdecimal() and int(text) in _EXCEL_DAYS:
            return serial_moment(int(text), 1900).date().isoformat()
        return calendar_day(_MIDNIGHT.sub("", text)).isoformat()
    except ValueError:
        raise _fail("a date such as 2026-05-31") from None


def moment(cell: Cell) -> str:
    """A time in UTC; one without an offset is Japan's."""
    if not isinstance(cell, datetime):
        found = _TIME.fullmatch(_typed(cell).lower())
        try:
            if not found:
                raise ValueError
            date_, hour, rest, offset = found.groups()
            zone = "+00:00" if offset == "z" else offset or ""
            cell = datetime.fromisoformat(f"{day(date_)}T{int(hour):02d}:{rest}{zone}")
        except ValueError:
            raise _fail(_MOMENT) from None
    if cell.tzinfo is None:
        cell = cell.replace(tzinfo=_JAPAN)
    return cell.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def month(cell: Cell) -> str:
    """A month as 2026-05, also of a day of it."""
    found = _MONTH.fullmatch(_typed(cell))
    if found and 1 <= int(found[2]) <= 12:
        return f"{found[1]}-{int(found[2]):02d}"
    try:
        return day(cell)[:7]  # Excel turns 2026-05 into the first of that month
    except PydanticCustomError:
        raise _fail("a month such as 2026-05") from None


def percent(cell: Cell) -> int | float:
    """A percentage with at most two places; a share such as 0.35 would be read as 0.35 %."""
    text = _typed(cell).removesuffix("%").strip()
    if isinstance(cell, bool) or not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", text):
        raise _fail(_PERCENT)
    number = float(text)
    if not 1 <= number <= 100:
        raise _fail(_PERCENT)
    return int(number) if number.is_integer() else number


def refund_steps(cell: Cell) -> str:
    """``days:percent`` joined by ``|``, the days rising; as typed, without spaces."""
    text = re.sub(r"\s", "", _typed(cell))
    steps = [step.partition(":") for step in text.split("|")]
    usable = all(
        re.fullmatch(r"[1-9]\d{0,3}", days) and re.fullmatch(r"\d{1,3}", percent)
        for days, _, percent in steps
    )
    if not usable or len(steps) > _MAX_STEPS:
        raise _fail(_STEPS)
    ends = [int(days) for days, _, _ in steps]
    if ends != sorted(set(ends)) or any(int(percent) > 100 for _, _, percent in steps):
        raise _fail(_STEPS)
    return text


def one_of(codes: Mapping[str, str]) -> Convert:
    """A code, or what people write for it; keys and values of ``codes`` are accepted."""

    def convert(cell: Cell) -> str:
        text = _typed(cell).lower()
        if text in codes.values():
            return text
        if text not in codes:
            raise _fail(f"one of {', '.join(dict.fromkeys(codes.values()))}")
        return codes[text]

    return convert


def list_of(convert: Convert) -> Convert:
    """Several values in one cell, separated by | (as wide as people type it); kept as a|b."""

    def split(cell: Cell) -> str | None:
        parts = [part.strip() for part in text(cell).replace("｜", "|").split("|")]
        values = dict.fromkeys(convert(part) for part in parts if part)
        return "|".join(values) or None

    return split


def version(cell: Cell) -> str:
    """A contract version's name; the programme's own rules are called default."""
    text = identifier(cell)
    if text == "default":
        raise _fail("a name other than default, which the programme's own rules have")
    return text


def needed(convert: Convert) -> BeforeValidator:
    """A cell that must not be blank."""

    def required(cell: Cell) -> Any:
        if is_blank(cell):
            raise _fail("a value")
        return convert(cell)

    return BeforeValidator(required)


def or_empty(convert: Convert) -> BeforeValidator:
    """A cell that may be blank, which is None."""
    return BeforeValidator(lambda cell: None if is_blank(cell) else convert(cell))
