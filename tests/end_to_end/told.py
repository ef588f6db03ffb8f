"""A hand-made truth as raw rows: what the landing and the gate would leave of it at a clock.

For truths that no sandbox world holds. Identity keys are the truth's own person ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.dbt.raw import Key, Raw
from tests.oracle.applications import selections
from tests.oracle.dimensions import EMPLOYMENT_TYPES
from tests.oracle.truth import Contract, Response, Truth

CHANNEL = 1
REASONS = {"WE_REJECTED_THEM": 1, "THEY_REJECTED_US": 2}
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
                "insert into landing.companies values (%s, %s)", [company.company_id, company.name]
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
    yield from _mails(view)
    for response in view.responses:
        yield _response(response)
    yield from _statements(view)


def _reference(view: Truth) -> Iterator[Record]:
    for job in view.jobs:

        def record(stream: str, number: int, _id: str = job.company_id, **fields: Any) -> Record:
            return "greenhouse", stream, _id, str(number), {"id": number, **fields}, ()

        label = next((k for k in EMPLOYMENT_TYPES if k == job.employment_type), None)
        yield record("departments", 1, name=job.department)
        yield record("offices", 1, name=job.office)
        channels = {a.channel for a in view.applications if a.company_id == job.company_id}
        for channel in channels:
            kind = {"id": CHANNEL, "name": "Channels"}
            yield record("sources", CHANNEL, name=channel, type=kind)
        yield record(
            "jobs",
            job.job_id,
            name=job.name,
            status="open",
            department_id=1,
            office_ids=[1],
            opened_at=_text(job.status_open_from),
            closed_at=None,
            custom_fields={"employment_type": {"name": "e", "type": "t", "value": label}},
        )
        for stage in view.stages:
            order = stage.sort_order
            yield record("job_interview_stages", stage.stage_id, name=stage.name, sort_order=order)
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
            "source_id": CHANNEL,
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


def _mails(view: Truth) -> Iterator[Record]:
    companies = {a.application_id: a.company_id for a in view.applications}
    mails = [event for event in view.events if event.kind == "mail_sent"]
    for event in mails:
        number = int(event.at.timestamp()) * 10_000 + event.application_id
        payload = {
            "id": number,
            "application_id": event.application_id,
            "type": "EMAIL",
            "registration_token": event.token,
            "created_at": _text(event.at),
        }
        company_id = companies[event.application_id]
        yield "greenhouse", "notes", company_id, str(number), payload, ()


def _response(response: Response) -> Record:
    submitted = response.submitted_at
    consent = {"field": {"ref": "consent"}, "type": "boolean", "boolean": response.consent}
    payload = {
        "response_id": response.response_id,
        "landed_at": _text(response.landed_at),
        "submitted_at": _text(submitted) if submitted else None,
        "hidden": {"token": response.token or "", "consent_version": "1"},
        "answers": [consent] if submitted else [],
    }
    person = response.person_id
    keys = (("email", f"e-{person}"), ("name", f"n-{person}")) if submitted else ()
    stream = "responses_completed" if submitted else "responses_started"
    return "typeform", stream, response.company_id, response.response_id, payload, keys


def _statements(view: Truth) -> Iterator[Record]:
    for contract in view.contracts:
        company_id, record_id = contract.company_id, contract.contract_id
        yield "operator", "contracts", company_id, record_id, _contract(contract), ()
    for introduction in view.introductions:
        payload = {
            "company_id": introduction.company_id,
            "introduction_id": introduction.introduction_id,
            "slot_number": introduction.slot_number,
            "job_title": introduction.job_title,
            "introduced_on": introduction.introduced_on.isoformat(),
            "interview_on": None,
            "offered_on": None,
            "accepted_on": introduction.accepted_on and introduction.accepted_on.isoformat(),
            "declined_on": introduction.declined_on and introduction.declined_on.isoformat(),
        }
        company_id, record_id = introduction.company_id, introduction.key
        yield "operator", "introductions", company_id, record_id, payload, ()


def _contract(contract: Contract) -> dict[str, Any]:
    return {
        "company_id": contract.company_id,
        "contract_version": contract.version,
        "valid_from": contract.valid_from.isoformat(),
        "valid_to": contract.valid_to and contract.valid_to.isoformat(),
        "counting_event": contract.counting_event,
        "threshold": contract.threshold,
        "slots_per_threshold": contract.slots_per_threshold,
        "slot_valid_days": contract.slot_valid_days,
        "slot_used_by": contract.slot_used_by,
        "dedupe_scope": contract.dedupe_scope,
    }


def _text(moment: datetime) -> str:
    return moment.isoformat()
