"""Who holds which slot when: introductions against the slots granted, and expiry.

Only facts decide, never what an earlier run made of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tests.oracle.clock import jst_midnight
from tests.oracle.contracts import DECLINED, EARLY_LEAVE, returned_by
from tests.oracle.points import Grant
from tests.oracle.statements import Introduction, Join
from tests.oracle.truth import Truth

AT_ONCE = "introduced"


@dataclass(frozen=True)
class Outcome:
    """What became of an introduction: the day its person joined, and the day they left."""

    joined_on: date | None = None
    left_on: date | None = None


@dataclass(frozen=True)
class Use:
    """An introduction that holds, or held, a slot; ``used_at`` None: reserved it only."""

    introduction: Introduction
    held_at: datetime
    used_at: datetime | None
    returned_at: datetime | None
    is_reserved_first: bool


@dataclass(frozen=True)
class Slot:
    """A granted slot with its uses in order and its expiry, if it has expired."""

    grant: Grant
    uses: tuple[Use, ...]
    expired_at: datetime | None

    @property
    def last(self) -> Use | None:
        return self.uses[-1] if self.uses else None

    @property
    def is_held(self) -> bool:
        return self.last is not None and self.last.returned_at is None


def joins_by_introduction(truth: Truth) -> dict[str, Join]:
    """The first join of each introduction, by the introduction's key."""
    ordered = sorted(truth.joins, key=lambda join: (join.joined_on, join.key.encode()))
    return {f"{join.company_id}:{join.introduction_id}": join for join in reversed(ordered)}


def outcomes(truth: Truth) -> dict[str, Outcome]:
    """The outcome of each introduction that led to a join, by the introduction's key."""
    left: dict[str, date] = {}
    for attestation in sorted(truth.attestations, key=lambda a: (a.observed_on, a.month)):
        if attestation.left_on is not None:
            left[f"{attestation.company_id}:{attestation.join_id}"] = attestation.left_on
    return {
        key: Outcome(join.joined_on, left.get(join.key))
        for key, join in joins_by_introduction(truth).items()
    }


def slots(granted: Iterable[Grant], truth: Truth) -> list[Slot]:
    """Every granted slot with what has become of it by the truth's clock."""
    known = outcomes(truth)
    wishes: dict[tuple[str, int | None], list[Introduction]] = defaultdict(list)
    for introduction in truth.introductions:
        wishes[introduction.company_id, introduction.slot_number].append(introduction)
    return [
        slot_of(grant, wishes[grant.company_id, grant.slot_number], known, truth.as_of)
        for grant in granted
    ]


def slot_of(
    grant: Grant,
    wishes: Iterable[Introduction],
    known: Mapping[str, Outcome],
    as_of: datetime,
) -> Slot:
    """One slot: its covered introductions in (day, id) order, then its expiry."""
    uses: list[Use] = []
    for introduction in sorted(wishes, key=lambda i: (i.introduced_on, i.key.encode())):
        held_at = max(jst_midnight(introduction.introduced_on), grant.granted_at)
        is_expired = grant.expires_at is not None and held_at >= grant.expires_at
        if not is_expired and (not uses or _is_free(uses[-1], held_at)):
            outcome = known.get(introduction.key, Outcome())
            uses.append(_use(grant, introduction, held_at, outcome))
    slot = Slot(grant, tuple(uses), None)
    return slot if slot.is_held else Slot(grant, slot.uses, _expired_at(slot, as_of))


def _use(grant: Grant, introduction: Introduction, held_at: datetime, outcome: Outcome) -> Use:
    """The use of the slot; what happened before it was held happens when it is held."""

    def moment(day: date | None) -> datetime | None:
        return None if day is None else max(jst_midnight(day), held_at)

    used_by = grant.contract.slot_used_by
    used_at = moment(
        {
            AT_ONCE: introduction.introduced_on,
            "interviewed": introduction.interview_on,
            "accepted": introduction.accepted_on,
            "joined": outcome.joined_on,
        }[used_by]
    )
    returned_at = moment(_return_day(grant, introduction, outcome))
    if used_at is not None and returned_at is not None and used_at > returned_at:
        used_at = None
    return Use(introduction, held_at, used_at, returned_at, used_by != AT_ONCE)


def _return_day(grant: Grant, introduction: Introduction, outcome: Outcome) -> date | None:
    """The first day on which the contract of the slot gives it back."""
    ways = returned_by(grant.contract)
    limit = grant.contract.early_leave_days
    joined_on, left_on = outcome.joined_on, outcome.left_on
    days = [introduction.declined_on] if DECLINED in ways else []
    if EARLY_LEAVE in ways and limit and joined_on and left_on:
        is_early = left_on <= joined_on + timedelta(days=limit)
        days.append(left_on + timedelta(days=1) if is_early else None)
    return min((day for day in days if day is not None), default=None)


def _is_free(held: Use, at: datetime) -> bool:
    return held.returned_at is not None and held.returned_at <= at


def _expired_at(slot: Slot, as_of: datetime) -> datetime | None:
    expires_at = slot.grant.expires_at
    if expires_at is None or as_of < expires_at:
        return None
    returned_at = slot.last.returned_at if slot.last else None
    return max(expires_at, returned_at) if returned_at else expires_at


def holders(found: Iterable[Slot]) -> Mapping[str, Grant]:
    """The slot that each covered introduction holds or held, by the introduction's key."""
    return {use.introduction.key: slot.grant for slot in found for use in slot.uses}
