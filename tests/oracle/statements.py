"""What the operator and the employers state, line by line, as ``truth.db`` holds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True)
class Contract:
    """One statement of a contract version; the newest visible one is in force.

    Lists are as the operator writes them: values between ``|``, None for all.
    """

    company_id: str
    version: str
    valid_from: date
    valid_to: date | None
    counting_event: str
    threshold: int
    slots_per_threshold: int
    slot_valid_days: int | None
    slot_used_by: str
    dedupe_scope: str
    published_at: datetime | None = None
    stated_on: date | None = None
    eligible_stages: str | None = None
    eligible_channels: str | None = None
    excluded_channels: str | None = None
    eligible_employment_types: str | None = None
    dedupe_window_days: int | None = None
    slot_returned_by: str | None = None
    early_leave_days: int | None = None
    points_carry_over: str | None = None
    withdrawal_effect: str | None = None

    @property
    def contract_id(self) -> str:
        return f"{self.company_id}:{self.version}"


@dataclass(frozen=True)
class RegistrationEvent:
    """What the operator states of a registration: verified, referred or withdrawn, on a day."""

    company_id: str
    registration_id: str
    event: str
    occurred_on: date
    published_at: datetime

    @property
    def key(self) -> tuple[str, str, str]:
        return self.company_id, self.registration_id, self.event


@dataclass(frozen=True)
class CountedStatement:
    """A line of a file of counted registrations; a later month's file restates an earlier one."""

    company_id: str
    registration_id: str
    counted_on: date
    month: str
    published_at: datetime
    form: str = "typeform"

    @property
    def key(self) -> str:
        return f"{self.company_id}_{self.form}:{self.registration_id}"


@dataclass(frozen=True)
class SlotStatement:
    """A line of a file of slots; a later month's file restates an earlier one."""

    company_id: str
    slot_number: int
    granted_on: date
    used_on: date | None
    introduction_id: str | None
    month: str
    published_at: datetime

    @property
    def key(self) -> str:
        return f"{self.company_id}:{self.slot_number}"


@dataclass(frozen=True)
class Introduction:
    """One published version of an introduction; the newest visible one is in force."""

    introduction_id: str
    company_id: str
    slot_number: int | None
    job_title: str
    introduced_on: date
    interview_on: date | None
    offered_on: date | None
    accepted_on: date | None
    declined_on: date | None
    published_at: datetime

    @property
    def key(self) -> str:
        return f"{self.company_id}:{self.introduction_id}"


@dataclass(frozen=True)
class Join:
    join_id: str
    introduction_id: str
    company_id: str
    joined_on: date
    published_at: datetime
    employment_type: str = "permanent"
    annual_salary_yen: int | None = None

    @property
    def key(self) -> str:
        return f"{self.company_id}:{self.join_id}"


@dataclass(frozen=True)
class Attestation:
    join_id: str
    company_id: str
    month: str
    observed_on: date
    employed: str
    left_on: date | None
    leave_type: str | None
    published_at: datetime


@dataclass(frozen=True)
class Hire:
    """One published version of a hire through another channel."""

    company_id: str
    hire_id: str
    application_id: str | None
    channel: str
    joined_on: date
    employment_type: str
    annual_salary_yen: int | None
    left_on: date | None
    leave_type: str | None
    observed_on: date
    published_at: datetime

    @property
    def key(self) -> str:
        return f"{self.company_id}:{self.hire_id}"


@dataclass(frozen=True)
class StatedNumber:
    """The employee number that a list of joins or hires gives somebody."""

    company_id: str
    feed: str
    id: str
    employee_number: str


@dataclass(frozen=True)
class Cost:
    """One published version of an item of cost."""

    company_id: str
    cost_id: str
    month: str
    kind: str
    amount_yen: int
    is_programme: str
    published_at: datetime

    @property
    def key(self) -> str:
        return f"{self.company_id}:{self.cost_id}"


@dataclass(frozen=True)
class FeeTerms:
    company_id: str
    valid_from: date
    fee_rate_percent: Decimal
    refund_steps: str | None
    minimum_fee_yen: int | None
    published_at: datetime
