"""Whatever the facts, and however they are split into runs: the same account.

Each history is told twice: to a company that hears all of it at once, and to one that hears a
part in one order first, and the rest in another order later. Both must end alike, and as plain
arithmetic says. The invariants of the journal are tested by dbt in each run.
"""

import itertools
import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dbt.project import Project
from tests.dbt.raw import Company, Raw
from tests.dbt.slot_runs import counted, run

pytestmark = pytest.mark.long

FIRST_DAY = date(2025, 6, 2)
DAYS = 60
BEFORE, AFTER = "2025-09-01T00:00:00Z", "2025-09-02T00:00:00Z"
RUNS = itertools.count(1)


@dataclass(frozen=True)
class Terms:
    """A contract version from a day (of FIRST_DAY) on, for ever."""

    starts: int
    threshold: int
    slots: int
    forfeits: bool
    valid_days: int | None
    used_by: str


@dataclass(frozen=True)
class History:
    """What happens to a company: hours of counts, and introductions by slot, day and decline."""

    terms: tuple[Terms, ...]
    hours: tuple[int, ...]
    introductions: tuple[tuple[int, int, int | None], ...]
    seed: int


TERMS = st.builds(
    Terms,
    starts=st.integers(1, DAYS),
    threshold=st.integers(1, 4),
    slots=st.integers(1, 2),
    forfeits=st.booleans(),
    valid_days=st.one_of(st.none(), st.integers(1, 40)),
    used_by=st.sampled_from(["introduced", "accepted"]),
)
HISTORY = st.builds(
    History,
    terms=st.lists(TERMS, min_size=1, max_size=3, unique_by=lambda terms: terms.starts).map(
        lambda terms: (Terms(0, 2, 1, False, None, "accepted"), *sorted(terms, key=_start))
    ),
    hours=st.lists(st.integers(0, 24 * DAYS), max_size=12, unique=True).map(tuple),
    introductions=st.lists(
        st.tuples(
            st.integers(1, 4), st.integers(0, DAYS), st.one_of(st.none(), st.integers(0, 30))
        ),
        max_size=6,
    ).map(tuple),
    seed=st.integers(0, 10**6),
)


def _start(terms: Terms) -> int:
    return terms.starts


def _day(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)


def _midnight(day: date) -> datetime:
    """The start of a Tokyo day, in UTC."""
    return datetime(day.year, day.month, day.day) - timedelta(hours=9)


def _at(hour: int) -> datetime:
    return _midnight(FIRST_DAY) + timedelta(hours=hour)


@settings(
    max_examples=2,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(histories=st.lists(HISTORY, min_size=10, max_size=12))
def test_any_split_and_order_gives_the_same_account(
    raw: Raw, project: Project, histories: list[History]
) -> None:
    number = next(RUNS)
    told = [
        (raw.company(f"once{number}x{place}"), raw.company(f"split{number}x{place}"), history)
        for place, history in enumerate(histories)
    ]
    rests = []
    for _, split, history in told:
        split.reference()
        facts = _facts(history)
        random.Random(history.seed).shuffle(facts)
        cut = random.Random(-history.seed - 1).randrange(len(facts) + 1)
        _tell(split, history, facts[:cut])
        rests.append(facts[cut:])
    run(raw, project, BEFORE)
    for (once, split, history), rest in zip(told, rests, strict=True):
        once.reference()
        _tell(once, history, _facts(history))
        _tell(split, history, rest)
    run(raw, project, AFTER)
    for once, split, history in told:
        assert _account(raw, once) == _account(raw, split)
        assert _grants(raw, once) == _expected(history)


def _facts(history: History) -> list[tuple[str, int]]:
    sizes = (
        ("contract", len(history.terms)),
        ("count", len(history.hours)),
        ("introduction", len(history.introductions)),
    )
    return [(kind, number) for kind, size in sizes for number in range(size)]


def _tell(company: Company, history: History, facts: list[tuple[str, int]]) -> None:
    for kind, number in facts:
        if kind == "contract":
            terms = history.terms[number]
            company.contract(
                f"v{number}", _day(terms.starts).isoformat(), threshold=terms.threshold,
                slots_per_threshold=terms.slots, slot_valid_days=terms.valid_days,
                points_carry_over="forfeit" if terms.forfeits else None,
                slot_used_by=terms.used_by,
            )  # fmt: skip
        elif kind == "count":
            counted(company, number + 1, f"{_at(history.hours[number]).isoformat()}Z")
        else:
            slot, day, later = history.introductions[number]
            declined = None if later is None else _day(day + later).isoformat()
            company.introduction(f"i{number}", slot, _day(day).isoformat(), declined_on=declined)


def _account(raw: Raw, company: Company) -> list[tuple[object, ...]]:
    """Slots and balances, with the company's name left out."""
    name = company.name
    slots = raw.rows(
        "select slot_number, granted_at, expires_at, status, reserved_at, used_at, returned_at,"
        f" expired_at, replace(introduction_id, '{name}', '') from marts.fct_slots"
        f" where company_id = '{name}' order by 1"
    )
    days = raw.rows(
        "select balance_date, points_balance, slots_balance, slots_granted, slots_reserved,"
        f" slots_used, slots_expired from marts.agg_slot_balances where company_id = '{name}'"
        # a day before the first posting that stands has no balance in either
        " and (points_balance, slots_granted) <> (0, 0) order by 1"
    )
    return [*slots, *days]


def _grants(raw: Raw, company: Company) -> tuple[list[datetime], int]:
    """When the slots were granted, and the points that are open."""
    name = company.name
    granted = raw.rows(
        "select granted_at at time zone 'utc' from marts.fct_slots"
        f" where company_id = '{name}' order by slot_number"
    )
    points = raw.rows(
        "select coalesce(sum(quantity), 0)::int from marts.fct_slot_ledger"
        f" where company_id = '{name}' and account = 'points'"
    )
    return [at for (at,) in granted], points[0][0]


def _expected(history: History) -> tuple[list[datetime], int]:
    """The same by counting on one's fingers."""
    events: list[tuple[datetime, int, Terms | None]] = [
        (_at(hour), 1, None) for hour in history.hours
    ]
    events += [(_midnight(_day(terms.starts)), 0, terms) for terms in history.terms]
    points, granted, now = 0, [], history.terms[0]
    for at, is_count, terms in sorted(events, key=lambda event: event[:2]):
        if terms is not None:
            now = terms
            points = 0 if terms.forfeits else points
        points += is_count
        while is_count and points >= now.threshold:
            points -= now.threshold
            granted += [at] * now.slots
    return granted, points
