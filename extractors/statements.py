"""The operator's statement templates: which columns, of which types. docs/operator-templates.md

Cells leave as ISO dates, integers and the codes below. An empty optional cell is None.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from extractors import statement_cells as cells
from extractors.statement_cells import list_of, needed, one_of, or_empty
from extractors.tables import Row, describe

_EMPLOYED = {
    "yes": "yes", "はい": "yes", "在籍": "yes", "在職": "yes", "在籍中": "yes", "休職": "yes",
    "true": "yes", "no": "no", "いいえ": "no", "退職": "no", "退職済": "no", "退社": "no",
    "離職": "no", "false": "no", "unknown": "unknown", "不明": "unknown", "未確認": "unknown",
}  # fmt: skip
_LEAVE_TYPE = {
    "自己都合": "voluntary", "解雇": "dismissal", "会社都合": "dismissal",
    "契約満了": "contract_end", "期間満了": "contract_end", "その他": "other",
}  # fmt: skip
_YES_NO = {"はい": "yes", "true": "yes", "いいえ": "no", "false": "no"}

Id = Annotated[str, needed(cells.identifier)]
OptionalId = Annotated[str | None, or_empty(cells.identifier)]
Text = Annotated[str, needed(cells.text)]
Label = Annotated[str, needed(cells.label)]
Day = Annotated[str, needed(cells.day)]
Moment = Annotated[str, needed(cells.moment)]
OptionalDay = Annotated[str | None, or_empty(cells.day)]
Month = Annotated[str, needed(cells.month)]
Count = Annotated[int, needed(cells.integer)]
OptionalCount = Annotated[int | None, or_empty(cells.integer)]
_COUNTING_EVENT = {
    "登録": "registered", "同意": "consented", "確認": "verified", "紹介可能": "referred",
}  # fmt: skip
_DEDUPE_SCOPE = {
    "企業": "company", "会社": "company", "グループ": "group", "プログラム": "programme",
}  # fmt: skip
_SLOT_USED_BY = {"紹介": "introduced", "面接": "interviewed", "承諾": "accepted", "入社": "joined"}
_SLOT_RETURNED_BY = {"不成立": "declined", "早期退職": "early_leave", "なし": "none"}
_POINTS_CARRY_OVER = {"繰越": "keep", "失効": "forfeit"}
_WITHDRAWAL_EFFECT = {"維持": "keep", "取消": "reverse"}
_EMPLOYMENT_TYPES = {
    "正社員": "permanent", "契約社員": "contract", "アルバイト": "part_time", "パート": "part_time",
}  # fmt: skip
_REGISTRATION_EVENT = {"確認": "verified", "紹介可能": "referred", "撤回": "withdrawn"}
# the marts know these rules only; another one needs the marts first
ContractVersion = Annotated[str, needed(cells.version)]
CountingEvent = Annotated[str, needed(one_of(_COUNTING_EVENT))]
DedupeScope = Annotated[str, needed(one_of(_DEDUPE_SCOPE))]
SlotUsedBy = Annotated[str, needed(one_of(_SLOT_USED_BY))]
SlotReturnedBy = Annotated[str | None, or_empty(list_of(one_of(_SLOT_RETURNED_BY)))]
PointsCarryOver = Annotated[str | None, or_empty(one_of(_POINTS_CARRY_OVER))]
WithdrawalEffect = Annotated[str | None, or_empty(one_of(_WITHDRAWAL_EFFECT))]
Names = Annotated[str | None, or_empty(list_of(cells.text))]
EmploymentTypes = Annotated[str | None, or_empty(list_of(one_of(_EMPLOYMENT_TYPES)))]
RegistrationEventCode = Annotated[str, needed(one_of(_REGISTRATION_EVENT))]
Employed = Annotated[str, needed(one_of(_EMPLOYED))]
LeaveType = Annotated[str | None, or_empty(one_of(_LEAVE_TYPE))]
Percent = Annotated[int | float, needed(cells.percent)]
RefundSteps = Annotated[str | None, or_empty(cells.refund_steps)]
CostKind = Annotated[str, needed(one_of({"社内": "internal", "社外": "external"}))]
YesNo = Annotated[str, needed(one_of(_YES_NO))]


class Statement(BaseModel):
    """A row of any template; columns that a template does not have are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    company_id: Id


class Contract(Statement):
    """One version of a company's rules; ``valid_to`` is the first day it no longer holds."""

    contract_version: ContractVersion
    valid_from: Day
    valid_to: OptionalDay = None
    counting_event: CountingEvent
    threshold: Count
    slots_per_threshold: Count
    slot_valid_days: OptionalCount = None
    slot_used_by: SlotUsedBy
    dedupe_scope: DedupeScope
    stated_on: OptionalDay = None
    eligible_stages: Names = None
    eligible_channels: Names = None
    excluded_channels: Names = None
    eligible_employment_types: EmploymentTypes = None
    dedupe_window_days: OptionalCount = None
    slot_returned_by: SlotReturnedBy = None
    early_leave_days: OptionalCount = None
    points_carry_over: PointsCarryOver = None
    withdrawal_effect: WithdrawalEffect = None


class RegistrationEvent(Statement):
    """What became of a registration at the operator."""

    registration_id: Id
    event: RegistrationEventCode
    occurred_on: Day


class CountedRegistration(Statement):
    registration_id: Id
    counted_on: Day


class Slot(Statement):
    slot_number: Count
    granted_on: Day
    used_on: OptionalDay = None
    introduction_id: OptionalId = None


class Introduction(Statement):
    introduction_id: Id
    slot_number: OptionalCount = None
    job_title: Text
    introduced_on: Day
    interview_on: OptionalDay = None
    offered_on: OptionalDay = None
    accepted_on: OptionalDay = None
    declined_on: OptionalDay = None


class Join(Statement):
    join_id: Id
    introduction_id: Id
    joined_on: Day
    employment_type: Label
    annual_salary_yen: OptionalCount = None
    employee_number: OptionalId = None


class Attestation(Statement):
    join_id: Id
    month: Month
    observed_on: Day
    employed: Employed
    left_on: OptionalDay = None
    leave_type: LeaveType = None


class Hire(Statement):
    """Somebody hired through another channel than the operator, as known on ``observed_on``."""

    hire_id: Id
    application_id: OptionalId = None
    channel: Label
    joined_on: Day
    employment_type: Label
    annual_salary_yen: OptionalCount = None
    left_on: OptionalDay = None
    leave_type: LeaveType = None
    observed_on: Day
    employee_number: OptionalId = None


class Cost(Statement):
    cost_id: Id
    month: Month
    kind: CostKind
    category: Label
    amount_yen: Count
    is_programme: YesNo


class FeeTerms(Statement):
    """What an agency would have charged for a join from ``valid_from`` on."""

    valid_from: Day
    fee_rate_percent: Percent
    refund_steps: RefundSteps = None
    minimum_fee_yen: OptionalCount = None


class Mail(Statement):
    """A mail with a registration link that went out, of firms whose ATS keeps no record of it."""

    token: Id
    application_id: Id
    sent_at: Moment
    message_id: OptionalId = None


TEMPLATES: dict[str, type[Statement]] = {
    "contracts": Contract,
    "counted_registrations": CountedRegistration,
    "slots": Slot,
    "introductions": Introduction,
    "joins": Join,
    "attestations": Attestation,
    "hires": Hire,
    "costs": Cost,
    "fee_terms": FeeTerms,
    "registration_events": RegistrationEvent,
    "mails": Mail,
}


def header_problem(header: list[str], template: type[Statement]) -> str | None:
    """What is wrong with a file's columns, None if nothing. Unknown names are only counted:
    a file without a header has people's data in its place."""
    fields = template.model_fields
    missing = [name for name, field in fields.items() if field.is_required() and name not in header]
    unknown = [number for number, name in enumerate(header, start=1) if name not in fields]
    if not missing and not unknown:
        return None
    parts = [f"misses {', '.join(missing)}"] if missing else []
    if unknown:
        parts.append(f"has unknown names in columns {', '.join(map(str, unknown))}")
    return f"the header (row 1) {' and '.join(parts)}; expected: {', '.join(fields)}"


def typed_row(row: Row, template: type[Statement]) -> tuple[dict[str, Any], list[str]]:
    """The payload of a row, or what is wrong with it, cell by cell."""
    try:
        return template.model_validate(row.cells).model_dump(), []
    except ValidationError as error:
        return {}, [
            f"row {row.number}, column {column}: expected {problem}, came "
            f"{describe(row.cells.get(column))}"
            for column, problem in (
                (str(found["loc"][0]), "a value" if found["type"] == "missing" else found["msg"])
                for found in error.errors(include_url=False, include_input=False)
            )
        ]
