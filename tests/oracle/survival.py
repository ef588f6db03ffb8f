"""Medians of waits that may not be over yet, by Kaplan-Meier as statsmodels has it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from statsmodels.duration.survfunc import SurvfuncRight

HALF = 0.5
ROUNDING = 1e-9  # what floats may leave of a share that is exactly one half


def half_time(waits: Iterable[tuple[int, bool]]) -> int | None:
    """The first time by which half or more have come, of (time, has come) pairs.

    None while fewer than half have; at one time who comes goes before who is cut off.
    """
    return _half_time(tuple(sorted(waits)))


@lru_cache(maxsize=100_000)
def _half_time(waits: tuple[tuple[int, bool], ...]) -> int | None:
    if not any(has_come for _, has_come in waits):
        return None
    times = np.array([time for time, _ in waits], dtype=float)
    curve = SurvfuncRight(times, np.array([has_come for _, has_come in waits], dtype=int))
    median = curve.quantile(HALF - ROUNDING)
    return None if np.isnan(median) else int(median)
