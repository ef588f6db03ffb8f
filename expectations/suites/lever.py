"""Lever Data API v1: what its records have to satisfy. An absent key is as good as an empty one."""

from __future__ import annotations

from collections.abc import Mapping

from expectations.columns import Column, condition, epoch_ms, text
from expectations.rules import (
    Rule,
    holds,
    in_order,
    mapped,
    moment_rules,
    one_of,
    refers_to,
    required,
)
from expectations.seeds import EMPLOYMENT_LABELS, outcome_codes
from expectations.suites.suite import Suite, suite

SOURCE = "lever"
OUTCOMES = outcome_codes(SOURCE)
STATES = ("published", "internal", "closed", "draft", "pending", "rejected")

_REASON = "nullif(btrim(r.payload #>> '{archived,reason}'), '')"
_ARCHIVED = "r.payload #>> '{archived,archivedAt}'"
_NEWEST_REASONS = """
    select distinct on (k.record_id) k.record_id, nullif(btrim(k.payload ->> 'text'), '') as reason
    from raw_lever.archive_reasons k
    where k.connection = %(connection)s
    order by k.record_id, k.seq desc
"""

# archived, or archived / the text of the reason; active
CODE = Column(
    "outcome_code",
    f"case when {_ARCHIVED} is null then 'active' "
    "else 'archived' || coalesce(' / ' || archive.reason, '') end",
    f"left join ({_NEWEST_REASONS}) as archive on archive.record_id = {_REASON}",
)
REASON_FOUND = condition(
    "archive_reason_found",
    f"case when {_REASON} is not null then exists ("
    "select from raw_lever.archive_reasons k "
    f"where k.connection = r.connection and k.record_id = {_REASON}) end",
)


def _time(field: str, *, needed: bool = False, key: bool = False) -> tuple[Rule, ...]:
    return moment_rules(field, needed=needed, key=key, ms=True)


def _record(fields: str, *rules: Rule | tuple[Rule, ...]) -> Suite:
    return suite(f"id {fields}", required(text("id"), key=True), *rules)


def _child(fields: str, *rules: Rule | tuple[Rule, ...]) -> Suite:
    """What hangs on an opportunity."""
    return _record(f"parent_id {fields}", required(text("parent_id"), key=True), *rules)


def _deleted() -> Suite:
    return _record("deletedAt", _time("deletedAt"))


SUITES: Mapping[str, Suite] = {
    "archive_reasons": _record("text", required(text("text"), key=True)),
    "stages": _record("text", required(text("text"), key=True)),
    "users": _record("accessRole createdAt deactivatedAt"),
    "requisitions": _record(
        "requisitionCode status headcountHired headcountTotal postings createdAt updatedAt",
        _time("createdAt"),
    ),
    "postings": _record(
        "text state categories reqCode confidentiality createdAt updatedAt",
        required(text("text"), key=True),
        _time("createdAt", needed=True, key=True),
        _time("updatedAt", needed=True, key=True),
        one_of(text("state"), STATES),
        mapped(
            Column("employment_type", "nullif(btrim(r.payload #>> '{categories,commitment}'), '')"),
            EMPLOYMENT_LABELS,
        ),
    ),
    "opportunities": _record(
        "contact stage archived sources origin stageChanges applications confidentiality "
        "isAnonymized createdAt updatedAt",
        required(text("contact"), key=True),
        _time("createdAt", needed=True, key=True),
        _time("updatedAt", needed=True, key=True),
        in_order(epoch_ms("createdAt"), epoch_ms("updatedAt")),
        refers_to(REASON_FOUND, "archive_reasons", "run the stream archive_reasons"),
        mapped(CODE, OUTCOMES),
        holds(
            condition(
                "archived_has_its_time",
                f"case when {_REASON} is not null then {_ARCHIVED} is not null end",
            ),
            "archived.reason is given without archived.archivedAt",
        ),
    ),
    "applications": _child(
        "posting type createdAt",
        _time("createdAt", needed=True, key=True),
    ),
    "offers": _child(
        "posting status createdAt sentDocumentAt signedDocumentAt",
        required(text("status")),
        _time("createdAt"),
        _time("sentDocumentAt"),
    ),
    "notes": _child("createdAt deletedAt"),
    "feedback": _child("createdAt completedAt deletedAt"),
    "postings_deleted": _deleted(),
    "opportunities_deleted": _deleted(),
    "applications_deleted": _deleted(),
}
