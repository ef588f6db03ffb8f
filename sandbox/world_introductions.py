"""What slots lead to: introductions, joins, leavers and the monthly attestations of employment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from sandbox.world_catalog import JOBS
from sandbox.world_company import Company
from sandbox.world_operator import Grant
from sandbox.world_time import END, month_start, next_month, published

LEAVER_DAYS = (45, 130, 20, 250, 80, 340)
LEAVE_TYPES = ("voluntary", "voluntary", "dismissal", "contract_end", "other")
EMPLOYMENT = (("正社員", "permanent"),) * 4 + (("契約社員", "contract"),)
OBSERVED_DAYS = 400  # attestations go on so long after a join
UNCOVERED_EVERY = 7


@dataclass(frozen=True, slots=True)
class Introduction:
    """`is_regular`: uses its slot by the rules; the others are not covered by one."""

    introduction_id: str
    slot_number: int | None
    job_title: str
    introduced_on: date
    interview_on: date | None = None
    offered_on: date | None = None
    accepted_on: date | None = None
    declined_on: date | None = None
    is_regular: bool = True
    planted: str = ""  # the rare case that it stands for

    def until(self, day: date) -> Introduction:
        """What is known of it on a day."""

        def known(date_: date | None) -> date | None:
            return date_ if date_ is not None and date_ <= day else None

        return replace(
            self,
            interview_on=known(self.interview_on),
            offered_on=known(self.offered_on),
            accepted_on=known(self.accepted_on),
            declined_on=known(self.declined_on),
        )


@dataclass(frozen=True, slots=True)
class Join:
    """`label` is the operator's word for the employment type."""

    join_id: str
    introduction_id: str
    joined_on: date
    label: str
    employment_type: str
    annual_salary_yen: int | None
    left_on: date | None
    leave_type: str | None


@dataclass(frozen=True, slots=True)
class Attestation:
    join_id: str
    month: date
    observed_on: date
    employed: str
    left_on: date | None
    leave_type: str | None


class Introductions:
    """Uses the slots of a company as they are granted, now and then one that is not there."""

    def __init__(self, seed: int, company: Company) -> None:
        self._rng = Random(f"{seed}:{company.company_id}:slots")
        self._titles = [title for title, _, _ in JOBS]
        self._planted_rng = Random(f"{seed}:{company.company_id}:planted slots")

    def of(self, grants: list[Grant]) -> list[Introduction]:
        """Every introduction, numbered by the day on which it was made."""
        found: list[Introduction] = []
        for number, grant in enumerate(grants):
            made = list(self._slot(grant))
            found += self._planted(number, grant) or made
            if number % UNCOVERED_EVERY == 2:
                found.append(self._uncovered(grant, number // UNCOVERED_EVERY % 3))
        found.sort(key=lambda i: (i.introduced_on, i.slot_number or 0, not i.is_regular))
        return [
            replace(introduction, introduction_id=f"I{number:05d}")
            for number, introduction in enumerate(found, 1)
        ]

    def _slot(self, grant: Grant) -> Iterator[Introduction]:
        """The introductions that hold a slot one after the other; one slot in ten lies idle."""
        rng = self._rng
        returns = grant.contract.is_returned_when_declined
        day = grant.granted_on + timedelta(days=rng.randint(3, 40))
        if rng.random() < 0.1:
            return
        while grant.expires_on is None or day < grant.expires_on:
            made = self._introduction(grant.slot_number, day)
            yield made
            if not returns or made.declined_on is None or rng.random() < 0.3:
                return
            day = made.declined_on + timedelta(days=rng.randint(5, 40))

    def _planted(self, number: int, grant: Grant) -> list[Introduction]:
        """Instead of the ordinary ones: the second slot is used on the day of its grant.

        The third one, where it expires and a decline returns it, comes back after it has expired.
        """
        title = self._planted_rng.choice(self._titles)
        if number == 1:
            day = grant.granted_on
            return [
                Introduction(
                    "",
                    grant.slot_number,
                    title,
                    day,
                    interview_on=day,
                    offered_on=day + timedelta(days=9),
                    accepted_on=day + timedelta(days=12),
                    planted="same_day_use",
                )
            ]
        expires_on = grant.expires_on
        if number == 2 and expires_on is not None and grant.contract.is_returned_when_declined:
            day = expires_on - timedelta(days=2)
            declined_on = expires_on + timedelta(days=8)
            return [
                Introduction(
                    "",
                    grant.slot_number,
                    title,
                    day,
                    declined_on=declined_on,
                    planted="expired_then_returned",
                )
            ]
        return []

    def _uncovered(self, grant: Grant, kind: int) -> Introduction:
        """A use without cover: a slot not granted yet, one that is held, or no slot at all."""
        rng = self._rng
        day = grant.granted_on + timedelta(days=rng.randint(0, 2) if kind == 0 else 41)
        slot_number = (grant.slot_number + 3, grant.slot_number, None)[kind]
        if kind == 1 and grant.expires_on is not None:
            day = grant.expires_on + timedelta(days=rng.randint(0, 20))
        return replace(self._introduction(slot_number, day), is_regular=False)

    def _introduction(self, slot_number: int | None, day: date) -> Introduction:
        """One introduction: six in ten are accepted, the others declined on the way."""
        rng = self._rng
        made = Introduction("", slot_number, rng.choice(self._titles), day)
        steps: list[date] = []
        for share in (0.92, 0.8, 0.85):
            day += timedelta(days=rng.randint(4, 20))
            if rng.random() > share:
                made = replace(made, declined_on=day)
                break
            steps.append(day)
        interview_on, offered_on, accepted_on = (*steps, None, None, None)[:3]
        return replace(
            made, interview_on=interview_on, offered_on=offered_on, accepted_on=accepted_on
        )

    def joins(self, introductions: list[Introduction]) -> list[Join]:
        """Nearly everyone who accepts joins; every third joiner leaves within a year."""
        rng = self._rng
        accepted = [
            (i.accepted_on + timedelta(days=rng.randint(14, 60)), i.introduction_id)
            for i in introductions
            if i.accepted_on is not None and rng.random() < 0.95
        ]
        joins = []
        for number, (joined_on, introduction_id) in enumerate(sorted(accepted)):
            label, employment_type = rng.choice(EMPLOYMENT)
            salary = None if rng.random() < 0.1 else rng.randrange(320, 820) * 10_000
            left_on = leave_type = None
            if number % 3 == 1:
                days = LEAVER_DAYS[number // 3 % len(LEAVER_DAYS)] + rng.randint(0, 5)
                left_on = joined_on + timedelta(days=days)
                leave_type = LEAVE_TYPES[number // 3 % len(LEAVE_TYPES)]
            joins.append(
                Join(
                    f"J{number + 1:05d}",
                    introduction_id,
                    joined_on,
                    label,
                    employment_type,
                    salary,
                    left_on,
                    leave_type,
                )
            )
        return joins

    def attestations(self, join: Join) -> Iterator[Attestation]:
        """One a month until the join has left or been observed long enough; some are missing."""
        rng = self._rng
        month = month_start(join.joined_on)
        last = join.joined_on + timedelta(days=OBSERVED_DAYS)
        is_late = rng.random() < 0.2  # the leave is reported a month later than it could be
        while month <= last and published(month) <= END:
            observed_on = next_month(month) - timedelta(days=1)
            left_on, leave_type = join.left_on, join.leave_type
            chance = rng.random()
            if left_on is not None and left_on <= observed_on and not is_late:
                yield Attestation(join.join_id, month, observed_on, "no", left_on, leave_type)
                return
            if left_on is not None and left_on <= observed_on:
                is_late = False
                yield Attestation(join.join_id, month, observed_on, "unknown", None, None)
            elif chance > 0.03:
                employed = "unknown" if chance < 0.07 else "yes"
                yield Attestation(join.join_id, month, observed_on, employed, None, None)
            month = next_month(month)
