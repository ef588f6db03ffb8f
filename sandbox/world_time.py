"""Times of the world. Inside the generator a time is whole seconds since 1970 (UTC)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

MINUTE, HOUR, DAY = 60, 3600, 86_400
TOKYO = 9 * HOUR  # no daylight saving since 1951

START = int(datetime(2024, 6, 30, 15, tzinfo=UTC).timestamp())  # 2024-07-01 in Tokyo
T0 = int(datetime(2026, 6, 30, 15, tzinfo=UTC).timestamp())  # 2026-07-01 in Tokyo
END = int(datetime(2027, 6, 30, 15, tzinfo=UTC).timestamp())  # the last application
EPOCH = date(1970, 1, 1)


@cache
def _day(number: int) -> str:
    return (EPOCH + timedelta(days=number)).isoformat()


@cache
def _clock_texts() -> list[str]:
    return [f"T{s // HOUR:02d}:{s // MINUTE % 60:02d}:{s % 60:02d}" for s in range(DAY)]


def iso(time: int) -> str:
    """``YYYY-MM-DDTHH:MM:SSZ``, the form of the truth and of Typeform."""
    return f"{_day(time // DAY)}{_clock_texts()[time % DAY]}Z"


def iso_ms(time: int) -> str:
    """``YYYY-MM-DDTHH:MM:SS.000Z``, the form of Greenhouse and of the columns of records."""
    return f"{_day(time // DAY)}{_clock_texts()[time % DAY]}.000Z"


def optional_ms(time: int | None) -> str | None:
    return None if time is None else iso_ms(time)


def optional_iso(time: int | None) -> str | None:
    return None if time is None else iso(time)


def parse(text: str) -> int:
    """Seconds of an ISO 8601 text with an offset or Z."""
    return int(datetime.fromisoformat(text).timestamp())


def tokyo_date(time: int) -> str:
    """The Tokyo day of a time, ``YYYY-MM-DD``."""
    return _day((time + TOKYO) // DAY)


def tokyo_day(time: int) -> date:
    return EPOCH + timedelta(days=(time + TOKYO) // DAY)


def tokyo_midnight(day: date) -> int:
    """The moment at which a Tokyo day begins."""
    return (day - EPOCH).days * DAY - TOKYO


def weekday(time: int) -> int:
    """0 = Monday, in Tokyo."""
    return ((time + TOKYO) // DAY + 3) % 7


def month_start(day: date) -> date:
    return day.replace(day=1)


def next_month(day: date) -> date:
    """The first day of the month after `day`."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def published(month: date) -> int:
    """When the operator publishes the files of a month: the 5th of the next one, 09:00 Tokyo."""
    return tokyo_midnight(next_month(month).replace(day=5)) + 9 * HOUR
