"""What deleting, merging and anonymising in the ATS makes of a view.

What is deleted is as though it had never been there: what was counted by it is taken back. What a
merged candidate had, and was known by, is the survivor's. Who is made anonymous stays what they
were, and is recognised by nothing that comes afterwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from tests.oracle.truth import Candidate, Likeness, Removal, Response, Truth


def removed(view: Truth, runs: Sequence[datetime]) -> Truth:
    """``view`` after everything that was done by its clock; ``runs``: the clocks of earlier runs,
    of which the last one before somebody was made anonymous saw the person as it was."""
    done = [removal for removal in view.removals if removal.at <= view.as_of]
    if not done:
        return view
    view = _without_deleted(view, [removal for removal in done if removal.kind == "deleted"])
    survivors = {r.candidate_id: r.survivor_id for r in done if r.survivor_id is not None}
    view = _merged(view, survivors)
    seen = {
        removal.candidate_id: max((run for run in runs if run < removal.at), default=removal.at)
        for removal in done
        if removal.kind == "anonymised"
    }
    return _unrecognised(view, seen)


def _without_deleted(view: Truth, deleted: Iterable[Removal]) -> Truth:
    """The view without deleted applications, and without candidates who have none left."""
    gone = {number for removal in deleted for number in removal.application_ids}
    applications = tuple(a for a in view.applications if a.application_id not in gone)
    left = {application.candidate_id for application in applications}
    people = {removal.candidate_id for removal in deleted} - left
    return replace(
        view,
        applications=applications,
        candidates=tuple(c for c in view.candidates if c.candidate_id not in people),
        events=tuple(e for e in view.events if e.application_id not in gone),
        likenesses=tuple(one for one in view.likenesses if one.candidate_id not in people),
        responses=tuple(_untied(response, gone, people) for response in view.responses),
    )


def _untied(response: Response, gone: Collection[int], people: Collection[int]) -> Response:
    """A response without ties to deleted records."""
    left = tuple(c for c in response.match_candidate_ids if c not in people)
    if response.match_application_id in gone or left != response.match_candidate_ids:
        return replace(response, match_candidate_ids=left, is_tie_lost=True)
    return response


def _merged(view: Truth, survivors: Mapping[int, int]) -> Truth:
    """The view in which survivors have what merged candidates had."""

    def kept(number: int) -> int:
        while number in survivors:
            number = survivors[number]
        return number

    together: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in view.candidates:
        together[kept(candidate.candidate_id)].append(candidate)
    return replace(
        view,
        candidates=tuple(
            replace(candidate, person_id=_person(together[candidate.candidate_id]))
            for candidate in view.candidates
            if candidate.candidate_id not in survivors
        ),
        applications=tuple(
            replace(a, candidate_id=kept(a.candidate_id)) for a in view.applications
        ),
        likenesses=tuple(
            _joined(
                replace(likeness, candidate_id=kept(likeness.candidate_id))
                for likeness in view.likenesses
            )
        ),
        responses=tuple(
            replace(r, match_candidate_ids=tuple(sorted({*map(kept, r.match_candidate_ids)})))
            for r in view.responses
        ),
    )


def _person(together: Sequence[Candidate]) -> str:
    """Whose records they are: known as soon as one of them is."""
    names = sorted(candidate.person_id for candidate in together)
    return min(names, key=lambda name: "?" in name)


def _joined(likenesses: Iterable[Likeness]) -> Iterable[Likeness]:
    """One likeness of each registration with each record, of whatever parts it is made."""
    found: dict[tuple[str, int], Likeness] = {}
    for one in likenesses:
        key = one.response_id, one.candidate_id
        other = found.get(key, one)
        since = (at for at in (one.email_from, other.email_from) if at is not None)
        found[key] = replace(
            one,
            email_from=min(since, default=None),
            has_phone=one.has_phone or other.has_phone,
            has_name=one.has_name or other.has_name,
        )
    return found.values()


def _unrecognised(view: Truth, seen: Mapping[int, datetime]) -> Truth:
    """The view in which nobody is recognised who came after an anonymous one was last ``seen``."""
    owners = {a.application_id: a.candidate_id for a in view.applications}
    came = {r.response_id: r.submitted_at for r in view.responses if r.submitted_at is not None}

    def is_unknown(response_id: str, candidate_id: int | None) -> bool:
        last = seen.get(candidate_id or 0)
        return last is not None and response_id in came and came[response_id] > last

    def recognised(response: Response) -> Response:
        name = response.response_id
        owner = owners.get(response.match_application_id or 0)
        left = tuple(c for c in response.match_candidate_ids if not is_unknown(name, c))
        if is_unknown(name, owner) or left != response.match_candidate_ids:
            return replace(response, match_candidate_ids=left, is_tie_lost=True)
        return response

    return replace(
        view,
        likenesses=tuple(
            one for one in view.likenesses if not is_unknown(one.response_id, one.candidate_id)
        ),
        responses=tuple(map(recognised, view.responses)),
    )
