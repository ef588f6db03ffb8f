"""Who is deleted, merged and made anonymous in a world of many systems, and how.

In every ATS where it can happen: candidates who were counted, who registered for nothing, who never
did, who register afterwards, who were hired, who are still under way; one of two applications of a
candidate; two candidates of one person, also two that nothing has shown to be one yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import warehouse
from sandbox import exports, store
from sandbox.removals import KEPT, Event, Staff
from sandbox.webhooks import signed
from sandbox.world_time import parse
from tests.oracle.applications import selections
from tests.oracle.registrations import registrations
from tests.oracle.staff import matches
from tests.oracle.truth import Application, Candidate, Removal, Truth
from tests.oracle.visible import at

Is = Callable[[Candidate], bool]


@dataclass
class People:
    """The candidates that the first run has seen, by what has become of them."""

    truth: Truth
    seen: datetime
    done: datetime
    _taken: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        view = at(self.truth, self.seen)
        judged = registrations(view, selections(view))
        self._registered = {r.application_id for r in judged}
        self._counted = {r.application_id for r in judged if r.is_counted}
        self._applications: dict[int, list[Application]] = defaultdict(list)
        for application in self.truth.applications:
            self._applications[application.candidate_id].append(application)
        self._last: dict[int, datetime] = {}
        for event in self.truth.events:
            last = self._last.get(event.application_id, event.at)
            self._last[event.application_id] = max(last, event.at)
        self._comes = {
            number
            for response in self.truth.responses
            if response.submitted_at is not None and response.submitted_at > self.seen
            for number in response.match_candidate_ids
        }
        numbered = {(n.company_id, n.id) for n in self.truth.stated_numbers if n.feed == "hires"}
        recognised = matches(view)
        self._employed = {
            (hire.company_id, hire.application_id)
            for hire in view.hires
            if f"hire:{hire.key}" in recognised and (hire.company_id, hire.hire_id) not in numbered
        }
        self._of_person: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
        for candidate in self.truth.candidates:
            self._of_person[candidate.company_id, candidate.person_id].append(candidate)

    def applications(self, candidate: Candidate) -> list[Application]:
        """All that the candidate ever applies with, oldest first."""
        own = self._applications[candidate.candidate_id]
        return sorted(own, key=lambda a: (a.applied_at, a.application_id))

    def _has(self, candidate: Candidate, numbers: Collection[int | None]) -> bool:
        return any(a.application_id in numbers for a in self.applications(candidate))

    def is_counted(self, candidate: Candidate) -> bool:
        """Whether a registration for one of the applications counts."""
        return self._has(candidate, self._counted)

    def is_refused(self, candidate: Candidate) -> bool:
        """Whether registrations came and none counts."""
        return self._has(candidate, self._registered) and not self.is_counted(candidate)

    def is_silent(self, candidate: Candidate) -> bool:
        """Whether nothing ever came."""
        never = not self._has(candidate, self._registered) and not self.comes(candidate)
        return never and self.is_quiet(candidate) and not self.is_employed(candidate)

    def comes(self, candidate: Candidate) -> bool:
        """Whether a registration is still to come, of which there was none."""
        is_known = self._has(candidate, self._registered)
        return candidate.candidate_id in self._comes and not is_known

    def is_employed(self, candidate: Candidate) -> bool:
        """Whether the HR system's employee is recognised by who the candidate is."""
        names = ((a.company_id, a.key.partition(":")[2]) for a in self.applications(candidate))
        return any(name in self._employed for name in names)

    def is_quiet(self, candidate: Candidate) -> bool:
        """Whether everything that happens to the applications has happened."""
        times = (self._last.get(a.application_id) for a in self.applications(candidate))
        return all(last is None or last <= self.seen for last in times)

    def is_under_way(self, candidate: Candidate) -> bool:
        """Whether something happens to an application after the candidate is gone."""
        times = (self._last.get(a.application_id) for a in self.applications(candidate))
        return any(last is not None and last > self.done for last in times)

    def take(self, company_id: str, number: int, *conditions: Is) -> list[Candidate]:
        """The first candidates of whom all is true; each is the person's only one, has been seen
        with all applications there will be, and is taken once."""
        found = [
            candidate
            for candidate in sorted(self.truth.candidates, key=lambda c: c.candidate_id)
            if candidate.company_id == company_id
            and (company_id, candidate.person_id) not in self._taken
            and self._of_person[company_id, candidate.person_id] == [candidate]
            and candidate.person_known_at is None
            and all(a.applied_at <= self.seen for a in self.applications(candidate))
            and all(condition(candidate) for condition in conditions)
        ][:number]
        self._taken |= {(company_id, candidate.person_id) for candidate in found}
        return found

    def pairs(self, company_id: str) -> list[tuple[Candidate, Candidate]]:
        """The two candidates of each person who has two with applications that the company
        rejected, the older one first."""
        return [
            (own[0], own[1])
            for (company, _), found in sorted(self._of_person.items())
            if company == company_id and len(found) == 2
            for own in [sorted(found, key=lambda c: (c.created_at, c.candidate_id))]
            if all(c.created_at <= self.seen and self.is_quiet(c) for c in own)
        ]


def chosen(truth: Truth, seen: datetime, done: datetime) -> tuple[Removal, ...]:
    """What is done in all companies at the clock ``done``, after a run at ``seen``."""
    people = People(truth, seen, done)
    return tuple(
        removal
        for company in truth.companies
        for make in (_merged, _anonymised, _deleted)
        for removal in make(people, company.company_id, company.ats)
    )


def _merged(people: People, company_id: str, ats: str) -> Iterator[Removal]:
    """The second of two into the first, and the first of the next two into the second."""
    if not KEPT[ats].owner:
        return
    for number, (older, newer) in enumerate(people.pairs(company_id)):
        gone, survivor = (newer, older) if number % 2 == 0 else (older, newer)
        yield Removal(
            company_id, "merged", gone.candidate_id, people.done, survivor_id=survivor.candidate_id
        )


def _anonymised(people: People, company_id: str, ats: str) -> Iterator[Removal]:
    if KEPT[ats].blank is None:
        return
    quiet = people.is_quiet
    for number, is_so in (
        (1, people.is_employed),
        (2, people.comes),
        (2, people.is_counted),
        (1, people.is_refused),
        (2, people.is_silent),
    ):
        for candidate in people.take(company_id, number, is_so, quiet):
            yield Removal(company_id, "anonymised", candidate.candidate_id, people.done)


def _deleted(people: People, company_id: str, ats: str) -> Iterator[Removal]:
    """Whole candidates, of whom Workable does not tell. One of two applications only where no mail
    is known by its recipient's address: that of the deleted one would be taken for the other's."""
    if ats == "workable":
        return
    by_address = {source.company_id for source in people.truth.mail_sources if source.mail != "log"}

    def has_two(candidate: Candidate) -> bool:
        return len(people.applications(candidate)) > 1

    if not KEPT[ats].people and company_id not in by_address:
        for candidate in people.take(company_id, 1, has_two):
            yield _deletion(people, candidate, people.applications(candidate)[:1])
    for number, is_so in (
        (1, people.is_employed),
        (1, people.comes),
        (2, people.is_counted),
        (1, people.is_refused),
        (2, people.is_silent),
        (1, people.is_under_way),
    ):
        for candidate in people.take(company_id, number, is_so):
            yield _deletion(people, candidate, people.applications(candidate))


def _deletion(people: People, candidate: Candidate, applications: Iterable[Application]) -> Removal:
    numbers = tuple(application.application_id for application in applications)
    return Removal(candidate.company_id, "deleted", candidate.candidate_id, people.done, numbers)


def perform(home: Path, truth: Truth, *, first: bool) -> None:
    """Do it in the companies' systems; the ``first`` time Greenhouse tells of it by webhooks, which
    go into the inbox. Exports of the day are written anew."""
    with store.transaction(store.open_world(home)) as world:
        accounts = {
            account.company_id: account
            for account in store.accounts(world)
            if account.vendor in KEPT
        }
        for removal in truth.removals:
            account = accounts[removal.company_id]
            event = _done(Staff(world, account), removal, truth)
            if first and account.vendor == "greenhouse":
                _post(account, event)
    with closing(store.open_world(home)) as world, closing(store.open_truth(home)) as facts:
        exports.rewrite(home, world, facts, parse(store.clock(world)))


def _done(staff: Staff, removal: Removal, truth: Truth) -> Event:
    candidate = removal.candidate_id
    if removal.kind == "deleted":
        return staff.delete(candidate, removal.application_ids)
    own = [a.application_id for a in truth.applications if a.candidate_id == candidate]
    if removal.survivor_id is not None:
        return staff.merge(candidate, removal.survivor_id, own)
    return staff.anonymise(candidate, own)


def _post(account: store.Account, event: Event) -> None:
    webhook = signed(account, event)
    with warehouse.connect("relay_inbox") as session:
        session.execute(
            "insert into inbox.events (connection, source, headers, body)"
            " values (%s, %s, '{}', %s)",
            [account.account, account.vendor, webhook.body],
        )
