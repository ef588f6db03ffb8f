"""Selections: applying, moving through stages, rejections and their mails, offers."""

from __future__ import annotations

from bisect import bisect
from random import Random

from sandbox import world_catalog as catalog
from sandbox.people import Person, ats_email, ats_phone
from sandbox.world_company import Company
from sandbox.world_story import Application, Candidate, Event, Note, Offer
from sandbox.world_time import DAY, HOUR, MINUTE, TOKYO, tokyo_date, weekday


class Selections:
    """Makes applications of one company with the generator `rng`."""

    def __init__(self, company: Company, rng: Random) -> None:
        self._company = company
        self._rng = rng

    def candidate(self, candidate_id: int, person: Person, created_at: int) -> Candidate:
        """A new record in the ATS; one in eight lacks a phone number."""
        rng = self._rng
        phone = None if rng.random() < 0.125 else ats_phone(rng, person.phone)
        return Candidate(candidate_id, person, created_at, ats_email(rng, person.email), phone)

    def apply(
        self, application_id: int, candidate: Candidate, applied_at: int, case_name: str
    ) -> Application:
        application = self._application(application_id, candidate, applied_at, case_name)
        application.enter(application.job.stages[0], applied_at)
        return application

    def prospect(
        self, application_id: int, candidate: Candidate, applied_at: int, case_name: str
    ) -> Application:
        application = self._application(application_id, candidate, applied_at, case_name)
        application.is_prospect = True
        return application

    def _application(
        self, application_id: int, candidate: Candidate, applied_at: int, case_name: str
    ) -> Application:
        job = self._company.job_at(self._rng, applied_at)
        return Application(
            application_id, candidate, job, applied_at, self._source(), case_name, job.stages[0]
        )

    def _source(self) -> int | None:
        """An index into the channels; a few applications have none."""
        if self._rng.random() < 0.03:
            return None
        weights = self._company.source_weights
        return bisect(weights, self._rng.random() * weights[-1])

    def working_hours(self, after: int, least_days: int, most_days: int) -> int:
        """A moment of a Tokyo working day, some days after `after`."""
        rng = self._rng
        days = least_days + int(rng.random() * (most_days - least_days + 1))
        midnight = (after + TOKYO) // DAY * DAY - TOKYO + days * DAY
        midnight += max(0, 7 - weekday(midnight)) * DAY if weekday(midnight) >= 5 else 0
        time = midnight + 9 * HOUR + int(rng.random() * 10 * HOUR)
        return time if time > after else self.working_hours(after, 1, 1)

    def move(self, application: Application, steps: int) -> None:
        """Enter up to `steps` further stages, with the notes that recruiters leave on the way."""
        stages = application.job.stages
        for _ in range(steps):
            order = application.stage.sort_order + 1
            if order == len(stages):
                return
            at = self.working_hours(application.events[-1].at, 3, 12)
            application.enter(stages[order], at)
            if self._rng.random() < 0.4:
                application.notes.append(Note(at + 10 * MINUTE, "invitation"))
            if self._rng.random() < 0.2:
                application.notes.append(Note(at - 20 * MINUTE, "memo"))

    def some_steps(self) -> int:
        """How far a rejected applicant comes: half fail the first stage."""
        return bisect((0.5, 0.76, 0.92), self._rng.random())

    def reject(self, application: Application, reason_type: str | None = catalog.WE) -> None:
        """Reject in the present stage; None: without a reason."""
        at = self.working_hours(application.events[-1].at, 2, 14)
        self.reject_at(application, at, reason_type)

    def reject_at(self, application: Application, at: int, reason_type: str | None) -> None:
        reason = self._company.reason(self._rng, reason_type) if reason_type else None
        application.events.append(Event(at, "rejected", reason=reason))
        if self._rng.random() < 0.15:
            application.notes.append(Note(at, "rejection"))

    def mail(self, application: Application) -> str:
        """Record the rejection mail with a link of its own; returns the link's token.

        One in twenty is recorded minutes before the rejection itself, a few are sent again.
        """
        rng = self._rng
        rejected_at = application.last("rejected").at
        lag = -10 * MINUTE if rng.random() < 0.05 else 5 * MINUTE + int(rng.random() * DAY)
        token = self._send(application, rejected_at + lag)
        if rng.random() < 0.02:
            application.notes.append(Note(rejected_at + lag + HOUR, "pasted link", token))
        if rng.random() < 0.03:
            token = self._send(application, rejected_at + 7 * DAY)
        application.events.sort(key=lambda event: event.at)
        return token

    def _send(self, application: Application, at: int) -> str:
        token = f"{self._rng.getrandbits(128):032x}"
        application.notes.append(Note(at, "mail", token))
        application.events.append(Event(at, "mail_sent", token=token))
        return token

    def rejected(
        self, application_id: int, candidate: Candidate, applied_at: int, case_name: str
    ) -> Application:
        """An application that the company rejects, its mail not yet recorded."""
        application = self.apply(application_id, candidate, applied_at, case_name)
        self.move(application, self.some_steps())
        self.reject(application)
        return application

    def unreject(self, application: Application, at: int) -> None:
        application.events.append(Event(at, "unrejected"))
        self.move(application, 1)

    def offer(self, application: Application, *, accepted: bool) -> None:
        """An offer with its outcome; one in ten is replaced by a better version first."""
        rng = self._rng
        self.move(application, len(catalog.STAGES))
        created_at = self.working_hours(application.events[-1].at, 1, 3)
        sent_at = self.working_hours(created_at, 1, 1)
        version = 1
        if rng.random() < 0.1:
            second_at = self.working_hours(sent_at, 2, 4)
            starts_on = tokyo_date(sent_at + 45 * DAY)
            application.offers.append(
                Offer(version, created_at, sent_at, second_at, "Deprecated", starts_on)
            )
            application.events.append(Event(sent_at, "offer_sent"))
            version, created_at, sent_at = 2, second_at, second_at + HOUR
        resolved_at = self.working_hours(sent_at, 2, 9)
        outcome = "Accepted" if accepted else "Rejected"
        starts_on = tokyo_date(resolved_at + 45 * DAY)
        application.offers.append(
            Offer(version, created_at, sent_at, resolved_at, outcome, starts_on)
        )
        application.events.append(Event(sent_at, "offer_sent"))
        kind = "offer_accepted" if accepted else "offer_rejected"
        application.events.append(Event(resolved_at, kind))
        if not accepted:
            self.reject_at(application, resolved_at + 30 * MINUTE, catalog.THEY)
