"""Stories as Greenhouse Harvest v3 shows them at a clock.

A record's `updated_at` is the time of the latest visible event that touches it. The one value
that moves without it is `days_in_stage` of a current stage, which the vendor computes on reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import orjson

from sandbox import world_catalog as catalog
from sandbox import world_static
from sandbox.greenhouse import LISTS, Greenhouse
from sandbox.store import Account, Record
from sandbox.world_ats import Ats
from sandbox.world_company import Company, Stage
from sandbox.world_story import Application, Candidate, Note, Offer, Story
from sandbox.world_time import DAY, iso_ms, optional_ms, tokyo_date

Json = dict[str, Any]
LINK = "https://form.career-relay.example/to/{form_id}?token={token}"
MAILBOX = "recruit@{company_id}.example"
MAIL_SUBJECT = "選考結果のご連絡"
MAIL_BODY = (
    "この度は弊社の求人にご応募いただき、誠にありがとうございました。慎重に選考を重ねました結果、"
    "誠に残念ながら今回はご希望に添いかねることとなりました。\n\n"
    "なお、他社での活躍の機会をご希望の方は、下記のキャリアリレーへのご登録をご検討ください。\n{link}\n"
)


class Projector:
    """Projects stories of one company into records at `clock`; `emit` takes each record."""

    def __init__(self, company: Company, clock: int, emit: Callable[[Record], None]) -> None:
        self._company = company
        self._clock = clock
        self._emit = emit
        self._mailbox = MAILBOX.format(company_id=company.company_id)

    def story(self, story: Story) -> None:
        for candidate in story.candidates:
            if candidate.created_at <= self._clock:
                self._candidate(candidate, story.applications)
        for application in story.applications:
            if application.applied_at <= self._clock:
                self._application(application)

    def _put(self, stream: str, id_: int, created_at: int, updated_at: int, body: Json) -> None:
        created, updated = iso_ms(created_at), iso_ms(updated_at)
        record = {"id": id_, "created_at": created, "updated_at": updated, **body}
        self._emit(
            (
                self._company.ats_account,
                "greenhouse",
                stream,
                id_,
                None,
                created,
                updated,
                updated,
                "",
                orjson.dumps(record),
            )
        )

    def _candidate(self, candidate: Candidate, applications: list[Application]) -> None:
        clock = self._clock
        activity = max(
            (
                _last_activity(application, clock)
                for application in applications
                if application.candidate is candidate and application.applied_at <= clock
            ),
            default=candidate.created_at,
        )
        updated_at = activity
        tags = []
        if candidate.tagged_at is not None and candidate.tagged_at <= clock:
            tags = [catalog.TAGS[candidate.tag]]
            updated_at = max(updated_at, candidate.tagged_at)
            self._put(
                "applied_candidate_tags",
                candidate.candidate_id,
                candidate.tagged_at,
                candidate.tagged_at,
                {
                    "candidate_tag_id": self._company.base_id + 1 + candidate.tag,
                    "candidate_id": candidate.candidate_id,
                },
            )
        email = candidate.email
        if candidate.corrected_at is not None and candidate.first_email is not None:
            if candidate.corrected_at <= clock:
                updated_at = max(updated_at, candidate.corrected_at)
            else:
                email = candidate.first_email
        phones = [{"value": candidate.phone, "type": "mobile"}] if candidate.phone else []
        self._put(
            "candidates",
            candidate.candidate_id,
            candidate.created_at,
            updated_at,
            {
                "first_name": candidate.person.given,
                "last_name": candidate.person.family,
                "preferred_name": None,
                "company": None,
                "title": None,
                "last_activity_at": iso_ms(activity),
                "private": False,
                "can_email": True,
                "time_zone": "Tokyo",
                "tags": tags,
                "linked_user_ids": [],
                "phone_numbers": phones,
                "addresses": [],
                "email_addresses": [{"value": email, "type": "personal"}],
                "website_addresses": [],
                "social_media_addresses": [],
                "custom_fields": {},
            },
        )

    def _application(self, application: Application) -> None:
        state = _State(application, self._clock)
        job = application.job
        current = state.current_stage if state.status == "in_process" else None
        source = application.source
        base_id = self._company.base_id
        prospect = application.is_prospect
        activity = _last_activity(application, self._clock)
        self._put(
            "applications",
            application.application_id,
            application.applied_at,
            activity,
            {
                "agency_note_id": None,
                "candidate_id": application.candidate.candidate_id,
                "coordinator_id": None if prospect else job.coordinator_id,
                "job_id": None if prospect else job.job_id,
                "job_post_id": None if prospect else job.post_id,
                "recruiter_id": None if prospect else job.recruiter_id,
                "referrer_id": None,
                "source_id": None if source is None else base_id + 1 + source,
                "stage_id": current.stage_id if current else None,
                "stage_name": current.name if current else None,
                "status": state.status,
                "needs_decision": state.status == "in_process" and not prospect,
                "prospect": prospect,
                "rejected_at": optional_ms(state.rejected_at),
                "last_activity_at": None if prospect else iso_ms(activity),
                "location_address": None,
                "answers": [] if prospect else [{"question": "志望動機", "answer": job.name}],
                "prospective_job_ids": [job.job_id] if prospect else [],
                "custom_fields": {},
            },
        )
        for number, entry in enumerate(state.entries):
            self._stage(application, number, *entry)
        if state.rejections:
            self._rejection(application, state)
        for offer in application.offers:
            if offer.created_at <= self._clock:
                self._offer(application, offer)
        for number, note in enumerate(application.notes):
            # a mail that another system sends leaves no note
            if note.at <= self._clock and not (self._company.mail and note.content == "mail"):
                self._note(application, number, note)

    def _stage(
        self,
        application: Application,
        number: int,
        stage: Stage,
        entered_at: int,
        exited_at: int | None,
        updated_at: int,
    ) -> None:
        until = self._clock if exited_at is None else exited_at
        self._put(
            "application_stages",
            application.application_id * 16 + number,
            entered_at,
            updated_at,
            {
                "application_id": application.application_id,
                "job_interview_stage_id": stage.stage_id,
                "entered_at": iso_ms(entered_at),
                "exited_at": optional_ms(exited_at),
                "days_in_stage": (until - entered_at) // DAY,
                "current": exited_at is None,
            },
        )

    def _rejection(self, application: Application, state: _State) -> None:
        latest = state.rejections[-1]
        note = next(
            (
                number
                for number, note in enumerate(application.notes)
                if note.content == "rejection" and note.at == latest.at
            ),
            None,
        )
        self._put(
            "rejection_details",
            application.application_id,
            state.rejections[0].at,
            latest.at,
            {
                "application_id": application.application_id,
                "rejected_by_id": application.job.recruiter_id,
                "rejection_note_id": (
                    None if note is None else application.application_id * 16 + note
                ),
                "rejection_reason_id": latest.reason.reason_id if latest.reason else None,
                "rejected_at": iso_ms(latest.at),
                "question_custom_fields": {},
            },
        )

    def _offer(self, application: Application, offer: Offer) -> None:
        clock = self._clock
        sent = offer.sent_at <= clock
        resolved = offer.resolved_at <= clock
        updated_at = offer.resolved_at if resolved else offer.sent_at if sent else offer.created_at
        self._put(
            "offers",
            application.application_id * 4 + offer.version,
            offer.created_at,
            updated_at,
            {
                "version": offer.version,
                "application_id": application.application_id,
                "job_id": application.job.job_id,
                "candidate_id": application.candidate.candidate_id,
                "opening_id": None,
                "status": offer.outcome if resolved else "Created",
                "starts_on": offer.starts_on,
                "sent_on": tokyo_date(offer.sent_at) if sent else None,
                "resolved_at": iso_ms(offer.resolved_at) if resolved else None,
                "custom_fields": {},
            },
        )

    def _note(self, application: Application, number: int, note: Note) -> None:
        subject, body = self._text(note)
        is_mail = note.content in ("mail", "invitation")
        self._put(
            "notes",
            application.application_id * 16 + number,
            note.at,
            note.at,
            {
                "candidate_id": application.candidate.candidate_id,
                "application_id": application.application_id,
                "body": body,
                "subject": subject,
                "type": "EMAIL" if is_mail else "NOTE",
                "user_id": application.job.recruiter_id,
                "email_from": self._mailbox if is_mail else None,
                "email_to": application.candidate.email if is_mail else None,
                "email_cc": [] if is_mail else None,
                "import_hash": None,
                "body_with_tags": body,
                "visibility": "publicly_visible" if is_mail else "privately_visible",
                "email_attachment_file_names": [],
            },
        )

    def _text(self, note: Note) -> tuple[str | None, str]:
        """Subject and body; a pasted link is a recruiter's note, not a mail."""
        link = LINK.format(form_id=self._company.form_id, token=note.token)
        if note.content == "mail":
            return MAIL_SUBJECT, MAIL_BODY.format(link=link)
        if note.content == "pasted link":
            return None, f"登録リンクについて電話で問い合わせあり。{link}"
        if note.content == "invitation":
            return (
                "面接日程のご案内",
                "次回の面接の日程候補をお送りします。ご都合をお知らせください。",
            )
        if note.content == "rejection":
            return None, "次回のポジションでは再検討したい。"
        return None, "応対が丁寧。希望条件を確認済み。"


class _State:
    """An application at a clock: status, stages entered, rejections so far."""

    __slots__ = ("current_stage", "entries", "rejected_at", "rejections", "status")

    def __init__(self, application: Application, clock: int) -> None:
        self.status = "in_process"
        self.rejected_at: int | None = None
        self.current_stage: Stage | None = None
        # stage, entered_at, exited_at, updated_at
        self.entries: list[tuple[Stage, int, int | None, int]] = []
        self.rejections = []
        if application.converted_at is not None and application.converted_at <= clock:
            self.status = "converted"
        for event in application.events:
            if event.at > clock:
                break
            if event.kind == "stage_entered" and event.stage is not None:
                self._leave(event.at)
                self.entries.append((event.stage, event.at, None, event.at))
                self.current_stage = event.stage
            elif event.kind == "rejected":
                self.status, self.rejected_at = "rejected", event.at
                self.rejections.append(event)
                self._leave(event.at)
            elif event.kind == "unrejected":
                self.status, self.rejected_at = "in_process", None
                stage, entered_at, _, _ = self.entries[-1]
                self.entries[-1] = (stage, entered_at, None, event.at)
            elif event.kind == "offer_accepted":
                self.status = "hired"
                self._leave(event.at)

    def _leave(self, at: int) -> None:
        if self.entries and self.entries[-1][2] is None:
            stage, entered_at, _, _ = self.entries[-1]
            self.entries[-1] = (stage, entered_at, at, at)


def _last_activity(application: Application, clock: int) -> int:
    """The latest visible thing that happened to an application."""
    return max(at for at in _activity(application) if at <= clock)


def _activity(application: Application) -> Iterator[int]:
    yield application.applied_at
    if application.converted_at is not None:
        yield application.converted_at
    for event in application.events:
        yield event.at
    for note in application.notes:
        yield note.at
    for offer in application.offers:
        yield offer.created_at
        yield offer.sent_at
        yield offer.resolved_at


DATE_FILTERS = ("pipe", "bracket")  # both syntaxes of the date filter are in use


def _account(company: Company, rng: Random) -> Account:
    return Account(
        company.ats_account,
        "greenhouse",
        company.company_id,
        f"{rng.getrandbits(96):024x}",
        f"{rng.getrandbits(160):040x}",
        tuple(f"harvest:{stream}:list" for stream in LISTS),
        company.users[-2].user_id,
        None,
    )


def _credentials(account: Account, url: str) -> Json:
    return {
        "conn_type": "http",
        "host": f"{url}/greenhouse",
        "login": account.client_id,
        "password": account.secret,
        "extra": {"token_url": f"{url}/greenhouse/token"},
    }


ATS = Ats(
    name="greenhouse",
    simulator=Greenhouse,
    vendor_id=str,
    records=world_static.records,
    projector=lambda company, clock, emit: Projector(company, clock, emit).story,
    account=_account,
    options=lambda number: {"date_filter": f'"{DATE_FILTERS[number % len(DATE_FILTERS)]}"'},
    credentials=_credentials,
)
