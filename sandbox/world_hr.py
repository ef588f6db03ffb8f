"""Whom a company employs, as its HR system has it: staff, people hired, people introduced.

Drawn from streams of their own, so that nothing else of a world depends on them, and only for
companies that have an HR system. Most people are what the operator's joins and the company's list
of hires say; some left and nobody told the operator, some days differ by a few, some records are
there twice, and some people cannot be told to be anybody of the lists.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, fields, replace
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Any

import orjson

from sandbox.people import Person, Population
from sandbox.store import insert
from sandbox.world_company import Company
from sandbox.world_story import Candidate
from sandbox.world_time import END, T0, tokyo_day

STAFF = 130  # never candidates; more than a page
FIRST_ID = 500_000
SAME_JOIN = 31  # days between two statements of one first day of work
REASONS = {
    "voluntary": "自己都合による退職",
    "dismissal": "会社都合による退職",
    "contract_end": "契約期間満了",
    "other": "定年退職",
    None: "一身上の理由（詳細は面談記録を参照）",
}
LEAVE_TYPES = ("voluntary", "voluntary", "voluntary", "dismissal", "contract_end", "other", None)
_LEAVER = {"left_type": None, "reason": REASONS["voluntary"], "deleted_on": None}
PLANTED: tuple[dict[str, Any], ...] = (
    # leaves after the first clock, which is known before; left, and the status does not know it yet
    {"left_on": "2026-07-21", "told_on": "2026-06-20", **_LEAVER},
    {"left_on": "2026-06-25", "told_on": "2026-06-20", "status_lag": 20, **_LEAVER},
    {"absent_from": "2026-06-01", "absent_until": "2026-12-31", "left_on": None, "told_on": None},
)


@dataclass(frozen=True, slots=True)
class Employee:
    """A row of truth.employee; days are ISO dates. ``person`` is what the system shows, as JSON.

    is_recognisable  the person's values are those of the company's candidate of that person
    by_phone         the phone, and no address
    seen_on          the first day on which the system shows the record; left_on from ``told_on`` on
    left_type        the type of leaving that the system tells, None if it tells none
    status_lag       days after leaving on which the status still says employed
    """

    company_id: str
    connection: str
    employee_id: str
    number: int
    code: str | None
    person_id: str
    person: str
    is_recognisable: bool
    by_phone: bool
    joined_on: str
    left_on: str | None
    left_type: str | None
    reason: str | None
    seen_on: str
    told_on: str | None
    deleted_on: str | None
    absent_from: str | None
    absent_until: str | None
    status_lag: int
    is_on_payroll: bool

    @property
    def shown(self) -> dict[str, str | None]:
        """The personal values."""
        found: dict[str, str | None] = orjson.loads(self.person)
        return found


@dataclass(frozen=True, slots=True)
class Stated:
    """What a list says of somebody hired; ``rows`` of truth.join_ or truth.hire made plain."""

    feed: str
    id: str
    joined_on: date
    left_on: date | None
    left_type: str | None
    candidate: Candidate | None


class Staffing:
    """Makes the employees of one company."""

    def __init__(self, seed: int, companies: int, company: Company, population: Population) -> None:
        self._seed = seed
        self._companies = companies
        self._company = company
        self._population = population
        self._numbers = count(1)
        self._strangers = count(0)
        self.numbers: list[tuple[str, str, str, str]] = []

    def staff(self) -> Iterator[Employee]:
        """People who were never candidates; one in five leaves, one in ten is on leave once."""
        for number in range(STAFF):
            rng = self._rng(f"staff:{number}")
            joined = date(2015, 4, 1) + timedelta(days=rng.randrange(3_900))
            left = self._leaves(rng, joined) if rng.random() < 0.2 else None
            person = self._stranger(rng)
            made = self._employee(rng, person, joined, left, rng.choice(LEAVE_TYPES))
            if rng.random() < 0.1:
                since = max(joined, date(2026, 5, 1)) + timedelta(days=rng.randrange(100))
                until = since + timedelta(days=rng.randrange(30, 300))
                made = replace(made, absent_from=since.isoformat(), absent_until=until.isoformat())
            if made.left_on is None and rng.random() < 0.05:
                made = replace(made, deleted_on=_after_t0(rng))
            yield replace(made, **PLANTED[number]) if number < len(PLANTED) else made

    def of_list(self, stated: Stated) -> Iterator[Employee]:
        """The records of somebody whom a list names: one, now and then none or two."""
        rng = self._rng(f"{stated.feed}:{stated.id}")
        if rng.random() < 0.05:
            return
        candidate = stated.candidate
        person = candidate.person if candidate else self._stranger(rng)
        joined = stated.joined_on
        differs = rng.random()
        if differs < 0.1:
            joined += timedelta(days=rng.choice((-5, -3, -1, 1, 3, 5)))
        elif differs < 0.2:
            joined -= timedelta(days=90)
        left, kind = self._ending(rng, stated, joined)
        made = self._employee(rng, person, joined, left, kind)
        has_number = rng.random() < (0.75 if stated.feed == "joins" else 0.4)
        usable = candidate is not None and candidate.corrected_at is None
        if candidate is not None and usable and not has_number:
            made = self._recognised(rng, made, candidate)
        is_known = made.told_on is not None and made.told_on <= tokyo_day(T0).isoformat()
        if is_known and rng.random() < 0.2:
            made = replace(made, deleted_on=_after_t0(rng))
        yield made
        if has_number:
            wrong = rng.random() < 0.06
            stated_number = f"X{made.code}" if wrong or made.code is None else made.code
            self.numbers.append((self._company.company_id, stated.feed, stated.id, stated_number))
        elif made.is_recognisable:
            yield from self._again(rng, made, joined)

    def _again(self, rng: Random, made: Employee, joined: date) -> Iterator[Employee]:
        """Now and then the same person stands there twice: employed before, or entered twice."""
        kind = rng.random()
        number = next(self._numbers)
        other = replace(made, **self._ids(rng, number), deleted_on=None)
        if kind < 0.12:
            before = joined - timedelta(days=900)
            until = before + timedelta(days=300)
            yield replace(
                other,
                joined_on=before.isoformat(),
                seen_on=before.isoformat(),
                left_on=until.isoformat(),
                told_on=until.isoformat(),
            )
        elif kind < 0.2:
            yield replace(other, joined_on=(joined + timedelta(days=2)).isoformat())

    def _recognised(self, rng: Random, made: Employee, candidate: Candidate) -> Employee:
        """With the private address that the ATS has, or at least the phone; or with neither."""
        shown = made.shown
        kind = rng.random()
        is_freee = self._company.hr == "freee"
        if kind < 0.75:
            known = shown | {"email": candidate.email}
        elif kind < 0.9 and candidate.phone is not None:
            known = shown | {"phone": candidate.phone}
        else:
            return made
        by_phone = known["email"] != candidate.email
        return replace(
            made,
            person=orjson.dumps(known).decode(),
            is_recognisable=not (by_phone and is_freee),
            by_phone=by_phone,
        )

    def _ending(self, rng: Random, stated: Stated, joined: date) -> tuple[date | None, str | None]:
        """As the list has it, or a little different; or a leaving that the list does not know."""
        chance, days = rng.random(), rng.randrange(10, 380)
        kind = rng.choice(LEAVE_TYPES)
        if stated.left_on is None:
            return (joined + timedelta(days=days), kind) if chance < 0.15 else (None, None)
        if chance < 0.8:
            return max(stated.left_on, joined), stated.left_type
        return max(stated.left_on, joined) + timedelta(days=rng.randrange(1, 4)), kind

    def _leaves(self, rng: Random, joined: date) -> date:
        first = max(joined + timedelta(days=30), date(2024, 1, 1))
        return first + timedelta(days=rng.randrange(1_100))

    def _employee(
        self, rng: Random, person: Person, joined: date, left: date | None, kind: str | None
    ) -> Employee:
        number = next(self._numbers)
        seen = joined - timedelta(days=rng.randrange(0, 15))
        told = None if left is None else left + timedelta(days=rng.randrange(-40, 6))
        code = f"{number:05d}" if rng.random() < 0.97 else None
        shown = {
            "family": person.family,
            "given": person.given,
            "kana": person.kana,
            "born": person.born,
            "phone": person.other_phone,
            "email": f"{number:05d}@{self._company.company_id}.example.jp",
        }
        told_type = kind if self._company.hr == "smarthr" else None
        return Employee(
            **self._ids(rng, number),
            company_id=self._company.company_id,
            connection=self._company.hr_account,
            code=code,
            person_id=person.person_id,
            person=orjson.dumps(shown).decode(),
            is_recognisable=False,
            by_phone=False,
            joined_on=joined.isoformat(),
            left_on=None if left is None else left.isoformat(),
            left_type=told_type if left is not None else None,
            reason=REASONS[kind] if left is not None else None,
            seen_on=seen.isoformat(),
            told_on=None if told is None else max(told, seen).isoformat(),
            deleted_on=None,
            absent_from=None,
            absent_until=None,
            status_lag=20 if rng.random() < 0.12 else 0,
            is_on_payroll=rng.random() < 0.85,
        )

    def _ids(self, rng: Random, number: int) -> dict[str, Any]:
        """The number in the world and the vendor's id of a record."""
        base = self._company.base_id + FIRST_ID + number
        digits = f"{rng.getrandbits(128):032x}"
        uuid = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
        shown = uuid if self._company.hr == "smarthr" else str(base)
        return {"number": base, "employee_id": f"{self._company.hr_account}:{shown}"}

    def _stranger(self, rng: Random) -> Person:
        """Somebody whom no story knows: numbers from the end of the population."""
        index = self._company.index + self._companies * next(self._strangers)
        number = self._population.capacity - 1 - index
        return self._population.person(rng, f"{self._company.company_id}-hr-{index:05d}", number)

    def _rng(self, topic: str) -> Random:
        return Random(f"{self._seed}:hr:{self._company.company_id}:{topic}")


def write(
    truth: sqlite3.Connection,
    staffing: Staffing,
    company: Company,
    candidates: Mapping[str, Candidate],
) -> None:
    """The rows of employee and stated_number; needs join_ and hire. ``candidates``: by the ATS's
    id of their application."""
    employees = list(staffing.staff())
    for stated in (*_joins(truth, company), *_hires(truth, company, candidates)):
        employees += staffing.of_list(stated)
    insert(truth, "employee", (astuple(one) for one in employees))
    insert(truth, "stated_number", staffing.numbers)


def employees(truth: sqlite3.Connection, company: Company) -> list[Employee]:
    """Everybody of a company's HR system, the future included."""
    names = ", ".join(field.name for field in fields(Employee))
    rows = truth.execute(
        f"select {names} from employee where company_id = ? order by number", (company.company_id,)
    )
    return [Employee(*row) for row in rows]


def _joins(truth: sqlite3.Connection, company: Company) -> Iterator[Stated]:
    rows = truth.execute(
        "select join_id, joined_on, left_on, leave_type from join_ where company_id = ?"
        " order by join_id",
        (company.company_id,),
    )
    for join_id, joined_on, left_on, leave_type in rows.fetchall():
        left = date.fromisoformat(left_on) if left_on else None
        yield Stated("joins", join_id, date.fromisoformat(joined_on), left, leave_type, None)


def _hires(
    truth: sqlite3.Connection, company: Company, candidates: Mapping[str, Candidate]
) -> Iterator[Stated]:
    rows = truth.execute(
        "select hire_id, application_id, joined_on, max(left_on), max(leave_type) from hire"
        " where company_id = ? group by hire_id order by hire_id",
        (company.company_id,),
    )
    for hire_id, application_id, joined_on, left_on, leave_type in rows.fetchall():
        left = date.fromisoformat(left_on) if left_on else None
        candidate = candidates.get(application_id or "")
        day = date.fromisoformat(joined_on)
        yield Stated("hires", hire_id, day, left, leave_type, candidate)


def _after_t0(rng: Random) -> str:
    """A day after the first clock, so that every deleted record has been seen."""
    first = tokyo_day(T0) + timedelta(days=1)
    return (first + timedelta(days=rng.randrange((tokyo_day(END) - first).days))).isoformat()
