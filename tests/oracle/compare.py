"""Expected rows against a mart's rows, with a difference a person can read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from tests.oracle.marts import KEYS, LEFT_OUT
from tests.oracle.rows import Row, Value

SHOWN = 5


@dataclass(frozen=True)
class Difference:
    """What two sets of rows of one mart disagree on."""

    mart: str
    missing: Sequence[Row]
    unexpected: Sequence[Row]
    changed: Sequence[tuple[Row, Row]]

    def __bool__(self) -> bool:
        return bool(self.missing or self.unexpected or self.changed)

    def __str__(self) -> str:
        lines = [
            f"{self.mart}: {len(self.missing)} rows missing, "
            f"{len(self.unexpected)} unexpected, {len(self.changed)} different"
        ]
        lines += [f"  missing    {_show(row)}" for row in self.missing[:SHOWN]]
        lines += [f"  unexpected {_show(row)}" for row in self.unexpected[:SHOWN]]
        columns = Counter(c for pair in self.changed for c in _different(*pair))
        for column, count in columns.most_common():
            lines.append(f"  column {column}: {count} rows differ")
            pairs = [pair for pair in self.changed if column in _different(*pair)]
            lines += [
                f"    {_key(self.mart, expected)}: expected {_value(expected, column)}, "
                f"mart has {_value(actual, column)}"
                for expected, actual in pairs[:SHOWN]
            ]
        return "\n".join(lines)


def difference(mart: str, expected: Iterable[Row], actual: Iterable[Row]) -> Difference:
    """Compare two sets of rows by the mart's key; a repeated key is an error of either side."""
    wanted, found = _by_key(mart, expected), _by_key(mart, actual)
    return Difference(
        mart,
        missing=[wanted[key] for key in sorted(wanted.keys() - found.keys(), key=str)],
        unexpected=[found[key] for key in sorted(found.keys() - wanted.keys(), key=str)],
        changed=[
            (wanted[key], found[key])
            for key in sorted(wanted.keys() & found.keys(), key=str)
            if _different(wanted[key], found[key])
        ],
    )


def mart_rows(connection: psycopg.Connection, mart: str) -> list[Row]:
    """All rows of a mart, times in UTC and numbers as int or Decimal.

    Without the columns that the oracle leaves out.
    """
    left_out = LEFT_OUT.get(mart, ())
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(sql.SQL("select * from marts.{}").format(sql.Identifier(mart)))
        return [
            {column: _typed(value) for column, value in row.items() if column not in left_out}
            for row in cursor
        ]


def _typed(value: Value | float) -> Value:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return Decimal(str(round(value, 9))) if isinstance(value, float) else value


def _by_key(mart: str, rows: Iterable[Row]) -> dict[tuple[Value, ...], Row]:
    found: dict[tuple[Value, ...], Row] = {}
    for row in rows:
        key = tuple(row[column] for column in KEYS[mart])
        assert key not in found, f"{mart}: key {key} stands in two rows"
        found[key] = row
    return found


def _different(expected: Row, actual: Row) -> list[str]:
    columns = dict.fromkeys([*expected, *actual])
    absent = object()
    return [c for c in columns if not _same(expected.get(c, absent), actual.get(c, absent))]


def _same(expected: object, actual: object) -> bool:
    """Equal; what the oracle computes in floats only to nine digits."""
    if isinstance(expected, float) and isinstance(actual, Decimal | float):
        return math.isclose(expected, actual, rel_tol=1e-9, abs_tol=1e-9)
    return expected == actual


def _value(row: Row, column: str) -> str:
    return repr(row[column]) if column in row else "no such column"


def _key(mart: str, row: Row) -> str:
    return " ".join(str(row[column]) for column in KEYS[mart])


def _show(row: Row) -> str:
    return ", ".join(f"{column}={value}" for column, value in row.items() if value is not None)
