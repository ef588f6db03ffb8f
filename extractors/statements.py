"""The operator's statement templates: which columns, of which types. docs/operator-templates.md

Cells come as people type them (full-width digits, Excel's serial dates, 在籍/退職) and leave as
one form: ISO dates, integers, the codes below. An empty optional cell is None.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from extractors.dates import calendar_day, serial_moment
from extractors.tables import Cell, Row, describe, is_blank

Convert = Callable[[Cell], Any]

_EXCEL_DAYS = range(20_000, 80_000)  # 1954 to 2119: no year or amount is taken for a date
_MIDNIGHT = re.compile(r"[ t]0{1,2}:00(?::00)?$")
_TIME = re.compile(r"(\S+?)[ t]+(\d{1,2}):(\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(z|[+-]\d{2}:?\d{2})?")
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")
_MAX_TEXT = 500
_MAX_STEPS = 6
_JAPAN = timezone(timedelta(hours=9))
_MOMENT = "a time such as 2026-05-31 18:03 (Japan's) or 2026-05-31T18:03:00+09:00"
_PERCENT = "a percentage from 1 to 100, such as 35 or 32.5"
_STEPS = f"at most {_MAX_STEPS} steps such as 30:100|90:50 (days:percent, the days rising)"


def _fail(expected: str) -> PydanticCustomError:
    return PydanticCustomError("cell", "{expected}", {"expected": expected})


def _typed(cell: Cell) -> str:
    """A cell's text in NFKC, trimmed; a whole float as the integer that was typed."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return unicodedata.normalize("NFKC", str(cell)).strip()


def _id(cell: Cell) -> str:
    text = _typed(cell)
    usable = isinstance(cell, str | int | float) and not isinstance(cell, bool)
    if not usable or re.search(r"\s", text) or len(text) > 200 or text.startswith("#"):
        raise _fail("an id without spaces")
    return text


def _text(cell: Cell) -> str:
    if not isinstance(cell, str) or len(cell) > _MAX_TEXT or describe(cell).startswith("a formula"):
        raise _fail(f"text of at most {_MAX_TEXT} characters")
    return cell.strip()


def _label(cell: Cell) -> str:
    return unicodedata.normalize("NFKC", _text(cell))


def _integer(cell: Cell) -> int:
    text = re.sub(r"(?<=\d),(?=\d{3})", "", _typed(cell)).removeprefix("¥").removesuffix("円")
    if isinstance(cell, bool) or not re.fullmatch(r"-?\d{1,12}", text):
        raise _fail("a whole number")
    return int(text)


def _day(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    text = _typed(cell).lower()
    try:
        if not isinstance(cell, bool) and text.isdecimal() and int(text) in _EXCEL_DAYS:
            return serial_moment(int(text), 1900).date().isoformat()
        return calendar_day(_MIDNIGHT.sub("", text)).isoformat()
    except ValueError:
        raise _fail("a date such as 2026-05-31") from None


def _moment(cell: Cell) -> str:
    """A time in UTC; one without an offset is Japan's."""
    if not isinstance(cell, datetime):
        found = _TIME.fullmatch(_typed(cell).lower())
        try:
            if not found:
                raise ValueError
            day, hour, rest, offset = found.groups()
            zone = "+00:00" if offset == "z" else offset or ""
            cell = datetime.fromisoformat(f"{_day(day)}T{int(hour):02d}:{rest}{zone}")
        except ValueError:
            raise _fail(_MOMENT) from None
    if cell.tzinfo is None:
        cell = cell.replace(tzinfo=_JAPAN)
    return cell.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _month(cell: Cell) -> str:
    found = _MONTH.fullmatch(_typed(cell))
    if found and 1 <= int(found[2]) <= 12:
        return f"{found[1]}-{int(found[2]):02d}"
    try:
        return _day(cell)[:7]  # Excel turns 2026-05 into the first of that month
    except PydanticCustomError:
        raise _fail("a month such as 2026-05") from None


def _percent(cell: Cell) -> int | float:
    """A percentage with at most two places; a share such as 0.35 would be read as 0.35 %."""
    text = _typed(cell).removesuffix("%").strip()
    if isinstance(cell, bool) or not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", text):
        raise _fail(_PERCENT)
    number = float(text)
    if not 1 <= number <= 100:
        raise _fail(_PERCENT)
    return int(number) if number.is_integer() else number


def _refund_steps(cell: Cell) -> str:
    """``days:percent`` joined by ``|``, the days rising; as typed, without spaces."""
    text = re.sub(r"\s", "", _typed(cell))
    steps = [step.partition(":") for step in text.split("|")]
    usable = all(
        re.fullmatch(r"[1-9]\d{0,3}", days) and re.fullmatch(r"\d{1,3}", percent)
        for days, _, percent in steps
    )
    if not usable or len(steps) > _MAX_STEPS:
        raise _fail(_STEPS)
    ends = [int(days) for days, _, _ in steps]
    if ends != sorted(set(ends)) or any(int(percent) > 100 for _, _, percent in steps):
        raise _fail(_STEPS)
    return text


def _one_of(codes: Mapping[str, str]) -> Convert:
    """A code, or what people write for it; keys and values of ``codes`` are accepted."""

    def convert(cell: Cell) -> str:
        text = _typed(cell).lower()
        if text in codes.values():
            return text
        if text not in codes:
            raise _fail(f"one of {', '.join(dict.fromkeys(codes.values()))}")
        return codes[text]

    return convert


def _list_of(convert: Convert) -> Convert:
    """Several values in one cell, separated by | (as wide as people type it); kept as a|b."""

    def split(cell: Cell) -> str | None:
        parts = [part.strip() for part in _text(cell).replace("｜", "|").split("|")]
        values = dict.fromkeys(convert(part) for part in parts if part)
        return "|".join(values) or None

    return split


def _version(cell: Cell) -> str:
    """A contract version's name; the programme's own rules are called default."""
    text = _id(cell)
    if text == "default":
        raise _fail("a name other than default, which the programme's own rules have")
    return text


def _needed(convert: Convert) -> BeforeValidator:
    def required(cell: Cell) -> Any:
        if is_blank(cell):
            raise _fail("a value")
        return convert(cell)

    return BeforeValidator(required)


def _or_empty(convert: Convert) -> BeforeValidator:
    return BeforeValidator(lambda cell: None if is_blank(cell) else convert(cell))


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

Id = Annotated[str, _needed(_id)]
OptionalId = Annotated[str | None, _or_empty(_id)]
Text = Annotated[str, _needed(_text)]
Label = Annotated[str, _needed(_label)]
Day = Annotated[str, _needed(_day)]
Moment = Annotated[str, _needed(_moment)]
OptionalDay = Annotated[str | None, _or_empty(_day)]
Month = Annotated[str, _needed(_month)]
Count = Annotated[int, _needed(_integer)]
OptionalCount = Annotated[int | None, _or_empty(_integer)]
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
ContractVersion = Annotated[str, _needed(_version)]
CountingEvent = Annotated[str, _needed(_one_of(_COUNTING_EVENT))]
DedupeScope = Annotated[str, _needed(_one_of(_DEDUPE_SCOPE))]
SlotUsedBy = Annotated[str, _needed(_one_of(_SLOT_USED_BY))]
SlotReturnedBy = Annotated[str | None, _or_empty(_list_of(_one_of(_SLOT_RETURNED_BY)))]
PointsCarryOver = Annotated[str | None, _or_empty(_one_of(_POINTS_CARRY_OVER))]
WithdrawalEffect = Annotated[str | None, _or_empty(_one_of(_WITHDRAWAL_EFFECT))]
Names = Annotated[str | None, _or_empty(_list_of(_text))]
EmploymentTypes = Annotated[str | None, _or_empty(_list_of(_one_of(_EMPLOYMENT_TYPES)))]
RegistrationEventCode = Annotated[str, _needed(_one_of(_REGISTRATION_EVENT))]
Employed = Annotated[str, _needed(_one_of(_EMPLOYED))]
LeaveType = Annotated[str | None, _or_empty(_one_of(_LEAVE_TYPE))]
Percent = Annotated[int | float, _needed(_percent)]
RefundSteps = Annotated[str | None, _or_empty(_refund_steps)]
CostKind = Annotated[str, _needed(_one_of({"社内": "internal", "社外": "external"}))]
YesNo = Annotated[str, _needed(_one_of(_YES_NO))]


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
