"""``fct_slot_ledger``: what should be posted, and the append-only journal that posts it.

The journal is kept over successive clocks: a fact that changes leaves the posting it had and adds
a reversal, and ``recorded_at`` tells at which run each was written.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tests.oracle.applications import selections
from tests.oracle.clock import jst_date
from tests.oracle.contracts import Grant, contracts_of, grants, in_force
from tests.oracle.registrations import Registration, counted, registrations
from tests.oracle.rows import Row
from tests.oracle.slots import Slot, slots
from tests.oracle.truth import Contract, Truth

POINTS = "points"
SLOTS = "slots"


@dataclass(frozen=True)
class Content:
    """What a posting says; a difference in any field reverses it."""

    company_id: str
    account: str
    quantity: int
    effective_at: datetime
    contract_id: str
    cause: str
    cause_id: str


@dataclass(frozen=True)
class Posting:
    """One line of the journal."""

    posting_id: str
    posting_key: str
    transaction_id: str
    content: Content
    recorded_at: datetime
    reversal_of: str | None = None

    def row(self) -> Row:
        """The line as ``fct_slot_ledger`` shows it."""
        return {
            "posting_id": self.posting_id,
            "posting_key": self.posting_key,
            "transaction_id": self.transaction_id,
            "company_id": self.content.company_id,
            "account": self.content.account,
            "quantity": self.content.quantity,
            "effective_at": self.content.effective_at,
            "recorded_at": self.recorded_at,
            "contract_id": self.content.contract_id,
            "cause": self.content.cause,
            "cause_id": self.content.cause_id,
            "reversal_of": self.reversal_of,
        }


@dataclass
class Journal:
    """All postings so far, oldest first. Nothing in it ever changes."""

    postings: list[Posting] = field(default_factory=list)

    def active(self) -> dict[str, Posting]:
        """The postings no reversal has undone, by posting key."""
        undone = {posting.reversal_of for posting in self.postings}
        return {
            posting.posting_key: posting
            for posting in self.postings
            if posting.reversal_of is None and posting.posting_id not in undone
        }

    def post(self, desired: Mapping[str, Content], as_of: datetime) -> None:
        """Append the reversals and postings that turn what is active into ``desired``."""
        active = self.active()
        written = Counter(p.posting_key for p in self.postings if p.reversal_of is None)
        for key, posting in active.items():
            if desired.get(key) != posting.content:
                self.postings.append(_reversal(posting, as_of))
        for key, content in desired.items():
            if key not in active or active[key].content != content:
                self.postings.append(_original(key, written[key] + 1, content, as_of))


def _original(key: str, number: int, content: Content, as_of: datetime) -> Posting:
    transaction = key.rpartition(":")[0] if key.startswith("grant:") else key
    return Posting(_md5(f"{key}:{number}"), key, transaction, content, as_of)


def _reversal(posting: Posting, as_of: datetime) -> Posting:
    content = posting.content
    return Posting(
        posting_id=_md5(f"{posting.posting_id}:reversal"),
        posting_key=posting.posting_key,
        transaction_id=posting.transaction_id,
        content=Content(
            company_id=content.company_id,
            account=content.account,
            quantity=-content.quantity,
            effective_at=content.effective_at,
            contract_id=content.contract_id,
            cause="reversal",
            cause_id=content.cause_id,
        ),
        recorded_at=as_of,
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
    slots: tuple[Slot, ...]


def accounts(truth: Truth, journal: Journal) -> list[Account]:
    """Every company's account; ``journal`` (before this run) tells which slots are held."""
    counts = counted(registrations(truth, selections(truth)))
    return [_account(truth, company.company_id, counts, journal) for company in truth.companies]


def _account(
    truth: Truth, company_id: str, counts: Iterable[Registration], journal: Journal
) -> Account:
    contracts = contracts_of(truth, company_id)
    own = tuple(c for c in counts if c.response.company_id == company_id)
    supported = list(grants(company_id, own, contracts))
    posted = _posted_beyond(company_id, len(supported), contracts, journal)
    found = slots([*supported, *posted], truth.introductions, truth.as_of)
    used = [slot.grant.slot_number for slot in found if slot.uses]
    kept = max(len(supported), *used, 0)
    stay = tuple(slot for slot in found if slot.grant.slot_number <= kept)
    return Account(company_id, own, tuple(contracts), stay)


def _posted_beyond(
    company_id: str, supported: int, contracts: Sequence[Contract], journal: Journal
) -> Iterator[Grant]:
    """Slots that stand in the ledger and that points no longer support, as they were posted.

    Those in use, and the ones before them, stay granted; the others are taken back.
    """
    active = journal.active()
    versions = {contract.contract_id: contract for contract in contracts}
    number = supported + 1
    while f"grant:{company_id}:{number}:slots" in active:
        granted = active[f"grant:{company_id}:{number}:slots"].content
        points = active.get(f"grant:{company_id}:{number}:points")
        yield Grant(
            company_id=company_id,
            slot_number=number,
            contract=versions[granted.contract_id],
            granted_at=granted.effective_at,
            cause_id=granted.cause_id,
            points=points.content.quantity if points else 0,
        )
        number += 1


def desired(account: Account) -> dict[str, Content]:
    """The postings that should be active, by posting key."""
    postings = dict(_count_postings(account))
    for slot in account.slots:
        postings.update(_grant_postings(slot.grant))
        postings.update(_use_postings(slot))
    return postings


def _count_postings(account: Account) -> Iterator[tuple[str, Content]]:
    for count in account.counts:
        contract = in_force(account.contracts, jst_date(count.submitted_at))
        if contract is None:
            continue
        identity = count.registration_id
        yield (
            f"count:{identity}",
            Content(
                account.company_id,
                POINTS,
                1,
                count.submitted_at,
                contract.contract_id,
                "registration_counted",
                identity,
            ),
        )


def _grant_postings(grant: Grant) -> Iterator[tuple[str, Content]]:
    def content(account: str, quantity: int) -> Content:
        return Content(
            grant.company_id,
            account,
            quantity,
            grant.granted_at,
            grant.contract.contract_id,
            "threshold_reached",
            grant.cause_id,
        )

    yield f"grant:{grant.slot_id}:slots", content(SLOTS, 1)
    if grant.points:
        yield f"grant:{grant.slot_id}:points", content(POINTS, grant.points)


def _use_postings(slot: Slot) -> Iterator[tuple[str, Content]]:
    grant = slot.grant

    def content(quantity: int, at: datetime, cause: str, cause_id: str) -> Content:
        contract_id = grant.contract.contract_id
        return Content(grant.company_id, SLOTS, quantity, at, contract_id, cause, cause_id)

    for use in slot.uses:
        holder = use.introduction.key
        cause = "slot_reserved" if use.is_reservation else "slot_used"
        yield f"use:{holder}", content(-1, use.at, cause, holder)
        if use.returned_at is not None:
            yield f"return:{holder}", content(1, use.returned_at, "slot_returned", holder)
    if slot.expired_at is not None:
        yield (
            f"expire:{grant.slot_id}",
            content(-1, slot.expired_at, "slot_expired", grant.slot_id),
        )
