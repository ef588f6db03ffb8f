"""Known codes: read from the CSV seeds that dbt maps them with, so that the two cannot differ."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from expectations.errors import GateError

SEEDS = Path(__file__).resolve().parent.parent / "dbt_project" / "seeds"
JOINT = " / "
_SHOWABLE = re.compile(r"[\w .,:;+&()/・ー〜\-‐（）／]{1,60}")
_DIGITS = re.compile(r"\d")
_MAX_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of one seed: the values of ``columns`` joined by ' / ', blanks left out, of the
    rows that agree with ``where``. With ``each``, every column's value is a code by itself."""

    file: str
    columns: tuple[str, ...]
    where: tuple[tuple[str, str], ...] = ()
    each: bool = False


def outcome_codes(source: str) -> Codes:
    """Application status, or status / rejection reason type, of one vendor."""
    return Codes("outcome_map.csv", ("status", "reason_type"), (("source", source),))


EMPLOYMENT_LABELS = Codes("employment_type_map.csv", ("label",))
EMPLOYMENT_TYPES = Codes("employment_type_map.csv", ("label", "employment_type"), each=True)


class Seeds:
    """The seeds of a folder; every file is read once per check."""

    def __init__(self, folder: Path = SEEDS) -> None:
        self._folder = folder
        self._rows: dict[str, list[dict[str, str]]] = {}
        self._known: dict[Codes, tuple[str, ...]] = {}

    def known(self, codes: Codes) -> tuple[str, ...]:
        """The codes, sorted. GateError when the seed is missing or lacks a column."""
        if codes not in self._known:
            self._known[codes] = tuple(sorted(self._read(codes)))
        return self._known[codes]

    def _read(self, codes: Codes) -> set[str]:
        known: set[str] = set()
        for row in self._file(codes.file):
            if any(row.get(column) != value for column, value in codes.where):
                continue
            try:
                parts = [row[column].strip() for column in codes.columns]
            except (KeyError, AttributeError):
                raise GateError(
                    f"{self._folder / codes.file}: expected the columns "
                    f"{', '.join(codes.columns)} in every line. Remedy: correct the seed."
                ) from None
            filled = [part for part in parts if part]
            known.update(filled if codes.each else [JOINT.join(filled)])
        return known

    def _file(self, name: str) -> list[dict[str, str]]:
        if name not in self._rows:
            path = self._folder / name
            try:
                with path.open(encoding="utf-8-sig", newline="") as handle:
                    self._rows[name] = list(csv.DictReader(handle))
            except OSError as error:
                raise GateError(
                    f"The seed {path} cannot be read ({type(error).__name__}), so known codes "
                    "cannot be told from unknown ones. Remedy: restore it from the repository."
                ) from None
        return self._rows[name]


def shown(code: str) -> str:
    """A code as messages may show it.

    Codes are an account's configuration, not people's data; should something else stand in the
    field (an address, a number, a long text), only its length is told.
    """
    if _SHOWABLE.fullmatch(code) and len(_DIGITS.findall(code)) <= _MAX_DIGITS:
        return f"'{code}'"
    return f"(a value of {len(code)} characters, not shown)"
