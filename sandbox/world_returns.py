"""What an employer states itself: hires through other channels, costs, and the fee a slot saves.

Drawn from streams of their own, so that nothing else of a world depends on them. Hires follow the
accepted offers of the truth; each quarter's list names everybody hired within the last year or so,
and whoever left since. One company's list just leaves them out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from sandbox.store import insert
from sandbox.world_company import Company
from sandbox.world_operator import statement_months
from sandbox.world_time import (
    DAY,
    END,
    iso,
    month_start,
    next_month,
    parse,
    published,
    tokyo_day,
)

FIRST_DAY = 45  # after the acceptance, as the offer says
OBSERVED_DAYS = 400
LEAVE_TYPES = ("voluntary", "voluntary", "voluntary", "dismissal", "contract_end", "other", None)
OMITS_LEAVERS = 3  # the company of this index lists only who is there
STATES_NO_SALARY = 2
WITHOUT_PROGRAMME_COST = 2
WITHOUT_CHANNEL = "その他"
# (category, kind, is for the programme, about how many yen a month)
COSTS = (
    ("リレー運用工数", "internal", "yes", 40_000),
    ("リレー連携ツール", "external", "yes", 15_000),
    ("面接・採用担当工数", "internal", "no", 600_000),
    ("求人広告", "external", "no", 450_000),
)
# by index of the company: (valid_from, percent, refund steps, minimum fee)
FEE_TERMS: dict[int, tuple[tuple[str, float, str | None, int | None], ...]] = {
    0: (
        ("2024-07-01", 35, "30:100|90:50", None),
        ("2026-01-01", 30, "30:80|60:50|180:10", 1_500_000),
    ),
    1: (("2024-07-01", 32.5, "30:100|90:50", None),),
    3: (("2026-04-01", 33.33, None, 900_000),),  # nothing agreed before
}


def write(truth: sqlite3.Connection, seed: int, company: Company) -> None:
    """The rows of hire, cost and fee_term; needs the company's applications and their events."""
    insert(truth, "hire", _hires(truth, seed, company))
    insert(truth, "cost", _costs(seed, company))
    insert(truth, "fee_term", _fee_terms(company))


def _hires(truth: sqlite3.Connection, seed: int, company: Company) -> Iterator[tuple]:
    """Nearly everybody who accepted an offer, and one in ten whom the ATS does not know."""
    accepted = truth.execute(
        "select a.application_id, a.canonical_id, a.channel, j.employment_type, max(e.at)"
        " from application a"
        " join application_event e on e.application_id = a.application_id"
        " left join job j on j.job_id = a.job_id"
        " where a.company_id = ? and e.kind = 'offer_accepted'"
        " group by a.application_id order by a.application_id",
        (company.company_id,),
    ).fetchall()
    number = 0
    for application_id, canonical_id, channel, employment_type, accepted_at in accepted:
        rng = Random(f"{seed}:hires:{application_id}")
        if rng.random() < 0.05:
            continue  # accepted, and never came
        joined_on = tokyo_day(parse(accepted_at) + FIRST_DAY * DAY)
        kind = employment_type or "permanent"
        named = [canonical_id.partition(":")[2]]  # by the ATS's own id, as the employer sees it
        if rng.random() < 0.1:
            named.append("")  # somebody hired on the same day without an application
        for stated in named:
            number += 1
            hire_id = f"H{number:05d}"
            yield from _versions(rng, company, hire_id, stated or None, channel, joined_on, kind)


def _versions(
    rng: Random,
    company: Company,
    hire_id: str,
    application_id: str | None,
    channel: str | None,
    joined_on: date,
    employment_type: str,
) -> Iterator[tuple]:
    """A row in the month of joining, each quarter's end, and the month of leaving."""
    salary = rng.randrange(240, 900) * 10_000
    stated_at_once = rng.random() < 0.85
    stated_later = rng.random() < 0.5
    left_on, leave_type = _leaving(rng, joined_on)
    month = first = month_start(joined_on)
    until = joined_on + timedelta(days=OBSERVED_DAYS)
    while month <= until and published(month) <= END:
        observed_on = next_month(month) - timedelta(days=1)
        has_left = left_on is not None and left_on <= observed_on
        if has_left and company.index == OMITS_LEAVERS:
            return
        is_known = stated_at_once or (stated_later and month > first)
        if month == first or month.month % 3 == 0 or has_left:
            yield (
                company.company_id,
                hire_id,
                application_id,
                channel or WITHOUT_CHANNEL,
                joined_on.isoformat(),
                employment_type,
                salary if is_known and company.index != STATES_NO_SALARY else None,
                left_on.isoformat() if has_left and left_on is not None else None,
                leave_type if has_left else None,
                observed_on.isoformat(),
                iso(published(month)),
            )
        if has_left:
            return
        month = next_month(month)


def _leaving(rng: Random, joined_on: date) -> tuple[date | None, str | None]:
    """One in four leaves within some 13 months, a few on the day on which a horizon falls."""
    chance, days, kind = rng.random(), int(rng.random() * OBSERVED_DAYS), rng.choice(LEAVE_TYPES)
    if chance >= 0.25:
        return None, None
    if chance < 0.04:
        days = rng.choice((0, 29, 30, 89, 90, 179, 180, 364, 365))
    return joined_on + timedelta(days=days), kind


def _costs(seed: int, company: Company) -> Iterator[tuple]:
    """Every month's items; one in nine is corrected in the month after."""
    rng = Random(f"{seed}:costs:{company.company_id}")
    months = statement_months()
    for month in months:
        for number, (category, kind, is_programme, amount) in enumerate(COSTS, 1):
            yen = int(amount * rng.uniform(0.6, 1.5))
            corrected = int(yen * 1.1) if rng.random() < 1 / 9 else None
            if is_programme == "yes" and company.index == WITHOUT_PROGRAMME_COST:
                continue
            label = month.strftime("%Y-%m")
            row = (company.company_id, f"C{label}-{number}", label, kind, category)
            yield (*row, yen, is_programme, iso(published(month)))
            later = published(next_month(month))
            if corrected is not None and later <= END:
                yield (*row, corrected, is_programme, iso(later))


def _fee_terms(company: Company) -> Iterator[tuple]:
    """Each version is stated in the month before it begins."""
    for valid_from, percent, steps, minimum in FEE_TERMS.get(company.index, ()):
        begins = date.fromisoformat(valid_from)
        month = month_start(begins - timedelta(days=40))
        yield (company.company_id, valid_from, percent, steps, minimum, iso(published(month)))
