"""Which contract rules a company at a day, and the slots that its counts earn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tests.oracle.clock import jst_date, jst_midnight
from tests.oracle.registrations import Registration
from tests.oracle.truth import Contract, Truth

DEFAULT_VERSION = "default"


def default_contract(company_id: str) -> Contract:
    """The contract of a company whose operator has published none."""
    return Contract(
        company_id=company_id,
        version=DEFAULT_VERSION,
        valid_from=date(1900, 1, 1),
        valid_to=None,
        counting_event="consented",
        threshold=10,
        slots_per_threshold=1,
        slot_valid_days=None,
        slot_used_by="introduced",
        dedupe_scope="company",
    )


def contracts_of(truth: Truth, company_id: str) -> list[Contract]:
    """A company's contract versions by their first day; the default when it has none."""
    own = [contract for contract in truth.contracts if contract.company_id == company_id]
    return sorted(own, key=lambda c: c.valid_from) or [default_contract(company_id)]


def in_force(contracts: Sequence[Contract], day: date) -> Contract | None:
    """The version whose days hold ``day``; ``valid_to`` is the first day after them."""
    for contract in contracts:
        if contract.valid_from <= day and (contract.valid_to is None or day < contract.valid_to):
            return contract
    return None


@dataclass(frozen=True)
class Grant:
    """One slot earned. ``points`` is what it takes off the points account (0 or negative)."""

    company_id: str
    slot_number: int
    contract: Contract
    granted_at: datetime
    cause_id: str
    points: int

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


def grants(
    company_id: str, counts: Sequence[Registration], contracts: Sequence[Contract]
) -> Iterator[Grant]:
    """The slots that ``counts`` (in counting order) earn, what is left over carried along.

    Each contract version counts from one; the points the version before it did not use up are
    carried in, so a change of threshold never takes points back.
    """
    carried = position = slot_number = 0
    current: Contract | None = None
    for count in counts:
        contract = in_force(contracts, jst_date(count.submitted_at))
        if contract is None:
            continue
        if contract != current:
            carried = (carried + position) % current.threshold if current else 0
            current, position = contract, 0
        before = (carried + position) // contract.threshold if position else 0
        position += 1
        for _ in range((carried + position) // contract.threshold - before):
            for slot in range(contract.slots_per_threshold):
                slot_number += 1
                points = -contract.threshold if slot == 0 else 0
                yield Grant(
                    company_id,
                    slot_number,
                    contract,
                    count.submitted_at,
                    count.registration_id,
                    points,
                )
