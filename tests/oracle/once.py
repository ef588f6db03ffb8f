"""What several marts rest on is made once for a view, which never changes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from tests.oracle.truth import Truth

Made = TypeVar("Made")


def once(make: Callable[[Truth], Made]) -> Callable[[Truth], Made]:
    """``make`` with its result for the last view kept; nobody may change what it returns."""
    kept: list[tuple[Truth, Made]] = []

    @wraps(make)
    def made(truth: Truth) -> Made:
        if not kept or kept[0][0] is not truth:
            kept[:] = [(truth, make(truth))]
        return kept[0][1]

    return made
