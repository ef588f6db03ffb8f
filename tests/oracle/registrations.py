"""Completed registrations: the application each is attributed to, and which one counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tests.oracle.applications import REJECTED, Selection
from tests.oracle.people import person_of_candidates
from tests.oracle.truth import Response, Truth


@dataclass(frozen=True)
class Registration:
    """A completed response; ``application_id`` and ``method`` are None when unmatched."""

    response: Response
    submitted_at: datetime
    application_id: int | None
    method: str | None
    person_id: str | None
    is_eligible: bool

    @property
    def registration_id(self) -> str:
        return self.response.key

    @property
    def order(self) -> tuple[datetime, str]:
        """First come, first counted."""
        return self.submitted_at, self.registration_id

    @property
    def has_consent(self) -> bool:
        return self.response.consent is True


def registrations(truth: Truth, selections: Mapping[int, Selection]) -> list[Registration]:
    """Every completed response, in the order in which they came."""
    people = person_of_candidates(truth)
    by_person: dict[str, list[Selection]] = defaultdict(list)
    for selection in selections.values():
        by_person[people[selection.application.candidate_id]].append(selection)
    found = [
        _registration(response, response.submitted_at, selections, people, by_person)
        for response in truth.responses
        if response.submitted_at is not None
    ]
    return sorted(found, key=lambda registration: registration.order)


def _registration(
    response: Response,
    submitted_at: datetime,
    selections: Mapping[int, Selection],
    people: Mapping[int, str],
    by_person: Mapping[str, list[Selection]],
) -> Registration:
    persons = {people[c] for c in response.match_candidate_ids if c in people}
    if response.match_method == "token":
        target = selections.get(response.match_application_id or 0)
    else:
        own = [selection for person in persons for selection in by_person.get(person, [])]
        target = _latest_rejected(own, submitted_at)
    person_id = people[target.application.candidate_id] if target else min(persons, default=None)
    return Registration(
        response=response,
        submitted_at=submitted_at,
        application_id=target.application.application_id if target else None,
        method=response.match_method if target else None,
        person_id=person_id,
        is_eligible=_is_eligible(target, submitted_at) and response.consent is True,
    )


def _latest_rejected(own: list[Selection], submitted_at: datetime) -> Selection | None:
    """The person's application that the company rejected last before the registration."""
    rejected = [
        (selection.rejected_at, selection.application.application_id, selection)
        for selection in own
        if selection.rejected_at is not None and selection.rejected_at <= submitted_at
    ]
    return max(rejected, key=lambda entry: entry[:2])[2] if rejected else None


def _is_eligible(target: Selection | None, submitted_at: datetime) -> bool:
    return (
        target is not None
        and target.outcome == REJECTED
        and target.rejected_at is not None
        and target.rejected_at <= submitted_at
    )


def counted(found: list[Registration]) -> list[Registration]:
    """The registrations that count: the first eligible one of each person of a company."""
    first: dict[str, Registration] = {}
    for registration in found:
        if registration.is_eligible and registration.person_id is not None:
            first.setdefault(registration.person_id, registration)
    return sorted(first.values(), key=lambda registration: registration.order)
