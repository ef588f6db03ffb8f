"""Who of a company's HR system somebody hired is, and what it then says of them.

The employer's own system is the primary record. A number that the list states decides; without one
the person does, as far as the system shows what the ATS has of them. Either way the two first days
of work lie within 31 days, and whoever comes into question twice is nobody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tests.oracle.truth import Employee, Truth

JOINS, HIRES = "joins", "hires"
NEAR = timedelta(days=31)


@dataclass(frozen=True)
class Stated:
    """A row of a list: by its number or its person it may be an employee."""

    key: str
    company_id: str
    joined_on: date
    number: str | None
    person_id: str | None


def seen(employee: Employee, today: date) -> Employee | None:
    """What the system shows of an employee on a day; None of who is not shown yet. A deleted record
    stays as it was last seen, if it tells of a leaving; else it says nothing."""
    if employee.seen_on > today:
        return None
    told = employee.told_on is not None and employee.told_on <= today
    shown = employee if told else replace(employee, left_on=None, left_type=None)
    if employee.deleted_on is not None and employee.deleted_on <= today:
        return shown if told else replace(shown, is_gone=True)
    return replace(shown, deleted_on=None)


def matches(truth: Truth) -> dict[str, Employee]:
    """The employee of each join (``join:``) and hire (``hire:``) that is matched with one."""
    people = [one for one in truth.employees if not one.is_gone]
    pairs = [
        (row.key, one)
        for row in _stated(truth)
        for one in people
        if one.company_id == row.company_id and _is_same(row, one)
        if abs(one.joined_on - row.joined_on) <= NEAR
    ]
    rows = Counter(key for key, _ in pairs)
    claims = Counter(one.employee_id for _, one in pairs)
    return {key: one for key, one in pairs if rows[key] == claims[one.employee_id] == 1}


def _is_same(row: Stated, one: Employee) -> bool:
    if row.number is not None:
        return one.code == row.number
    return one.is_recognisable and one.person_id == row.person_id


def _stated(truth: Truth) -> Iterable[Stated]:
    numbers = {(n.company_id, n.feed, n.id): n.employee_number for n in truth.stated_numbers}
    people = {c.candidate_id: c.person_id for c in truth.candidates}
    applicants: dict[tuple[str, str], list[str]] = defaultdict(list)
    for application in truth.applications:
        name = application.key.partition(":")[2]
        person = people.get(application.candidate_id)
        if person is not None:
            applicants[application.company_id, name].append(person)
    for join in truth.joins:
        number = numbers.get((join.company_id, JOINS, join.join_id))
        yield Stated(f"join:{join.key}", join.company_id, join.joined_on, number, None)
    for hire in truth.hires:
        number = numbers.get((hire.company_id, HIRES, hire.hire_id))
        found = applicants.get((hire.company_id, hire.application_id or ""), [])
        person = found[0] if len(found) == 1 else None
        yield Stated(f"hire:{hire.key}", hire.company_id, hire.joined_on, number, person)


def employed_on(one: Employee, today: date) -> date | None:
    """The last day on which the system shows somebody at work."""
    if one.joined_on > today or one.deleted_on is not None:
        return None
    return today if one.left_on is None or one.left_on >= today else None


def omitting(truth: Truth) -> set[str]:
    """Connections of systems of which nobody ever left, while some are no longer in them."""
    left = {one.connection for one in truth.employees if one.left_on is not None}
    lost = {one.connection for one in truth.employees if one.is_gone}
    return lost - left
