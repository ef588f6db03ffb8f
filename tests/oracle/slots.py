"""Who holds which slot when: introductions against the slots granted, and expiry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tests.oracle.clock import jst_date, jst_midnight
from tests.oracle.contracts import Grant
from tests.oracle.truth import Introduction

ACCEPTED = "accepted"


@dataclass(frozen=True)
class Use:
    """An introduction that holds, or held, a slot."""

    introduction: Introduction
    at: datetime
    is_reservation: bool
    returned_at: datetime | None


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


def slots(
    granted: Iterable[Grant], introductions: Iterable[Introduction], as_of: datetime
) -> list[Slot]:
    """Every granted slot with what has become of it by ``as_of``."""
    wishes: dict[tuple[str, int | None], list[Introduction]] = defaultdict(list)
    for introduction in introductions:
        wishes[introduction.company_id, introduction.slot_number].append(introduction)
    return [slot_of(grant, wishes[grant.company_id, grant.slot_number], as_of) for grant in granted]


def slot_of(grant: Grant, wishes: Iterable[Introduction], as_of: datetime) -> Slot:
    """One slot: its covered introductions in (day, id) order, then its expiry."""
    uses: list[Use] = []
    for introduction in sorted(wishes, key=lambda i: (i.introduced_on, i.key)):
        use = _use(grant, introduction)
        if use is not None and (not uses or _is_free(uses[-1], use.at)):
            uses.append(use)
    slot = Slot(grant, tuple(uses), None)
    return slot if slot.is_held else Slot(grant, slot.uses, _expired_at(slot, as_of))


def _use(grant: Grant, introduction: Introduction) -> Use | None:
    """The use of the slot, when the introduction falls into the days it is valid."""
    day = introduction.introduced_on
    expiry = grant.expiry_date
    if day < jst_date(grant.granted_at) or (expiry is not None and day >= expiry):
        return None
    at = max(jst_midnight(day), grant.granted_at)
    is_reservation = grant.contract.slot_used_by == ACCEPTED
    declined_on = introduction.declined_on
    returned_at = None
    if is_reservation and declined_on is not None and introduction.accepted_on is None:
        returned_at = max(jst_midnight(declined_on), at)
    return Use(introduction, at, is_reservation, returned_at)


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
