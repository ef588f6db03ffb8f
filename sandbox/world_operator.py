"""The operator's side: contracts, what it counts, and the slots its statements grant.

The operator applies the programme's rules to the truth as it stands when it publishes a month:
a registration whose applicant has been taken back into the selection by then no longer counts.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sandbox.world_company import Company
from sandbox.world_tales import CONTRACT_CHANGE
from sandbox.world_time import (
    END,
    HOUR,
    START,
    month_start,
    next_month,
    published,
    tokyo_day,
    tokyo_midnight,
)

NEVER = 2**62


@dataclass(frozen=True, slots=True)
class Contract:
    """One version of a company's rules; `valid_to` is the first day after it."""

    version: str
    valid_from: date
    valid_to: date | None
    threshold: int
    slot_valid_days: int | None
    slot_used_by: str
    published_at: int
    slots_per_threshold: int = 1
    counting_event: str = "consented"
    dedupe_scope: str = "company"


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


DEFAULT = Contract("default", date(1900, 1, 1), None, 10, None, "introduced", START)


def contracts(company: Company) -> list[Contract]:
    """What the operator publishes for a company; the third company has nothing in writing."""
    begins, change = tokyo_day(START), tokyo_day(CONTRACT_CHANGE)
    announced = tokyo_midnight(date(2025, 6, 5)) + 9 * HOUR
    if company.index == 0:
        return [
            Contract("1", begins, change, 10, 180, "accepted", START),
            Contract("2", change, None, 8, 180, "accepted", announced),
        ]
    if company.index == 2:
        return []
    if company.index == 3:
        return [Contract("1", begins, None, 20, 365, "introduced", START, slots_per_threshold=2)]
    return [Contract("1", begins, None, 10, None, "introduced", START)]


def statement_months() -> list[date]:
    """The first days of the months whose files appear before the world ends."""
    month = month_start(tokyo_day(START))
    months = []
    while published(month) <= END:
        months.append(month)
        month = next_month(month)
    return months


class Counts:
    """A company's counted registrations in counting order, as two columns of seconds."""

    def __init__(self, rules: list[Contract]) -> None:
        self._rules = rules or [DEFAULT]
        self._counted_at = array("q")
        self._retracted_at = array("q")

    def append(self, counted_at: int, retracted_at: int | None) -> None:
        """Add the next registration; they must come in counting order."""
        self._counted_at.append(counted_at)
        self._retracted_at.append(NEVER if retracted_at is None else retracted_at)

    def grants(self, until: int, known_at: int) -> Iterator[Grant]:
        """Slots earned by registrations before `until`, by what is known at `known_at`."""
        slot_number = points = version = 0
        for counted_at, retracted_at in zip(self._counted_at, self._retracted_at, strict=True):
            if counted_at >= until:
                return
            if retracted_at <= known_at:
                continue
            while not _in_force(self._rules[version], counted_at):
                version += 1
            rule = self._rules[version]
            points += 1
            # Points carried into a version with a lower threshold may be worth several slots.
            while points >= rule.threshold:
                points -= rule.threshold
                for _ in range(rule.slots_per_threshold):
                    slot_number += 1
                    yield Grant(slot_number, counted_at, rule)


def _in_force(contract: Contract, time: int) -> bool:
    return contract.valid_to is None or time < tokyo_midnight(contract.valid_to)
