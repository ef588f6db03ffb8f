"""A hand-made truth as raw rows: what the landing and the gate would leave of it at a clock.

For truths that no sandbox world holds. Identity keys are the truth's own person ids, which are one
human's at every company.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from sandbox.world_clicks import QUESTIONS
from tests.dbt.raw import Key, Raw
from tests.oracle.applications import selections
from tests.oracle.dimensions import EMPLOYMENT_TYPES
from tests.oracle.statements import Contract, Hire, Join
from tests.oracle.truth import FormSession, Response, Truth

CHANNELS = (None, "求人サイト", "紹介")
REASONS = {"WE_REJECTED_THEM": 1, "THEY_REJECTED_US": 2, "SECURITY_CONCERN": 4}
SLOT = ("company_id", "slot_number", "granted_on", "used_on", "introduction_id")
INTRODUCTION = (
    "company_id",
    "introduction_id",
    "slot_number",
    "job_title",
    "introduced_on",
    "interview_on",
    "offered_on",
    "accepted_on",
    "declined_on",
)
JOIN = ("company_id", "join_id", "introduction_id", "joined_on", "annual_salary_yen")
HIRE = (
    "company_id",
    "hire_id",
    "application_id",
    "channel",
    "joined_on",
    "annual_salary_yen",
    "left_on",
    "leave_type",
    "observed_on",
)
COST = ("company_id", "cost_id", "month", "kind", "amount_yen", "is_programme")
FEE_TERMS = ("company_id", "valid_from", "fee_rate_percent", "refund_steps", "minimum_fee_yen")
ATTESTATION = (
    "company_id",
    "join_id",
    "month",
    "observed_on",
    "employed",
    "left_on",
    "leave_type",
)
Record = tuple[str, str, str, str, dict[str, Any], tuple[Key, ...]]


@dataclass
class Teller:
    """Lands what has changed since the last time."""

    raw: Raw
    landed: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)

    def companies(self, truth: Truth) -> None:
        """The companies with their connections, as the first run registers them."""
        for company in truth.companies:
            self.raw.connection.execute(
                "insert into landing.companies values (%s, %s, %s)",
                [company.company_id, company.name, company.group_id],
            )
            for source in ("greenhouse", "typeform", "operator"):
                name = f"{company.company_id}_{source}"
                self.raw.connection.execute(
                    "insert into landing.connections values (%s, %s, %s)",
                    [name, company.company_id, source],
                )

    def tell(self, view: Truth) -> None:
        """Land the new versions of a view's records and let them through the gate."""
        for source, stream, company_id, record_id, payload, keys in records(view):
            connection = f"{company_id}_{source}"
            if self.landed.get((connection, stream, record_id)) != payload:
                self.landed[connection, stream, record_id] = payload
                self.raw.land(source, stream, connection, record_id, payload, keys)
        self.raw.check(_text(view.as_of))


def records(view: Truth) -> Iterator[Record]:
    """Every record that the three sources of every company show."""
    yield from _reference(view)
    yield from _selections(view)
    yield from _stages(view)
    yield from _mails(view)
    sessions = {session.response_id: session for session in view.sessions}
    for response in view.responses:
        yield _response(response, sessions.get(response.response_id))
    yield from _statements(view)


def _reference(view: Truth) -> Iterator[Record]:
    for job in view.jobs:

        def record(stream: str, number: int, _id: str = job.company_id, **fields: Any) -> Record:
            return "greenhouse", stream, _id, str(number), {"id": number, **fields}, ()

        label = next((k for k in EMPLOYMENT_TYPES if k == job.employment_type), None)
        department_id = job.job_id if job.department else None
        if department_id:
            yield record("departments", department_id, name=job.department)
        yield record("offices", 1, name=job.office)
        channels = {a.channel for a in view.applications if a.company_id == job.company_id}
        for channel in filter(None, channels):
            kind = {"id": 1, "name": "Channels"}
            yield record("sources", CHANNELS.index(channel), name=channel, type=kind)
        yield record(
            "jobs",
            job.job_id,
            name=job.name,
            status="open",
            department_id=department_id,
            office_ids=[1],
            opened_at=_text(job.status_open_from),
            closed_at=None,
            custom_fields={"employment_type": {"name": "e", "type": "t", "value": label}},
        )
        for stage in (stage for stage in view.stages if stage.job_id == job.job_id):
            order = stage.sort_order
            yield record(
                "job_interview_stages",
                stage.stage_id,
                name=stage.name,
                sort_order=order,
                job_id=stage.job_id,
            )
        for key, number in REASONS.items():
            name = "経験不足"
            yield record("rejection_reasons", number, name=name, type={"id": number, "key": key})


def _selections(view: Truth) -> Iterator[Record]:
    for candidate in view.candidates:
        number, person = candidate.candidate_id, candidate.person_id
        payload = {"id": number, "created_at": _text(candidate.created_at)}
        keys = (("email", f"e-{person}"), ("name", f"n-{person}"))
        yield "greenhouse", "candidates", candidate.company_id, str(number), payload, keys
    for number, selection in selections(view).items():
        application = selection.application
        ended = selection.ended_at
        payload = {
            "id": number,
            "candidate_id": application.candidate_id,
            "job_id": application.job_id,
            "source_id": _channel(application.channel),
            "status": "rejected" if ended else "in_process",
            "prospect": False,
            "created_at": _text(application.applied_at),
            "rejected_at": _text(ended) if ended else None,
        }
        yield "greenhouse", "applications", application.company_id, str(number), payload, ()
        if ended:
            detail = {
                "id": number,
                "application_id": number,
                "rejection_reason_id": REASONS[selection.rejection_reason_type or ""],
                "rejected_at": _text(ended),
            }
            company_id = application.company_id
            yield "greenhouse", "rejection_details", company_id, str(number), detail, ()


def _stages(view: Truth) -> Iterator[Record]:
    companies = {a.application_id: a.company_id for a in view.applications}
    for event in view.events:
        if event.kind == "stage_entered" and event.stage_id is not None:
            number = event.application_id * 1_000_000 + event.stage_id
            payload = {
                "id": number,
                "application_id": event.application_id,
                "job_interview_stage_id": event.stage_id,
                "entered_at": _text(event.at),
                "exited_at": None,
            }
            company_id = companies[event.application_id]
            yield "greenhouse", "application_stages", company_id, str(number), payload, ()


def _mails(view: Truth) -> Iterator[Record]:
    companies = {a.application_id: a.company_id for a in view.applications}
    mails = [event for event in view.events if event.kind == "mail_sent"]
    for event in mails:
        number = int(event.at.timestamp()) * 1_000_000 + event.application_id
        payload = {
            "id": number,
            "application_id": event.application_id,
            "type": "EMAIL",
            "registration_token": event.token,
            "created_at": _text(event.at),
        }
        company_id = companies[event.application_id]
        yield "greenhouse", "notes", company_id, str(number), payload, ()


def _response(response: Response, session: FormSession | None) -> Record:
    """The response in the list that shows it; one without a session answers its consent alone."""
    submitted, partial, person = response.submitted_at, response.partial_at, response.person_id
    hidden = {"token": response.token or "", "consent_version": "1"}
    refs = ["consent"] if submitted else []
    payload: dict[str, Any] = {}
    keys: tuple[Key, ...] = ()
    if submitted:
        keys = (("email", f"e-{person}"), ("name", f"n-{person}"))
    if session is not None:
        if session.form_version != "(none)":
            hidden["form_version"] = session.form_version
        payload["client"] = {
            "device": session.device,
            "agent_class": session.agent_class,
            "network_key": session.network,
        }
        keys += (("network", session.network),)
        asked = QUESTIONS["2" if session.form_version == "2" else "1"]
        last = session.last_question if partial else None
        refs = list(asked if submitted else asked[: asked.index(last) + 1] if last else ())
    payload |= {
        "response_id": response.response_id,
        "landed_at": _text(response.landed_at),
        "staged_at": _text(partial) if partial and not submitted else None,
        "submitted_at": _text(submitted) if submitted else None,
        "hidden": hidden,
        "answers": [_answer(ref, response.consent) for ref in refs if _is_answered(ref, response)],
    }
    kind = "completed" if submitted else "partial" if partial else "started"
    company_id = response.company_id
    return "typeform", f"responses_{kind}", company_id, response.response_id, payload, keys


def _is_answered(ref: str, response: Response) -> bool:
    return ref != "consent" or response.consent is not None or response.submitted_at is None


def _answer(ref: str, consent: bool | None) -> dict[str, Any]:
    if ref == "consent":
        return {"field": {"ref": ref}, "type": "boolean", "boolean": bool(consent)}
    return {"field": {"ref": ref}, "type": "text", "text": "-"}


def _statements(view: Truth) -> Iterator[Record]:
    def record(stream: str, fact: Any, key: str, payload: dict[str, Any]) -> Record:
        plain = {n: v.isoformat() if isinstance(v, date) else v for n, v in payload.items()}
        return "operator", stream, fact.company_id, key, plain, ()

    for contract in view.contracts:
        yield record("contracts", contract, contract.contract_id, _contract(contract))
    for event in view.registration_events:
        payload = _columns(event, "company_id", "registration_id", "event", "occurred_on")
        yield record("registration_events", event, ":".join(event.key), payload)
    for count in view.counted_statements:
        payload = _columns(count, "company_id", "registration_id", "counted_on")
        yield record(
            "counted_registrations", count, f"{count.company_id}:{count.registration_id}", payload
        )
    for slot in view.slot_statements:
        yield record("slots", slot, slot.key, _columns(slot, *SLOT))
    for introduction in view.introductions:
        payload = _columns(introduction, *INTRODUCTION)
        yield record("introductions", introduction, introduction.key, payload)
    for join in view.joins:
        yield record("joins", join, join.key, _columns(join, *JOIN) | _label(join))
    for attestation in view.attestations:
        payload = _columns(attestation, *ATTESTATION)
        key = f"{attestation.company_id}:{attestation.join_id}:{attestation.month}"
        yield record("attestations", attestation, key, payload)
    for hire in view.hires:
        yield record("hires", hire, hire.key, _columns(hire, *HIRE) | _label(hire))
    for cost in view.costs:
        payload = _columns(cost, *COST) | {"category": "採用"}
        yield record("costs", cost, cost.key, payload)
    for terms in view.fee_terms:
        payload = _columns(terms, *FEE_TERMS)
        percent = {"fee_rate_percent": str(terms.fee_rate_percent)}
        yield record(
            "fee_terms", terms, f"{terms.company_id}:{terms.valid_from}", payload | percent
        )


def _label(fact: Join | Hire) -> dict[str, Any]:
    """The employment type in the words of the statements."""
    kind = fact.employment_type
    return {"employment_type": next(k for k, v in EMPLOYMENT_TYPES.items() if v == kind)}


def _columns(fact: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in names}


def _contract(contract: Contract) -> dict[str, Any]:
    """The version's columns, those that say nothing left out as a file of before has them."""
    left_out = ("published_at", "version")
    columns = {f.name: getattr(contract, f.name) for f in fields(contract)}
    stated = {n: v for n, v in columns.items() if n not in left_out and v is not None}
    return stated | {"contract_version": contract.version}


def _channel(name: str | None) -> int | None:
    return None if name is None else CHANNELS.index(name)


def _text(moment: datetime) -> str:
    return moment.isoformat()
