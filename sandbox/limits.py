"""Rate limits on the real clock, counted per account: a fixed window, a token bucket."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Where an account stands; `reset_in` is whole real seconds until the window ends."""

    limit: int
    remaining: int
    reset_in: int
    allowed: bool


class FixedWindow:
    """Windows start at multiples of their length since the epoch, the same for every account."""

    def __init__(self) -> None:
        self._used: dict[str, tuple[int, int]] = {}

    def look(self, account: str, limit: int, seconds: float) -> Usage:
        """The account's standing without spending a request."""
        window, left = self._window(seconds)
        used = self._spent(account, window)
        return Usage(limit, max(0, limit - used), left, used < limit)

    def take(self, account: str, limit: int, seconds: float) -> Usage:
        """Spend one request if there is one left."""
        window, left = self._window(seconds)
        used = self._spent(account, window)
        if used >= limit:
            return Usage(limit, 0, left, False)
        self._used[account] = (window, used + 1)
        return Usage(limit, limit - used - 1, left, True)

    def _spent(self, account: str, window: int) -> int:
        in_window, used = self._used.get(account, (window, 0))
        return used if in_window == window else 0

    @staticmethod
    def _window(seconds: float) -> tuple[int, int]:
        now = time.time()
        window = int(now // seconds)
        return window, max(1, math.ceil((window + 1) * seconds - now))


class TokenBucket:
    """A bucket for each account that fills at a rate on the real clock, up to a burst."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[float, float]] = {}

    def take(self, account: str, per_second: float, burst: float) -> bool:
        """Spend one request if there is one left."""
        now = time.monotonic()
        held, at = self._held.get(account, (burst, now))
        held = min(burst, held + (now - at) * per_second)
        self._held[account] = (held - 1 if held >= 1 else held, now)
        return held >= 1
