"""``fct_slots``, ``agg_slot_balances`` and ``fct_introductions``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from tests.oracle.clock import jst_date, jst_midnight
from tests.oracle.ledger import POINTS, SLOTS, Account, Posting
from tests.oracle.rows import Row
from tests.oracle.slots import Slot, holders
from tests.oracle.truth import Introduction, Join, Truth

USES = {"slot_used", "slot_reserved", "slot_returned"}


def slot_rows(truth: Truth, accounts: Iterable[Account]) -> list[Row]:
    """The expected rows of ``fct_slots``."""
    joins = joins_by_introduction(truth)
    return [_slot_row(slot, joins) for account in accounts for slot in account.slots]


def joins_by_introduction(truth: Truth) -> dict[str, Join]:
    """The join of each introduction, by the introduction's key."""
    return {f"{join.company_id}:{join.introduction_id}": join for join in truth.joins}


def _slot_row(slot: Slot, joins: dict[str, Join]) -> Row:
    use = slot.last
    join = joins.get(use.introduction.key) if use else None
    row: Row = {
        "slot_id": slot.grant.slot_id,
        "company_id": slot.grant.company_id,
        "slot_number": slot.grant.slot_number,
        "contract_id": slot.grant.contract.contract_id,
        "granted_at": slot.grant.granted_at,
        "expires_at": slot.grant.expires_at,
        "status": _status(slot),
        "reserved_at": None,
        "used_at": None,
        "returned_at": use.returned_at if use else None,
        "expired_at": slot.expired_at,
        "introduction_id": use.introduction.key if use else None,
        "join_id": join.key if join else None,
        "joined_date": join.joined_on if join else None,
    }
    if use and use.is_reservation:
        accepted_on = use.introduction.accepted_on
        row["reserved_at"] = use.at
        row["used_at"] = jst_midnight(accepted_on) if accepted_on else None
    elif use:
        row["used_at"] = use.at
    return row


def _status(slot: Slot) -> str:
    if slot.expired_at is not None:
        return "expired"
    if slot.last is None or not slot.is_held:
        return "available"
    waiting = slot.last.is_reservation and slot.last.introduction.accepted_on is None
    return "reserved" if waiting else "used"


def balance_rows(postings: Sequence[Posting], as_of_date: date) -> list[Row]:
    """The expected rows of ``agg_slot_balances``: each Tokyo day's end, by effective time."""
    by_company: dict[str, list[Posting]] = defaultdict(list)
    for posting in postings:
        by_company[posting.content.company_id].append(posting)
    return [
        row
        for company_id, own in by_company.items()
        for row in _company_balances(company_id, own, postings, as_of_date)
    ]


def _company_balances(
    company_id: str, own: Sequence[Posting], journal: Sequence[Posting], as_of_date: date
) -> Iterator[Row]:
    causes = {p.posting_id: p.content.cause for p in journal}
    day = min(jst_date(posting.content.effective_at) for posting in own)
    while day <= as_of_date:
        until = [p for p in own if jst_date(p.content.effective_at) <= day]
        points = [p.content.quantity for p in until if p.content.account == POINTS]
        slots = [
            (causes[p.reversal_of or p.posting_id], p.content.quantity)
            for p in until
            if p.content.account == SLOTS
        ]
        yield {
            "company_id": company_id,
            "balance_date": day,
            "points_balance": sum(points),
            "slots_balance": sum(quantity for _, quantity in slots),
            "slots_granted": sum(q for cause, q in slots if cause == "threshold_reached"),
            "slots_used": -sum(q for cause, q in slots if cause in USES),
        }
        day += timedelta(days=1)


def introduction_rows(truth: Truth, accounts: Iterable[Account]) -> list[Row]:
    """The expected rows of ``fct_introductions``."""
    covered = holders(slot for account in accounts for slot in account.slots)
    joins = joins_by_introduction(truth)
    return [
        _introduction_row(introduction, introduction.key in covered, joins.get(introduction.key))
        for introduction in truth.introductions
    ]


def _introduction_row(introduction: Introduction, is_covered: bool, join: Join | None) -> Row:
    number = introduction.slot_number
    return {
        "introduction_id": introduction.key,
        "company_id": introduction.company_id,
        "slot_id": None if number is None else f"{introduction.company_id}:{number}",
        "is_slot_covered": is_covered,
        "job_title": introduction.job_title,
        "introduced_date": introduction.introduced_on,
        "interview_date": introduction.interview_on,
        "offered_date": introduction.offered_on,
        "accepted_date": introduction.accepted_on,
        "declined_date": introduction.declined_on,
        "join_id": join.key if join else None,
        "joined_date": join.joined_on if join else None,
        "status": _progress(introduction, join),
    }


def _progress(introduction: Introduction, join: Join | None) -> str:
    """The furthest an introduction came."""
    reached = (
        ("joined", join),
        ("accepted", introduction.accepted_on),
        ("declined", introduction.declined_on),
        ("offered", introduction.offered_on),
        ("interviewed", introduction.interview_on),
    )
    return next((name for name, fact in reached if fact is not None), "introduced")
