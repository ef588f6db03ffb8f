"""What a view keeps of a story when the company's ATS does not tell everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

import sandbox.ats
from tests.oracle.applications import Selection, selections
from tests.oracle.dimensions import job_rows
from tests.oracle.people import person_of_candidates
from tests.oracle.registrations import registrations
from tests.oracle.stage_dropoff import rows as dropoff_rows
from tests.oracle.story import FAR, Story, jst
from tests.oracle.truth import Employee, Truth
from tests.oracle.vendors import ATS, SECURITY, THEY, WE
from tests.oracle.visible import at

FIRST, BETWEEN, LAST = "2026-01-02 00:00", "2026-01-06 00:00", "2026-01-10 00:00"


def view(story: Story, clock: str = FAR, *runs: str) -> Truth:
    return at(story.truth(), jst(clock), [jst(run) for run in runs])


def only(found: Truth) -> Selection:
    (selection,) = selections(found).values()
    return selection


def rejected(ats: str, kind: str = WE) -> Story:
    """One application that reached the second stage, and what it ended with."""
    story = Story(ats=ats)
    story.contract()
    story.applies(1, "p1")
    story.event(1, "2026-01-01 09:00", "stage_entered", stage_id=1)
    story.event(1, "2026-01-04 09:00", "stage_entered", stage_id=2)
    story.rejects(1, "2026-01-05 10:00", kind=kind)
    return story


def test_every_ats_of_the_sandbox_has_an_entry() -> None:
    assert set(ATS) == set(sandbox.ats.ATS)


@pytest.mark.parametrize(
    ("ats", "outcomes"),
    [
        ("greenhouse", "rejected_by_company withdrawn_by_candidate not_eligible unknown"),
        ("lever", "rejected_by_company withdrawn_by_candidate not_eligible unknown"),
        ("ashby", "rejected_by_company withdrawn_by_candidate unknown unknown"),
        ("workable", "rejected_by_company withdrawn_by_candidate rejected_by_company"
                     " rejected_by_company"),
        ("herp", "rejected_by_company withdrawn_by_candidate not_eligible unknown"),
        ("talentio", "rejected_by_company withdrawn_by_candidate rejected_by_company"
                     " rejected_by_company"),
        ("hrmos", "rejected_by_company withdrawn_by_candidate not_eligible unknown"),
        ("jobcan", "rejected_by_company withdrawn_by_candidate not_eligible unknown"),
    ],
)  # fmt: skip
def test_what_an_end_comes_to(ats: str, outcomes: str) -> None:
    kinds = (WE, THEY, SECURITY, "NONE_SPECIFIED")
    assert " ".join(only(view(rejected(ats, kind))).outcome for kind in kinds) == outcomes


@pytest.mark.parametrize(
    ("ats", "reason", "kind"),
    [
        ("greenhouse", "経験不足", WE),
        ("lever", "経験不足", "経験不足"),
        ("ashby", "経験不足", "RejectedByOrg"),
        ("workable", "経験不足", "rejected"),
        ("herp", None, "rejected"),
        ("talentio", None, None),
        ("hrmos", "経験不足", None),
    ],
)
def test_the_reason_that_is_shown(ats: str, reason: str | None, kind: str | None) -> None:
    selection = only(view(rejected(ats)))
    assert (selection.rejection_reason, selection.rejection_reason_type) == (reason, kind)


@pytest.mark.parametrize(
    ("ats", "stage"),
    [
        ("greenhouse", ("一次面接", 1)),
        ("lever", ("一次面接", 4)),
        ("herp", ("一次面接", 3)),
        ("talentio", ("面接2", 1)),
        ("hrmos", ("一次面接", 1)),
    ],
)
def test_the_stage_that_is_shown(ats: str, stage: tuple[str, int]) -> None:
    selection = only(view(rejected(ats)))
    assert (selection.stage_reached, selection.stage_reached_order) == stage


@pytest.mark.parametrize(
    ("runs", "stages"),
    [
        ([FIRST], {"書類選考", "一次面接"}),
        ([BETWEEN], {"一次面接"}),
        ([], {"一次面接"}),
    ],
)
def test_a_stage_passed_between_two_runs_is_missing(runs: list[str], stages: set[str]) -> None:
    """Where runs have to see the stages; the job has those that any application was seen in."""
    found = view(rejected("herp"), LAST, *runs)
    assert only(found).stage_reached == "一次面接"
    assert {row["stage"] for row in dropoff_rows(found)} == stages
    found = view(rejected("jobcan"), LAST, *runs)
    assert {row["stage"] for row in dropoff_rows(found)} == stages
    for listed in ("lever", "hrmos"):
        found = view(rejected(listed), LAST)
        assert {row["stage"] for row in dropoff_rows(found)} == {"書類選考", "一次面接"}


def test_a_person_is_every_application_that_holds_one() -> None:
    for ats, people in (("lever", {1}), ("workable", {1, 2})):
        story = Story(ats=ats)
        story.applies(1, "p1")
        story.applies(2, "p1", candidate=1)
        found = view(story)
        assert {candidate.candidate_id for candidate in found.candidates} == people
        assert set(person_of_candidates(found).values()) == {"c_greenhouse:1"}


@pytest.mark.parametrize(
    ("ats", "email", "phone", "method"),
    [
        ("greenhouse", None, False, "token"),
        ("lever", None, False, None),
        ("lever", "2026-01-01 09:00", False, "email"),
        ("lever", "2027-01-01 09:00", False, None),
        ("lever", "2027-01-01 09:00", True, "phone"),
        ("talentio", "2026-01-01 09:00", True, "email"),
        ("talentio", None, True, None),
    ],
)
def test_without_the_mail_the_person_decides(
    ats: str, email: str | None, phone: bool, method: str | None
) -> None:
    story = rejected(ats)
    at_ten = "2026-01-10 10:00"
    story.answers("r1", "p1", at_ten, at_ten, token="tok1", method="token", application=1)
    story.resembles("r1", 1, email=email, phone=phone)
    found = view(story, "2026-02-01 00:00")
    (registration,) = registrations(found, selections(found))
    assert registration.method == method
    assert registration.application_id == (1 if method else None)


@pytest.mark.parametrize(
    ("ats", "mail", "is_told"),
    [
        ("greenhouse", None, True),
        ("greenhouse", "mailgun", True),
        ("talentio", None, False),
        ("talentio", "mailgun", True),
        ("hrmos", "log", True),
    ],
)
def test_mails_are_told_by_who_sends_them_else_by_the_ats(
    ats: str, mail: str | None, is_told: bool
) -> None:
    """And then a link is known, whatever else the ATS does not know of the person."""
    story = rejected(ats)
    story.mail = mail
    at_ten = "2026-01-10 10:00"
    story.answers("r1", "p1", at_ten, at_ten, token="tok1", method="token", application=1)
    found = view(story)
    mails = [event.at for event in found.events if event.kind == "mail_sent"]
    assert mails == ([jst("2026-01-05 10:00")] if is_told else [])
    (registration,) = registrations(found, selections(found))
    assert registration.method == ("token" if is_told else None)


def test_an_address_alone_matches_nobody() -> None:
    story = rejected("lever")
    story.answers("r1", "p1", "2026-01-10 10:00", "2026-01-10 10:00")
    story.resembles("r1", 1, email="2026-01-01 09:00", name=False)
    found = view(story)
    (registration,) = registrations(found, selections(found))
    assert registration.method is None


def test_where_offers_are_not_told_their_stage_is_one() -> None:
    for ats, outcome in (
        ("lever", "withdrawn_by_candidate"),
        ("talentio", "offer_declined"),
        ("hrmos", "withdrawn_by_candidate"),
    ):
        truth = rejected(ats, THEY).truth()
        stages = tuple(
            type(stage)(stage.stage_id, stage.job_id, name, stage.sort_order)
            for stage, name in zip(truth.stages, ("書類選考", "オファー"), strict=True)
        )
        found = at(type(truth)(**{**vars(truth), "stages": stages}), jst(FAR))
        assert only(found).outcome == outcome


def test_an_export_has_days_and_no_times() -> None:
    found = view(rejected("hrmos"))
    selection = only(found)
    assert selection.application.applied_at == jst("2026-01-01 00:00")
    assert selection.rejected_at == jst("2026-01-05 00:00")
    assert {event.at for event in found.events} == {
        jst(f"2026-01-0{day} 00:00") for day in (1, 4, 5)
    }


def test_an_export_knows_jobs_and_people_by_their_applications() -> None:
    for ats, states in (("lever", {"open"}), ("hrmos", set())):
        story = Story(ats=ats)
        story.applies(1, "p1")
        story.applications[0] = replace(story.applications[0], is_prospect=True)
        found = view(story)
        assert {row["job_status"] for row in job_rows(found)} == states
        assert len(found.candidates) == len(states)
    (job,) = job_rows(view(rejected("hrmos")))
    assert (job["job_status"], job["opened_date"], job["closed_date"]) == ("unknown", None, None)


@pytest.mark.parametrize(("ats", "recognised"), [("herp", True), ("talentio", False)])
def test_nobody_is_recognised_by_a_phone_that_the_ats_does_not_have(
    ats: str, recognised: bool
) -> None:
    joined = date(2025, 4, 1)
    story = rejected(ats)
    company = story.truth().companies[0].company_id
    one = Employee(
        company, f"{company}_smarthr", f"{company}_smarthr:1", None, "p1", True, joined,
        None, None, joined, None, None, by_phone=True,
    )  # fmt: skip
    (shown,) = at(replace(story.truth(), employees=(one,)), jst(FAR)).employees
    assert shown.is_recognisable is recognised
    (other,) = at(
        replace(story.truth(), employees=(replace(one, by_phone=False),)), jst(FAR)
    ).employees
    assert other.is_recognisable


def test_a_record_that_is_not_shown_matches_nobody() -> None:
    """Where a prospect has none, its address is not found; the other record's phone is."""
    for ats, method in (("lever", "email"), ("hrmos", "phone")):
        story = rejected(ats)
        story.applies(2, "p1")
        story.applications[-1] = replace(story.applications[-1], is_prospect=True)
        story.answers("r1", "p1", "2026-01-10 10:00", "2026-01-10 10:00")
        story.resembles("r1", 1, phone=True)
        story.resembles("r1", 2, email="2026-01-01 09:00")
        (response,) = view(story).responses
        assert response.match_method == method
