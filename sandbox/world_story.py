"""A story: what one applicant (or a pair tied together by a forwarded link) goes through.

Stories are independent of each other: whatever has to be known of a person to match, count or
project them stands in one story, the future included, and what counts of them elsewhere. Times are
seconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.people import Person
from sandbox.world_company import Job, Reason, Stage

if TYPE_CHECKING:
    from sandbox.world_mail import MailEvent


@dataclass(slots=True)
class Event:
    """`kind` as in truth.application_event."""

    at: int
    kind: str
    stage: Stage | None = None
    reason: Reason | None = None
    token: str | None = None


@dataclass(slots=True)
class Offer:
    """A draft until `sent_at`; `outcome` (Accepted, Rejected, Deprecated) from `resolved_at` on."""

    version: int
    created_at: int
    sent_at: int
    resolved_at: int
    outcome: str
    starts_on: str


@dataclass(slots=True)
class Note:
    """`content`: invitation, memo, rejection (the reason in words), mail or pasted link."""

    at: int
    content: str
    token: str | None = None


@dataclass(slots=True)
class Candidate:
    """The ATS's record of a person; `email` and `phone` (or None) as the ATS writes them."""

    candidate_id: int
    person: Person
    created_at: int
    email: str
    phone: str | None
    tagged_at: int | None = None
    tag: int = 0
    first_email: str | None = None  # what the ATS has until `corrected_at`
    corrected_at: int | None = None


@dataclass(slots=True)
class Application:
    """`job` is only being considered while it `is_prospect`; `stage` is the last one entered."""

    application_id: int
    candidate: Candidate
    job: Job
    applied_at: int
    source: int | None
    case_name: str
    stage: Stage
    is_prospect: bool = False
    converted_at: int | None = None
    events: list[Event] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def enter(self, stage: Stage, at: int) -> None:
        self.stage = stage
        self.events.append(Event(at, "stage_entered", stage))

    def last(self, kind: str) -> Event:
        """The latest event of a kind; StopIteration when there is none."""
        return next(event for event in reversed(self.events) if event.kind == kind)

    def rejection_at(self, time: int) -> Event | None:
        """The rejection that stands at `time`."""
        standing = None
        for event in self.events:
            if event.at > time:
                break
            if event.kind == "rejected":
                standing = event
            elif event.kind == "unrejected":
                standing = None
        return standing


@dataclass(slots=True)
class Response:
    """One landing on the form; `answers` by field ref, as typed, of which a form that was put
    aside holds the first `partial_answers`.

    Nothing shows before `visible_at`; from then on the most advanced state whose time has come.
    """

    response_id: str
    number: int
    person: Person
    token: str | None
    hidden_token: str | None
    landed_at: int
    partial_at: int | None
    submitted_at: int | None
    visible_at: int
    consent: bool | None
    consent_version: str
    answers: dict[str, str | bool]
    email: str | None
    phone: str | None
    case_name: str
    agent: int
    form_version: str = "1"
    network: str = ""
    partial_answers: int = 2
    is_bot: bool = False
    match_method: str | None = None
    match_application: Application | None = None
    match_candidates: list[int] = field(default_factory=list)
    match_known_at: int | None = None  # None: from the beginning
    events: dict[str, int] = field(default_factory=dict)  # verified ...: a Tokyo midnight


@dataclass(slots=True)
class Count:
    """A registration that counts towards slots, by the time at which the employer can know it.

    It counts at `counted_at` for everybody who looks from `known_at` until `retracted_at`.
    """

    response: Response
    counted_at: int
    known_at: int
    retracted_at: int | None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A count of the same human at another company; None: it is never taken back."""

    counted_at: int
    retracted_at: int | None
    is_in_group: bool


@dataclass(slots=True)
class Story:
    kind: str
    persons: list[Person] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    applications: list[Application] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)
    elsewhere: list[Elsewhere] = field(default_factory=list)
    mail_events: list[MailEvent] = field(default_factory=list)

    def first_at(self) -> int:
        return min(candidate.created_at for candidate in self.candidates)

    def last_at(self) -> int:
        """After this time nothing of the story changes any more."""
        times = [self.first_at()]
        for application in self.applications:
            times.append(application.applied_at)
            times.append(application.converted_at or 0)
            times += [event.at for event in application.events]
            times += [note.at for note in application.notes]
            times += [offer.resolved_at for offer in application.offers]
        for candidate in self.candidates:
            times += [candidate.tagged_at or 0, candidate.corrected_at or 0]
        for response in self.responses:
            times += [response.visible_at, response.submitted_at or 0, response.partial_at or 0]
        times += [event.visible_at for event in self.mail_events]
        return max(times)
