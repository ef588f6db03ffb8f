"""Spreadsheet files as rows of cells: CSV in UTF-8 or cp932, and XLSX.

A file is read whole and strictly: what cannot be read without a doubt is a TableError with the
remedy, never a guess. No message quotes a cell.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

Cell = str | int | float | bool | datetime | date | time | None

_OLE = b"\xd0\xcf\x11\xe0"
ENCODINGS = ("utf-8-sig", "cp932")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
FORMULA_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"}


class TableError(ValueError):
    """A file that is no readable table; the text says what was expected and the remedy."""


@dataclass(frozen=True, slots=True)
class Row:
    """Cells by column; ``number`` as a spreadsheet counts, the header being row 1."""

    number: int
    cells: dict[str, Cell]


@dataclass(frozen=True, slots=True)
class Grid:
    """Every line of a file, blank ones too. ``date_system`` is what its serial numbers of days
    count from, 1900 or 1904, None for text, which does not say."""

    lines: list[Sequence[Cell]]
    date_system: int | None


def read_grid(
    name: str, data: bytes, sheet: str, *, encoding: str | None = None, delimiter: str = ","
) -> Grid:
    """The lines of a .csv or .xlsx file. Raises TableError.

    ``sheet`` is the worksheet to take when a workbook has several; ``encoding`` (utf-8-sig or
    cp932) that of a CSV, None: the one of the two in which it can be read. Control characters,
    which people paste into notes, are blanks here.
    """
    if not data:
        raise TableError("the file is empty. Remedy: save it again with its header row")
    if name.lower().endswith(".xlsx"):
        return _workbook(data, sheet)
    text = _CONTROL.sub(" ", decode(data, encoding))
    return Grid(list(_csv(text, delimiter)), None)


def read_table(name: str, data: bytes, sheet: str) -> tuple[list[str], list[Row]]:
    """Header and rows of a .csv or .xlsx file; blank rows are left out but counted.

    Column names come in lower case, trimmed, full-width letters as ASCII. ``sheet`` is the
    worksheet to take when a workbook has several.
    """
    if not name.lower().endswith(".xlsx"):
        _check_text(decode(data))
    grid = read_grid(name, data, sheet)
    if grid.date_system == 1904:
        raise TableError(
            "the workbook counts days from 1904. Remedy: switch that option off and enter the "
            "dates again, or save it as CSV UTF-8"
        )
    numbered = enumerate(grid.lines, start=1)
    _, first = next(numbered, (1, ()))
    header = _header(first)
    rows = [
        Row(number, _cells(number, header, line))
        for number, line in numbered
        if not all(map(is_blank, line))
    ]
    return [column for column in header if column], rows


def is_blank(cell: Cell) -> bool:
    """Whether a cell holds nothing but spaces of any width."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def describe(cell: Cell) -> str:
    """What kind of thing a cell holds, for messages: never the value itself."""
    if is_blank(cell):
        return "nothing"
    if isinstance(cell, str):
        if cell.strip() in FORMULA_ERRORS:
            return "a formula's error"
        return f"text of {len(cell.strip())} characters"
    if isinstance(cell, bool):
        return "a truth value"
    return "a number" if isinstance(cell, int | float) else "a date or time"


def decode(data: bytes, encoding: str | None = None) -> str:
    """Text of a CSV: UTF-8 with or without mark, else cp932 (Windows Japanese), both strictly; in
    that ``encoding`` alone if one is named."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise TableError(
            'expected UTF-8 or cp932 text, came UTF-16. Remedy: save it as "CSV UTF-8"'
        )
    for tried in (encoding,) if encoding else ENCODINGS:
        try:
            text = data.decode(tried)
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            continue
        return text
    if encoding:
        raise TableError(
            f"expected {encoding} text, came something else (first in line {line}). Remedy: export "
            "it in that encoding, or correct the encoding that is declared"
        )
    raise TableError(
        f"expected UTF-8 or cp932 text, came neither (last failure in line {line}). Remedy: save "
        'it as "CSV UTF-8"'
    )


def _check_text(text: str) -> None:
    bad = _CONTROL.search(text)
    position = bad.start() if bad else text.find("\ufffd")
    if position >= 0:
        raise TableError(
            f"line {text.count(chr(10), 0, position) + 1} has a broken character: an earlier "
            'conversion damaged the file. Remedy: export it again and save it as "CSV UTF-8"'
        )


def _csv(text: str, delimiter: str) -> Iterator[Sequence[Cell]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error:
        raise TableError(
            f"line {reader.line_num} is no valid CSV (a quotation mark that is not closed or "
            "stands inside a value). Remedy: export the file again, quotes doubled inside values"
        ) from None


def _workbook(data: bytes, sheet: str) -> Grid:
    if data.startswith(_OLE):
        raise TableError(
            "expected an XLSX workbook, came an old or password-protected one. Remedy: remove the "
            "password and save it as .xlsx"
        )
    from openpyxl import load_workbook  # heavy, and most files are CSV
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        system = 1904 if book.epoch == CALENDAR_MAC_1904 else 1900
        return Grid(list(_sheet(book, sheet).iter_rows(values_only=True)), system)
    except TableError:
        raise
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError, EOFError):
        raise TableError(
            "expected an XLSX workbook, came something that cannot be opened as one. Remedy: save "
            "it again as .xlsx, or as CSV UTF-8"
        ) from None


def _sheet(book: Any, name: str) -> Any:
    sheets = {found.title.strip().lower(): found for found in book.worksheets}
    if len(sheets) > 1 and name not in sheets:
        raise TableError(
            f"the workbook has {len(sheets)} sheets and none is called {name or 'anything known'}. "
            f"Remedy: name the sheet to be read {name or 'in the mapping'}, or leave only that one"
        )
    if not sheets:
        raise TableError("the workbook has no sheet. Remedy: save it again with the statement")
    chosen = sheets.get(name) or next(iter(sheets.values()))
    chosen.reset_dimensions()  # what other programs write there is often wrong
    return chosen


def _header(cells: Sequence[Cell]) -> list[str]:
    header = [
        "" if is_blank(cell) else unicodedata.normalize("NFKC", str(cell)).strip().lower()
        for cell in cells
    ]
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise TableError(f"{len(twice)} columns appear twice. Remedy: leave one of each")
    if not any(header):
        raise TableError("row 1 is empty. Remedy: put the template's column names there")
    return header


def _cells(number: int, header: list[str], line: Sequence[Cell]) -> dict[str, Cell]:
    for index, cell in enumerate(line):
        if not is_blank(cell) and (index >= len(header) or not header[index]):
            raise TableError(
                f"row {number} has a value in column {index + 1}, which has no name in row 1. "
                "Remedy: remove it (a comma inside a CSV value needs quotes around the value)"
            )
    return {column: cell for column, cell in zip(header, line, strict=False) if column}
