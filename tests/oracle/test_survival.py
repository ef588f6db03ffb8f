"""The oracle's medians against a second library."""

from __future__ import annotations

import math
import warnings
from random import Random

from lifelines import KaplanMeierFitter

from tests.oracle.survival import half_time

SETS = 60
A_HAIR = 1e-12  # lifelines looks for the first share that is not above the one asked for


def test_medians_are_those_of_lifelines() -> None:
    rng = Random(7)
    found = []
    for _ in range(SETS):
        longest = rng.choice((5, 1_000_000))  # with many ties, or with hardly any
        waits = [
            (rng.randrange(longest), rng.random() < 0.6)
            for _ in range(rng.choice((1, 2, 3, 4, 40)))
        ]
        fitter = KaplanMeierFitter().fit([time for time, _ in waits], [came for _, came in waits])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            median = fitter.percentile(0.5 + A_HAIR)
        found.append(half_time(waits))
        assert found[-1] == (None if math.isinf(median) else median), waits
    assert None in found
    assert len(set(found)) > SETS / 3


def test_waits_may_end_before_they_began() -> None:
    assert half_time([(-600, True), (-5, True), (900, True), (1_000, False)]) == -5
