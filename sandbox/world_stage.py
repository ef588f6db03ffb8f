"""What one story is told with: its people, their ids, their selections and forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from sandbox import world_catalog as catalog
from sandbox.people import Person, Population
from sandbox.world_company import Company
from sandbox.world_forms import Forms
from sandbox.world_plan import Plan
from sandbox.world_selection import Selections
from sandbox.world_story import Application, Candidate, Story
from sandbox.world_time import DAY

RESPONSES_PER_APPLICATION = 8  # ids kept free for them


@dataclass(frozen=True)
class World:
    """What all stories of one company share. `companies` is how many the world has."""

    seed: int
    companies: int
    company: Company
    plan: Plan
    population: Population


@dataclass
class Stage:
    """The props of one story: where its ids come from, when it begins, when it must be over."""

    world: World
    rng: Random
    story: Story
    begins: int
    horizon: int
    application: int
    candidate: int
    is_first: bool  # the first story of its kind in this company
    selections: Selections = field(init=False)
    forms: Forms = field(init=False)

    def __post_init__(self) -> None:
        self.selections = Selections(self.world.company, self.rng)
        self._base = self.world.company.base_id
        self.forms = Forms(
            self.rng, self.story, self._base + self.application * RESPONSES_PER_APPLICATION
        )

    def person(self, unlike: Person | None = None) -> Person:
        """A new person; `unlike`: who shares no name with that one."""
        local = 2 * self.application + len(self.story.persons)
        number = self.world.company.index + self.world.companies * local
        person_id = f"{self.world.company.company_id}-{local:07d}"
        population = self.world.population
        made = (
            population.person(self.rng, person_id, number)
            if unlike is None
            else population.stranger(self.rng, person_id, number, unlike)
        )
        self.story.persons.append(made)
        return made

    def record(self, person: Person, at: int) -> Candidate:
        """A candidate of the ATS; one in five is tagged within a week."""
        number = self._base + self.candidate + len(self.story.candidates) + 1
        candidate = self.selections.candidate(number, person, at)
        if self.rng.random() < 0.2:
            candidate.tagged_at = at + int(self.rng.random() * 7 * DAY)
            candidate.tag = int(self.rng.random() * len(catalog.TAGS))
        self.story.candidates.append(candidate)
        return candidate

    def again(self, at: int) -> int:
        """When the same person applies once more, within the horizon."""
        return min(
            at + int((20 + 40 * self.rng.random()) * DAY),
            at + int((self.horizon - at) * (0.2 + 0.7 * self.rng.random())),
        )

    def application_id(self) -> int:
        return self._base + self.application + len(self.story.applications) + 1

    def rejected(self, candidate: Candidate, at: int, case_name: str = "") -> Application:
        """An application the company rejects; its mail is not recorded yet."""
        made = self.selections.rejected(
            self.application_id(), candidate, at, case_name or self.story.kind
        )
        self.story.applications.append(made)
        return made

    def applied(self, candidate: Candidate, at: int, case_name: str = "") -> Application:
        made = self.selections.apply(
            self.application_id(), candidate, at, case_name or self.story.kind
        )
        self.story.applications.append(made)
        return made

    def mailed(self, person: Person | None = None) -> tuple[Candidate, str, int]:
        """A fresh applicant, rejected and mailed: the candidate, the link's token, the time."""
        candidate = self.record(person or self.person(), self.begins)
        application = self.rejected(candidate, self.begins)
        token = self.selections.mail(application)
        return candidate, token, application.last("mail_sent").at
