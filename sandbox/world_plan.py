"""How many of each kind of story a company has, and in which order they begin.

The world has three sections: A (18 months; every kind occurs, early enough to be complete at
T0), B (the 6 months before T0) and C (the 12 months after). Shares are of applications.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random

from sandbox.world_time import END, START, T0

CHUNK = 1000  # stories generated, written and forgotten together
# Applications of one company before T0, below which not every kind would fit; in a world whose
# companies share people, their stories need room too.
SMALLEST = 100
SMALLEST_SHARING = 110
SECTION_A_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of story. `applications` and `candidates` are how many of each one story has."""

    name: str
    share: float
    applications: int = 1
    candidates: int = 1


KINDS = (
    Kind("not_opened", 0.0),  # the rest; ends up at about 36 %
    Kind("mail_not_recorded", 0.095),
    Kind("form_opened", 0.052),
    Kind("form_partial", 0.025),
    Kind("token_same_email", 0.057),
    Kind("token_other_email", 0.006),
    Kind("stripped_email", 0.008),
    Kind("stripped_phone", 0.004),
    Kind("mangled_token", 0.002),
    Kind("unmatched", 0.005),
    Kind("forwarded_outsider", 0.003),
    Kind("forwarded_candidate", 0.004, 2, 2),
    Kind("double_submit", 0.004),
    Kind("two_applications", 0.006, 2),
    Kind("two_candidates", 0.006, 2, 2),
    Kind("consent_refused", 0.006),
    Kind("unrejected", 0.003),
    Kind("unrecorded_mail_registered", 0.003),
    Kind("reapplicant_registered", 0.016, 2),
    Kind("reapplicant_hired", 0.008, 2),
    Kind("hired", 0.126),
    Kind("withdrawn", 0.118),
    Kind("withdrawn_registered", 0.002),
    Kind("offer_declined", 0.03),
    Kind("security_concern", 0.006),
    Kind("no_reason", 0.012),
    Kind("none_specified", 0.012),
    Kind("prospect", 0.02),
    Kind("converted", 0.02, 2),
    Kind("late_visible", 0.0),
    Kind("contract_edge", 0.0),
    Kind("unrejected_later", 0.0),
    Kind("late_matched", 0.0),
    Kind("duplicate_found", 0.0, 2, 2),
    Kind("left_out", 0.0, 0, 0),
    Kind("withdrawn_kept", 0.0),
    Kind("withdrawn_soon", 0.0),
    Kind("withdrawn_later", 0.0),
    Kind("withdrawn_used", 0.0),
    Kind("unrejected_used", 0.0),
    Kind("contract_midnight", 0.0),
    Kind("statement_missing", 0.0),
    Kind("statement_extra", 0.0),
    Kind("statement_other_day", 0.0),
    Kind("statement_corrected", 0.0),
    Kind("shared_group", 0.0),
    Kind("shared_window", 0.0),
    Kind("shared_moved", 0.0),
    Kind("shared_outside", 0.0),
    Kind("shared_programme", 0.0),
)
REST = 0
LEFT_OUT = "left_out"  # nothing happens: makes room for a story of two applications
# A fixed number per company: submitted minutes before T0 and visible after it; submitted one second
# before and at the midnight of a contract's change; counted before T0 and un-rejected after it.
PLANTED = {"late_visible": 1, "contract_edge": 2, "unrejected_later": 1}
# A fixed number per company, too, each in the place of a story of the rest and told with a random
# stream of its own, so that nothing else of the world changes by them: world_planted tells them.
PLACED = {
    "late_matched": 1,
    "duplicate_found": 1,
    LEFT_OUT: 1,
    "withdrawn_kept": 1,
    "withdrawn_soon": 1,
    "withdrawn_later": 1,
    "withdrawn_used": 1,
    "unrejected_used": 1,
    "contract_midnight": 2,
    "statement_missing": 1,
    "statement_extra": 1,
    "statement_other_day": 1,
    "statement_corrected": 1,
}
# In worlds of three companies and more some people register at two: first at the company named
# here, then at the third one. Their stories are placed as those above, after them.
SHARED = {
    "shared_group": 0,
    "shared_window": 0,
    "shared_moved": 0,
    "shared_outside": 1,
    "shared_programme": 1,
}
SHARED_WITH = 2
GROUP = (0, SHARED_WITH)  # the companies of the group
GROUP_ID = "mirai"


def shared_kinds(index: int, companies: int) -> tuple[str, ...]:
    """What the `index`-th company of a world shares with another one."""
    if companies <= SHARED_WITH:
        return ()
    return tuple(kind for kind, first in SHARED.items() if index in (first, SHARED_WITH))


def smallest(companies: int) -> int:
    """The fewest applications of one company before T0 in a world of so many companies."""
    return SMALLEST if companies <= SHARED_WITH else SMALLEST_SHARING


def group_id(index: int, companies: int) -> str | None:
    """The group of companies that the `index`-th company of a world belongs to."""
    return GROUP_ID if companies > SHARED_WITH and index in GROUP else None


@dataclass(frozen=True, slots=True)
class Section:
    """Stories [first, last) of a plan begin evenly within [begins, ends)."""

    first: int
    last: int
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class ChunkPlan:
    """Stories [first, last); `application` and `candidate` count what came before them."""

    number: int
    first: int
    last: int
    application: int
    candidate: int
    next_application: int


class Plan:
    """The order of a company's stories: one byte each, an index into KINDS."""

    def __init__(
        self, seed: int, company_id: str, applications: int, shared: Sequence[str] = ()
    ) -> None:
        """`applications` fall before T0, half as many after it.

        `shared`: kinds of stories that another company tells, too.
        """
        rng = Random(f"{seed}:{company_id}:plan")
        in_a = int(applications * SECTION_A_SHARE)
        a = _section(rng, in_a, at_least=1, planted=True)
        b = _section(rng, applications - in_a)
        c = _section(rng, applications // 2)
        edge = START + int((T0 - START) * SECTION_A_SHARE)
        placed = [name for name, number in PLACED.items() for _ in range(number)]
        self.kinds = bytes(_placed(_placed(a + b, placed), shared) + c)
        self.sections = (
            Section(0, len(a), START, edge),
            Section(len(a), len(a) + len(b), edge, T0),
            Section(len(a) + len(b), len(self.kinds), T0, END),
        )

    def begins(self, story: int, fraction: float) -> int:
        """When a story begins; `fraction` (0 to 1) places it within its share of the section."""
        section = next(s for s in self.sections if story < s.last)
        span = section.ends - section.begins
        share = (story - section.first + fraction) / (section.last - section.first)
        return section.begins + int(span * share)

    def horizon(self, story: int) -> int:
        """The time before which all applications of a story fall."""
        return END if story >= self.sections[2].first else T0

    @cached_property
    def chunks(self) -> tuple[ChunkPlan, ...]:
        return tuple(self._chunks())

    def _chunks(self) -> Iterator[ChunkPlan]:
        applications = candidates = 0
        extra_applications = bytes(kind.applications for kind in KINDS)
        extra_candidates = bytes(kind.candidates for kind in KINDS)
        padding = bytes(256 - len(KINDS))
        for number, first in enumerate(range(0, len(self.kinds), CHUNK)):
            last = min(first + CHUNK, len(self.kinds))
            part = self.kinds[first:last]
            begins, applications = (
                applications,
                applications + sum(part.translate(extra_applications + padding)),
            )
            yield ChunkPlan(number, first, last, begins, candidates, applications)
            candidates += sum(part.translate(extra_candidates + padding))


def _section(
    rng: Random, applications: int, *, at_least: int = 0, planted: bool = False
) -> bytearray:
    """Stories with `applications` applications in all, shuffled."""
    stories = bytearray()
    used = 0
    for index, kind in enumerate(KINDS):
        if index == REST or any(kind.name in fixed for fixed in (PLANTED, PLACED, SHARED)):
            wanted = PLANTED.get(kind.name, 0) if planted else 0
        else:
            wanted = max(at_least, round(kind.share * applications / kind.applications))
        stories += bytes([index]) * wanted
        used += wanted * kind.applications
    while used > applications:
        used -= KINDS[stories.pop()].applications
    stories += bytes([REST]) * (applications - used)
    rng.shuffle(stories)
    return stories


def _placed(stories: bytearray, names: Sequence[str]) -> bytearray:
    """The stories before T0 with those of some kinds evenly among those of the rest."""
    rest = [place for place, kind in enumerate(stories) if kind == REST]
    wanted = [index for index, kind in enumerate(KINDS) for _ in range(names.count(kind.name))]
    if len(wanted) >= len(rest):
        raise ValueError(f"{len(stories)} stories leave {len(rest)} places for {len(wanted)}")
    for number, index in enumerate(wanted):
        stories[rest[number * len(rest) // len(wanted)]] = index
    return stories
