"""The sandbox's ``truth.db`` as plain records, and what of it is visible at a clock.

Only facts are read here; every rule that decides a number stands in the module of its mart.
"""

from __future__ import annotations

import json
import sqlite3
import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar

from tests.oracle.clock import instant
from tests.oracle.statements import (
    Attestation,
    Contract,
    Cost,
    CountedStatement,
    FeeTerms,
    Hire,
    Introduction,
    Join,
    RegistrationEvent,
    SlotStatement,
    StatedNumber,
)

State = Literal["opened", "partial", "completed"]


@dataclass(frozen=True)
class Company:
    company_id: str
    name: str
    group_id: str | None = None
    ats: str = "greenhouse"


@dataclass(frozen=True)
class MailSource:
    """What a company sends its rejection mails by, when that is not its ATS."""

    company_id: str
    mail: str


@dataclass(frozen=True)
class FormSource:
    """The form by which a company's people register, when it is not Typeform."""

    company_id: str
    form: str


@dataclass(frozen=True)
class Candidate:
    candidate_id: int
    company_id: str
    person_id: str
    created_at: datetime
    person_known_at: datetime | None = None  # until then the record looks like somebody else's
    canonical_id: str | None = None

    @property
    def key(self) -> str:
        return self.canonical_id or f"{self.company_id}_greenhouse:{self.candidate_id}"


@dataclass(frozen=True)
class Job:
    job_id: int
    company_id: str
    name: str
    department: str | None
    office: str | None
    employment_type: str | None
    status_open_from: datetime
    status_closed_at: datetime | None = None
    canonical_id: str | None = None
    is_closing_dated: bool = True
    is_state_told: bool = True

    @property
    def key(self) -> str:
        return self.canonical_id or f"{self.company_id}_greenhouse:{self.job_id}"

    @property
    def connection(self) -> str:
        return self.key.rpartition(":")[0]


@dataclass(frozen=True)
class Stage:
    stage_id: int
    job_id: int
    name: str
    sort_order: int


@dataclass(frozen=True)
class Application:
    application_id: int
    company_id: str
    candidate_id: int
    job_id: int | None  # a prospect applies for no job in particular
    channel: str | None
    applied_at: datetime
    is_prospect: bool = False
    canonical_id: str | None = None

    @property
    def key(self) -> str:
        return self.canonical_id or f"{self.company_id}_greenhouse:{self.application_id}"

    @property
    def connection(self) -> str:
        return self.key.rpartition(":")[0]


@dataclass(frozen=True)
class Event:
    application_id: int
    at: datetime
    kind: str
    stage_id: int | None = None
    reason: str | None = None
    reason_type: str | None = None
    token: str | None = None


@dataclass(frozen=True)
class Response:
    response_id: str
    company_id: str
    person_id: str
    token: str | None
    landed_at: datetime
    partial_at: datetime | None
    submitted_at: datetime | None
    visible_at: datetime
    consent: bool | None
    match_method: str | None = None
    match_application_id: int | None = None
    match_candidate_ids: tuple[int, ...] = ()
    case_name: str = ""
    match_known_at: datetime | None = None  # until then nothing ties the response to anybody
    form: str = "typeform"
    is_opening_told: bool = True
    is_tie_lost: bool = False  # what tied it to an application is gone: what is left decides

    @property
    def connection(self) -> str:
        return f"{self.company_id}_{self.form}"

    @property
    def key(self) -> str:
        return f"{self.connection}:{self.response_id}"

    @property
    def state(self) -> State:
        """How far it has come: of a view, at its clock."""
        if self.submitted_at is not None:
            return "completed"
        return "opened" if self.partial_at is None else "partial"


@dataclass(frozen=True)
class Likeness:
    """What a registration has in common with a record of the ATS, whatever follows from it."""

    response_id: str
    candidate_id: int
    email_from: datetime | None  # since when the record has the address
    has_phone: bool
    has_name: bool


@dataclass(frozen=True)
class FormSession:
    """What opened a form, and how far it had come when it was put aside."""

    response_id: str
    device: str
    agent_class: str
    network: str
    form_version: str
    last_question: str | None
    partial_at: datetime | None
    is_bot: bool = False
    is_version_told: bool = True


@dataclass(frozen=True)
class MailEvent:
    """What a provider tells of one mail; ``at`` is when it happened."""

    company_id: str
    number: int
    token: str
    message_id: str
    kind: str
    at: datetime
    visible_at: datetime
    agent_class: str = "unknown"
    link: str = ""
    is_machine: bool = False


@dataclass(frozen=True)
class Employee:
    """A record of a company's HR system; from ``staff.seen`` on as it is shown on a day.

    ``by_phone``: it shares a phone, and no address, with the candidate whom it is recognised as;
    ``is_gone``: no longer shown, and no leaving was ever told.
    """

    company_id: str
    connection: str
    employee_id: str
    code: str | None
    person_id: str
    is_recognisable: bool
    joined_on: date
    left_on: date | None
    left_type: str | None
    seen_on: date
    told_on: date | None
    deleted_on: date | None
    by_phone: bool = False
    is_gone: bool = False


@dataclass(frozen=True)
class Removal:
    """What somebody did to a candidate in a company's ATS, after all that ``truth.db`` knows of.

    ``application_ids``: the applications that were deleted; ``survivor_id``: the candidate who has
    the merged one's applications since.
    """

    company_id: str
    kind: Literal["deleted", "merged", "anonymised"]
    candidate_id: int
    at: datetime
    application_ids: tuple[int, ...] = ()
    survivor_id: int | None = None


@dataclass(frozen=True)
class Truth:
    """Everything that happens in a world, or (from ``at``) everything visible at a clock."""

    companies: tuple[Company, ...] = ()
    mail_sources: tuple[MailSource, ...] = ()
    form_sources: tuple[FormSource, ...] = ()
    contracts: tuple[Contract, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    jobs: tuple[Job, ...] = ()
    stages: tuple[Stage, ...] = ()
    applications: tuple[Application, ...] = ()
    events: tuple[Event, ...] = ()
    responses: tuple[Response, ...] = ()
    sessions: tuple[FormSession, ...] = ()
    likenesses: tuple[Likeness, ...] = ()
    mail_events: tuple[MailEvent, ...] = ()
    registration_events: tuple[RegistrationEvent, ...] = ()
    counted_statements: tuple[CountedStatement, ...] = ()
    slot_statements: tuple[SlotStatement, ...] = ()
    introductions: tuple[Introduction, ...] = ()
    joins: tuple[Join, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    hires: tuple[Hire, ...] = ()
    employees: tuple[Employee, ...] = ()
    stated_numbers: tuple[StatedNumber, ...] = ()
    costs: tuple[Cost, ...] = ()
    fee_terms: tuple[FeeTerms, ...] = ()
    removals: tuple[Removal, ...] = ()
    clock: datetime | None = field(default=None)

    @property
    def as_of(self) -> datetime:
        """The clock of this view; only a view made by ``at`` has one."""
        if self.clock is None:
            raise ValueError("this truth holds the future too: take a view with at(clock) first")
        return self.clock


T = TypeVar("T")

TABLES: dict[str, tuple[str, type]] = {
    "companies": ("company", Company),
    "mail_sources": ("mail_source", MailSource),
    "form_sources": ("form_source", FormSource),
    "contracts": ("contract", Contract),
    "candidates": ("candidate", Candidate),
    "jobs": ("job", Job),
    "stages": ("stage", Stage),
    "applications": ("application", Application),
    "events": ("application_event", Event),
    "responses": ("response", Response),
    "sessions": ("form_session", FormSession),
    "likenesses": ("likeness", Likeness),
    "mail_events": ("mail_event", MailEvent),
    "registration_events": ("registration_event", RegistrationEvent),
    "counted_statements": ("counted_statement", CountedStatement),
    "slot_statements": ("slot_statement", SlotStatement),
    "introductions": ("introduction", Introduction),
    "joins": ("join_", Join),
    "attestations": ("attestation", Attestation),
    "hires": ("hire", Hire),
    "employees": ("employee", Employee),
    "stated_numbers": ("stated_number", StatedNumber),
    "costs": ("cost", Cost),
    "fee_terms": ("fee_term", FeeTerms),
}

PARSERS: dict[Any, Callable[[Any], Any]] = {
    datetime: instant,
    date: date.fromisoformat,
    bool: bool,
    int: int,
    str: str,
    Decimal: lambda number: Decimal(str(number)),
    tuple[int, ...]: lambda text: tuple(json.loads(text)),
}


def load(path: Path) -> Truth:
    """Read a whole ``truth.db``, the future included."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        database.row_factory = sqlite3.Row
        tables: dict[str, Any] = {
            name: tuple(_records(database, table, kind)) for name, (table, kind) in TABLES.items()
        }
    return Truth(**tables)


def _records(database: sqlite3.Connection, table: str, kind: type[T]) -> Iterator[T]:
    hints = typing.get_type_hints(kind)
    parsers = {entry.name: _parser(hints[entry.name]) for entry in fields(kind)}  # type: ignore[arg-type]
    cursor = database.execute(f"select * from {table}")
    known = [column[0] for column in cursor.description if column[0] in parsers]
    for row in cursor:
        values = {name: row[name] for name in known}
        yield kind(**{n: None if v is None else parsers[n](v) for n, v in values.items()})


def _parser(hint: Any) -> Callable[[Any], Any]:
    if typing.get_origin(hint) is types.UnionType:
        hint = next(arm for arm in typing.get_args(hint) if arm is not type(None))
    return PARSERS[hint]
