"""Which contract rules a company at a day.

A version is in force from its first day, but never before the day on which it was agreed, until
the first day on which it no longer holds; where versions overlap the one that began later rules.
Before the first of them, and for a company without any, the default version holds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from tests.oracle.clock import jst_date
from tests.oracle.statements import Contract
from tests.oracle.truth import Truth

DEFAULT_VERSION = "default"
BEGINNING = date(1900, 1, 1)
DECLINED, EARLY_LEAVE = "declined", "early_leave"


def default_contract(company_id: str, until: date | None = None) -> Contract:
    """The contract of a company for as long as its operator has stated none."""
    return Contract(
        company_id=company_id,
        version=DEFAULT_VERSION,
        valid_from=BEGINNING,
        valid_to=until,
        counting_event="consented",
        threshold=10,
        slots_per_threshold=1,
        slot_valid_days=None,
        slot_used_by="introduced",
        dedupe_scope="company",
    )


def start(contract: Contract) -> date:
    """The first day on which a version can rule: never before it was agreed."""
    stated_on = contract.stated_on
    return contract.valid_from if stated_on is None else max(contract.valid_from, stated_on)


def contracts_of(truth: Truth, company_id: str) -> list[Contract]:
    """A company's versions by the day they begin; the default one comes first."""
    own = sorted(
        (contract for contract in truth.contracts if contract.company_id == company_id),
        key=lambda c: (start(c), c.version.encode()),
    )
    return [default_contract(company_id, start(own[0]) if own else None), *own]


def in_force(contracts: Sequence[Contract], day: date) -> Contract | None:
    """The version that rules on ``day``; None in a gap between versions."""
    ruling = [
        contract
        for contract in contracts
        if start(contract) <= day and (contract.valid_to is None or day < contract.valid_to)
    ]
    return max(ruling, key=lambda c: (start(c), c.version.encode()), default=None)


@dataclass
class Calendar:
    """The versions of one company with the days on which the rule changes, for many look-ups."""

    contracts: Sequence[Contract]
    _days: list[date] = field(init=False)
    _rules: list[Contract | None] = field(init=False)

    def __post_init__(self) -> None:
        starts = {start(contract) for contract in self.contracts}
        ends = {contract.valid_to for contract in self.contracts if contract.valid_to}
        self._days = sorted(starts | ends)
        self._rules = [in_force(self.contracts, day) for day in self._days]

    def on(self, day: date) -> Contract | None:
        """The version that rules on ``day``."""
        place = bisect_right(self._days, day)
        return self._rules[place - 1] if place else None

    def at(self, moment: datetime) -> Contract | None:
        """The version that rules on the Tokyo day of ``moment``."""
        return self.on(jst_date(moment))


def calendars(truth: Truth) -> dict[str, Calendar]:
    """The calendar of every company."""
    return {c.company_id: Calendar(contracts_of(truth, c.company_id)) for c in truth.companies}


def allows(values: str | None, value: str | None) -> bool:
    """Whether a list of a contract holds ``value``; an empty list holds everything."""
    return not values or value in values.split("|")


def excludes(values: str | None, value: str | None) -> bool:
    """Whether a list of exclusions names ``value``."""
    return bool(values) and value in str(values).split("|")


def returned_by(contract: Contract) -> frozenset[str]:
    """What gives a slot back; by default a decline does, unless the introduction itself uses it."""
    if contract.slot_returned_by:
        return frozenset(contract.slot_returned_by.split("|"))
    return frozenset() if contract.slot_used_by == "introduced" else frozenset({DECLINED})


def forfeits(contract: Contract) -> bool:
    """Whether points that are open when the version begins lapse."""
    return contract.points_carry_over == "forfeit"


def reverses(contract: Contract) -> bool:
    """Whether a withdrawn registration is taken back."""
    return contract.withdrawal_effect == "reverse"
