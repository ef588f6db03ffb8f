"""Who is who: the truth's own persons, never the pipeline's identity keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from tests.oracle.truth import Truth


def candidates_of_people(truth: Truth) -> dict[tuple[str, str], list[int]]:
    """Candidate ids of each (company, truth person), among the candidates that exist."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for candidate in truth.candidates:
        groups[candidate.company_id, candidate.person_id].append(candidate.candidate_id)
    return groups


def person_of_candidates(truth: Truth) -> dict[int, str]:
    """``person_id`` of each candidate: the smallest ``candidate_id`` of the person, as text."""
    keys = {candidate.candidate_id: candidate.key for candidate in truth.candidates}
    people = {}
    for members in candidates_of_people(truth).values():
        person_id = min(keys[member] for member in members)
        people.update(dict.fromkeys(members, person_id))
    return people


@dataclass(frozen=True)
class Humans:
    """Whoever stands behind the persons of companies, by the ids of persons."""

    groups: Mapping[str, str]  # company -> its group; a company without one is its own
    people: Mapping[str, tuple[str, str]]  # person -> company and the truth's person

    def within(self, scope: str, person_id: str) -> Hashable:
        """What all persons have in common who are one human within a contract's scope."""
        company_id, human = self.people[person_id]
        return {
            "company": ("company", company_id, human),
            "group": ("group", self.groups[company_id], human),
            "programme": ("programme", human),
        }[scope]

    def group_persons(self) -> dict[str, str]:
        """``group_person_id`` of each person: the first one of the same human in the group."""
        members: dict[Hashable, list[str]] = defaultdict(list)
        for person_id in self.people:
            members[self.within("group", person_id)].append(person_id)
        return {person: min(own) for own in members.values() for person in own}


def humans(truth: Truth) -> Humans:
    """The humans behind all persons who have a candidate, or had one and are known by what they
    registered with alone."""
    people = person_of_candidates(truth)
    known = {people[c.candidate_id]: (c.company_id, c.person_id) for c in truth.candidates}
    with_candidate = set(known.values())
    for response in truth.responses:
        who = response.company_id, response.person_id
        is_alone = response.is_tie_lost and who not in with_candidate
        if is_alone and response.submitted_at is not None:
            known[response.key] = who
    return Humans(
        groups={c.company_id: c.group_id or f"{c.company_id} alone" for c in truth.companies},
        people=known,
    )
