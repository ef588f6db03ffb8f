"""The operator's statements as rows of ``truth.db``, each with the time it is published."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from sandbox.store import insert
from sandbox.world_company import Company
from sandbox.world_contracts import Contract, contracts, statements
from sandbox.world_counts import stated_at
from sandbox.world_introductions import Attestation, Introduction, Introductions, Join
from sandbox.world_operator import Counts, Grant, statement_months
from sandbox.world_story import Count, Story
from sandbox.world_time import (
    END,
    T0,
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
SLOT_CORRECTED_WITH = date(2026, 7, 1)  # the month with whose files the correction appears


def count_rows(company: Company, stories: list[Story]) -> Iterator[tuple]:
    """Rows of counted_registration; one retracted before its month is stated is never stated."""
    for story in stories:
        for count in story.counts:
            stated_at = _count_stated_at(count)
            retracted_at = count.retracted_at
            is_stated = stated_at <= END and (retracted_at is None or retracted_at > stated_at)
            yield (
                company.company_id,
                count.response.response_id,
                iso(count.counted_at),
                tokyo_date(count.counted_at),
                iso(count.known_at),
                optional_iso(retracted_at),
                iso(stated_at) if is_stated else None,
            )


def _count_stated_at(count: Count) -> int:
    """The first statement after the operator knows of a count."""
    month = month_start(tokyo_day(count.counted_at))
    while published(month) < count.known_at:
        month = next_month(month)
    return published(month)


def event_rows(company: Company, stories: list[Story]) -> Iterator[tuple]:
    """Rows of registration_event."""
    for story in stories:
        for response in story.responses:
            for event, midnight in sorted(response.events.items()):
                if stated_at(midnight) <= END:
                    identity = (company.company_id, response.response_id)
                    yield (*identity, event, tokyo_date(midnight), iso(stated_at(midnight)))


def counted_rows(company: Company, stories: list[Story]) -> Iterator[tuple]:
    """Rows of counted_statement: the counts as they are stated, and what is stated wrongly.

    One count is never stated, one day is wrong and stays so, one is corrected a month later in the
    same file, and a registration without consent is stated as counted.
    """
    for story in stories:
        lines = [
            (count.response.response_id, tokyo_day(count.counted_at), _count_stated_at(count))
            for count in story.counts
            if count.retracted_at is None or count.retracted_at > _count_stated_at(count)
        ]
        if story.kind == "statement_missing":
            lines = []
        if story.kind == "statement_extra":
            response = story.responses[0]
            day = tokyo_day(response.submitted_at or 0)
            lines = [(response.response_id, day, published(month_start(day)))]
        for response_id, day, at in lines:
            wrong = story.kind in ("statement_other_day", "statement_corrected")
            said = day + timedelta(days=1 if wrong else 0)
            if at <= END:
                yield _counted(company, response_id, said, at, at)
            if story.kind == "statement_corrected":
                yield _counted(company, response_id, day, at, published(next_month(_covered(at))))


def _counted(company: Company, response_id: str, day: date, stated: int, at: int) -> tuple:
    month = _covered(stated).strftime("%Y-%m")
    return company.company_id, response_id, day.isoformat(), month, iso(at)


def _covered(stated: int) -> date:
    """The month that a statement of the 5th of the next one covers."""
    return month_start(month_start(tokyo_day(stated)) - timedelta(days=1))


OF_STORIES = {
    "counted_registration": count_rows,
    "registration_event": event_rows,
    "counted_statement": counted_rows,
}


def write(truth: sqlite3.Connection, seed: int, company: Company) -> Counter[str]:
    """Contracts, slots, introductions, joins and attestations; needs counted_registration.

    Returns how many introductions of each planted kind there are.
    """
    company_id = company.company_id
    counts = Counts(contracts(company))
    for counted_at, known_at, retracted_at in truth.execute(
        "select counted_at, known_at, retracted_at from counted_registration"
        " where company_id = ? order by counted_at, registration_id",
        (company_id,),
    ):
        retracted = None if retracted_at is None else parse(retracted_at)
        counts.append(parse(counted_at), parse(known_at), retracted)
    source = Introductions(seed, company)
    introductions = source.of(list(counts.grants(FAR_FUTURE, FAR_FUTURE)))
    joins = source.joins(introductions)
    attestations = [row for join in joins for row in source.attestations(join)]
    insert(truth, "contract", (_contract(company_id, rule) for rule in statements(company)))
    insert(truth, "slot_statement", _slots(company_id, counts, introductions))
    insert(truth, "introduction", _introductions(company_id, introductions))
    insert(truth, "join_", (_join(company_id, j) for j in joins if _stated_at(j.joined_on)))
    insert(truth, "attestation", (_attestation(company_id, row) for row in attestations))
    return Counter(introduction.planted for introduction in introductions if introduction.planted)


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
        _text(rule.stated_on),
        rule.eligible_stages,
        rule.eligible_channels,
        rule.excluded_channels,
        rule.eligible_employment_types,
        rule.dedupe_window_days,
        rule.slot_returned_by,
        rule.early_leave_days,
        rule.points_carry_over,
        rule.withdrawal_effect,
        iso(rule.published_at),
    )


def _slots(company_id: str, counts: Counts, introductions: list[Introduction]) -> Iterator[tuple]:
    """New slots of each month, and earlier ones whose grant or use has changed.

    The first slot's day is one too late in a correction of the file that stated it last before T0.
    """
    stated: dict[int, tuple] = {}
    first: tuple[int, tuple] | None = None
    by_slot: dict[int, list[Introduction]] = {}
    for introduction in introductions:
        if introduction.is_regular and introduction.slot_number is not None:
            by_slot.setdefault(introduction.slot_number, []).append(introduction)
    for month in statement_months():
        end = next_month(month)
        at = published(month)
        for grant in counts.grants(tokyo_midnight(end), at):
            used_on, introduction_id = _use(
                grant, by_slot.get(grant.slot_number, []), end - timedelta(days=1)
            )
            state = (grant.granted_on.isoformat(), _text(used_on), introduction_id)
            if stated.get(grant.slot_number) != state:
                stated[grant.slot_number] = state
                yield (company_id, grant.slot_number, *state, month.strftime("%Y-%m"), iso(at))
                if grant.slot_number == 1 and at <= T0:
                    day = (grant.granted_on + timedelta(days=1)).isoformat()
                    first = at, (company_id, 1, day, *state[1:], month.strftime("%Y-%m"))
    if first is not None:
        yield (*first[1], iso(published(SLOT_CORRECTED_WITH)))


def _use(
    grant: Grant, introductions: list[Introduction], until: date
) -> tuple[date | None, str | None]:
    """The day on which a slot was used up, and by which introduction: with the grant at the
    earliest, which a count that is taken back or known late may move behind the introduction."""
    for introduction in introductions:
        day = {
            "interviewed": introduction.interview_on,
            "accepted": introduction.accepted_on,
            "joined": introduction.accepted_on,
        }.get(grant.contract.slot_used_by, introduction.introduced_on)
        if day is not None and day <= until:
            return max(day, grant.granted_on), introduction.introduction_id
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
