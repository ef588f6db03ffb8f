"""The operator's statements. The file reader refuses a file whose cells have the wrong type; here
stands what the values have to satisfy. A statement is corrected by delivering it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from expectations.columns import day, found_in, text
from expectations.columns import number as number_column
from expectations.rules import (
    FILE_REMEDY,
    LATEST_PLANNED,
    Rule,
    at_least,
    day_rules,
    in_order,
    mapped,
    matching,
    moment_rules,
    one_of,
    refers_to,
    required,
    strictly_before,
)
from expectations.seeds import EMPLOYMENT_TYPES
from expectations.suites.suite import Suite, suite

SOURCE = "operator"
NEVER = date(9999, 12, 31)
"""How statements may write "until further notice"."""
MONTH_PATTERN = r"^20\d{2}-(?:0[1-9]|1[0-2])$"
STEPS_PATTERN = r"^[1-9]\d{0,3}:\d{1,3}(?:\|[1-9]\d{0,3}:\d{1,3}){0,5}$"


def _day(field: str, *, needed: bool = False, planned: bool = False) -> tuple[Rule, ...]:
    """A day of the statement; ``planned`` ones may lie ahead."""
    if planned:
        return day_rules(field, needed=needed, latest=LATEST_PLANNED, remedy=FILE_REMEDY)
    return day_rules(field, needed=needed, remedy=FILE_REMEDY)


def _list(field: str, *codes: str) -> Rule:
    """Codes separated by |."""
    code = f"(?:{'|'.join(codes)})"
    return matching(field, rf"^{code}(?:\|{code})*$", f"{' | '.join(codes)}", FILE_REMEDY)


def _key(field: str) -> Rule:
    return required(text(field), key=True, remedy=FILE_REMEDY)


def _statement(fields: str, *rules: Rule | tuple[Rule, ...]) -> Suite:
    return suite(f"company_id {fields}", _key("company_id"), *rules)


SUITES: Mapping[str, Suite] = {
    "contracts": _statement(
        "contract_version valid_from valid_to counting_event threshold slots_per_threshold "
        "slot_valid_days slot_used_by dedupe_scope stated_on eligible_stages eligible_channels "
        "excluded_channels eligible_employment_types dedupe_window_days slot_returned_by "
        "early_leave_days points_carry_over withdrawal_effect",
        _key("contract_version"),
        _day("valid_from", needed=True, planned=True),
        day_rules("valid_to", latest=NEVER, remedy=FILE_REMEDY),
        strictly_before(day("valid_from"), day("valid_to"), FILE_REMEDY),
        required(text("counting_event"), remedy=FILE_REMEDY),
        one_of(
            text("counting_event"),
            ("registered", "consented", "verified", "referred"),
            FILE_REMEDY,
        ),
        required(number_column("threshold"), remedy=FILE_REMEDY),
        at_least("threshold", 1, remedy=FILE_REMEDY),
        required(number_column("slots_per_threshold"), remedy=FILE_REMEDY),
        at_least("slots_per_threshold", 1, remedy=FILE_REMEDY),
        at_least("slot_valid_days", 1, remedy=FILE_REMEDY),
        required(text("slot_used_by"), remedy=FILE_REMEDY),
        one_of(
            text("slot_used_by"), ("introduced", "interviewed", "accepted", "joined"), FILE_REMEDY
        ),
        required(text("dedupe_scope"), remedy=FILE_REMEDY),
        one_of(text("dedupe_scope"), ("company", "group", "programme"), FILE_REMEDY),
        _day("stated_on"),
        at_least("dedupe_window_days", 1, remedy=FILE_REMEDY),
        at_least("early_leave_days", 0, remedy=FILE_REMEDY),
        _list("slot_returned_by", "declined", "early_leave", "none"),
        _list("eligible_employment_types", "permanent", "contract", "part_time"),
        one_of(text("points_carry_over"), ("keep", "forfeit"), FILE_REMEDY),
        one_of(text("withdrawal_effect"), ("keep", "reverse"), FILE_REMEDY),
    ),
    "counted_registrations": _statement(
        "registration_id counted_on",
        _key("registration_id"),
        _day("counted_on", needed=True),
    ),
    "slots": _statement(
        "slot_number granted_on used_on introduction_id",
        required(number_column("slot_number"), key=True, remedy=FILE_REMEDY),
        at_least("slot_number", 1, remedy=FILE_REMEDY),
        _day("granted_on", needed=True),
        _day("used_on"),
        in_order(day("granted_on"), day("used_on"), remedy=FILE_REMEDY),
    ),
    "introductions": _statement(
        "introduction_id slot_number job_title introduced_on interview_on offered_on "
        "accepted_on declined_on",
        _key("introduction_id"),
        at_least("slot_number", 1, remedy=FILE_REMEDY),
        _day("introduced_on", needed=True),
        _day("interview_on", planned=True),
        _day("offered_on"),
        _day("accepted_on"),
        _day("declined_on"),
        in_order(
            day("introduced_on"),
            day("interview_on"),
            day("offered_on"),
            day("accepted_on"),
            day("declined_on"),
            remedy=FILE_REMEDY,
        ),
        in_order(day("interview_on"), day("offered_on"), remedy=FILE_REMEDY),
        in_order(day("offered_on"), day("accepted_on"), remedy=FILE_REMEDY),
    ),
    "joins": _statement(
        "join_id introduction_id joined_on employment_type annual_salary_yen employee_number",
        _key("join_id"),
        required(text("introduction_id"), remedy=FILE_REMEDY),
        refers_to(
            found_in("introduction_id", SOURCE, "introductions"),
            "introductions",
            "deliver the statement of introductions that lists it",
        ),
        _day("joined_on", needed=True, planned=True),
        required(text("employment_type"), remedy=FILE_REMEDY),
        mapped(text("employment_type"), EMPLOYMENT_TYPES),
        at_least("annual_salary_yen", 0, strict=True, remedy=FILE_REMEDY),
    ),
    "attestations": _statement(
        "join_id month observed_on employed left_on leave_type",
        _key("join_id"),
        refers_to(
            found_in("join_id", SOURCE, "joins"),
            "joins",
            "deliver the statement of joins that lists it",
        ),
        required(text("month"), key=True, remedy=FILE_REMEDY),
        matching("month", MONTH_PATTERN, "a month as YYYY-MM", FILE_REMEDY),
        _day("observed_on", needed=True),
        required(text("employed"), remedy=FILE_REMEDY),
        one_of(text("employed"), ("yes", "no", "unknown"), FILE_REMEDY),
        _day("left_on", planned=True),
        one_of(
            text("leave_type"),
            ("voluntary", "dismissal", "contract_end", "other"),
            FILE_REMEDY,
        ),
    ),
    "hires": _statement(
        "hire_id application_id channel joined_on employment_type annual_salary_yen left_on "
        "leave_type observed_on employee_number",
        _key("hire_id"),
        required(text("channel"), remedy=FILE_REMEDY),
        _day("joined_on", needed=True, planned=True),
        required(text("employment_type"), remedy=FILE_REMEDY),
        mapped(text("employment_type"), EMPLOYMENT_TYPES),
        at_least("annual_salary_yen", 0, strict=True, remedy=FILE_REMEDY),
        _day("left_on", planned=True),
        in_order(day("joined_on"), day("left_on"), remedy=FILE_REMEDY),
        one_of(
            text("leave_type"),
            ("voluntary", "dismissal", "contract_end", "other"),
            FILE_REMEDY,
        ),
        _day("observed_on", needed=True),
    ),
    "costs": _statement(
        "cost_id month kind category amount_yen is_programme",
        _key("cost_id"),
        required(text("month"), remedy=FILE_REMEDY),
        matching("month", MONTH_PATTERN, "a month as YYYY-MM", FILE_REMEDY),
        required(text("kind"), remedy=FILE_REMEDY),
        one_of(text("kind"), ("internal", "external"), FILE_REMEDY),
        required(number_column("amount_yen"), remedy=FILE_REMEDY),
        at_least("amount_yen", 0, remedy=FILE_REMEDY),
        required(text("is_programme"), remedy=FILE_REMEDY),
        one_of(text("is_programme"), ("yes", "no"), FILE_REMEDY),
    ),
    "fee_terms": _statement(
        "valid_from fee_rate_percent refund_steps minimum_fee_yen",
        _day("valid_from", needed=True, planned=True),
        required(number_column("fee_rate_percent"), remedy=FILE_REMEDY),
        at_least("fee_rate_percent", 0, strict=True, remedy=FILE_REMEDY),
        matching("refund_steps", STEPS_PATTERN, "steps such as 30:100|90:50", FILE_REMEDY),
        at_least("minimum_fee_yen", 0, remedy=FILE_REMEDY),
    ),
    "registration_events": _statement(
        "registration_id event occurred_on",
        _key("registration_id"),
        required(text("event"), key=True, remedy=FILE_REMEDY),
        one_of(text("event"), ("verified", "referred", "withdrawn"), FILE_REMEDY),
        _day("occurred_on", needed=True),
    ),
    "mails": _statement(
        "token application_id sent_at message_id",
        _key("token"),
        _key("application_id"),
        moment_rules("sent_at", needed=True),
    ),
}
