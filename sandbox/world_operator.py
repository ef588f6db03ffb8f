"""The operator's side: the months it states, and the slots that its counts grant.

The operator applies the programme's rules to the truth as it stands when it publishes a month:
a registration whose applicant has been taken back into the selection by then no longer counts.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sandbox.world_contracts import Contract, ruling
from sandbox.world_time import (
    END,
    START,
    month_start,
    next_month,
    published,
    tokyo_day,
    tokyo_midnight,
)

NEVER = 2**62


@dataclass(frozen=True, slots=True)
class Grant:
    slot_number: int
    granted_at: int
    contract: Contract

    @property
    def granted_on(self) -> date:
        return tokyo_day(self.granted_at)

    @property
    def expires_on(self) -> date | None:
        """The first day on which the slot cannot be used any more."""
        days = self.contract.slot_valid_days
        return None if days is None else self.granted_on + timedelta(days=days)


def statement_months() -> list[date]:
    """The first days of the months whose files appear before the world ends."""
    month = month_start(tokyo_day(START))
    months = []
    while published(month) <= END:
        months.append(month)
        month = next_month(month)
    return months


class Counts:
    """A company's counted registrations in counting order, as columns of seconds."""

    def __init__(self, rules: list[Contract]) -> None:
        """`rules` by their beginning, the default one first."""
        self._rules = rules
        self._counted_at = array("q")
        self._known_at = array("q")
        self._retracted_at = array("q")
        self._forfeits = [
            tokyo_midnight(rule.starts_on) for rule in rules if rule.points_carry_over == "forfeit"
        ]

    def append(self, counted_at: int, known_at: int, retracted_at: int | None) -> None:
        """Add the next registration; they must come in counting order."""
        self._counted_at.append(counted_at)
        self._known_at.append(known_at)
        self._retracted_at.append(NEVER if retracted_at is None else retracted_at)

    def grants(self, until: int, at: int) -> Iterator[Grant]:
        """Slots earned by registrations before `until`, by what is known at `at`."""
        slot_number = points = last = 0
        columns = (self._counted_at, self._known_at, self._retracted_at)
        for counted_at, known_at, retracted_at in zip(*columns, strict=True):
            if counted_at >= until:
                return
            rule = ruling(self._rules, counted_at)
            if retracted_at <= at or known_at > at or rule is None:
                continue
            if any(last < forfeit <= counted_at for forfeit in self._forfeits):
                points = 0
            last = counted_at
            points += 1
            # Points carried into a version with a lower threshold may be worth several slots.
            while points >= rule.threshold:
                points -= rule.threshold
                for _ in range(rule.slots_per_threshold):
                    slot_number += 1
                    yield Grant(slot_number, counted_at, rule)
