"""``fct_slot_ledger``: what should be posted, and the append-only journal that posts it.

Double entry: a transaction takes from one account what it gives to another. What should be posted
follows from the facts alone; the journal only decides what is written when: a fact that changes
leaves the lines it had and adds reversals.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from tests.oracle.applications import selections
from tests.oracle.contracts import contracts_of
from tests.oracle.points import Award, Earned, Lapse, earned
from tests.oracle.registrations import Registration, counted, registrations
from tests.oracle.rows import Row
from tests.oracle.slots import Slot, slots
from tests.oracle.statements import Contract
from tests.oracle.truth import Truth

POINT, SLOT = "points", "slots"  # units
COUNTED, POINTS, POINTS_SPENT, POINTS_LAPSED = "counted", "points", "points_spent", "points_lapsed"
ISSUED, SLOTS, SLOTS_RESERVED = "issued", "slots", "slots_reserved"
SLOTS_USED, SLOTS_EXPIRED = "slots_used", "slots_expired"
UNITS = {
    **dict.fromkeys((COUNTED, POINTS, POINTS_SPENT, POINTS_LAPSED), POINT),
    **dict.fromkeys((ISSUED, SLOTS, SLOTS_RESERVED, SLOTS_USED, SLOTS_EXPIRED), SLOT),
}


@dataclass(frozen=True)
class Content:
    """What a posting says; a difference in any field reverses it."""

    company_id: str
    transaction_id: str
    account: str
    quantity: int
    effective_at: datetime
    contract_id: str
    cause: str
    cause_id: str
    slot_id: str | None = None

    @property
    def unit(self) -> str:
        return UNITS[self.account]


@dataclass(frozen=True)
class Posting:
    """One line of the journal; ``batch`` counts the runs that posted."""

    posting_id: str
    posting_key: str
    content: Content
    recorded_at: datetime
    batch: int
    reversal_of: str | None = None

    def row(self) -> Row:
        """The line as ``fct_slot_ledger`` shows it."""
        return {
            "posting_id": self.posting_id,
            "posting_key": self.posting_key,
            "transaction_id": self.content.transaction_id,
            "company_id": self.content.company_id,
            "account": self.content.account,
            "unit": self.content.unit,
            "quantity": self.content.quantity,
            "slot_id": self.content.slot_id,
            "effective_at": self.content.effective_at,
            "recorded_at": self.recorded_at,
            "batch": self.batch,
            "contract_id": self.content.contract_id,
            "cause": self.content.cause,
            "cause_id": self.content.cause_id,
            "reversal_of": self.reversal_of,
        }


@dataclass
class Journal:
    """All postings so far, oldest first. Nothing in it ever changes."""

    postings: list[Posting] = field(default_factory=list)
    _active: dict[str, Posting] = field(default_factory=dict)
    _written: Counter[str] = field(default_factory=Counter)
    _batch: int = 0

    def active(self) -> Mapping[str, Posting]:
        """The postings no reversal has undone, by posting key."""
        return self._active

    def post(self, desired: Mapping[str, Content], as_of: datetime) -> None:
        """Append the reversals and postings that turn what is active into ``desired``."""
        batch = self._batch + 1
        wrong = [p for key, p in self._active.items() if desired.get(key) != p.content]
        for posting in wrong:
            self.postings.append(_reversal(posting, as_of, batch))
            del self._active[posting.posting_key]
        for key, content in desired.items():
            if key not in self._active:
                self._written[key] += 1
                name = _md5(f"{key}:{self._written[key]}")
                self._active[key] = Posting(name, key, content, as_of, batch)
                self.postings.append(self._active[key])
        if self.postings and self.postings[-1].batch == batch:
            self._batch = batch


def _reversal(posting: Posting, as_of: datetime, batch: int) -> Posting:
    content = posting.content
    return Posting(
        posting_id=_md5(f"{posting.posting_id}:reversal"),
        posting_key=posting.posting_key,
        content=replace(content, quantity=-content.quantity, cause="reversal"),
        recorded_at=as_of,
        batch=batch,
        reversal_of=posting.posting_id,
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Account:
    """One company at the clock: its counts in order, its contracts and its slots."""

    company_id: str
    counts: tuple[Registration, ...]
    contracts: tuple[Contract, ...]
    earned: Earned
    slots: tuple[Slot, ...]


def accounts(truth: Truth) -> list[Account]:
    """Every company's account."""
    counts: dict[str, list[Registration]] = {c.company_id: [] for c in truth.companies}
    for count in counted(registrations(truth, selections(truth))):
        counts[count.response.company_id].append(count)
    return [_account(truth, company_id, own) for company_id, own in counts.items()]


def _account(truth: Truth, company_id: str, counts: list[Registration]) -> Account:
    contracts = contracts_of(truth, company_id)
    with_points = [count for count in counts if count.contract is not None]
    gained = earned(company_id, with_points, contracts, truth.as_of)
    found = slots(gained.grants, truth)
    return Account(company_id, tuple(counts), tuple(contracts), gained, tuple(found))


def desired(account: Account) -> dict[str, Content]:
    """The postings that should be active, by posting key."""
    lines: list[Content] = []
    for count in account.counts:
        if count.contract is not None:
            lines += _count(account.company_id, count, count.contract)
    for award in account.earned.awards:
        lines += _award(account.company_id, award)
    for lapse in account.earned.lapses:
        lines += _lapse(account.company_id, lapse)
    for slot in account.slots:
        lines += _slot(slot)
    return {_key(line): line for line in lines}


def _key(line: Content) -> str:
    """A line's name: an account stands at most once in a transaction, or once for each slot."""
    parts = (line.transaction_id, line.account, line.slot_id)
    return "/".join(part for part in parts if part)


def _pair(
    template: Content, source: str, target: str, quantity: int, slot_id: str | None = None
) -> Iterator[Content]:
    """The two lines that move ``quantity`` from one account to another."""
    yield replace(template, account=source, quantity=-quantity, slot_id=slot_id)
    yield replace(template, account=target, quantity=quantity, slot_id=slot_id)


def _count(company_id: str, count: Registration, contract: Contract) -> Iterator[Content]:
    identity = count.registration_id
    line = Content(
        company_id,
        f"count:{identity}",
        "",
        0,
        count.counting_order[0],
        contract.contract_id,
        "registration_counted",
        identity,
    )
    yield from _pair(line, COUNTED, POINTS, 1)


def _award(company_id: str, award: Award) -> Iterator[Content]:
    line = Content(
        company_id,
        f"grant:{award.grants[0].slot_id}",
        "",
        0,
        award.at,
        award.contract.contract_id,
        "threshold_reached",
        award.cause_id,
    )
    yield from _pair(line, POINTS, POINTS_SPENT, award.points)
    for grant in award.grants:
        yield from _pair(line, ISSUED, SLOTS, 1, grant.slot_id)


def _lapse(company_id: str, lapse: Lapse) -> Iterator[Content]:
    contract_id = lapse.contract.contract_id
    line = Content(
        company_id, f"lapse:{contract_id}", "", 0, lapse.at, contract_id, "points_lapsed",
        contract_id,
    )  # fmt: skip
    yield from _pair(line, POINTS, POINTS_LAPSED, lapse.points)


def _slot(slot: Slot) -> Iterator[Content]:
    """Holding, using, returning and expiry of one slot."""
    grant = slot.grant

    def move(
        kind: str, cause: str, cause_id: str, at: datetime, source: str, target: str
    ) -> Iterator[Content]:
        contract_id = grant.contract.contract_id
        line = Content(
            grant.company_id, f"{kind}:{cause_id}", "", 0, at, contract_id, cause, cause_id
        )
        yield from _pair(line, source, target, 1, grant.slot_id)

    for use in slot.uses:
        holder = use.introduction.key
        place = SLOTS
        if use.is_reserved_first:
            yield from move("hold", "slot_reserved", holder, use.held_at, SLOTS, SLOTS_RESERVED)
            place = SLOTS_RESERVED
        if use.used_at is not None:
            kind = "use" if use.is_reserved_first else "hold"
            yield from move(kind, "slot_used", holder, use.used_at, place, SLOTS_USED)
            place = SLOTS_USED
        if use.returned_at is not None:
            yield from move("return", "slot_returned", holder, use.returned_at, place, SLOTS)
    if slot.expired_at is not None:
        yield from move(
            "expire", "slot_expired", grant.slot_id, slot.expired_at, SLOTS, SLOTS_EXPIRED
        )


def known_balance(
    postings: Iterable[Posting], company_id: str, account: str, until: datetime, batch: int
) -> int:
    """An account's balance at the moment ``until`` (exclusive) as known after ``batch``."""
    return sum(
        posting.content.quantity
        for posting in postings
        if posting.content.company_id == company_id
        and posting.content.account == account
        and posting.content.effective_at < until
        and posting.batch <= batch
    )
