"""How many events of a connection are taken: a token bucket each.

Only what was verified is counted. Otherwise anybody could use up a connection's allowance, and the
vendor would be the one that is refused; a flood of forgeries is for the proxy in front to stop.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Allowance:
    """``per_second`` events on average, ``burst`` at once, for each name."""

    per_second: float
    burst: int
    clock: Callable[[], float] = time.monotonic
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def wait(self, name: str) -> float:
        """Seconds until one more is allowed, 0 if it is now."""
        return max(0.0, (1.0 - self._tokens(name)) / self.per_second)

    def take(self, name: str) -> None:
        """Count one."""
        self._left[name] = (self._tokens(name) - 1.0, self.clock())

    def _tokens(self, name: str) -> float:
        tokens, at = self._left.get(name, (float(self.burst), self.clock()))
        return min(float(self.burst), tokens + (self.clock() - at) * self.per_second)
