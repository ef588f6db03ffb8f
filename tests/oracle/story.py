"""Tiny truths, written fact by fact, for tests whose numbers are worked out by hand.

One company, ``c`` unless told otherwise, one job, two stages. Times are Tokyo texts such as
``2026-01-10 10:00``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from tests.oracle import statements as s
from tests.oracle import truth as t
from tests.oracle.clock import JST

COMPANY = "c"
FAR = "2027-12-31 00:00"


def jst(text: str) -> datetime:
    """The UTC instant of a Tokyo wall clock."""
    return datetime.fromisoformat(text).replace(tzinfo=JST).astimezone(UTC)


def day(text: str | None) -> date | None:
    """The date of an ISO text; None stays None."""
    return None if text is None else date.fromisoformat(text)


@dataclass
class Story:
    """Collects facts; ``truth()`` gives them as the oracle reads them."""

    company: str = COMPANY
    group: str | None = None
    ats: str = "greenhouse"
    mail: str | None = None
    form: str | None = None
    contracts: list[s.Contract] = field(default_factory=list)
    candidates: list[t.Candidate] = field(default_factory=list)
    applications: list[t.Application] = field(default_factory=list)
    events: list[t.Event] = field(default_factory=list)
    responses: list[t.Response] = field(default_factory=list)
    sessions: list[t.FormSession] = field(default_factory=list)
    likenesses: list[t.Likeness] = field(default_factory=list)
    registration_events: list[s.RegistrationEvent] = field(default_factory=list)
    counted_statements: list[s.CountedStatement] = field(default_factory=list)
    slot_statements: list[s.SlotStatement] = field(default_factory=list)
    introductions: list[s.Introduction] = field(default_factory=list)
    joins: list[s.Join] = field(default_factory=list)
    attestations: list[s.Attestation] = field(default_factory=list)

    def truth(self) -> t.Truth:
        """The story as a whole truth."""
        return t.Truth(
            companies=(t.Company(self.company, "空", self.group, self.ats),),
            form_sources=(t.FormSource(self.company, self.form),) if self.form else (),
            mail_sources=(t.MailSource(self.company, self.mail),) if self.mail else (),
            contracts=tuple(self.contracts),
            candidates=tuple(self.candidates),
            jobs=(
                t.Job(7, self.company, "営業", "営業部", "東京", "正社員", jst("2024-01-01 00:00")),
            ),
            stages=(t.Stage(1, 7, "書類選考", 0), t.Stage(2, 7, "一次面接", 1)),
            applications=tuple(self.applications),
            events=tuple(self.events),
            responses=tuple(self.responses),
            sessions=tuple(self.sessions),
            likenesses=tuple(self.likenesses),
            registration_events=tuple(self.registration_events),
            counted_statements=tuple(self.counted_statements),
            slot_statements=tuple(self.slot_statements),
            introductions=tuple(self.introductions),
            joins=tuple(self.joins),
            attestations=tuple(self.attestations),
        )

    def contract(
        self,
        version: str = "v1",
        *,
        since: str = "2020-01-01",
        until: str | None = None,
        threshold: int = 2,
        slots: int = 1,
        valid_days: int | None = None,
        used_by: str = "introduced",
        event: str = "consented",
        scope: str = "company",
        stated: str | None = None,
        published: str | None = None,
        **terms: Any,
    ) -> None:
        """A contract version of the company; ``terms`` are further fields of it."""
        self.contracts.append(
            s.Contract(
                company_id=self.company,
                version=version,
                valid_from=date.fromisoformat(since),
                valid_to=day(until),
                counting_event=event,
                threshold=threshold,
                slots_per_threshold=slots,
                slot_valid_days=valid_days,
                slot_used_by=used_by,
                dedupe_scope=scope,
                published_at=None if published is None else jst(published),
                stated_on=day(stated),
                **terms,
            )
        )

    def applies(
        self,
        application_id: int,
        person: str,
        *,
        candidate: int | None = None,
        channel: str | None = "求人サイト",
    ) -> None:
        """An application on 2026-01-01 09:00, and its candidate record if it is new."""
        candidate_id = candidate or application_id
        if candidate_id not in {known.candidate_id for known in self.candidates}:
            created = jst("2026-01-01 09:00")
            self.candidates.append(t.Candidate(candidate_id, self.company, person, created))
        self.applications.append(
            t.Application(
                application_id, self.company, candidate_id, 7, channel, jst("2026-01-01 09:00")
            )
        )

    def event(self, application_id: int, at: str, kind: str, **detail: object) -> None:
        """Anything that happens to an application."""
        self.events.append(t.Event(application_id, jst(at), kind, **detail))  # type: ignore[arg-type]

    def rejects(
        self, application_id: int, at: str, *, mail: bool = True, kind: str = "WE_REJECTED_THEM"
    ) -> None:
        """A rejection; with ``mail``, the link ``tok<id>`` goes out at the same time."""
        self.event(application_id, at, "rejected", reason="経験不足", reason_type=kind)
        if mail:
            self.event(application_id, at, "mail_sent", token=f"tok{application_id}")

    def answers(
        self,
        response_id: str,
        person: str,
        landed: str,
        submitted: str | None,
        *,
        token: str | None = None,
        consent: bool | None = True,
        method: str | None = None,
        application: int | None = None,
        candidates: tuple[int, ...] = (),
        partial: str | None = None,
    ) -> None:
        """A form opened at ``landed`` and, unless None, submitted."""
        self.responses.append(
            t.Response(
                response_id=response_id,
                company_id=self.company,
                person_id=person,
                token=token,
                landed_at=jst(landed),
                partial_at=None if partial is None else jst(partial),
                submitted_at=None if submitted is None else jst(submitted),
                visible_at=jst(landed),
                consent=consent,
                match_method=method,
                match_application_id=application,
                match_candidate_ids=candidates,
            )
        )

    def resembles(
        self,
        response_id: str,
        candidate_id: int,
        *,
        email: str | None = None,
        phone: bool = False,
        name: bool = True,
    ) -> None:
        """What a registration has in common with a candidate; ``email``: since when the address."""
        email_from = None if email is None else jst(email)
        self.likenesses.append(t.Likeness(response_id, candidate_id, email_from, phone, name))

    def counts(self, number: int, at: str, *, person: str | None = None) -> None:
        """One more person, rejected on 2026-01-05, who registers through the link at ``at``."""
        self.applies(number, person or f"p{number}")
        self.rejects(number, "2026-01-05 10:00")
        self.answers(
            f"r{number}",
            person or f"p{number}",
            at,
            at,
            token=f"tok{number}",
            method="token",
            application=number,
            candidates=(number,),
        )

    def becomes(
        self, response_id: str, event: str, on: str, *, published: str = "2026-01-01 00:00"
    ) -> None:
        """A registration is verified, referred or withdrawn, as the operator states it."""
        occurred_on = date.fromisoformat(on)
        self.registration_events.append(
            s.RegistrationEvent(self.company, response_id, event, occurred_on, jst(published))
        )

    def says_counted(
        self, response_id: str, on: str, *, published: str = "2026-01-01 00:00"
    ) -> None:
        """A registration that the operator counted, as its file says."""
        self.counted_statements.append(
            s.CountedStatement(
                self.company, response_id, date.fromisoformat(on), on[:7], jst(published)
            )
        )

    def says_granted(
        self,
        slot: int,
        on: str,
        *,
        used: str | None = None,
        introduction: str | None = None,
        published: str = "2026-01-01 00:00",
    ) -> None:
        """A slot that the operator granted, as its file says."""
        self.slot_statements.append(
            s.SlotStatement(
                self.company,
                slot,
                date.fromisoformat(on),
                day(used),
                introduction,
                on[:7],
                jst(published),
            )
        )

    def introduces(
        self,
        introduction_id: str,
        on: str,
        *,
        slot: int | None = 1,
        interviewed: str | None = None,
        accepted: str | None = None,
        declined: str | None = None,
        published: str = "2026-01-01 00:00",
    ) -> None:
        """An introduction as the operator states it."""
        self.introductions.append(
            s.Introduction(
                introduction_id,
                self.company,
                slot,
                "営業",
                date.fromisoformat(on),
                day(interviewed),
                None,
                day(accepted),
                day(declined),
                jst(published),
            )
        )

    def joins_on(
        self, join_id: str, introduction_id: str, on: str, *, published: str = "2026-01-01 00:00"
    ) -> None:
        """The day an introduced person starts."""
        joined_on = date.fromisoformat(on)
        self.joins.append(s.Join(join_id, introduction_id, self.company, joined_on, jst(published)))

    def attests(
        self,
        join_id: str,
        observed: str,
        employed: str,
        *,
        left: str | None = None,
        leave: str | None = None,
        published: str = "2026-01-01 00:00",
    ) -> None:
        """A monthly attestation of employment."""
        on = date.fromisoformat(observed)
        month, at = observed[:7], jst(published)
        self.attestations.append(
            s.Attestation(join_id, self.company, month, on, employed, day(left), leave, at)
        )
