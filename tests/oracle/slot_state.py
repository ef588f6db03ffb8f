"""``fct_slots``, ``agg_slot_balances`` and ``fct_introductions``."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from tests.oracle.clock import jst_date, month_end
from tests.oracle.ledger import (
    ISSUED,
    POINTS,
    SLOTS,
    SLOTS_EXPIRED,
    SLOTS_RESERVED,
    SLOTS_USED,
    Account,
    Posting,
)
from tests.oracle.rows import Row
from tests.oracle.slots import Slot, holders, joins_by_introduction
from tests.oracle.statements import Introduction, Join
from tests.oracle.truth import Truth


def slot_rows(truth: Truth, accounts: Iterable[Account]) -> list[Row]:
    """The expected rows of ``fct_slots``."""
    joins = joins_by_introduction(truth)
    return [_slot_row(slot, joins, truth.as_of) for a in accounts for slot in a.slots]


def _slot_row(slot: Slot, joins: dict[str, Join], as_of: datetime) -> Row:
    use = slot.last
    join = joins.get(use.introduction.key) if use else None
    return {
        "slot_id": slot.grant.slot_id,
        "company_id": slot.grant.company_id,
        "slot_number": slot.grant.slot_number,
        "contract_id": slot.grant.contract.contract_id,
        "granted_at": slot.grant.granted_at,
        "expires_at": slot.grant.expires_at,
        "status": _status(slot, as_of),
        "reserved_at": use.held_at if use and use.is_reserved_first else None,
        "used_at": use.used_at if use else None,
        "returned_at": use.returned_at if use else None,
        "expired_at": slot.expired_at,
        "introduction_id": use.introduction.key if use else None,
        "join_id": join.key if join else None,
        "joined_date": join.joined_on if join else None,
    }


def _status(slot: Slot, as_of: datetime) -> str:
    """A use that is only announced, such as a join to come, has not happened."""
    if slot.expired_at is not None:
        return "expired"
    if slot.last is None or not slot.is_held:
        return "available"
    used_at = slot.last.used_at
    return "reserved" if used_at is None or used_at > as_of else "used"


def balance_rows(postings: Sequence[Posting], as_of_date: date) -> list[Row]:
    """The expected rows of ``agg_slot_balances``: each Tokyo day's end, by effective time."""
    by_company: dict[str, list[Posting]] = defaultdict(list)
    for posting in postings:
        by_company[posting.content.company_id].append(posting)
    return [
        row
        for company_id, own in by_company.items()
        for row in _company_balances(company_id, own, as_of_date)
    ]


def _company_balances(company_id: str, own: Sequence[Posting], until: date) -> Iterator[Row]:
    changes: dict[date, Counter[str]] = defaultdict(Counter)
    for posting in own:
        content = posting.content
        changes[jst_date(content.effective_at)][content.account] += content.quantity
    day = min(changes)
    balance: Counter[str] = Counter()
    while day <= until:
        balance.update(changes[day])
        yield {"company_id": company_id, "balance_date": day, **_balances(balance)}
        day += timedelta(days=1)


def _balances(balance: Counter[str]) -> Row:
    return {
        "points_balance": balance[POINTS],
        "slots_balance": balance[SLOTS],
        "slots_granted": -balance[ISSUED],
        "slots_reserved": balance[SLOTS_RESERVED],
        "slots_used": balance[SLOTS_USED],
        "slots_expired": balance[SLOTS_EXPIRED],
    }


def known_rows(postings: Sequence[Posting], as_of_date: date) -> list[Row]:
    """The expected rows of ``agg_slot_balances_known``.

    For each month end and the as-of day: the balance at the end of each earlier one by what had
    been recorded by then.
    """
    by_company: dict[str, list[Posting]] = defaultdict(list)
    for posting in postings:
        by_company[posting.content.company_id].append(posting)
    rows: list[Row] = []
    for company_id, own in by_company.items():
        first_known = min(jst_date(posting.recorded_at) for posting in own)
        first_day = min(jst_date(posting.content.effective_at) for posting in own)
        for known in _reporting_days(first_known, as_of_date):
            recorded = [p for p in own if jst_date(p.recorded_at) <= known]
            for day in _reporting_days(first_day, as_of_date):
                if day <= known:
                    balance: Counter[str] = Counter()
                    for posting in recorded:
                        if jst_date(posting.content.effective_at) <= day:
                            balance[posting.content.account] += posting.content.quantity
                    rows.append(
                        {
                            "company_id": company_id,
                            "known_date": known,
                            "balance_date": day,
                            **_balances(balance),
                        }
                    )
    return rows


def _reporting_days(first: date, last: date) -> list[date]:
    """The month ends from ``first`` to ``last``, and ``last`` itself."""
    days = []
    day = month_end(first)
    while day < last:
        days.append(day)
        day = month_end(day + timedelta(days=1))
    return [*days, last]


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
