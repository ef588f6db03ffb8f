"""``rpt_slot_reconciliation``: our ledger against what the operator says it counted and granted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from tests.oracle.applications import Selection, selections
from tests.oracle.clock import jst_date, month_end
from tests.oracle.contracts import DEFAULT_VERSION
from tests.oracle.ledger import Account
from tests.oracle.registrations import NO_CONSENT, NOT_ELIGIBLE_OUTCOME, Registration, registrations
from tests.oracle.rows import Row
from tests.oracle.slots import Slot
from tests.oracle.statements import Contract, CountedStatement, SlotStatement
from tests.oracle.truth import Truth
from tests.oracle.vendors import REJECTED


@dataclass(frozen=True)
class Known:
    """What the lines of one company are judged by."""

    selections: Mapping[int, Selection]
    registrations: Mapping[str, Registration]
    persons: frozenset[str]  # whom the operator counts by a registration that we do not count
    stated_until: date | None  # the end of the last month that the operator stated
    today: date

    def is_stated(self, day: date) -> bool:
        return self.stated_until is not None and day <= self.stated_until


def rows(truth: Truth, accounts: Iterable[Account]) -> list[Row]:
    """The expected rows of ``rpt_slot_reconciliation``."""
    states = selections(truth)
    found = registrations(truth, states)
    return [
        row
        for account in accounts
        for row in _company(truth, account, _known(truth, account.company_id, states, found))
    ]


def _known(
    truth: Truth, company_id: str, states: Mapping[int, Selection], found: list[Registration]
) -> Known:
    own = {r.registration_id: r for r in found if r.response.company_id == company_id}
    counts = [line for line in truth.counted_statements if line.company_id == company_id]
    grants = [line for line in truth.slot_statements if line.company_id == company_id]
    days = [line.counted_on for line in counts]
    days += [day for line in grants for day in (line.granted_on, line.used_on) if day]
    refused = {key: r for key, r in own.items() if not r.is_counted}
    persons = {refused[line.key].person_id for line in counts if line.key in refused}
    return Known(
        selections=states,
        registrations=own,
        persons=frozenset(person for person in persons if person),
        stated_until=month_end(max(days)) if days else None,
        today=jst_date(truth.as_of),
    )


def _company(truth: Truth, account: Account, known: Known) -> Iterator[Row]:
    company_id = account.company_id
    counts = {c.registration_id: c for c in account.counts}
    stated = {x.key: x for x in truth.counted_statements if x.company_id == company_id}
    for key in sorted(counts.keys() | stated.keys()):
        yield _registration(company_id, key, counts.get(key), stated.get(key), known)
    slots = {slot.grant.slot_id: slot for slot in account.slots}
    granted = {x.key: x for x in truth.slot_statements if x.company_id == company_id}
    for key in sorted(slots.keys() | granted.keys()):
        yield _slot(company_id, key, slots.get(key), granted.get(key), known)


def _registration(
    company_id: str,
    key: str,
    ours: Registration | None,
    theirs: CountedStatement | None,
    known: Known,
) -> Row:
    our_date = jst_date(ours.counting_order[0]) if ours else None
    their_date = theirs.counted_on if theirs else None
    reason: str | None
    if ours is None:
        state, reason = "only_theirs", _not_counted(known.registrations.get(key), known)
    elif theirs is None:
        state, reason = "only_ours", _not_stated(ours.contract, our_date, known)
        if ours.person_id in known.persons:
            reason = "other_registration_of_person"
    else:
        differs = our_date != their_date
        state = "differs" if differs else "agreed"
        reason = "counted_other_day" if differs else None
    judged = known.registrations.get(key)
    contract = judged.contract if judged else None
    number = key.partition(":")[2]
    return {
        **_line("registration", company_id, number, state, reason),
        "registration_id": key if judged else None,
        "contract_id": contract.contract_id if contract else None,
        "our_date": our_date,
        "their_date": their_date,
    }


def _not_counted(registration: Registration | None, known: Known) -> str:
    """Why we do not count what the operator does."""
    if registration is None:
        return "not_a_registration"
    reason = registration.refused_because or ""
    target = known.selections.get(registration.application_id or 0)
    if reason == NO_CONSENT:
        return reason
    if target is None:
        return "not_matched"
    if target.outcome != REJECTED:
        return "not_rejected"
    return "before_rejection" if reason == NOT_ELIGIBLE_OUTCOME else reason


def _not_stated(contract: Contract | None, day: date | None, known: Known) -> str:
    """Why the operator has not stated what we have."""
    if day is None or not known.is_stated(day):
        return "not_yet_stated"
    if contract is None:
        return "no_contract"
    return "contract_default" if contract.version == DEFAULT_VERSION else "not_stated"


def _slot(
    company_id: str, key: str, ours: Slot | None, theirs: SlotStatement | None, known: Known
) -> Row:
    use = ours.last if ours and ours.is_held else None
    used_on = jst_date(use.used_at) if use and use.used_at else None
    if used_on is not None and used_on > known.today:  # only announced
        used_on = None
    user = use.introduction.key if use and used_on else None
    said = theirs.introduction_id if theirs else None
    their_user = f"{company_id}:{said}" if said and theirs and theirs.used_on else None
    granted_on = jst_date(ours.grant.granted_at) if ours else None
    reason: str | None
    if ours is None:
        state, reason = "only_theirs", "not_enough_points"
    elif theirs is None:
        state, reason = "only_ours", _not_stated(ours.grant.contract, granted_on, known)
    else:
        reason = _difference(ours, theirs, used_on, user, their_user, known)
        state = "differs" if reason else "agreed"
    return {
        **_line("slot", company_id, key.rpartition(":")[2], state, reason),
        "slot_id": key,
        "contract_id": ours.grant.contract.contract_id if ours else None,
        "our_date": granted_on,
        "their_date": theirs.granted_on if theirs else None,
        "our_used_date": used_on,
        "their_used_date": theirs.used_on if theirs else None,
        "our_introduction_id": user,
        "their_introduction_id": their_user,
    }


def _difference(
    ours: Slot,
    theirs: SlotStatement,
    used_on: date | None,
    user: str | None,
    their_user: str | None,
    known: Known,
) -> str | None:
    """What we and the operator say differently of a slot that both have."""
    if jst_date(ours.grant.granted_at) != theirs.granted_on:
        return "grant_other_day"
    if used_on is not None and theirs.used_on is None:
        return "use_not_stated" if known.is_stated(used_on) else "use_not_yet_stated"
    if used_on is None and theirs.used_on is not None:
        covered = {use.introduction.key for use in ours.uses}
        return "use_not_ours" if their_user in covered else "use_not_covered"
    if user != their_user:
        return "use_other_introduction"
    return "use_other_day" if used_on != theirs.used_on else None


def _line(kind: str, company_id: str, number: str, state: str, reason: str | None) -> Row:
    return {
        "line_id": f"{kind}:{company_id}:{number}",
        "company_id": company_id,
        "line_type": kind,
        "registration_id": None,
        "slot_id": None,
        "state": state,
        "reason": reason,
        "our_used_date": None,
        "their_used_date": None,
        "our_introduction_id": None,
        "their_introduction_id": None,
    }
