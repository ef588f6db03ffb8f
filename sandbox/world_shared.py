"""People who register at two companies: who counts first, and what that means for the other one.

They stand in worlds of three companies and more, in known numbers. The third company's contract
counts a person once in the group, later once in the programme; the others' within themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from random import Random

from sandbox.people import Person
from sandbox.world_plan import GROUP, SHARED, SHARED_WITH
from sandbox.world_planted import registers
from sandbox.world_stage import Stage
from sandbox.world_story import Elsewhere
from sandbox.world_time import HOUR, tokyo_midnight

CHANNEL = 0  # one that every contract takes


@dataclass(frozen=True, slots=True)
class Tale:
    """The days of a human's two registrations, and what becomes of the first one."""

    first: date
    again: date
    verified: date | None = None  # counts from here on
    unrejected: date | None = None  # does not count any more


TALES = {
    # counted in the group four days before
    "shared_group": Tale(date(2026, 8, 22), date(2026, 8, 26)),
    # counted in the group longer ago than the window: counts again
    "shared_window": Tale(date(2026, 7, 15), date(2026, 8, 28)),
    # counted in the group, until the first company takes the application back: the credit moves
    "shared_moved": Tale(date(2026, 8, 23), date(2026, 8, 27), unrejected=date(2026, 9, 6)),
    # counted at a company that is not in the group
    "shared_outside": Tale(date(2026, 7, 30), date(2026, 8, 27)),
    # the same when the scope is the programme
    "shared_programme": Tale(date(2026, 8, 17), date(2026, 9, 14), verified=date(2026, 8, 20)),
}


def _human(s: Stage) -> Person:
    """The same person at both companies, whose number nobody else has."""
    kind, population = s.story.kind, s.world.population
    number = population.capacity - 1 - list(SHARED).index(kind)
    rng = Random(f"{s.world.seed}:shared:{kind}")
    return population.person(rng, kind.replace("_", "-"), number)


def _at(day: date) -> int:
    return tokyo_midnight(day) + 11 * HOUR


def _first(tale: Tale, s: Stage) -> None:
    response = registers(s, _at(tale.first), person=_human(s))
    application = s.story.applications[0]
    application.source = CHANNEL
    if tale.verified is not None:
        response.events["verified"] = tokyo_midnight(tale.verified)
    if tale.unrejected is not None:
        s.selections.unreject(application, _at(tale.unrejected))


def _again(tale: Tale, s: Stage) -> None:
    human = _human(s)
    s.story.persons.append(human)
    registers(s, _at(tale.again), person=human)
    s.story.applications[0].source = CHANNEL
    s.story.elsewhere.append(
        Elsewhere(
            counted_at=tokyo_midnight(tale.verified) if tale.verified else _at(tale.first),
            retracted_at=_at(tale.unrejected) if tale.unrejected else None,
            is_in_group=SHARED[s.story.kind] in GROUP,
        )
    )


def _tell(tale: Tale, s: Stage) -> None:
    (_again if s.world.company.index == SHARED_WITH else _first)(tale, s)


SHARED_TALES: dict[str, Callable[[Stage], None]] = {
    kind: partial(_tell, tale) for kind, tale in TALES.items()
}
