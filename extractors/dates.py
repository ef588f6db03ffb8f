"""Days and times as Japanese spreadsheets write them: ISO, 2026年5月31日, eras, Excel's serials.

An era's year may run on past the era's end (平成31年5月1日), as forms printed before it still do.
What is not surely one day is a ValueError, never a guess: 05/01/2026 needs a declared format.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EPOCHS = {1900: date(1899, 12, 30), 1904: date(1904, 1, 1)}
"""Day 0 of Excel's two date systems; that of 1900 counts a 29 February 1900, which never was, so
its day 0 is one earlier for every day after that."""

SERIALS = range(3_000, 80_000)  # 1908 to 2119: no year, age or amount of a few digits is a date
_ERAS = {
    "令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925,
    "大正": 1911, "t": 1911,
}  # fmt: skip
_ERA_DATE = re.compile(
    r"(令和|平成|昭和|大正|[rhst])\.?(元|\d{1,2})[年./-](\d{1,2})[月./-](\d{1,2})日?"
)
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_WEEKDAY = re.compile(r"\((?:月|火|水|木|金|土|日|mon|tue|wed|thu|fri|sat|sun)(?:・?祝)?\)")
_TIME = re.compile(r"(.*?)(?:\s+|t|(?<=日))(\d{1,2})[:時](\d{1,2})(?:[:分](?:(\d{1,2})秒?)?)?")


def typed(value: object) -> str:
    """What was typed, in NFKC, lower case and trimmed; a whole float as the integer it was."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFKC", str(value)).strip().lower()


def calendar_day(text: str) -> date:
    """A day from text as ``typed`` gives it. Raises ValueError."""
    if era := _ERA_DATE.fullmatch(text):
        year = _ERAS[era[1]] + (1 if era[2] == "元" else int(era[2]))
        return date(year, int(era[3]), int(era[4]))
    if found := _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text):
        return date(*map(int, found.groups()))
    raise ValueError("no day")


def serial_moment(number: float, system: int) -> datetime:
    """The time that a serial number of a date system (1900 or 1904) means, to the second. Raises
    ValueError for one that can hardly be meant as a day."""
    if int(number) not in SERIALS:
        raise ValueError("no serial number of a day")
    start = datetime.combine(EPOCHS[system], time())
    return start + timedelta(seconds=round(number * 86_400))


def moment(
    cell: object, *, zone: ZoneInfo, system: int = 1900, formats: Sequence[str] = ()
) -> datetime:
    """The time that a cell holds, in ``zone`` unless it says another; a bare day is its beginning.

    ``formats`` are tried first (as strptime has them), then the common forms. Raises ValueError.
    """
    if isinstance(cell, datetime):
        return cell if cell.tzinfo else cell.replace(tzinfo=zone)
    if isinstance(cell, date):
        return datetime.combine(cell, time(), zone)
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise ValueError("no time")
    plain = unicodedata.normalize("NFKC", str(cell)).strip()
    for form in formats:
        with suppress(ValueError):
            return datetime.strptime(plain, form).replace(tzinfo=zone)
    text = typed(cell)
    if re.fullmatch(r"\d{4,5}(\.\d+)?", text):
        return serial_moment(float(text), system).replace(tzinfo=zone)
    if re.search(r"(z|[+-]\d{2}:?\d{2})$", text) and "t" in text[1:]:
        return datetime.fromisoformat(text.upper())
    return _spoken(text, zone)


def _spoken(text: str, zone: ZoneInfo) -> datetime:
    """A day, perhaps with its weekday in brackets and a time of day after it."""
    text = _WEEKDAY.sub(" ", re.sub(r"(?<=:\d\d)\.\d+$", "", text)).strip()
    at = time()
    if found := _TIME.fullmatch(text):
        text = found[1]
        at = time(int(found[2]), int(found[3]), int(found[4] or 0))
    return datetime.combine(calendar_day(re.sub(r"\s", "", text)), at, zone)
