"""Every rule of every stream, on records that break it: the expectation and the SQL must agree.

A check itself compares the two counts of every rule and stops the stream when they differ, so a
batch that passes the gate with entries in quarantine has been counted alike by both.
"""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from expectations import validate
from expectations.suites import suite_for
from expectations.suites.lever import SUITES as LEVER_SUITES
from expectations.suites.operator import SUITES as OPERATOR_SUITES
from extractors.stream import Fields
from tests.expectations.conftest import MakeLander
from tests.expectations.records import GREENHOUSE, LEVER, OPERATOR, RECORDS, STREAMS, record

WRONG: list[Any] = [
    None,
    "",
    "   ",
    "山田太郎",
    "yamada@example.com",
    0,
    -3,
    10**18,
    1.5,
    True,
    [],
    {},
    "2026-02-30",
    "2026-02-30T00:00:00Z",
    "2026-05-01",
    "2026-05-01T00:00:00",
    "2026-05-01T00:00:00+09:00",
    "1999-12-31T23:59:59Z",
    "2026-07-01T14:59:59Z",
    "2026-07-01T15:00:01Z",
    "1850-01-01",
    "2100-01-01",
    "2023-13",
    "12",
]
# Rules between fields, each broken by one record.
BROKEN: dict[str, list[Fields]] = {
    "applications": [
        {"prospect": True, "job_id": None},
        {"prospect": False, "job_id": None},
        {"rejected_at": None, "decided_at": None},
    ],
    "opportunities": [
        {"archived": {"reason": "1"}},
        {"archived": {"reason": "2", "archivedAt": 1777683600000}},
        {"archived": {"reason": "on hold", "archivedAt": 1777683600000}},
    ],
    "postings": [{"categories": {"commitment": "業務委託"}}],
    "jobs": [{"custom_fields": {"employment_type": {"value": "業務委託"}}}],
    "notes": [{"candidate_id": None, "application_id": None}],
    "candidacies": [
        {"status": "on hold"},
        {"terminationReason": "moved"},
        {"status": "active", "terminationReason": "moved", "terminatedAt": "2026-04-01T00:00:00Z"},
    ],
    "candidates": [
        {"status": "on hold"},
        {"status": "fail", "fixedAt": None},
        {"status": "ongoing", "requisition": None},
    ],
    "responses": [{"answers": [{"field": {"ref": "consent"}, "boolean": None}]}],
    "submissions": [{"answers": [{"field": {"ref": "consent"}, "boolean": None}]}],
    "introductions": [{"interview_on": None, "offered_on": "2026-05-01", "accepted_on": None}],
}
GOOD = 300
# What records point to, with the id that good ones name.
LANDED_BEFORE = (
    ("rejection_reasons", "1"),
    ("archive_reasons", "1"),
    ("archive_reasons", "a1"),
    ("introductions", "i1"),
    ("joins", "j1"),
)


def _mutants(source: str, stream: str) -> list[Fields]:
    good = RECORDS[source][stream]
    changed = [{**good, field: value} for field in good for value in WRONG]
    absent = [{name: v for name, v in good.items() if name != field} for field in good]
    return changed + absent + [{**good, **changes} for changes in BROKEN.get(stream, [])]


@pytest.mark.parametrize(("source", "stream"), STREAMS)
def test_expectation_and_quarantine_agree_and_every_rule_bites(
    lander: MakeLander, session: psycopg.Connection, source: str, stream: str
) -> None:
    account = lander(source)
    for other, ids in LANDED_BEFORE:
        if other != stream and other in RECORDS[source]:
            account.land(other, [record(source, other)], ids=[ids])
    if stream == "opportunities":
        account.land("archive_reasons", [{"id": "on hold", "text": "保留"}])
    if stream == "rejection_details":
        unmapped = record(source, "rejection_reasons", 2, type={"key": "ON_HOLD"})
        account.land("rejection_reasons", [unmapped])
    mutants = _mutants(source, stream)
    if stream == "rejection_details":
        mutants.append(record(source, stream, rejection_reason_id=2))
    good = [record(source, stream)] * GOOD
    account.land(
        stream,
        good + mutants,
        ids=[f"good{i}" for i in range(GOOD)] + [f"bad{i}" for i in range(len(mutants))],
    )

    [result] = validate(account.connection, [stream]).results

    assert not result.stopped, result.message
    broken = {finding.rule: finding.failed for finding in result.findings if not finding.critical}
    assert set(broken) == {rule.name for rule in suite_for(source, stream).rules}
    assert [rule for rule, failed in broken.items() if not failed] == []
    held = session.execute(
        "select rule, count(*), bool_or(record_id like 'good%%') from gate.quarantine "
        "where connection = %s and stream = %s and status = 'open' group by rule",
        [account.connection, stream],
    ).fetchall()
    assert {rule: count for rule, count, _ in held} == broken
    assert not any(good for _, _, good in held)
    assert result.rows_quarantined == result.held < len(mutants)


def test_there_is_a_suite_for_every_stream_and_a_record_for_every_suite() -> None:
    assert len(GREENHOUSE) == 17
    assert set(OPERATOR) == set(OPERATOR_SUITES)
    assert set(LEVER) == set(LEVER_SUITES)
    assert all(suite_for(source, stream).rules for source, stream in STREAMS)


def test_a_contract_counts_within_company_group_or_programme(
    lander: MakeLander, session: psycopg.Connection
) -> None:
    account = lander("operator")
    scopes = ("company", "group", "programme", "region", "Group")
    rows = [record("operator", "contracts", dedupe_scope=scope) for scope in scopes]
    account.land("contracts", [*rows, *rows[:1] * GOOD], ids=[*scopes, *map(str, range(GOOD))])
    [result] = validate(account.connection, ["contracts"]).results
    assert not result.stopped, result.message
    held = session.execute(
        "select record_id, rule from gate.quarantine where connection = %s order by 1",
        [account.connection],
    ).fetchall()
    assert [record_id for record_id, _ in held] == ["Group", "region"]
    assert {rule for _, rule in held} == {next(f.rule for f in result.findings if f.failed)}
