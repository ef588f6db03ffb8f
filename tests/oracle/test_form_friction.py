"""The oracle's openings, form friction and drop-off on stories whose numbers are done by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.oracle import form_friction, funnel, stage_dropoff
from tests.oracle.rows import Row
from tests.oracle.story import Story, jst
from tests.oracle.survival import half_time
from tests.oracle.truth import FormSession, Truth
from tests.oracle.visible import at

MAILED = "2026-01-05 10:00"


def opened(
    *openings: tuple[int, str, str, str], last_question: str | None = None, clock: str
) -> Truth:
    """Five people rejected and mailed; openings are (application, time, class, network)."""
    told = Story()
    for number in range(1, 6):
        told.applies(number, f"p{number}")
        told.event(number, "2026-01-02 09:00", "stage_entered", stage_id=1 + number % 2)
        told.rejects(number, MAILED)
    sessions = []
    for place, (number, time, agent_class, network) in enumerate(openings):
        told.answers(f"r{place}", f"p{number}", time, None, token=f"tok{number}")
        partial_at = jst(time) if last_question else None
        sessions.append(
            FormSession(f"r{place}", "mobile", agent_class, network, "2", last_question, partial_at)
        )
    truth = told.truth()
    responses = tuple(
        replace(response, partial_at=session.partial_at)
        for response, session in zip(truth.responses, sessions, strict=True)
    )
    return at(replace(truth, responses=responses, sessions=tuple(sessions)), jst(clock))


def reasons(truth: Truth) -> list[object]:
    return [row["bot_reason"] for row in form_friction.session_rows(truth)]


@pytest.mark.parametrize(
    ("time", "agent_class", "reason"),
    [
        ("2026-01-05 10:00:10", "human", "seconds_after_mail"),
        ("2026-01-05 10:00:11", "human", None),
        ("2026-01-05 09:59:50", "human", "seconds_after_mail"),
        ("2026-01-05 09:59:49", "human", None),
        ("2026-01-05 10:00:01", "scanner", "scanner_agent"),
        ("2026-01-07 10:00:00", "library", "library_agent"),
        ("2026-01-07 10:00:00", "unknown", None),
    ],
)
def test_one_opening_s_signs(time: str, agent_class: str, reason: str | None) -> None:
    truth = opened((1, time, agent_class, "n"), clock="2026-02-01 00:00")
    assert reasons(truth) == [reason]
    row = next(r for r in funnel.rows(truth) if str(r["application_id"]).endswith(":1"))
    assert row["opened_at"] == jst(time)
    assert row["human_opened_at"] == (None if reason else jst(time))
    assert row["stopped_because"] == ("form_not_opened" if reason else "form_abandoned")


@pytest.mark.parametrize(
    ("links", "seconds", "networks", "reason"),
    [
        ((1, 2, 3), (0, 30, 60), "nnn", "burst"),
        ((1, 2, 3), (0, 30, 61), "nnn", None),
        ((1, 2, 1), (0, 10, 20), "nnn", None),
        ((1, 2, 3), (0, 10, 20), "nnm", None),
    ],
)
def test_a_burst_is_three_links_of_one_network(
    links: tuple[int, ...], seconds: tuple[int, ...], networks: str, reason: str | None
) -> None:
    openings = [
        (link, f"2026-01-07 03:{second // 60:02}:{second % 60:02}", "human", network)
        for link, second, network in zip(links, seconds, networks, strict=True)
    ]
    assert reasons(opened(*openings, clock="2026-02-01 00:00")) == [reason] * 3


def test_whoever_answers_is_a_person() -> None:
    hasty = (1, "2026-01-05 10:00:01", "scanner", "n")
    assert reasons(opened(hasty, last_question="email", clock="2026-02-01 00:00")) == [None]


@pytest.mark.parametrize(("clock", "abandoned"), [("2026-01-20 23:59", 0), ("2026-01-21 00:00", 1)])
def test_a_form_is_left_at_the_question_after_the_last_answer(clock: str, abandoned: int) -> None:
    truth = opened((1, "2026-01-07 12:00", "human", "n"), last_question="email", clock=clock)
    found = {
        row["question"]: (row["reached"], row["abandoned"], row["still_open"])
        for row in form_friction.rows(truth)
        if row["device"] == "all"
    }
    assert found == {
        "wish_job_type": (1, 0, 0),
        "wish_location": (1, 0, 0),
        "email": (1, 0, 0),
        "name": (1, abandoned, 1 - abandoned),
        "kana": (0, 0, 0),
        "phone": (0, 0, 0),
        "birth_date": (0, 0, 0),
        "consent": (0, 0, 0),
        "(submit)": (0, 0, 0),
    }


def test_half_have_come_when_the_share_left_is_one_half() -> None:
    assert half_time([]) is None
    assert half_time([(5, True)]) == 5
    assert half_time([(1, True), (2, True)]) == 1
    assert half_time([(1, True), (2, False), (3, False)]) is None
    # 3/4 after 1; one is cut off at 2; 3/8 after 3
    assert half_time([(1, True), (2, False), (3, True), (9, False)]) == 3
    # at one time who comes goes before who is cut off
    assert half_time([(1, False), (1, True)]) == 1


def test_where_applications_leave() -> None:
    truth = opened(clock="2026-02-01 00:00")
    cells: dict[object, Row] = {
        (row["stage"], row["left_as"]): row for row in stage_dropoff.rows(truth)
    }
    assert len(cells) == 10
    # 1, 3 and 5 were in the interview, which comes after the screening that 2 and 4 ended in
    first, second = cells["書類選考", "rejected"], cells["一次面接", "rejected"]
    assert (first["reached"], first["left_here"], first["stage_order"]) == (5, 2, 0)
    assert (second["reached"], second["left_here"], second["stage_order"]) == (3, 3, 1)
    assert first["share_of_reached"] == Decimal("0.4")
    assert (first["mailed"], first["opened"], first["registration_rate"]) == (2, 0, Decimal(0))
    withdrawn = cells["一次面接", "withdrawn"]
    assert (withdrawn["left_here"], withdrawn["mailed"]) == (0, None)
