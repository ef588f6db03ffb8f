"""Random small truths, dense in what a sandbox world holds once in a thousand applications.

Counts are taken back while slots hang on them, statements come late or change, contracts change,
people apply, register and submit twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from tests.oracle.story import Story
from tests.oracle.truth import Truth

FIRST = date(2026, 1, 10)
DAYS = 70  # in which people register and are introduced


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
        introductions=joined("introductions"),
    )


def _day(rng: Random, first: date = FIRST, days: int = DAYS) -> date:
    return first + timedelta(days=rng.randrange(days))


def _company(rng: Random, index: int) -> Story:
    story = Story(f"c{index:02}")
    _contracts(rng, story, index)
    base = 1 + index * 100
    for number in range(base, base + rng.randint(5, 14)):
        _applicant(rng, story, number)
    for number in range(rng.randint(2, 9)):
        _introduction(rng, story, number)
    return story


def _contracts(rng: Random, story: Story, index: int) -> None:
    """None, one, or two versions of which the second begins somewhere in the middle."""
    if index % 5 == 4:
        return
    change = (FIRST + timedelta(days=rng.randint(10, 50))).isoformat()
    spans: Sequence[tuple[str, str | None]] = [("2025-01-01", None)]
    if rng.random() < 0.5:
        spans = [("2025-01-01", change), (change, None)]
    for number, (since, until) in enumerate(spans):
        story.contract(
            f"v{number}",
            since=since,
            until=until,
            threshold=rng.randint(2, 5),
            slots=rng.choice((1, 1, 2)),
            valid_days=rng.choice((None, 15, 40)),
            used_by=rng.choice(("introduced", "accepted")),
        )


def _applicant(rng: Random, story: Story, number: int) -> None:
    """Rejected on 5 January, registers some time; perhaps twice, perhaps taken back later."""
    person = f"{story.company}-{number}"
    if story.candidates and rng.random() < 0.15:
        person = story.candidates[-1].person_id
    story.applies(number, person)
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
    if rng.random() < 0.3:
        back = registered + timedelta(days=rng.randint(10, 60))
        story.event(number, f"{back} 12:00", "unrejected")
        if rng.random() < 0.4:
            story.rejects(number, f"{back + timedelta(days=rng.randint(2, 20))} 15:00", mail=False)


def _introduction(rng: Random, story: Story, number: int) -> None:
    """Stated some days after it happened; what comes of it is stated later still."""
    on = _day(rng, FIRST + timedelta(days=20))
    slot = rng.choice((None, 1, 1, 2, 2, 3))
    name = f"i{number}"
    first = on + timedelta(days=rng.randint(0, 12))
    story.introduces(name, str(on), slot=slot, published=f"{first} 09:00")
    if rng.random() < 0.6:
        ends = on + timedelta(days=rng.randint(0, 20))
        stated = max(ends, first) + timedelta(days=rng.randint(1, 10))
        accepted, declined = (str(ends), None) if rng.random() < 0.4 else (None, str(ends))
        story.introduces(
            name,
            str(on),
            slot=slot,
            accepted=accepted,
            declined=declined,
            published=f"{stated} 09:00",
        )
