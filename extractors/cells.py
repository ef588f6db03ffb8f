"""Cells of an ATS's export as values: ids, texts, times and what identifies a person.

What a spreadsheet did to a value is undone where that is certain (zeros lost from a phone number,
or from an id of a known width) and refused where the value is gone (4.5E+15). No message quotes a
cell.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from extractors.dates import moment
from extractors.tables import FORMULA_ERRORS, Cell, describe, is_blank

MAX_ID, MAX_TEXT = 200, 500
LOST = "\ufffd"
"""What a conversion puts where it could not read a character."""
_ROUNDED = re.compile(r"\d(?:\.\d+)?e\+?\d+", re.IGNORECASE)
_EXACT = 10**15
"""Excel keeps 15 digits of a number."""


class CellError(ValueError):
    """A cell that cannot be read; the text says what was expected and what came."""

    def __init__(self, expected: str, cell: Cell) -> None:
        super().__init__(f"expected {expected}, came {describe(cell)}")


def is_nothing(cell: Cell, blanks: Sequence[str] = ()) -> bool:
    """Whether a cell is blank: also one with the lone ' of a Google Sheets export, or with what the
    mapping names."""
    if is_blank(cell):
        return True
    text = plain(cell)
    return text == "" or text in blanks


def plain(cell: Cell) -> str:
    """A cell's text, trimmed, without the ' that makes spreadsheets take it for text."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell).strip()
    return text[1:].strip() if text[:1] in ("'", "＇") else text


def an_id(cell: Cell, width: int | None = None) -> str:
    """An id in NFKC; digits are filled up with zeros to ``width``."""
    if isinstance(cell, bool | date | time):
        raise CellError("an id (Excel may have made a date of it: format the column as text)", cell)
    if isinstance(cell, int | float) and (abs(cell) >= _EXACT or cell != int(cell)):
        raise CellError("an id (Excel keeps 15 digits: format the column as text)", cell)
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", plain(cell)))
    if _ROUNDED.fullmatch(text):
        raise CellError("an id, not a rounded number (format the column as text)", cell)
    if text in FORMULA_ERRORS or LOST in text or len(text) > MAX_ID:
        raise CellError(f"an id of at most {MAX_ID} characters", cell)
    return text.zfill(width) if width and text.isdecimal() else text


def a_text(cell: Cell, *, code: bool = False) -> str:
    """Text as it stands; of a ``code``, which seeds list, in NFKC."""
    if isinstance(cell, bool | date | time):
        raise CellError("text", cell)
    text = plain(cell)
    if text in FORMULA_ERRORS or LOST in text or len(text) > MAX_TEXT:
        raise CellError(f"whole text of at most {MAX_TEXT} characters", cell)
    return unicodedata.normalize("NFKC", text) if code else text


def a_name(cell: Cell) -> str:
    """A person's name, or its reading; not one of which an encoding without the letter (𠮷 in
    cp932) left a question mark, which would contradict every other record of the person."""
    text = a_text(cell)
    if any(mark in text for mark in "?？〓"):
        raise CellError("a name with all its letters (export it in UTF-8)", cell)
    return text


def a_time(cell: Cell, zone: ZoneInfo, system: int, formats: Sequence[str]) -> str:
    """ISO 8601 with an offset."""
    try:
        value = plain(cell) if isinstance(cell, str) else cell
        found = moment(value, zone=zone, system=system, formats=formats)
    except ValueError:
        raise CellError("a date such as 2026/05/31", cell) from None
    return found.isoformat(timespec="seconds")


def a_day(cell: Cell, zone: ZoneInfo, system: int, formats: Sequence[str]) -> str:
    """YYYY-MM-DD."""
    return a_time(cell, zone, system, formats)[:10]


def a_phone(cell: Cell) -> str:
    """A telephone number with the leading 0 that a spreadsheet took from it."""
    if isinstance(cell, bool | date | time | datetime):
        raise CellError("a telephone number", cell)
    text = unicodedata.normalize("NFKC", plain(cell))
    if text in FORMULA_ERRORS or _ROUNDED.fullmatch(text):
        raise CellError("a telephone number", cell)
    if text.isdecimal() and not text.startswith("0"):
        if len(text) in (9, 10):
            return f"0{text}"
        if len(text) in (11, 12) and text.startswith("81"):
            return f"+{text}"
    return text
