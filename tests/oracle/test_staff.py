"""The oracle's rules of who an employee is, on people worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.oracle.employments import employments
from tests.oracle.staff import employed_on, matches, omitting, seen
from tests.oracle.statements import Hire, StatedNumber
from tests.oracle.truth import Employee, Truth

DAY = date(2026, 6, 30)
JOINED = date(2025, 4, 1)
ONE = Employee(
    "c", "c_smarthr", "c_smarthr:1", "001", "p", True, JOINED, None, None, JOINED, None, None
)
LEAVER = replace(ONE, left_on=date(2026, 5, 31), told_on=date(2026, 5, 1), left_type="other")
HIRE = Hire(
    "c", "h", None, "x", JOINED, "permanent", None, None, None, date(2025, 4, 30),
    datetime(2025, 5, 5, tzinfo=UTC),
)  # fmt: skip
NUMBER = StatedNumber("c", "hires", "h", "001")


def truth(*people: Employee, number: StatedNumber = NUMBER) -> Truth:
    clock = datetime(2026, 6, 29, 18, tzinfo=UTC)
    return Truth(employees=people, hires=(HIRE,), stated_numbers=(number,), clock=clock)


@pytest.mark.parametrize(
    ("today", "left_on"), [(date(2026, 4, 30), None), (date(2026, 5, 1), date(2026, 5, 31))]
)
def test_a_leaving_is_known_when_it_is_told(today: date, left_on: date | None) -> None:
    shown = seen(LEAVER, today)
    assert shown is not None
    assert shown.left_on == left_on
    assert seen(LEAVER, date(2025, 3, 31)) is None


def test_a_deleted_record_keeps_a_leaving_and_nothing_else() -> None:
    gone = seen(replace(ONE, deleted_on=DAY), DAY)
    left = seen(replace(LEAVER, deleted_on=DAY), DAY)
    assert gone is not None
    assert left is not None
    assert (gone.is_gone, left.is_gone, left.left_on) == (True, False, date(2026, 5, 31))
    assert omitting(truth(gone)) == {"c_smarthr"}
    assert omitting(truth(gone, left)) == set()
    assert matches(truth(gone)) == {}


@pytest.mark.parametrize(
    ("one", "last"),
    [
        (ONE, DAY),
        (LEAVER, None),
        (replace(LEAVER, left_on=date(2026, 7, 31)), DAY),
        (replace(ONE, joined_on=date(2026, 7, 1)), None),
    ],
)
def test_who_is_at_work(one: Employee, last: date | None) -> None:
    assert employed_on(one, DAY) == last


@pytest.mark.parametrize(
    ("people", "found"),
    [
        ([ONE], True),
        ([replace(ONE, joined_on=date(2025, 5, 2))], True),
        ([replace(ONE, joined_on=date(2025, 5, 3))], False),
        ([ONE, replace(ONE, employee_id="c_smarthr:2")], False),
        ([replace(ONE, code="1")], False),
        ([replace(ONE, company_id="d")], False),
    ],
)
def test_a_number_and_the_days_have_to_agree(people: list[Employee], found: bool) -> None:
    assert bool(matches(truth(*people))) is found


def test_what_the_system_says_replaces_what_the_list_says() -> None:
    [by_list] = employments(truth(replace(ONE, code="9")), ())
    [by_system] = employments(truth(LEAVER), ())
    assert (by_list.observer, by_list.left_on, by_list.employed_on) == (
        "", None, date(2025, 4, 30),
    )  # fmt: skip
    assert (by_system.observer, by_system.left_on, by_system.leave_type) == (
        "c_smarthr", date(2026, 5, 31), "other",
    )  # fmt: skip
    assert by_system.feed_observed_on == DAY
