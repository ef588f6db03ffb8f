"""Stories that stand in a world in known numbers: what seldom happens and decides the numbers.

Each takes the place of a story of the rest and is told with a random stream of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from sandbox.people import Person, ats_email
from sandbox.world_contracts import later_change
from sandbox.world_stage import Stage
from sandbox.world_story import Candidate, Response
from sandbox.world_time import DAY, HOUR, MINUTE, T0, tokyo_midnight

LONGEST = 75 * DAY  # from an application to its rejection's last mail, and a margin


def _at(day: date, seconds: int = 0) -> int:
    return tokyo_midnight(day) + seconds


def registers(
    s: Stage, submitted_at: int, *, consent: bool = True, person: Person | None = None
) -> Response:
    """Rejected and mailed in time, submits the form through the mail's link at a given moment.

    `person`: who does; by default a new one.
    """
    s.begins = min(submitted_at, T0) - LONGEST + int(s.rng.random() * DAY)
    candidate, token, _ = s.mailed(person)
    return s.forms.complete(
        candidate.person,
        token,
        submitted_at - 5 * MINUTE,
        s.story.kind,
        consent=consent,
        submitted_at=submitted_at,
    )


def _becomes(response: Response, **days: date) -> None:
    """Events of the registration; every one of these is verified and referred on the way."""
    response.events.update({name: _at(day) for name, day in days.items()})


def _correct_later(s: Stage, candidate: Candidate, at: int) -> None:
    """Until `at` the ATS has an older address of the person, and no phone number."""
    candidate.first_email = ats_email(s.rng, candidate.person.other_email)
    candidate.corrected_at = at
    candidate.phone = None


def _late_matched(s: Stage) -> None:
    """Registers without a link; the ATS knows the address only months later."""
    s.begins = T0 - 200 * DAY + int(s.rng.random() * DAY)
    candidate, _, _ = s.mailed()
    known_at = s.selections.working_hours(T0, 35, 40)
    _correct_later(s, candidate, known_at)
    response = s.forms.complete(
        candidate.person, None, s.begins + LONGEST, s.story.kind, submitted_at=s.begins + LONGEST
    )
    response.match_known_at = known_at


def _duplicate_found(s: Stage) -> None:
    """Two records in the ATS register as two persons, until an address shows that they are one."""
    s.begins = T0 - 200 * DAY + int(s.rng.random() * DAY)
    first, token, _ = s.mailed()
    at = s.begins + LONGEST
    s.forms.complete(first.person, token, at, s.story.kind, submitted_at=at + 4 * MINUTE)
    applied = s.begins + 20 * DAY
    second = s.record(first.person, applied)
    _correct_later(s, second, s.selections.working_hours(T0, 45, 50))
    token = s.selections.mail(s.rejected(second, applied))
    s.forms.complete(
        second.person,
        token,
        at + 30 * DAY,
        s.story.kind,
        other_email=True,
        other_phone=True,
        submitted_at=at + 30 * DAY + 4 * MINUTE,
    )


def _withdrawn(day: date, after: int) -> Callable[[Stage], None]:
    """Submits on `day`, is verified two days later and withdraws `after` days after that."""

    def tell(s: Stage) -> None:
        start = max(day, later_change(s.world.company)) if day > date(2026, 7, 1) else day
        response = registers(s, _at(start, 10 * HOUR + s.application % 600))
        verified = start + timedelta(days=2)
        withdrawn = verified + timedelta(days=after)
        if after > 5:
            _becomes(response, verified=verified, referred=verified + timedelta(days=3))
        _becomes(response, verified=verified, withdrawn=withdrawn)

    return tell


def _unrejected_used(s: Stage) -> None:
    """Counted a year ago, its slot long used; taken back into the selection after T0."""
    registers(s, T0 - 300 * DAY)
    application = s.story.applications[0]
    s.selections.unreject(application, s.selections.working_hours(T0, 12, 25))
    s.selections.offer(application, accepted=True)


def _contract_midnight(s: Stage) -> None:
    """Submitted in the last second of the old contract, or in the first of the new one."""
    response = registers(s, _at(later_change(s.world.company), -1 if s.is_first else 0))
    day = later_change(s.world.company)
    _becomes(response, verified=day, referred=day + timedelta(days=4))


def _stated(day: date, *, consent: bool = True) -> Callable[[Stage], None]:
    """An ordinary registration of July, which the operator's file will not state as it is."""

    def tell(s: Stage) -> None:
        registers(s, _at(day, 11 * HOUR), consent=consent)

    return tell


PLANTED_TALES: dict[str, Callable[[Stage], None]] = {
    "late_matched": _late_matched,
    "duplicate_found": _duplicate_found,
    "withdrawn_kept": _withdrawn(date(2026, 5, 11), 20),
    "withdrawn_soon": _withdrawn(date(2026, 8, 3), 3),
    "withdrawn_later": _withdrawn(date(2026, 8, 4), 12),
    "withdrawn_used": _withdrawn(date(2026, 8, 5), 200),
    "unrejected_used": _unrejected_used,
    "contract_midnight": _contract_midnight,
    "statement_missing": _stated(date(2026, 7, 6)),
    "statement_extra": _stated(date(2026, 7, 8), consent=False),
    "statement_other_day": _stated(date(2026, 7, 13)),
    "statement_corrected": _stated(date(2026, 7, 15)),
}
