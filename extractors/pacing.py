"""Pace by the vendor's own headers: spend the allowance, then wait exactly until it is renewed.

All times of the vendor are differences between its own headers (reset minus Date), so neither our
clock nor its time zone matters. Nothing here sleeps or reads a clock: the client passes monotonic
seconds in and sleeps itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal, Protocol

from extractors.stream import parse_time

HEADER_RESOLUTION = 1.0
"""Date and reset headers carry whole seconds, so one reading of a reset is off by up to this."""
LONGEST_WINDOW = 86_400.0
"""No allowance is renewed later than this: a reset beyond it is told in another form than declared,
as when seconds from now become an epoch, and is no reason to wait for decades."""


class Pace(Protocol):
    """When the next request of an account may leave; times are monotonic seconds."""

    def delay(self, now: float) -> float: ...

    def observe(self, headers: Mapping[str, str], now: float, *, refused: bool = False) -> None: ...


@dataclass(frozen=True, slots=True)
class RateHeaders:
    """Names of a vendor's headers, and how ``reset`` says when the allowance is renewed: ``epoch``
    seconds or ``iso`` time of the vendor's clock, or ``seconds`` from now."""

    limit: str = "X-RateLimit-Limit"
    remaining: str = "X-RateLimit-Remaining"
    reset: str = "X-RateLimit-Reset"
    form: Literal["epoch", "seconds", "iso"] = "epoch"

    def pace(self) -> Pace:
        return Pacer(self)

    def seconds(self, headers: Mapping[str, str]) -> float | None:
        """Seconds until the allowance is renewed; None when the headers do not say it, or say what
        cannot be."""
        told = self._told(headers)
        return None if told is None or told > LONGEST_WINDOW else told

    def _told(self, headers: Mapping[str, str]) -> float | None:
        value, date = headers.get(self.reset, ""), vendor_time(headers)
        try:
            if self.form == "seconds":
                return max(0.0, float(value))
            if date is None:
                return None
            epoch = float(value) if self.form == "epoch" else parse_time(value).timestamp()
        except ValueError:
            return None
        return max(0.0, epoch - date.timestamp())


@dataclass(frozen=True, slots=True)
class RateHeaderSets:
    """Several allowances that a vendor tells side by side; the scarcest sets the pace."""

    sets: tuple[RateHeaders, ...]

    def pace(self) -> Pace:
        return _Together([names.pace() for names in self.sets])


class _Together:
    """As slow as the slowest."""

    def __init__(self, paces: list[Pace]) -> None:
        self._paces = paces

    def delay(self, now: float) -> float:
        return max(pace.delay(now) for pace in self._paces)

    def observe(self, headers: Mapping[str, str], now: float, *, refused: bool = False) -> None:
        for pace in self._paces:
            pace.observe(headers, now, refused=refused)


@dataclass(frozen=True, slots=True)
class TokenBucket:
    """The pace for a vendor that publishes its limit and sends no headers."""

    per_second: float
    burst: int

    def pace(self) -> Pace:
        return _Bucket(self)


class _Bucket:
    """A bucket of ``burst`` requests that fills by ``per_second``; after a refusal it is empty."""

    def __init__(self, rule: TokenBucket) -> None:
        self._rule = rule
        self._held = float(rule.burst)
        self._seen_at: float | None = None

    def delay(self, now: float) -> float:
        self._fill(now)
        return max(0.0, (1 - self._held) / self._rule.per_second)

    def observe(self, headers: Mapping[str, str], now: float, *, refused: bool = False) -> None:
        self._fill(now)
        self._held = 0.0 if refused else self._held - 1

    def _fill(self, now: float) -> None:
        passed = 0.0 if self._seen_at is None else now - self._seen_at
        self._held = min(float(self._rule.burst), self._held + passed * self._rule.per_second)
        self._seen_at = now


class Pacer:
    """What is left of one account's allowance, seen from one process.

    Others may spend the same allowance: how much the count fell between two of our own answers
    says how many of their requests to leave room for, at most 4 % of the limit.
    """

    def __init__(self, headers: RateHeaders) -> None:
        self._names = headers
        self._limit = 0
        self._remaining: int | None = None
        self._renewed_at = 0.0
        self._reserve = 0
        self._slack = 0.05

    def delay(self, now: float) -> float:
        """Seconds to wait before the next request, 0 while some allowance is left."""
        if self._remaining is None or self._remaining > self._reserve:
            return 0.0
        return max(0.0, self._renewed_at + self._slack - now)

    def observe(self, headers: Mapping[str, str], now: float, *, refused: bool = False) -> None:
        """Learn from an answer that arrived at ``now``; one without the headers tells nothing.

        ``refused`` (a 429) right after a renewal means that we had come too early. What a refusal
        asks for by Retry-After counts more than the window's end.
        """
        if refused and 0 <= now - self._renewed_at <= HEADER_RESOLUTION + self._slack:
            self._slack = min(self._slack + HEADER_RESOLUTION / 2, 2 * HEADER_RESOLUTION)
        seen = self._read(headers)
        if seen is None:
            return
        remaining, seconds = seen
        asked = retry_after(headers) if refused else None
        if asked is None:
            self._follow(remaining, now + seconds)
        else:
            self._remaining, self._renewed_at = 0, now + asked

    def _follow(self, remaining: int, renewed_at: float) -> None:
        """Take over a new count: of the same window, whose end is then known better, or the next.

        Of several readings of one end the latest is right: an answer's Date is cut to the second.
        """
        previous = self._remaining
        later = renewed_at > self._renewed_at + 2 * HEADER_RESOLUTION
        if previous is None or remaining >= previous or later:
            self._reserve = max(0, self._reserve - 1)
            self._renewed_at = renewed_at
        else:
            foreign = previous - remaining - 1
            self._reserve = min(max(self._reserve, foreign), self._limit // 25)
            self._renewed_at = max(self._renewed_at, renewed_at)
        self._remaining = remaining

    def _read(self, headers: Mapping[str, str]) -> tuple[int, float] | None:
        """(requests left, seconds until renewal) or None."""
        try:
            remaining = int(headers[self._names.remaining])
        except (KeyError, ValueError):
            return None
        seconds = self._names.seconds(headers)
        if seconds is None:
            return None
        limit = headers.get(self._names.limit, "")
        self._limit = int(limit) if limit.isdigit() else max(self._limit, remaining)
        return remaining, seconds


def vendor_time(headers: Mapping[str, str]) -> datetime | None:
    """The vendor's clock (Date header, whole seconds, UTC) or None when absent or malformed."""
    return _http_date(headers.get("Date", ""))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the vendor asks to wait: Retry-After as seconds, or as an HTTP date less Date.

    A date in an answer without a Date header cannot be used: our clock may be wrong by any amount.
    """
    text = headers.get("Retry-After", "").strip()
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        until, now = _http_date(text), vendor_time(headers)
    if until is None or now is None:
        return None
    return max(0.0, (until - now).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
