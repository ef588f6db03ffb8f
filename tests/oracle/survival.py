"""The time by which half have come, when some have not come yet (Kaplan-Meier)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

ROUNDING = 1e-9


def half_time(waits: Iterable[tuple[int, bool]]) -> int | None:
    """`waits`: length in seconds, and whether it ended by coming (else it was cut off there).

    None when more than half never came.
    """
    ended = list(waits)
    came = Counter(length for length, has_come in ended if has_come)
    cut = Counter(length for length, has_come in ended if not has_come)
    left, share = len(ended), 1.0
    for length in sorted(came.keys() | cut.keys()):
        share *= (left - came[length]) / left
        if share <= 0.5 + ROUNDING and came[length]:
            return length
        left -= came[length] + cut[length]
    return None
