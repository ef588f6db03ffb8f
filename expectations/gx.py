"""Great Expectations: the suite of a stream over the projected rows of one batch.

Imported inside ``validate`` only, since great_expectations takes seconds to import. It reads the
batch through the gate's own database session (the batch is a temporary table), so it needs no
password, sees exactly the rows that the quarantine is written from, and stores nothing: an
ephemeral context, results without values, and of those only counts and record ids are kept.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

os.environ["GX_ANALYTICS_ENABLED"] = "false"

import great_expectations
import great_expectations.expectations
import sqlalchemy
from great_expectations.core import ExpectationSuite
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.rules import Bound, Kind, Latest, Rule, Severity
from expectations.seeds import Seeds

# Its log repeats the texts of database errors, which may quote values; `Outcome.error` does not.
_log = logging.getLogger("great_expectations")
_log.addHandler(logging.NullHandler())
_log.propagate = False

expect: Any = great_expectations.expectations
"""Its names are re-exported in a way that type checkers do not follow."""

MOSTLY_MISSING = 0.5
"""A batch of which more than this share lacks a key field is not taken for the stream at all."""
SMALL_BATCH = 20
"""Below this many rows a missing key is a matter of single records, never of the batch."""
LISTED_RECORDS = 20
"""As many record ids per rule as Great Expectations lists on a SQL engine."""

_RESULT_FORMAT: Mapping[str, Any] = {
    "result_format": "SUMMARY",
    "exclude_unexpected_values": True,
    "unexpected_index_column_names": ["record_id"],
    "partial_unexpected_count": LISTED_RECORDS,
}
_EXCEPTION_TYPE = re.compile(r"\(?((?:\w+\.)*[A-Z]\w+(?:Error|Exception|Failure|Overflow))\b")
_PLACEHOLDER_URL = "postgresql+psycopg://gate@localhost/relay"
"""Names the dialect and the driver; the session comes from ``creator``."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What Great Expectations found of one rule. ``error`` is the type of what went wrong when
    the rule could not be evaluated."""

    rule: str
    expectation: str
    critical: bool
    success: bool
    checked: int
    failed: int
    record_ids: tuple[str, ...] = ()
    error: str | None = None


class Session:
    """One ephemeral context for all streams of a check, on an autocommit session of the gate."""

    def __init__(self, connection: psycopg.Connection) -> None:
        context = great_expectations.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        self._source = context.data_sources.add_postgres(
            "relay",
            connection_string=_PLACEHOLDER_URL,
            kwargs={  # type: ignore[call-arg]  # left out of the published stub
                "creator": lambda: connection,
                "poolclass": sqlalchemy.StaticPool,
            },
        )

    def evaluate(self, table: str, rows: int, rules: Sequence[Rule], seeds: Seeds) -> list[Outcome]:
        """The outcomes of a batch's rules, row rules first in their order, then batch rules.

        ``table`` is a temporary table of the session, ``rows`` how many rows it has to hold:
        an empty batch would pass every column expectation.
        """
        asset = self._source.add_table_asset(table, table_name=table)
        try:
            batch = asset.add_batch_definition_whole_table("new rows").get_batch()
            expectations = [expectation(rule, seeds) for rule in rules]
            expectations += batch_expectations(rules, rows)
            found = batch.validate(
                ExpectationSuite(name=table, expectations=expectations),
                result_format=dict(_RESULT_FORMAT),
            )
        finally:
            self._source.delete_asset(table)
        outcomes = {(o.rule, o.critical): o for o in map(_outcome, found.results)}
        return [outcomes[_identity(e)] for e in expectations]


def expectation(rule: Rule, seeds: Seeds) -> Expectation:
    """The expectation of a row rule; the twin of ``Rule.violation``."""
    made: Expectation
    column = rule.column.name
    about: dict[str, Any] = {"meta": {"rule": rule.name}, "severity": FailureSeverity.WARNING}
    if rule.kind is Kind.NOT_NULL:
        made = expect.ExpectColumnValuesToNotBeNull(column=column, **about)
    elif rule.kind is Kind.IN_SET:
        made = expect.ExpectColumnValuesToBeInSet(
            column=column, value_set=list(rule.values(seeds)), **about
        )
    elif rule.kind is Kind.MATCHES:
        made = expect.ExpectColumnValuesToMatchRegex(column=column, regex=rule.pattern, **about)
    elif rule.kind is Kind.ORDERED and rule.other is not None:
        made = expect.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=column,
            column_B=rule.other.name,
            or_equal=not rule.strict,
            ignore_row_if="either_value_is_missing",
            **about,
        )
    else:
        made = expect.ExpectColumnValuesToBeBetween(
            column=column,
            min_value=_limit(rule.minimum),
            max_value=_limit(rule.maximum),
            strict_min=rule.strict,
            strict_max=rule.strict,
            **about,
        )
    return made


def batch_expectations(rules: Sequence[Rule], rows: int) -> list[Expectation]:
    """What has to hold of the batch as a whole: only these are critical and stop the stream."""
    whole: list[Expectation] = [
        expect.ExpectTableRowCountToEqual(
            value=rows, meta={"rule": "all_new_rows_read"}, severity=FailureSeverity.CRITICAL
        )
    ]
    if rows >= SMALL_BATCH:
        whole += [
            expect.ExpectColumnValuesToNotBeNull(
                column=rule.column.name,
                mostly=MOSTLY_MISSING,
                meta={"rule": f"{rule.name}_in_most_rows"},
                severity=FailureSeverity.CRITICAL,
            )
            for rule in rules
            if rule.severity is Severity.CRITICAL
        ]
    return whole


def _limit(bound: Bound) -> int | date | None:
    if isinstance(bound, Latest):
        raise ValueError("a suite has to be bounded by the vendor's clock before it is evaluated")
    return bound


def _identity(configured: Any) -> tuple[str, bool]:
    severity = getattr(configured.severity, "value", configured.severity)
    return (configured.meta["rule"], severity == "critical")


def _outcome(result: Any) -> Outcome:
    configured = result.expectation_config
    rule, critical = _identity(configured)
    found = result.result or {}
    return Outcome(
        rule=rule,
        expectation=configured.type,
        critical=critical,
        success=bool(result.success),
        checked=int(found.get("element_count") or found.get("observed_value") or 0),
        failed=int(found.get("unexpected_count") or 0),
        record_ids=_record_ids(found.get("partial_unexpected_index_list") or ()),
        error=_error(result.exception_info),
    )


def _record_ids(listed: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """SQL engines list the ids of all rows in one entry, other engines one entry per row."""
    ids: list[str] = []
    for entry in listed:
        value = entry["record_id"]
        ids.extend(map(str, value) if isinstance(value, list) else [str(value)])
    return tuple(ids[:LISTED_RECORDS])


def _error(info: Mapping[str, Any] | None) -> str | None:
    """That an evaluation raised, without its text: either one report or one per metric."""
    if not info:
        return None
    reports = [info] if "raised_exception" in info else list(info.values())
    raised = [report for report in reports if report.get("raised_exception")]
    if not raised:
        return None
    kind = _EXCEPTION_TYPE.match(str(raised[0].get("exception_message")))
    return kind[1] if kind else "an exception"
