"""Rules: declared once, read twice.

``Rule.violation`` is the SQL predicate that decides what goes to quarantine;
``expectations.gx.expectation`` makes the Great Expectations expectation of the same declaration.
A NULL passes every rule except ``not_null``. The gate compares the two counts at every check.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import Enum

from psycopg import sql

from expectations.columns import (
    DAY_PATTERN,
    EPOCH_MS_PATTERN,
    MOMENT_PATTERN,
    Column,
    day,
    epoch_ms,
    epoch_s,
    moment,
    raw_text,
)
from expectations.columns import number as number_column
from expectations.seeds import Codes, Seeds


class Kind(Enum):
    """What a rule asserts of its column."""

    NOT_NULL = "not_null"
    IN_SET = "in_set"
    BETWEEN = "between"
    MATCHES = "matches"
    ORDERED = "ordered"


class Severity(Enum):
    """WARNING holds the row back; CRITICAL, on more than half of a batch, stops the stream."""

    WARNING = "warning"
    CRITICAL = "critical"


class Latest(Enum):
    """The upper bound of a time: one day after the vendor's clock at the start of the scan."""

    OBSERVED = "observed"


Bound = int | date | datetime | Latest | None

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
EARLIEST_DAY = date(2000, 1, 1)
LATEST_PLANNED = date(2099, 12, 31)
FORMAT_REMEDY = "correct the record at the vendor; its next version repairs it"
FILE_REMEDY = "correct the row in the statement and deliver the file again"


@dataclass(frozen=True, slots=True)
class Rule:
    """One assertion about the rows of a stream.

    column    what is looked at; ``other`` the earlier one of two in order
    allowed   the values of an in_set: given, or from a seed (``Codes``)
    minimum, maximum   inclusive, or exclusive with ``strict``
    message   what is wrong with a row that breaks the rule, without any value
    remedy    what lets the row through
    severity  CRITICAL also stops the stream when most of a batch breaks the rule
    """

    name: str
    kind: Kind
    column: Column
    message: str
    remedy: str = FORMAT_REMEDY
    other: Column | None = None
    allowed: tuple[str | bool, ...] | Codes = ()
    minimum: Bound = None
    maximum: Bound = None
    strict: bool = False
    pattern: str = ""
    severity: Severity = Severity.WARNING

    @property
    def codes(self) -> Codes | None:
        """The seed that the allowed values come from, None for fixed ones."""
        return self.allowed if isinstance(self.allowed, Codes) else None

    def violation(self, seeds: Seeds) -> sql.Composable:
        """The predicate over the projected columns that is true for a row breaking this rule."""
        column = sql.Identifier(self.column.name)
        if self.kind is Kind.NOT_NULL:
            return sql.SQL("({} is null)").format(column)
        if self.kind is Kind.IN_SET:
            allowed = sql.Literal(list(self.values(seeds)))
            return sql.SQL("({c} is not null and not {c} = any({v}))").format(c=column, v=allowed)
        if self.kind is Kind.MATCHES:
            return sql.SQL("({} !~ {})").format(column, sql.Literal(self.pattern))
        if self.kind is Kind.ORDERED:
            return self._wrong_order(column)
        return self._outside(column)

    def values(self, seeds: Seeds) -> tuple[str | bool, ...]:
        """The allowed values of an in_set, read from the seed if they come from one."""
        codes = self.codes
        return seeds.known(codes) if codes else tuple(self.allowed)  # type: ignore[arg-type]

    def _wrong_order(self, later: sql.Composable) -> sql.Composable:
        if self.other is None:
            raise ValueError(f"rule {self.name} is of kind ordered and names no other column")
        operator = sql.SQL("<=" if self.strict else "<")
        return sql.SQL("({} {} {})").format(later, operator, sql.Identifier(self.other.name))

    def _outside(self, column: sql.Composable) -> sql.Composable:
        below, above = ("<=", ">=") if self.strict else ("<", ">")
        parts = [
            sql.SQL("{} {} {}").format(column, sql.SQL(operator), sql.Literal(bound))
            for operator, bound in ((below, self.minimum), (above, self.maximum))
            if bound is not None
        ]
        return sql.SQL("({})").format(sql.SQL(" or ").join(parts))


def bounded(rule: Rule, observed_at: datetime | None) -> Rule:
    """The rule with ``Latest.OBSERVED`` replaced by a time; without a vendor's clock, by the end
    of what can be planned, since the gate's own clock says nothing about the vendor's."""
    if rule.maximum is not Latest.OBSERVED:
        return rule
    if observed_at is not None:
        latest: date = observed_at + timedelta(days=1)
    else:
        latest = datetime.combine(LATEST_PLANNED, datetime.min.time(), UTC)
    if isinstance(rule.minimum, datetime):
        return replace(rule, maximum=latest)
    return replace(rule, maximum=latest.date() if isinstance(latest, datetime) else latest)


def required(column: Column, *, key: bool = False, remedy: str = FORMAT_REMEDY) -> Rule:
    """The field is there and readable. ``key``: a batch that mostly lacks it is no batch."""
    return Rule(
        name=f"{column.name}_present",
        kind=Kind.NOT_NULL,
        column=column,
        message=f"{column.name} is missing or not readable",
        remedy=remedy,
        severity=Severity.CRITICAL if key else Severity.WARNING,
    )


def moment_rules(
    field: str, *, needed: bool = False, key: bool = False, ms: bool = False
) -> tuple[Rule, ...]:
    """A time: ISO 8601 with offset (``ms``: milliseconds since 1970), between 2000 and a day after
    the vendor's clock."""
    column = epoch_ms(field) if ms else moment(field)
    if needed:
        form = required(column, key=key)
    elif ms:
        form = _form(field, EPOCH_MS_PATTERN, "a time in milliseconds")
    else:
        form = _form(field, MOMENT_PATTERN, "an ISO 8601 time with offset")
    return (form, _range(column, EARLIEST, Latest.OBSERVED))


def second_rules(field: str) -> tuple[Rule, ...]:
    """A required time in seconds since 1970, between 2000 and a day after the vendor's clock."""
    column = epoch_s(field)
    return (required(column, key=True), _range(column, EARLIEST, Latest.OBSERVED))


def day_rules(
    field: str,
    *,
    needed: bool = False,
    latest: Bound = Latest.OBSERVED,
    earliest: date = EARLIEST_DAY,
    remedy: str = FORMAT_REMEDY,
) -> tuple[Rule, ...]:
    """A calendar day: YYYY-MM-DD, between ``earliest`` and ``latest``."""
    column = day(field)
    form = (
        required(column, remedy=remedy)
        if needed
        else _form(field, DAY_PATTERN, "a day as YYYY-MM-DD", remedy)
    )
    return (form, _range(column, earliest, latest, remedy))


def at_least(field: str, minimum: int, *, strict: bool = False, remedy: str) -> Rule:
    """A number of at least (``strict``: above) the minimum, when it is given."""
    bound = f"above {minimum}" if strict else f"at least {minimum}"
    return Rule(
        name=f"{field}_range",
        kind=Kind.BETWEEN,
        column=number_column(field),
        minimum=minimum,
        strict=strict,
        message=f"{field} is not {bound}",
        remedy=remedy,
    )


def matching(field: str, pattern: str, form: str, remedy: str = FORMAT_REMEDY) -> Rule:
    """Text of a given form, when it is given."""
    return _form(field, pattern, form, remedy)


def in_order(earlier: Column, *later: Column, remedy: str = FORMAT_REMEDY) -> tuple[Rule, ...]:
    """The first column is not after any of the others; empty ones are not compared."""
    return tuple(_ordered(earlier, column, strict=False, remedy=remedy) for column in later)


def strictly_before(earlier: Column, later: Column, remedy: str = FORMAT_REMEDY) -> Rule:
    """The first column is before the second."""
    return _ordered(earlier, later, strict=True, remedy=remedy)


def one_of(column: Column, allowed: Sequence[str], remedy: str = FORMAT_REMEDY) -> Rule:
    """One of a vendor's documented values."""
    return Rule(
        name=f"{column.name}_known",
        kind=Kind.IN_SET,
        column=column,
        allowed=tuple(allowed),
        message=f"{column.name} is none of {', '.join(allowed)}",
        remedy=remedy,
    )


def mapped(column: Column, codes: Codes) -> Rule:
    """A code that a seed maps. The only values that messages show, since a person has to add them
    to the seed; see ``seeds.shown``."""
    return Rule(
        name=f"{column.name}_mapped",
        kind=Kind.IN_SET,
        column=column,
        allowed=codes,
        message=f"unmapped {column.name.replace('_', ' ')}",
        remedy=f"add a line for it to dbt_project/seeds/{codes.file}, then run the check again",
    )


def holds(column: Column, message: str, remedy: str = FORMAT_REMEDY) -> Rule:
    """A condition between fields; NULL where it does not apply."""
    return Rule(
        name=column.name,
        kind=Kind.IN_SET,
        column=column,
        allowed=(True,),
        message=message,
        remedy=remedy,
    )


def refers_to(column: Column, target: str, remedy: str) -> Rule:
    """The record that a field points to has landed (``columns.found_in``)."""
    return holds(column, f"{column.name.removesuffix('_found')} is not known in {target}", remedy)


def _form(field: str, pattern: str, form: str, remedy: str = FORMAT_REMEDY) -> Rule:
    return Rule(
        name=f"{field}_format",
        kind=Kind.MATCHES,
        column=raw_text(field),
        pattern=pattern,
        message=f"{field} is not {form}",
        remedy=remedy,
    )


def _range(column: Column, earliest: date, latest: Bound, remedy: str = FORMAT_REMEDY) -> Rule:
    limit = "a day after the vendor's clock" if latest is Latest.OBSERVED else str(latest)
    return Rule(
        name=f"{column.name}_range",
        kind=Kind.BETWEEN,
        column=column,
        minimum=earliest,
        maximum=latest,
        message=f"{column.name} is not between {earliest:%Y-%m-%d} and {limit}",
        remedy=remedy,
    )


def _ordered(earlier: Column, later: Column, *, strict: bool, remedy: str) -> Rule:
    wrong = "not before" if strict else "after"
    return Rule(
        name=f"{earlier.name}_{'before' if strict else 'not_after'}_{later.name}",
        kind=Kind.ORDERED,
        column=later,
        other=earlier,
        strict=strict,
        message=f"{earlier.name} is {wrong} {later.name}",
        remedy=remedy,
    )


def projected(rules: Sequence[Rule]) -> tuple[Column, ...]:
    """Every column that the rules need, once."""
    columns: dict[str, Column] = {}
    for rule in rules:
        for column in (rule.column, rule.other):
            if column is None:
                continue
            known = columns.setdefault(column.name, column)
            if known != column:
                raise ValueError(f"two different columns are named {column.name}")
    return tuple(columns.values())
