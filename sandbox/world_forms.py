"""Registrations: landings on the form, what is typed into it, and whom it truly matches."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from sandbox import world_catalog as catalog
from sandbox.people import Person, typed_email, typed_kana, typed_name, typed_phone
from sandbox.world_story import Application, Candidate, Response, Story
from sandbox.world_time import DAY, MINUTE, optional_iso, tokyo_date

NEW_CONSENT_FROM = "2025-04-01"
LATEST = 30 * MINUTE  # a fresh response may be missing from the API for so long


def consent_version(time: int) -> str:
    """The consent text shown on a day."""
    return "2025-04" if tokyo_date(time) >= NEW_CONSENT_FROM else "2024-04"


class Forms:
    """Makes the responses of one story; `base` is the number of its first response."""

    def __init__(self, rng: Random, story: Story, base: int) -> None:
        self._rng = rng
        self._story = story
        self._base = base

    def soon(self, mailed_at: int) -> int:
        """When a mail's link is opened: half within two days, nobody after thirty."""
        return mailed_at + 5 * MINUTE + int(min(self._rng.expovariate(1 / (3 * DAY)), 30 * DAY))

    def open(self, person: Person, token: str | None, at: int, case_name: str) -> Response:
        """A landing without an answer."""
        response = self._landing(person, token, at, case_name)
        response.visible_at = at + self._delay()
        return response

    def begin(self, person: Person, token: str | None, at: int, case_name: str) -> Response:
        """A landing whose first answers were saved and that was never submitted."""
        response = self._landing(person, token, at, case_name)
        response.partial_at = at + 2 * MINUTE + int(self._rng.random() * 8 * MINUTE)
        response.visible_at = response.partial_at + self._delay()
        response.answers = {
            "name": typed_name(self._rng, person),
            "kana": typed_kana(self._rng, person),
        }
        return response

    def complete(
        self,
        person: Person,
        token: str | None,
        at: int,
        case_name: str,
        *,
        other_email: bool = False,
        other_phone: bool = False,
        consent: bool = True,
        submitted_at: int | None = None,
    ) -> Response:
        """A submitted form; one in eight is put aside half done for days."""
        rng = self._rng
        response = self._landing(person, token, at, case_name)
        response.submitted_at = submitted_at or at + 2 * MINUTE + int(rng.random() * 18 * MINUTE)
        response.visible_at = response.submitted_at + self._delay()
        if submitted_at is None and rng.random() < 0.12:
            response.partial_at = at + 2 * MINUTE + int(rng.random() * 8 * MINUTE)
            response.submitted_at = at + DAY + int(rng.random() * 9 * DAY)
            response.visible_at = response.partial_at + self._delay()
        response.consent = consent
        response.email = person.other_email if other_email else person.email
        response.phone = person.other_phone if other_phone else person.phone
        response.answers = {
            "name": typed_name(rng, person),
            "kana": typed_kana(rng, person),
            "email": typed_email(rng, response.email),
            "phone": typed_phone(rng, response.phone),
            "birth_date": person.born,
            "wish_job_type": rng.choice(catalog.JOB_WISHES),
            "wish_location": rng.choice(catalog.LOCATIONS),
            "consent": consent,
        }
        return response

    def _delay(self) -> int:
        return int(self._rng.random() * LATEST)

    def _landing(self, person: Person, token: str | None, at: int, case_name: str) -> Response:
        rng = self._rng
        hidden = token if token is not None or rng.random() < 0.8 else ""
        response = Response(
            response_id=f"{rng.getrandbits(128):032x}",
            number=self._base + len(self._story.responses),
            person=person,
            token=token,
            hidden_token=hidden,
            landed_at=at,
            partial_at=None,
            submitted_at=None,
            visible_at=at,
            consent=None,
            consent_version=consent_version(at),
            answers={},
            email=None,
            phone=None,
            case_name=case_name,
            agent=int(rng.random() * 4),
        )
        self._story.responses.append(response)
        return response


def match(story: Story) -> None:
    """Note on each registration what a correct deterministic matcher finds in the end.

    Nothing is shared between stories but names, and a name alone matches nobody.
    """
    senders = {e.token: a for a in story.applications for e in a.events if e.token is not None}
    for response in story.responses:
        if response.submitted_at is not None:
            _match(response, story.candidates, senders.get(response.token or ""))


def _match(response: Response, candidates: list[Candidate], sender: Application | None) -> None:
    """`sender`: the application whose mail carried the response's token."""
    by_email = [c for c in candidates if _shares_email(c, response) and _agrees(c, response)]
    by_phone = [c for c in candidates if _shares_phone(c, response) and _shares_name(c, response)]
    found = {candidate.candidate_id for candidate in (*by_email, *by_phone)}
    if sender is not None and (
        _shares_email(sender.candidate, response) or _agrees(sender.candidate, response)
    ):
        response.match_method = "token"
        response.match_application = sender
        found.add(sender.candidate.candidate_id)
    elif found:
        response.match_method = "email" if by_email else "phone"
    response.match_candidates = sorted(found)


def _shares_email(candidate: Candidate, response: Response) -> bool:
    return candidate.person.email == response.email


def _shares_phone(candidate: Candidate, response: Response) -> bool:
    return candidate.phone is not None and candidate.person.phone == response.phone


def _shares_name(candidate: Candidate, response: Response) -> bool:
    return candidate.person.name_key == response.person.name_key


def _agrees(candidate: Candidate, response: Response) -> bool:
    return _shares_name(candidate, response) or _shares_phone(candidate, response)


def likenesses(story: Story) -> Iterator[tuple[str, int, str | None, bool, bool]]:
    """What each registration has in common with each record of the ATS, whatever follows from it.

    (response, candidate, since when the record has the address, whether it has the phone, the name)
    """
    for response in story.responses:
        for candidate in story.candidates if response.submitted_at is not None else ():
            email_from = optional_iso(_email_from(candidate, response))
            phone, name = _shares_phone(candidate, response), _shares_name(candidate, response)
            if email_from or phone or name:
                yield response.response_id, candidate.candidate_id, email_from, phone, name


def _email_from(candidate: Candidate, response: Response) -> int | None:
    """A record keeps for good what it once had, so what is corrected is shared even then."""
    if candidate.first_email is not None and candidate.person.other_email == response.email:
        return candidate.created_at
    if not _shares_email(candidate, response):
        return None
    return candidate.corrected_at or candidate.created_at
