"""The operator's statements as rows of ``truth.db``, each with the time it is published."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta

from sandbox.store import insert
from sandbox.world_company import Company
from sandbox.world_introductions import Attestation, Introduction, Introductions, Join
from sandbox.world_operator import Contract, Counts, contracts, statement_months
from sandbox.world_story import Story
from sandbox.world_time import (
    END,
    iso,
    month_start,
    next_month,
    optional_iso,
    parse,
    published,
    tokyo_date,
    tokyo_day,
    tokyo_midnight,
)

FAR_FUTURE = END + 400 * 86_400


def count_rows(company: Company, stories: list[Story]) -> Iterator[tuple]:
    """Rows of counted_registration; one retracted before its month is stated is never stated."""
    for story in stories:
        for count in story.counts:
            stated_at = published(month_start(tokyo_day(count.counted_at)))
            retracted_at = count.retracted_at
            is_stated = stated_at <= END and (retracted_at is None or retracted_at > stated_at)
            yield (
                company.company_id,
                count.response.response_id,
                iso(count.counted_at),
                tokyo_date(count.counted_at),
                optional_iso(retracted_at),
                iso(stated_at) if is_stated else None,
            )


def write(truth: sqlite3.Connection, seed: int, company: Company) -> None:
    """Contracts, slots, introductions, joins and attestations; needs counted_registration."""
    company_id = company.company_id
    rules = contracts(company)
    counts = Counts(rules)
    for counted_at, retracted_at in truth.execute(
        "select counted_at, retracted_at from counted_registration where company_id = ?"
        " order by counted_at, registration_id",
        (company_id,),
    ):
        counts.append(parse(counted_at), None if retracted_at is None else parse(retracted_at))
    source = Introductions(seed, company)
    introductions = source.of(list(counts.grants(FAR_FUTURE, FAR_FUTURE)))
    joins = source.joins(introductions)
    attestations = [row for join in joins for row in source.attestations(join)]
    insert(truth, "contract", (_contract(company_id, rule) for rule in rules))
    insert(truth, "slot", _slots(company_id, counts, introductions))
    insert(truth, "introduction", _introductions(company_id, introductions))
    insert(truth, "join_", (_join(company_id, j) for j in joins if _stated_at(j.joined_on)))
    insert(truth, "attestation", (_attestation(company_id, row) for row in attestations))


def _stated_at(day: date) -> int | None:
    """When the month of a day is published; None: after the end of the world."""
    at = published(month_start(day))
    return at if at <= END else None


def _contract(company_id: str, rule: Contract) -> tuple:
    return (
        company_id,
        rule.version,
        rule.valid_from.isoformat(),
        _text(rule.valid_to),
        rule.counting_event,
        rule.threshold,
        rule.slots_per_threshold,
        rule.slot_valid_days,
        rule.slot_used_by,
        rule.dedupe_scope,
        iso(rule.published_at),
    )


def _slots(company_id: str, counts: Counts, introductions: list[Introduction]) -> Iterator[tuple]:
    """New slots of each month, and earlier ones whose grant or use has changed."""
    stated: dict[int, tuple] = {}
    by_slot: dict[int, list[Introduction]] = {}
    for introduction in introductions:
        if introduction.is_regular and introduction.slot_number is not None:
            by_slot.setdefault(introduction.slot_number, []).append(introduction)
    for month in statement_months():
        end = next_month(month)
        published_at = published(month)
        for grant in counts.grants(tokyo_midnight(end), published_at):
            used_on, introduction_id = _use(
                grant.contract, by_slot.get(grant.slot_number, []), end - timedelta(days=1)
            )
            state = (grant.granted_on.isoformat(), _text(used_on), introduction_id)
            if stated.get(grant.slot_number) != state:
                stated[grant.slot_number] = state
                yield (company_id, grant.slot_number, iso(published_at), *state)


def _use(
    contract: Contract, introductions: list[Introduction], until: date
) -> tuple[date | None, str | None]:
    """The day on which a slot was used up, and by which introduction."""
    for introduction in introductions:
        accepted = contract.slot_used_by == "accepted"
        day = introduction.accepted_on if accepted else introduction.introduced_on
        if day is not None and day <= until:
            return day, introduction.introduction_id
    return None, None


def _introductions(company_id: str, introductions: list[Introduction]) -> Iterator[tuple]:
    """A version whenever a month's statement says something new."""
    months = statement_months()
    for introduction in introductions:
        stated: Introduction | None = None
        first = month_start(introduction.introduced_on)
        for month in months[months.index(first) :] if first in months else []:
            known = introduction.until(next_month(month) - timedelta(days=1))
            if known != stated:
                stated = known
                yield (
                    company_id,
                    known.introduction_id,
                    known.slot_number,
                    known.job_title,
                    known.introduced_on.isoformat(),
                    _text(known.interview_on),
                    _text(known.offered_on),
                    _text(known.accepted_on),
                    _text(known.declined_on),
                    iso(published(month)),
                )


def _join(company_id: str, join: Join) -> tuple:
    return (
        company_id,
        join.join_id,
        join.introduction_id,
        join.joined_on.isoformat(),
        join.employment_type,
        join.annual_salary_yen,
        _text(join.left_on),
        join.leave_type,
        iso(published(month_start(join.joined_on))),
    )


def _attestation(company_id: str, row: Attestation) -> tuple:
    return (
        company_id,
        row.join_id,
        row.month.strftime("%Y-%m"),
        row.observed_on.isoformat(),
        row.employed,
        _text(row.left_on),
        row.leave_type,
        iso(published(row.month)),
    )


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
