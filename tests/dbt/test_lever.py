"""Lever's records, with keys absent where there is no value, as the canonical entities."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dbt.project import Project
from tests.dbt.raw import Raw

BUILT_SOURCES = ("lever",)
ACCOUNT = "aozora_lever"
AS_OF = "2025-09-15T00:00:00Z"
DAY = 86_400_000
MAY = 1_746_057_600_000  # 1 May 2025, UTC
MODELS = ("int_applications_decided", "int_applications_staged", "int_jobs_unioned",
          "int_identities_keyed", "int_persons_connected")  # fmt: skip
REASONS = {
    "hired": "Hired",
    "no skill": "Underqualified",
    "withdrew": "Withdrew",
    "declined": "Offer declined",
}


def _land(raw: Raw, stream: str, record_id: str, keys: Any = (), **fields: Any) -> None:
    deleted = fields.pop("is_deleted", False)
    payload = {"id": record_id, **fields}
    raw.land("lever", stream, ACCOUNT, record_id, payload, keys, is_deleted=deleted)


def _opportunity(raw: Raw, name: str, contact: str, keys: Any = (), **fields: Any) -> None:
    standard = {"contact": contact, "createdAt": MAY, "updatedAt": MAY, "applications": ["a"]}
    _land(raw, "opportunities", name, keys, **{**standard, **fields})


def _applied(raw: Raw, name: str, day: int = 0, **fields: Any) -> None:
    """The application of an opportunity."""
    at = MAY + day * DAY
    _land(raw, "applications", f"a-{name}", parent_id=name, posting="p1", createdAt=at, **fields)


def _archived(reason: str | None, day: int) -> dict[str, Any]:
    archived: dict[str, Any] = {"archivedAt": MAY + day * DAY}
    return {"archived": archived if reason is None else {**archived, "reason": reason}}


def _moves(*stages: tuple[str, int, int]) -> list[dict[str, Any]]:
    """(stage, place in the pipeline, day) each."""
    return [
        {"toStageId": stage, "toStageIndex": index, "updatedAt": MAY + day * DAY}
        for stage, index, day in stages
    ]


@pytest.fixture(scope="module", autouse=True)
def account(raw: Raw, project: Project) -> None:
    raw.company("aozora")
    raw.connection.execute(
        "insert into landing.connections values (%s, 'aozora', 'lever')", [ACCOUNT]
    )
    for reason, text in REASONS.items():
        _land(raw, "archive_reasons", reason, text=text)
    for stage in ("screening", "interview", "offer"):
        _land(raw, "stages", stage, text=stage)
    _land(raw, "postings", "p1", text="Engineer", state="published", createdAt=MAY, updatedAt=MAY,
          categories={"team": "Development", "commitment": "正社員"})  # fmt: skip
    _land(raw, "postings", "p2", text="Clerk", state="closed", createdAt=MAY, updatedAt=MAY + DAY)
    _land(raw, "postings", "p3", text="Draft", state="draft", createdAt=MAY, updatedAt=MAY)

    _opportunity(raw, "active", "c1", sources=["Referral", "Event"])
    _opportunity(raw, "hire", "c2", **_archived("hired", 30))
    _opportunity(raw, "rejected", "c3", **_archived("no skill", 10))
    _opportunity(raw, "withdrawn", "c4", **_archived("withdrew", 11))
    _opportunity(raw, "decliner", "c5", **_archived("declined", 12))
    _opportunity(raw, "unreasoned", "c6", **_archived(None, 13))
    _opportunity(raw, "lead", "c7", applications=[])
    _opportunity(raw, "back", "c8", **_archived("no skill", 10))
    _opportunity(raw, "back", "c8", updatedAt=MAY + DAY)
    for name in ("active", "hire", "rejected", "withdrawn", "decliner", "unreasoned", "back"):
        _applied(raw, name)
    _land(raw, "offers", "f1", parent_id="decliner", status="sent", sentDocumentAt=MAY)
    _land(raw, "offers", "f2", parent_id="withdrawn", status="draft", createdAt=MAY)

    # the stages have changed places: at first the interview came third
    _opportunity(raw, "early", "c9", stageChanges=_moves(("interview", 2, 1)))
    _opportunity(
        raw,
        "late",
        "c10",
        stageChanges=_moves(("screening", 0, 5), ("interview", 1, 6), ("offer", 2, 7)),
    )
    for name in ("early", "late"):
        _applied(raw, name)

    mail = [("email", "k-mail")]
    _opportunity(raw, "first", "c11", mail)
    _opportunity(raw, "second", "c11", [("email", "k-other")], createdAt=MAY + DAY)
    _opportunity(raw, "known", "c12", [("email", "k-erased")])
    _opportunity(raw, "known", "c12", isAnonymized=True, updatedAt=MAY + DAY)
    _opportunity(raw, "also", "c12", [("phone", "k-erased")])
    _opportunity(raw, "deleted", "c13", [("email", "k-deleted")])
    for name in ("first", "second", "known", "also", "deleted"):
        _applied(raw, name)
    raw.check(AS_OF)
    project.run("build", "--select", *(f"+{model}" for model in MODELS), "--exclude",
                "test_type:unit", "--indirect-selection", "buildable")  # fmt: skip


def _rows(raw: Raw, columns: str, model: str, where: str = "true") -> dict[str, Any]:
    """By the first column, shortened to the vendor's id, the others."""
    return {
        str(first).removeprefix(f"{ACCOUNT}:"): rest[0] if len(rest) == 1 else rest
        for first, *rest in raw.rows(f"select {columns} from intermediate.{model} where {where}")
    }


def test_outcomes_follow_the_text_of_the_archive_reason(raw: Raw) -> None:
    outcomes = _rows(raw, "application_id, outcome", "int_applications_decided")
    assert {name: outcomes.get(name) for name in (*OUTCOMES, "lead")} == {**OUTCOMES, "lead": None}


OUTCOMES = {
    "active": "in_process",
    "hire": "hired",
    "rejected": "rejected_by_company",
    "withdrawn": "withdrawn_by_candidate",
    "decliner": "offer_declined",
    "unreasoned": "unknown",
    "back": "in_process",
}


def test_a_hire_is_dated_by_its_archiving_and_ends_nothing(raw: Raw) -> None:
    found = _rows(
        raw,
        "application_id, extract(epoch from hired_at) * 1000, ended_at, rejection_reason",
        "int_applications_decided",
        "hired_at is not null",
    )
    assert found == {"hire": [MAY + 30 * DAY, None, None]}


def test_an_absent_source_is_no_channel_and_the_first_of_several_counts(raw: Raw) -> None:
    channels = _rows(raw, "application_id, channel", "int_applications_decided")
    assert channels["active"] == "Referral"
    assert channels["hire"] is None


def test_stages_stand_where_their_latest_change_says(raw: Raw) -> None:
    reached = _rows(
        raw, "application_id, stage_reached, stage_reached_order", "int_applications_decided"
    )
    assert reached["early"] == ["interview", 1]
    assert reached["late"] == ["offer", 2]
    assert reached["active"] == [None, None]
    passed = raw.rows(
        "select stage from intermediate.int_applications_staged"
        f" where application_id = '{ACCOUNT}:early' order by stage_order"
    )
    assert passed == [("screening",), ("interview",)]


def test_a_posting_is_open_closed_or_a_draft(raw: Raw) -> None:
    columns = "job_id, job_status, department_name, employment_type, opened_at is null, closed_at"
    found = _rows(raw, columns, "int_jobs_unioned")
    assert found["p1"] == ["open", "Development", "permanent", False, None]
    assert found["p2"][0] == "closed"
    assert int(found["p2"][4].timestamp() * 1000) == MAY + DAY
    assert found["p3"] == ["draft", None, None, True, None]


def test_the_contact_is_one_candidate_with_the_keys_of_all_opportunities(raw: Raw) -> None:
    keys = raw.rows(
        "select kind, key_value from intermediate.int_identities_keyed"
        f" where node_key = 'c:{ACCOUNT}:c11' order by key_value"
    )
    assert keys == [("email", "k-mail"), ("email", "k-other")]
    [(nodes,)] = raw.rows(
        "select count(*) from intermediate.int_persons_connected"
        f" where node_key = 'c:{ACCOUNT}:c11'"
    )
    assert nodes == 1


def test_a_contact_made_anonymous_is_known_by_no_key_of_any_time(raw: Raw) -> None:
    assert not raw.rows(
        f"select * from intermediate.int_identities_keyed where node_key = 'c:{ACCOUNT}:c12'"
    )


def test_what_is_deleted_leaves_the_marts(raw: Raw, project: Project) -> None:
    """Last: it changes what the others look at."""
    _opportunity(raw, "deleted", "c13", is_deleted=True)
    _applied(raw, "rejected", is_deleted=True)
    _land(raw, "postings", "p1", text="Engineer", is_deleted=True)
    _opportunity(raw, "late", "c10", stageChanges=[], updatedAt=MAY + DAY)
    raw.check(AS_OF)
    project.run("run", "--select", *(f"+{model}" for model in MODELS))
    found = _rows(raw, "application_id, outcome", "int_applications_decided")
    assert "deleted" not in found
    assert "rejected" not in found
    jobs = _rows(raw, "application_id, job_id", "int_applications_decided")
    assert jobs["active"] is None
    assert not raw.rows(
        f"select * from intermediate.int_identities_keyed where node_key = 'c:{ACCOUNT}:c13'"
    )
    reached = _rows(raw, "application_id, stage_reached", "int_applications_decided")
    assert reached["late"] is None
