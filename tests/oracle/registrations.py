"""Completed registrations: the application each is attributed to, and which ones count.

A registration has one counting time: the first moment at which the event that the contract of
that Tokyo day asks for has happened. It is judged there, once, in the order of these times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from tests.oracle.applications import Selection
from tests.oracle.clock import jst_midnight
from tests.oracle.contracts import Calendar, allows, calendars, excludes, reverses
from tests.oracle.dimensions import employment_type
from tests.oracle.people import Humans, humans, person_of_candidates
from tests.oracle.statements import Contract
from tests.oracle.truth import Job, Response, Truth
from tests.oracle.vendors import REJECTED

# Why a registration does not count, in the order in which the rules are asked; `not_yet` (its event
# is missing) comes before the last, for which other registrations matter.
NO_CONSENT = "no_consent"
NOT_ELIGIBLE_OUTCOME = "not_eligible_outcome"
NOT_ELIGIBLE_STAGE = "not_eligible_stage"
NOT_ELIGIBLE_CHANNEL = "not_eligible_channel"
NOT_ELIGIBLE_EMPLOYMENT_TYPE = "not_eligible_employment_type"
WITHDRAWN = "withdrawn"
NOT_YET = "not_yet"
DUPLICATE_PERSON = "duplicate_person"

SCOPES = ("company", "group", "programme")
Events = Mapping[tuple[str, str], date]  # (response id, event) -> day


@dataclass(frozen=True)
class Registration:
    """A completed response; ``application_id`` and ``method`` are None when unmatched.

    ``counted_at`` and ``contract`` are its counting time and the contract of that day, whether it
    counts or not; without a counting time the contract is the one of the day it was submitted.
    ``refused_because`` is None for one that counts.
    """

    response: Response
    submitted_at: datetime
    application_id: int | None
    method: str | None
    person_id: str | None
    counted_at: datetime | None = None
    contract: Contract | None = None
    refused_because: str | None = None

    @property
    def registration_id(self) -> str:
        return self.response.key

    @property
    def order(self) -> tuple[datetime, bytes]:
        """The order in which they came."""
        return self.submitted_at, self.registration_id.encode()

    @property
    def counting_order(self) -> tuple[datetime, bytes]:
        """First to satisfy its contract, first counted."""
        if self.counted_at is None:
            raise ValueError(f"{self.registration_id} has no counting time")
        return self.counted_at, self.registration_id.encode()

    @property
    def has_consent(self) -> bool:
        return self.response.consent is True

    @property
    def is_counted(self) -> bool:
        return self.counted_at is not None and self.refused_because is None


def registrations(truth: Truth, selections: Mapping[int, Selection]) -> list[Registration]:
    """Every completed response, in the order in which they came, each with its judgement."""
    people = person_of_candidates(truth)
    by_person: dict[str, list[Selection]] = defaultdict(list)
    for selection in selections.values():
        by_person[people[selection.application.candidate_id]].append(selection)
    found = [
        _registration(response, response.submitted_at, selections, people, by_person)
        for response in truth.responses
        if response.submitted_at is not None
    ]
    return sorted(_judged(truth, found, selections), key=lambda registration: registration.order)


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
    )


def _latest_rejected(own: list[Selection], submitted_at: datetime) -> Selection | None:
    """The person's application that the company rejected last before the registration."""
    rejected = [
        (selection.rejected_at, selection.application.key.encode(), selection)
        for selection in own
        if selection.rejected_at is not None and selection.rejected_at <= submitted_at
    ]
    return max(rejected, key=lambda entry: entry[:2])[2] if rejected else None


def _judged(
    truth: Truth, found: Iterable[Registration], selections: Mapping[int, Selection]
) -> list[Registration]:
    """Each registration with its counting time, contract and, if refused, the one reason."""
    rules = calendars(truth)
    events = {(e.registration_id, e.event): e.occurred_on for e in truth.registration_events}
    jobs = {job.job_id: job for job in truth.jobs}
    timed = [_timed(registration, rules, events) for registration in found]
    waiting = [registration for registration in timed if registration.counted_at is None]
    ready = [registration for registration in timed if registration.counted_at is not None]
    people = humans(truth)
    judged: list[Registration] = []
    last: dict[Hashable, datetime] = {}  # human within a scope -> when counted last
    for registration in (*waiting, *sorted(ready, key=lambda r: r.counting_order)):
        target = selections.get(registration.application_id or 0)
        reason = _refusal(registration, target, jobs, events)
        if reason is None and _is_duplicate(registration, people, last):
            reason = DUPLICATE_PERSON
        if reason is None and registration.person_id and registration.counted_at:
            for scope in SCOPES:
                human = people.within(scope, registration.person_id)
                last[human] = registration.counted_at
        judged.append(replace(registration, refused_because=reason))
    return judged


def _timed(
    registration: Registration, rules: Mapping[str, Calendar], events: Events
) -> Registration:
    """The registration with its counting time, if it has one, and the contract that judges it.

    On a day without any contract being submitted counts, though it earns no point.
    """
    calendar = rules[registration.response.company_id]
    moments = _moments(registration, events)
    for moment in sorted(set(moments.values())):
        contract = calendar.at(moment)
        # without a contract the form itself counts, though it earns no point
        event = contract.counting_event if contract else "consented"
        if moments.get(event) == moment:
            return replace(registration, counted_at=moment, contract=contract)
    return replace(registration, contract=calendar.at(registration.submitted_at))


def _moments(registration: Registration, events: Events) -> dict[str, datetime]:
    """When each counting event happened to a registration, for those that have."""
    submitted_at = registration.submitted_at
    moments = {"registered": submitted_at}
    if registration.has_consent:
        moments["consented"] = submitted_at
        for event in ("verified", "referred"):
            day = events.get((registration.response.response_id, event))
            if day is not None:
                moments[event] = max(jst_midnight(day), submitted_at)
    return moments


def _refusal(
    registration: Registration,
    target: Selection | None,
    jobs: Mapping[int, Job],
    events: Events,
) -> str | None:
    """Why a registration does not count whatever else its person has; None when it may."""
    contract, counted_at = registration.contract, registration.counted_at
    is_needed = contract is None or contract.counting_event != "registered"
    if is_needed and not registration.has_consent:
        return NO_CONSENT
    if target is None or target.outcome != REJECTED or target.rejected_at is None:
        return NOT_ELIGIBLE_OUTCOME
    if counted_at is not None and target.rejected_at > counted_at:
        return NOT_ELIGIBLE_OUTCOME
    if contract is not None and (reason := _ineligible(contract, target, jobs)):
        return reason
    is_withdrawn = (registration.response.response_id, "withdrawn") in events
    if contract is not None and is_withdrawn and reverses(contract):
        return WITHDRAWN
    return NOT_YET if counted_at is None else None


def _is_duplicate(
    registration: Registration, people: Humans, last: Mapping[Hashable, datetime]
) -> bool:
    """Whether the human has counted within the scope, not so long ago that they may again."""
    contract = registration.contract
    if registration.counted_at is None or registration.person_id is None:
        return False
    scope = contract.dedupe_scope if contract else "company"
    before = last.get(people.within(scope, registration.person_id))
    if before is None:
        return False
    days = contract.dedupe_window_days if contract else None
    return days is None or registration.counted_at < before + timedelta(days=days)


def _ineligible(contract: Contract, target: Selection, jobs: Mapping[int, Job]) -> str | None:
    """Which of the contract's lists leaves the application out."""
    channel = target.application.channel
    job = jobs.get(target.application.job_id or 0)
    if not allows(contract.eligible_stages, target.stage_reached):
        return NOT_ELIGIBLE_STAGE
    if not allows(contract.eligible_channels, channel) or excludes(
        contract.excluded_channels, channel
    ):
        return NOT_ELIGIBLE_CHANNEL
    if not allows(
        contract.eligible_employment_types, employment_type(job.employment_type if job else None)
    ):
        return NOT_ELIGIBLE_EMPLOYMENT_TYPE
    return None


def counted(found: Iterable[Registration]) -> list[Registration]:
    """The registrations that count, in counting order."""
    counting = (registration for registration in found if registration.is_counted)
    return sorted(counting, key=lambda registration: registration.counting_order)
