"""Who is who: the truth's own persons, never the pipeline's identity keys."""

from __future__ import annotations

from collections import defaultdict

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
