"""Times and days: what the patterns take, Postgres converts; what they refuse is no such value."""

from __future__ import annotations

import re
from datetime import date, timedelta

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.columns import DAY_PATTERN, MOMENT_PATTERN


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text) >= date(1000, 1, 1)
    except ValueError:
        return False


def test_days_are_those_of_the_calendar_through_every_kind_of_year() -> None:
    for year in (1000, 1600, 1900, 2000, 2023, 2024, 2100, 9999):
        for month in range(14):
            for day in range(33):
                text = f"{year:04d}-{month:02d}-{day:02d}"
                assert bool(re.match(DAY_PATTERN, text)) == _is_day(text), text


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-01T01:02:03Z",
        "2026-05-01T01:02:03.123456789Z",
        "2024-02-29T23:59:59+09:00",
        "2026-05-01 01:02:03-0330",
        "9999-12-31T23:59:59+14:59",
    ],
)
def test_every_kind_of_accepted_time_is_converted(session: psycopg.Connection, text: str) -> None:
    row = session.execute("select %s ~ %s, %s::timestamptz", [text, MOMENT_PATTERN, text])
    found = row.fetchone()
    assert found is not None
    assert found[0]


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-01T01:02:03",
        "2026-05-01",
        "2026-02-29T00:00:00Z",
        "2026-05-01T24:00:00Z",
        "2026-05-01T01:02:60Z",
        "0001-01-01T00:00:00Z",
        " 2026-05-01T01:02:03Z",
        "2026-05-01T01:02:03Z\n",
        "now",
    ],
)
def test_anything_else_is_not_a_time(session: psycopg.Connection, text: str) -> None:
    found = session.execute("select %s ~ %s", [text, MOMENT_PATTERN]).fetchone()
    assert found == (False,)


@settings(max_examples=200)
@given(st.text(alphabet="0123456789-", min_size=10, max_size=10) | st.dates().map(str))
def test_the_day_pattern_agrees_with_python(text: str) -> None:
    compact = len(text.replace("-", "")) == 8 and text[4:5] == text[7:8] == "-"
    assert bool(re.match(DAY_PATTERN, text)) == (compact and _is_day(text))


def test_every_day_of_four_centuries_is_a_day() -> None:
    first = date(1900, 1, 1)
    assert all(re.match(DAY_PATTERN, str(first + timedelta(n))) for n in range(0, 146_097))
