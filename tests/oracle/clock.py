"""Times of the oracle: UTC instants, and days of Asia/Tokyo (no daylight saving since 1951)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

JST = timezone(timedelta(hours=9), "JST")


def instant(text: str) -> datetime:
    """The UTC instant of an ISO 8601 text with an offset or a trailing Z."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; the truth writes UTC with a trailing Z")
    return moment.astimezone(UTC)


def jst_date(moment: datetime) -> date:
    """The Tokyo day an instant falls on."""
    return moment.astimezone(JST).date()


def jst_midnight(day: date) -> datetime:
    """The UTC instant at which a Tokyo day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=JST).astimezone(UTC)


def month_of(day: date) -> date:
    """The first day of the month of ``day``."""
    return day.replace(day=1)


def month_end(month: date) -> date:
    """The last day of the month that ``month`` is a day of."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def optional_date(moment: datetime | None) -> date | None:
    """``jst_date`` that lets a missing instant through."""
    return None if moment is None else jst_date(moment)
