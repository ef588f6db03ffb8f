"""What counts are worth: points, the grants they pay for, and the points that lapse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tests.oracle.clock import jst_date, jst_midnight
from tests.oracle.contracts import forfeits, in_force, start
from tests.oracle.registrations import Registration
from tests.oracle.statements import Contract


@dataclass(frozen=True)
class Grant:
    """One slot earned, and the count that completed the threshold."""

    company_id: str
    slot_number: int
    contract: Contract
    granted_at: datetime
    cause_id: str

    @property
    def slot_id(self) -> str:
        return f"{self.company_id}:{self.slot_number}"

    @property
    def expiry_date(self) -> date | None:
        """The first Tokyo day on which the slot cannot be used any more."""
        days = self.contract.slot_valid_days
        return None if days is None else jst_date(self.granted_at) + timedelta(days=days)

    @property
    def expires_at(self) -> datetime | None:
        return None if self.expiry_date is None else jst_midnight(self.expiry_date)


@dataclass(frozen=True)
class Award:
    """One threshold reached: points spent for some slots at once."""

    contract: Contract
    at: datetime
    cause_id: str
    points: int
    grants: tuple[Grant, ...]


@dataclass(frozen=True)
class Lapse:
    """Points that were open when a version that forfeits them began."""

    contract: Contract
    at: datetime
    points: int


@dataclass(frozen=True)
class Earned:
    """Everything that counts have led to, in order."""

    awards: tuple[Award, ...]
    lapses: tuple[Lapse, ...]

    @property
    def grants(self) -> tuple[Grant, ...]:
        return tuple(grant for award in self.awards for grant in award.grants)


def earned(
    company_id: str,
    counts: Sequence[Registration],
    contracts: Sequence[Contract],
    as_of: datetime,
) -> Earned:
    """Awards and lapses of ``counts`` (in counting order) until ``as_of``.

    A lapse at the midnight at which a version begins comes before the counts of that moment.
    """
    awards: list[Award] = []
    lapses: list[Lapse] = []
    points = slots = 0
    waiting = [
        (at, contract)
        for contract in contracts
        if forfeits(contract)
        and in_force(contracts, start(contract)) == contract
        and (at := jst_midnight(start(contract))) <= as_of
    ]
    waiting.sort(key=lambda entry: entry[0])
    for count in (*counts, None):
        while waiting and (count is None or waiting[0][0] <= count.counting_order[0]):
            at, contract = waiting.pop(0)
            if points:
                lapses.append(Lapse(contract, at, points))
                points = 0
        if count is None:
            break
        if count.contract is None:  # on a day without a contract a count earns no point
            continue
        points += 1
        rule, at = count.contract, count.counting_order[0]
        while points >= rule.threshold:
            points -= rule.threshold
            granted = tuple(
                Grant(company_id, slots + n, rule, at, count.registration_id)
                for n in range(1, rule.slots_per_threshold + 1)
            )
            slots += rule.slots_per_threshold
            awards.append(Award(rule, at, count.registration_id, rule.threshold, granted))
    return Earned(tuple(awards), tuple(lapses))
