"""Random employments, costs and fees on top of the truths of ``chance``.

Dense in what no sandbox world states: people said to be gone without a day, leaves announced or
taken back, joins planned, corrected or told twice, salaries that come later, days at the ends of
months and fiscal years, terms whose steps come in any order, feeds that forget leavers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from tests.end_to_end import chance
from tests.oracle.statements import Attestation, Cost, FeeTerms, Hire, Introduction, Join
from tests.oracle.truth import Truth

EDGES = tuple(
    date.fromisoformat(day)
    for day in [
        "2025-03-31",
        "2025-04-01",
        "2025-08-28",
        "2025-08-29",
        "2025-08-30",
        "2025-08-31",
        "2025-10-31",
        "2026-03-31",
        "2026-04-01",
        "2026-08-31",
        "2027-03-31",
        "2027-04-01",
    ]
)
FIRST, DAYS = date(2025, 2, 1), 780
TYPES = ("permanent", "permanent", "permanent", "contract", "part_time")
LEAVE_TYPES = ("voluntary", "dismissal", "contract_end", "other", None)
STEPS = ("30:100|90:50", "90:50|30:100", "30:80|60:50|180:10", "1:100", None)
LENGTHS = (0, 1, 29, 30, 89, 90, 150, 179, 180, 181, 184, 364, 365, 366)


def truth(seed: int, companies: int) -> Truth:
    """The truths of ``chance`` with employments, costs and fees of their own."""
    base = chance.truth(seed, companies)
    introductions: dict[str, dict[str, Introduction]] = {c.company_id: {} for c in base.companies}
    for introduction in base.introductions:
        introductions[introduction.company_id][introduction.introduction_id] = introduction
    joins: list[Join] = []
    attestations: list[Attestation] = []
    hires: list[Hire] = []
    costs: list[Cost] = []
    terms: list[FeeTerms] = []
    for company_id, own in introductions.items():
        rng = Random(f"{seed}:{company_id}:hires")
        omits = rng.random() < 0.3
        for introduction_id in own:
            for number in range(rng.choice((0, 1, 1, 1, 2))):
                made = list(_join(rng, company_id, introduction_id, f"J{introduction_id}-{number}"))
                joins += made
                attestations += _attestations(rng, made[-1], omits=omits)
        hires += _hires(rng, company_id, omits=omits)
        costs += _costs(rng, company_id)
        terms += _terms(rng, company_id)
    return replace(
        base,
        joins=tuple(joins),
        attestations=tuple(attestations),
        hires=tuple(hires),
        costs=tuple(costs),
        fee_terms=tuple(terms),
    )


def _said(day: date, days: int = 0) -> datetime:
    """Published in the morning some days after."""
    on = day + timedelta(days=days)
    return datetime(on.year, on.month, on.day, tzinfo=UTC)


def _some_day(rng: Random) -> date:
    if rng.random() < 0.4:
        return rng.choice(EDGES)
    return FIRST + timedelta(days=rng.randrange(DAYS))


def _salary(rng: Random) -> int | None:
    return None if rng.random() < 0.35 else rng.randrange(2_400_001, 9_000_000)


def _join(rng: Random, company_id: str, introduction_id: str, join_id: str) -> Iterator[Join]:
    """Stated before or after the day; one in four is stated again, otherwise."""
    joined_on = _some_day(rng)
    join = Join(
        join_id,
        introduction_id,
        company_id,
        joined_on,
        _said(joined_on, rng.randint(-60, 20)),
        rng.choice(TYPES),
        _salary(rng),
    )
    yield join
    if rng.random() < 0.25:
        yield replace(
            join,
            joined_on=joined_on + timedelta(days=rng.choice((0, 0, 1, 30))),
            annual_salary_yen=_salary(rng),
            published_at=join.published_at + timedelta(days=rng.randint(20, 90)),
        )


def _length(rng: Random) -> int:
    return rng.choice(LENGTHS) if rng.random() < 0.5 else rng.randrange(400)


def _attestations(rng: Random, join: Join, *, omits: bool) -> Iterator[Attestation]:
    """A few months of answers, which may contradict each other, come late and be corrected."""
    left_on = join.joined_on + timedelta(days=_length(rng) - 2 * (rng.random() < 0.05))
    leaves = not omits and rng.random() < 0.5
    tells_day = rng.random() < 0.6
    until = rng.choice((60, 200, 400, 500))
    for days in range(0, until, 30):
        observed_on = join.joined_on + timedelta(days=days + rng.choice((0, 0, 0, 5)))
        if rng.random() < 0.4:
            continue
        is_over = leaves and left_on <= observed_on
        names_day = leaves and tells_day and rng.random() < (0.6 if is_over else 0.1)
        employed = "no" if is_over and rng.random() < 0.9 else rng.choice(("yes", "yes", "unknown"))
        told = Attestation(
            join.join_id,
            join.company_id,
            observed_on.strftime("%Y-%m"),
            observed_on,
            employed,
            left_on + timedelta(days=rng.choice((0, 0, 0, 3))) if names_day else None,
            rng.choice(LEAVE_TYPES) if names_day else None,
            _said(observed_on, rng.randint(1, 20)),
        )
        yield told
        if rng.random() < 0.1:
            published_at = told.published_at + timedelta(days=40)
            yield replace(told, employed="yes", left_on=None, published_at=published_at)


def _hires(rng: Random, company_id: str, *, omits: bool) -> Iterator[Hire]:
    """Most companies state some; one row and the rows that restate it."""
    for number in range(rng.choice((0, 1, 3, 8))):
        joined_on = _some_day(rng) - timedelta(days=rng.choice((0, 0, 0, 500)))
        left_on = joined_on + timedelta(days=_length(rng))
        leaves = not omits and rng.random() < 0.4
        hire = Hire(
            company_id,
            f"H{number}",
            None,
            "求人広告",
            joined_on,
            rng.choice(TYPES),
            None,
            None,
            None,
            joined_on,
            _said(joined_on),
        )
        for days in sorted(rng.sample(range(0, 600, 30), rng.randint(1, 5))):
            observed_on = joined_on + timedelta(days=days)
            names_day = leaves and (left_on <= observed_on or rng.random() < 0.1)
            yield replace(
                hire,
                annual_salary_yen=_salary(rng),
                left_on=left_on if names_day else None,
                leave_type=rng.choice(LEAVE_TYPES) if names_day else None,
                observed_on=observed_on,
                published_at=_said(observed_on, rng.randint(1, 20)),
            )


def _costs(rng: Random, company_id: str) -> Iterator[Cost]:
    """Months without any, items of nothing, years of one kind only."""
    kinds = rng.choice((("internal",), ("external",), ("internal", "external")))
    for number in range(rng.choice((0, 2, 20))):
        month = _some_day(rng).replace(day=1)
        cost = Cost(
            company_id,
            f"C{number}",
            month.strftime("%Y-%m"),
            rng.choice(kinds),
            rng.choice((0, rng.randrange(1_000_000))),
            rng.choice(("yes", "no")),
            _said(month, 35),
        )
        yield cost
        if rng.random() < 0.2:
            yield replace(cost, amount_yen=cost.amount_yen + 1, published_at=_said(month, 65))


def _terms(rng: Random, company_id: str) -> Iterator[FeeTerms]:
    """None, or up to three versions, one of them perhaps corrected."""
    for begins in rng.sample(EDGES, rng.randint(0, 3)):
        terms = FeeTerms(
            company_id,
            begins,
            Decimal(rng.choice(("35", "32.5", "33.33", "0.1"))),
            rng.choice(STEPS),
            rng.choice((None, None, 1_500_000)),
            _said(begins, rng.randint(-60, 10)),
        )
        yield terms
        if rng.random() < 0.2:
            later = terms.published_at + timedelta(days=50)
            yield replace(terms, fee_rate_percent=Decimal("30"), published_at=later)
