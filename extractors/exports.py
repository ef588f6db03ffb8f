"""One export of an ATS as records: its header found, its columns matched by a mapping.

A file whose structure is in doubt (a missing column, two of one name, a row without a key) is
refused whole. A single cell that cannot be read leaves its field empty and is named in the record's
``unreadable``, so that the gate holds that record back and no other.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from extractors import cells
from extractors.cells import CellError, is_nothing
from extractors.folders import FileRefused
from extractors.mapping import DOCS, IDS, PERSON, TEXTS, TIMES, Column, Mapping, folded
from extractors.stream import Fields, IdentityValue
from extractors.tables import Cell, TableError, is_blank, read_grid

SEARCHED = 20
"""Rows among which the header is looked for: titles stand above it."""
CODES = frozenset({"status", "employment_type", "stage"})
PERSON_FIELD = "_person"
"""Where a record carries what identifies its person; it is not stored."""
DIGEST_DIGITS = 32

Line = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a file has its columns: ``row`` is the header's, counted from 1."""

    row: int
    header: tuple[str, ...]
    fields: dict[str, tuple[int, ...]]
    stages: dict[int, int]

    def label(self, position: int) -> str:
        """How messages name a column."""
        return self.header[position] or f"#{position + 1}"


@dataclass(slots=True)
class Export:
    """The records of a file, and which cells of it could not be read."""

    records: list[Fields] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def read_export(
    name: str, data: bytes, mapping: Mapping, zone: ZoneInfo, key: Callable[[], bytes]
) -> Export:
    """The rows of one file. ``key`` gives the HMAC key. Raises FileRefused with row and column."""
    try:
        grid = read_grid(
            name, data, mapping.sheet.strip().lower(),
            encoding=mapping.encoding, delimiter=mapping.delimiter,
        )  # fmt: skip
    except TableError as error:
        raise FileRefused(str(error)) from None
    layout = _layout(grid.lines, mapping)
    _complete(name, data, grid.lines, layout)
    reader = _Rows(mapping, layout, zone, grid.date_system or mapping.date_system, key)
    numbered = list(enumerate(grid.lines, start=1))[layout.row :]
    filled = [(n, line) for n, line in numbered if not all(map(_is_empty, line))]
    # a comma too many shifts what stands behind it; one at the end of every row does not
    is_ragged = grid.date_system is None and len({len(line) for _, line in filled}) > 1
    export = reader.read(filled, is_ragged=is_ragged)
    if not export.records:
        raise FileRefused(
            f"no row stands below the header in row {layout.row}; an export lists every "
            "application. Remedy: export again without a filter"
        )
    return export


def _is_empty(cell: Cell) -> bool:
    return is_nothing(cell)


def _complete(name: str, data: bytes, lines: Sequence[Line], layout: Layout) -> None:
    """A CSV that ends inside a row was cut off."""
    cut = name.lower().endswith(".csv") and not data.endswith((b"\n", b"\r"))
    if cut and len(lines) > layout.row and len(lines[-1]) < len(layout.header):
        raise FileRefused(
            f"row {len(lines)} breaks off, as in a file that was not copied to its end. Remedy: "
            "put the whole file there again"
        )


def _layout(lines: Sequence[Line], mapping: Mapping) -> Layout:
    wanted = [name for column in mapping.columns.values() for name in column.header]
    wanted += [stage.entered for stage in mapping.stages if stage.entered]
    if mapping.header_row:
        rows = [mapping.header_row] if mapping.header_row <= len(lines) else []
    else:
        rows = list(range(1, min(SEARCHED, len(lines)) + 1))
    best, missing = 0, wanted
    for row in rows:
        header = _folded_header(lines[row - 1])
        absent = [name for name in wanted if not _positions(header, name)]
        if len(absent) < len(missing):
            best, missing = row, absent
        if not absent:
            break
    named = [name for name in wanted if not re.fullmatch(r"#\d+", name)]
    if not best or all(name in missing for name in named):
        where = f"row {mapping.header_row}" if mapping.header_row else f"the first {SEARCHED} rows"
        raise FileRefused(
            f"{where} has none of the columns of {mapping.title} ({', '.join(wanted[:5])} ...). "
            "Remedy: put the export of that system there, or correct the mapping's columns or "
            "header_row"
        )
    if missing:
        raise FileRefused(
            f"row {best}, the header, misses {', '.join(missing)}. Remedy: export with these "
            "columns, or name them in the mapping as this export does; for a field that it does "
            f"not have, set it to false ({DOCS})"
        )
    header = _folded_header(lines[best - 1])
    return Layout(
        best,
        tuple("" if is_blank(cell) else str(cell).strip() for cell in lines[best - 1]),
        {
            name: tuple(_position(header, part, name, best) for part in column.header)
            for name, column in mapping.columns.items()
        },
        {
            number: _position(header, stage.entered, f"stage {stage.name}", best)
            for number, stage in enumerate(mapping.stages)
            if stage.entered
        },
    )


def _folded_header(line: Line) -> list[str]:
    return ["" if is_blank(cell) else folded(str(cell)) for cell in line]


def _positions(header: Sequence[str], name: str) -> list[int]:
    """Where a column stands: ``#3`` is the third, ``日付#2`` the second of that name."""
    found = [place for place, text in enumerate(header) if text == folded(name)]
    if found:
        return found
    plain, mark, number = folded(name).rpartition("#")
    if not mark or not number.isdecimal():
        return []
    places = [place for place, text in enumerate(header) if not plain or text == plain]
    return places[int(number) - 1 : int(number)] if int(number) else []


def _position(header: Sequence[str], name: str, used: str, row: int) -> int:
    found = _positions(header, name)
    if len(found) > 1:
        places = " and ".join(f"{place + 1} ({_letters(place)})" for place in found)
        raise FileRefused(
            f"row {row}: the column {name}, mapped to {used}, stands in columns {places}. Remedy: "
            f"say in the mapping which one is meant: {name}#1, {name}#2, or #{found[0] + 1} by its "
            "place"
        )
    return found[0]


def _letters(place: int) -> str:
    """A column as spreadsheets name it."""
    text, number = "", place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


class _Rows:
    """Reads the rows of one file."""

    def __init__(
        self, mapping: Mapping, layout: Layout, zone: ZoneInfo, system: int,
        key: Callable[[], bytes],
    ) -> None:  # fmt: skip
        self._mapping = mapping
        self._layout = layout
        self._dates = (zone, system, mapping.date_formats)
        self._key = key
        self._export = Export()
        person = {place for name in PERSON for place in layout.fields.get(name, ())}
        self._hides_key = bool(person & set(layout.fields["application_id"]))

    def read(self, lines: Iterable[tuple[int, Line]], *, is_ragged: bool) -> Export:
        seen: dict[str, tuple[int, Fields]] = {}
        for number, line in lines:
            self._check_width(number, line, is_ragged)
            record = self._record(number, line)
            first, known = seen.setdefault(record["id"], (number, record))
            if known is record:
                self._export.records.append(record)
            elif known != record:
                raise FileRefused(
                    f"row {number}: expected one row per "
                    f"{' + '.join(self._mapping.columns['application_id'].header)}, came the same "
                    f"as in row {first} with other contents. Remedy: export each application once, "
                    "or make the key of more columns"
                )
        return self._export

    def _check_width(self, number: int, line: Line, is_ragged: bool) -> None:
        width = len(self._layout.header)
        for place, cell in enumerate(line[width:], start=width):
            if is_ragged or not is_nothing(cell):
                raise FileRefused(
                    f"row {number} has a value in column {place + 1} ({_letters(place)}), which "
                    f"row {self._layout.row}, the header, does not have. Remedy: export again (a "
                    "comma inside a CSV value needs quotes around the value)"
                )

    def _record(self, number: int, line: Line) -> Fields:
        person = tuple(self._person(number, line))
        unreadable: list[str] = []
        record: Fields = {
            "id": self._record_id(number, line),
            "system": self._mapping.name,
            "stage_history": "vendor" if self._mapping.has_stage_dates else "snapshots",
            PERSON_FIELD: person,
        }
        for name in (*IDS[1:], *TEXTS, *TIMES):
            record[name] = self._value(number, line, name, unreadable)
        record["stage"] = self._present_stage(record["stage"])
        record["stages"] = self._stages(number, line, unreadable)
        record["unreadable"] = unreadable
        return record

    def _value(self, number: int, line: Line, name: str, unreadable: list[str]) -> str | None:
        column = self._mapping.columns.get(name)
        if column is None:
            return None
        found = []
        for place in self._layout.fields[name]:
            cell = _at(line, place)
            if is_nothing(cell, self._mapping.blanks):
                continue
            try:
                found.append(self._converted(cell, name, column))
            except CellError as error:
                self._tell(number, place, error, held=True)
                unreadable.append(name)
                return None
        return "/".join(found) or None

    def _converted(self, cell: Cell, name: str, column: Column) -> str:
        if name in IDS:
            return cells.an_id(cell, column.width)
        if name in TIMES:
            return cells.a_time(cell, *self._dates)
        return cells.a_text(cell, code=name in CODES)

    def _record_id(self, number: int, line: Line) -> str:
        """The application's id; one made of what identifies a person is a keyed digest."""
        column = self._mapping.columns["application_id"]
        parts = []
        for place in self._layout.fields["application_id"]:
            cell = _at(line, place)
            label = self._layout.label(place)
            if is_nothing(cell, self._mapping.blanks):
                raise FileRefused(
                    f"row {number}, column {label}: expected the key of the application, came "
                    "nothing. Remedy: take totals and notes out of the export, or make the key of "
                    "columns that every row has"
                )
            try:
                joined = len(column.header) > 1 and not isinstance(cell, str | int | float)
                parts.append(
                    cells.a_time(cell, *self._dates) if joined else cells.an_id(cell, column.width)
                )
            except CellError as error:
                raise FileRefused(
                    f"row {number}, column {label}: {error}. Remedy: export it again"
                ) from None
        return self._digest("\n".join(parts)) if self._hides_key else ":".join(parts)

    def _person(self, number: int, line: Line) -> Iterator[IdentityValue]:
        """What identifies the person; a value that cannot be read is left out and told."""
        for kind in PERSON:
            parts = []
            for place in self._layout.fields.get(kind, ()):
                cell = _at(line, place)
                if is_nothing(cell, self._mapping.blanks):
                    continue
                try:
                    parts.append(self._personal(cell, kind))
                except CellError as error:
                    self._tell(number, place, error, held=False)
            if parts:
                yield kind, "".join(parts)

    def _personal(self, cell: Cell, kind: str) -> str:
        if kind == "phone":
            return cells.a_phone(cell)
        if kind == "birth_date":
            return cells.a_day(cell, *self._dates)
        return cells.a_text(cell) if kind == "email" else cells.a_name(cell)

    def _present_stage(self, name: str | None) -> Fields | None:
        if name is None:
            return None
        stage = self._mapping.stage(name)
        if stage is None:  # kept under its own name; the transformation reports it
            return {"name": name, "order": None, "is_offer": False}
        return {"name": stage.name, "order": stage.order, "is_offer": stage.is_offer}

    def _stages(self, number: int, line: Line, unreadable: list[str]) -> list[Fields]:
        found: list[Fields] = []
        for index, place in self._layout.stages.items():
            stage = self._mapping.stages[index]
            cell = _at(line, place)
            if is_nothing(cell, self._mapping.blanks):
                continue
            try:
                entered = cells.a_time(cell, *self._dates)
            except CellError as error:
                self._tell(number, place, error, held=True)
                unreadable.append(f"stages.{stage.name}")
                continue
            order = {"order": stage.order, "is_offer": stage.is_offer}
            found.append({"name": stage.name, **order, "entered_at": entered})
        return found

    def _tell(self, number: int, place: int, error: CellError, *, held: bool) -> None:
        end = " (the gate holds the row back)" if held else " (left out of the person's identity)"
        label = self._layout.label(place)
        self._export.unreadable.append(f"row {number}, column {label}: {error}{end}")

    def _digest(self, text: str) -> str:
        return hmac.digest(self._key(), text.encode(), "sha256").hex()[:DIGEST_DIGITS]


def _at(line: Line, place: int) -> Cell:
    return line[place] if place < len(line) else None
