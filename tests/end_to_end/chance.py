"""Random small truths, dense in what a sandbox world holds once in a thousand applications.

Counts are taken back while slots hang on them, statements come late or change, contracts change
in every term they have, people apply, register and submit twice, also at several companies, of
which some are a group, withdraw, join and leave.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.oracle.clock import jst_date
from tests.oracle.story import Story
from tests.oracle.truth import Truth

FIRST = date(2026, 1, 10)
DAYS = 70  # in which people register and are introduced
NEIGHBOURS = 5  # companies that share some of their people; the first ones of them are a group
GROUP = 3


def truth(seed: int, companies: int) -> Truth:
    """The truths of some companies in one."""
    told = [_company(Random(f"{seed}:{index}"), index) for index in range(companies)]
    parts = [story.truth() for story in told]

    def joined(name: str) -> tuple:
        return tuple(fact for part in parts for fact in getattr(part, name))

    return replace(
        parts[0],
        companies=joined("companies"),
        contracts=joined("contracts"),
        candidates=joined("candidates"),
        jobs=joined("jobs"),
        applications=joined("applications"),
        events=joined("events"),
        responses=joined("responses"),
        registration_events=joined("registration_events"),
        counted_statements=joined("counted_statements"),
        slot_statements=joined("slot_statements"),
        introductions=joined("introductions"),
        joins=joined("joins"),
        attestations=joined("attestations"),
    )


def _day(rng: Random, first: date = FIRST, days: int = DAYS) -> date:
    return first + timedelta(days=rng.randrange(days))


def _company(rng: Random, index: int) -> Story:
    street, house = divmod(index, NEIGHBOURS)
    story = Story(f"c{index:02}", f"g{street:02}" if house < GROUP else None)
    _contracts(rng, story, index)
    base = 1 + index * 100
    for number in range(base, base + rng.randint(5, 14)):
        _applicant(rng, story, number, street)
        _statement(rng, story, number)
    for number in range(rng.randint(2, 9)):
        _introduction(rng, story, number)
    return story


def _contracts(rng: Random, story: Story, index: int) -> None:
    """None, one, or two versions of which the second begins, or is agreed, in the middle."""
    if index % 5 == 4:
        return
    change = FIRST + timedelta(days=rng.randint(10, 50))
    versions: list[tuple[str, str | None, date | None]] = [("2025-01-01", None, None)]
    if rng.random() < 0.6:
        agreed = change + timedelta(days=rng.choice((0, 0, 8, -8)))
        has_end = agreed <= change or rng.random() < 0.3  # then days are without a contract
        until = str(change) if has_end else None
        versions = [("2025-01-01", until, None), (str(change), None, agreed)]
    for number, (since, until, stated) in enumerate(versions):
        terms = {
            **(_terms(rng) if rng.random() < 0.6 else {}),
            "since": since,
            "until": until,
            "slots": rng.choice((1, 1, 2)),
            "valid_days": rng.choice((None, 15, 40)),
            "used_by": rng.choice(("introduced", "accepted", "interviewed", "joined")),
            "scope": rng.choice(("company", "group", "programme")),
            "stated": None if stated is None else str(stated),
        }
        known = None if stated is None else f"{min(stated, change)} 09:00"
        story.contract(f"v{number}", threshold=rng.randint(2, 4), published=known, **terms)
        if rng.random() < 0.15:
            corrected = f"{change + timedelta(days=15)} 09:00"
            story.contract(f"v{number}", threshold=rng.randint(2, 4), published=corrected, **terms)


def _terms(rng: Random) -> dict[str, Any]:
    """Every optional term of a contract, each in force now and then."""
    terms: dict[str, tuple[Any, ...]] = {
        "event": ("consented", "consented", "registered", "verified", "referred"),
        "eligible_stages": (None, None, "書類選考|一次面接", "一次面接"),
        "eligible_channels": (None, None, "求人サイト", "求人サイト|紹介"),
        "excluded_channels": (None, None, "紹介"),
        "eligible_employment_types": (None, None, "permanent|contract", "contract|part_time"),
        "dedupe_window_days": (None, 5, 20),
        "slot_returned_by": (None, "declined", "declined|early_leave", "early_leave", "none"),
        "early_leave_days": (None, 0, 10),
        "points_carry_over": (None, "keep", "forfeit"),
        "withdrawal_effect": (None, "keep", "reverse"),
    }
    return {name: rng.choice(values) for name, values in terms.items()}


def _applicant(rng: Random, story: Story, number: int, street: int) -> None:
    """Rejected on 5 January, registers some time; perhaps twice, perhaps taken back later."""
    person = f"{story.company}-{number}"
    if rng.random() < 0.4:
        person = f"neighbour-{street}-{rng.randrange(6)}"
    if story.candidates and rng.random() < 0.15:
        person = story.candidates[-1].person_id
    story.applies(number, person, channel=rng.choice(("求人サイト", "求人サイト", "紹介", None)))
    for stage in (1, 2)[: rng.randint(1, 2)]:
        story.event(number, f"2026-01-0{1 + stage} 10:00", "stage_entered", stage_id=stage)
    story.rejects(number, "2026-01-05 10:00")
    registered = _day(rng)
    for attempt in range(1 + (rng.random() < 0.15)):
        at = f"{registered + timedelta(days=attempt * 3)} {rng.randrange(24):02}:{number % 60:02}"
        has_token = rng.random() < 0.8
        own = tuple(c.candidate_id for c in story.candidates if c.person_id == person)
        story.answers(
            f"r{number}x{attempt}",
            person,
            at,
            at if rng.random() < 0.92 else None,
            token=f"tok{number}" if has_token else None,
            consent=rng.random() < 0.92,
            method="token" if has_token else "email",
            application=number if has_token else None,
            candidates=own,
        )
        for event, chance, days in (
            ("verified", 0.7, 9),
            ("referred", 0.4, 25),
            ("withdrawn", 0.2, 40),
        ):
            if rng.random() < chance:
                on = registered + timedelta(days=attempt * 3 + rng.randrange(days))
                known = on + timedelta(days=rng.randint(1, 12))
                story.becomes(f"r{number}x{attempt}", event, str(on), published=f"{known} 09:00")
    if rng.random() < 0.3:
        back = registered + timedelta(days=rng.randint(10, 60))
        story.event(number, f"{back} 12:00", "unrejected")
        if rng.random() < 0.4:
            story.rejects(number, f"{back + timedelta(days=rng.randint(2, 20))} 15:00", mail=False)


def _statement(rng: Random, story: Story, number: int) -> None:
    """What the operator says it counted and granted: mostly right, stated weeks later."""
    for response in [r for r in story.responses if r.response_id.startswith(f"r{number}x")]:
        day = jst_date(response.landed_at) + timedelta(days=rng.choice((0, 0, 0, 1)))
        if rng.random() < 0.6:
            known = f"{day + timedelta(days=rng.randint(5, 40))} 09:00"
            story.says_counted(response.response_id, str(day), published=known)
    if number % 4 == 0:
        story.says_counted(f"unknown{number}", str(_day(rng)), published="2026-03-10 09:00")
        day = _day(rng)
        uses = rng.random() < 0.5
        story.says_granted(
            number % 100 // 4,
            str(day),
            used=str(day + timedelta(days=rng.randint(0, 10))) if uses else None,
            introduction=f"i{rng.randrange(4)}" if uses or rng.random() < 0.2 else None,
            published=f"{day + timedelta(days=rng.randint(5, 40))} 09:00",
        )


def _introduction(rng: Random, story: Story, number: int) -> None:
    """Stated some days after it happened; what comes of it is stated later still."""
    on = _day(rng, FIRST + timedelta(days=10))
    slot = rng.choice((None, 1, 1, 2, 2, 3))
    name = f"i{number}"
    first = on + timedelta(days=rng.randint(0, 12))
    story.introduces(name, str(on), slot=slot, published=f"{first} 09:00")
    if rng.random() < 0.7:
        met, ends = sorted(on + timedelta(days=rng.randint(0, 20)) for _ in range(2))
        stated = max(ends, first) + timedelta(days=rng.randint(1, 10))
        is_accepted = rng.random() < 0.5
        story.introduces(
            name,
            str(on),
            slot=slot,
            interviewed=str(met) if is_accepted or rng.random() < 0.5 else None,
            accepted=str(ends) if is_accepted else None,
            declined=None if is_accepted else str(ends),
            published=f"{stated} 09:00",
        )
        if is_accepted and rng.random() < 0.8:
            _join(rng, story, number, stated)


def _join(rng: Random, story: Story, number: int, joined: date) -> None:
    """Joins on the day it is stated; one in two leaves within weeks."""
    join = f"j{number}"
    story.joins_on(join, f"i{number}", str(joined), published=f"{joined} 12:00")
    if rng.random() < 0.5:
        left = joined + timedelta(days=rng.randint(0, 20))
        known = left + timedelta(days=5)
        story.attests(
            join, str(known), "no", left=str(left), leave="voluntary", published=f"{known} 09:00"
        )
