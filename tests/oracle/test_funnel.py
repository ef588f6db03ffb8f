"""The oracle's applications and funnel on stories whose rows are worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from tests.oracle import applications, funnel
from tests.oracle.rows import Row
from tests.oracle.story import FAR, Story, jst
from tests.oracle.visible import at


def funnel_of(story: Story, clock: str = FAR) -> dict[str, Row]:
    rows = funnel.rows(at(story.truth(), jst(clock)))
    return {str(row["application_id"]).rpartition(":")[2]: row for row in rows}


def outcomes(story: Story, clock: str = FAR) -> dict[str, Row]:
    rows = applications.rows(at(story.truth(), jst(clock)))
    return {str(row["application_id"]).rpartition(":")[2]: row for row in rows}


def registers(story: Story, number: int, submitted: str, **detail: object) -> None:
    """Application ``number``'s own person registers through its link."""
    story.answers(
        f"r{number}{submitted}",
        f"p{number}",
        submitted,
        submitted,
        token=f"tok{number}",
        method="token",
        application=number,
        candidates=(number,),
        **detail,  # type: ignore[arg-type]
    )


def test_a_counted_application_has_all_its_times() -> None:
    story = Story()
    story.applies(1, "p1")
    story.event(1, "2026-01-02 09:00", "stage_entered", stage_id=1)
    story.event(1, "2026-01-04 09:00", "stage_entered", stage_id=2)
    story.rejects(1, "2026-01-31 23:30", mail=False)
    story.event(1, "2026-02-01 09:00", "mail_sent", token="tok1")
    story.answers(
        "r1",
        "p1",
        "2026-02-03 08:00",
        "2026-02-28 23:59",
        token="tok1",
        method="token",
        application=1,
        candidates=(1,),
    )
    assert funnel_of(story) == {
        "1": {
            "application_id": "c_greenhouse:1",
            "company_id": "c",
            "connection": "c_greenhouse",
            "person_id": "c_greenhouse:1",
            "job_id": "c_greenhouse:7",
            "department_name": "営業部",
            "employment_type": "permanent",
            "channel": "求人サイト",
            "stage_reached": "一次面接",
            "stage_reached_order": 1,
            "rejection_reason": "経験不足",
            "cohort_month": date(2026, 1, 1),
            "rejected_at": jst("2026-01-31 23:30"),
            "rejected_date": date(2026, 1, 31),
            "mail_state": "sent",
            "mailed_at": jst("2026-02-01 09:00"),
            "delivered_at": None,
            "bounced_at": None,
            "clicked_at": None,
            "human_clicked_at": None,
            "opened_at": jst("2026-02-03 08:00"),
            "human_opened_at": jst("2026-02-03 08:00"),
            "open_state": "human",
            "registered_at": jst("2026-02-28 23:59"),
            "registration_id": "c_typeform:r1",
            "match_method": "token",
            "has_consent": True,
            "counted_at": jst("2026-02-28 23:59"),
            "counted_date": date(2026, 2, 28),
            "stopped_because": None,
        }
    }
    row = outcomes(story)["1"]
    assert (row["stage_reached"], row["stage_reached_order"]) == ("一次面接", 1)
    assert (row["outcome"], row["ended_date"]) == ("rejected_by_company", date(2026, 1, 31))


@pytest.mark.parametrize(
    ("kind", "offered", "outcome"),
    [
        ("WE_REJECTED_THEM", False, "rejected_by_company"),
        ("THEY_REJECTED_US", False, "withdrawn_by_candidate"),
        ("THEY_REJECTED_US", True, "offer_declined"),
        ("WE_REJECTED_THEM", True, "rejected_by_company"),
        ("SECURITY_CONCERN", False, "not_eligible"),
        ("NONE_SPECIFIED", False, "unknown"),
        (None, False, "unknown"),
    ],
)
def test_the_reason_decides_the_outcome(kind: str | None, offered: bool, outcome: str) -> None:
    story = Story()
    story.applies(1, "p1")
    if offered:
        story.event(1, "2026-01-03 09:00", "offer_sent")
    story.event(1, "2026-01-05 10:00", "rejected", reason="-", reason_type=kind)
    assert outcomes(story)["1"]["outcome"] == outcome
    assert outcomes(story)["1"]["ended_at"] == jst("2026-01-05 10:00")
    assert list(funnel_of(story)) == (["1"] if outcome == "rejected_by_company" else [])


def test_a_rejection_taken_back_leaves_the_funnel_and_gives_the_count_back() -> None:
    story = Story()
    story.counts(1, "2026-01-10 10:00")
    story.event(1, "2026-01-20 10:00", "unrejected")
    assert funnel_of(story, "2026-01-19 00:00")["1"]["counted_at"] == jst("2026-01-10 10:00")
    assert funnel_of(story, "2026-01-21 00:00") == {}
    assert outcomes(story, "2026-01-21 00:00")["1"]["outcome"] == "in_process"
    story.rejects(1, "2026-02-01 10:00", mail=False)
    row = funnel_of(story)["1"]
    assert row["rejected_at"] == jst("2026-02-01 10:00")
    assert (row["mail_state"], row["counted_at"]) == ("unknown", None)
    assert row["stopped_because"] == "not_eligible"  # it came before the rejection that stands


def test_each_way_of_not_being_counted_has_its_reason() -> None:
    story = Story()
    for number in range(1, 6):
        story.applies(number, f"p{number}")
        story.rejects(number, "2026-01-05 10:00", mail=number != 5)
    registers(story, 1, "2026-01-06 10:00")
    registers(story, 2, "2026-01-06 10:00", consent=False)
    story.answers("r3", "p3", "2026-01-06 10:00", None, token="tok3")
    rows = funnel_of(story)
    assert [row["stopped_because"] for row in rows.values()] == [
        None,
        "consent_refused",
        "form_abandoned",
        "form_not_opened",
        "mail_not_recorded",
    ]
    assert [row["opened_at"] is not None for row in rows.values()] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert [row["has_consent"] for row in rows.values()] == [True, False, None, None, None]


def test_the_first_registration_of_a_person_counts_once() -> None:
    story = Story()
    story.applies(1, "p1")
    story.applies(2, "p1")
    story.applies(10, "p1")
    for number in (1, 2, 10):
        story.rejects(number, "2026-01-05 10:00")
    registers(story, 10, "2026-01-06 10:00")
    registers(story, 10, "2026-01-06 11:00")
    registers(story, 2, "2026-01-07 10:00")
    rows = funnel_of(story)
    assert {row["person_id"] for row in rows.values()} == {"c_greenhouse:1"}
    assert rows["10"]["counted_at"] == jst("2026-01-06 10:00")
    assert rows["2"]["stopped_because"] == "duplicate_person"
    assert rows["1"]["stopped_because"] == "form_not_opened"


def test_the_smallest_candidate_of_a_person_is_smallest_as_text() -> None:
    story = Story()
    story.applies(9, "p1")
    story.applies(10, "p1")
    story.rejects(9, "2026-01-05 10:00")
    assert funnel_of(story)["9"]["person_id"] == "c_greenhouse:10"


def test_consent_given_later_is_shown_and_counted() -> None:
    story = Story()
    story.applies(1, "p1")
    story.rejects(1, "2026-01-05 10:00")
    registers(story, 1, "2026-01-06 10:00", consent=False)
    registers(story, 1, "2026-01-08 10:00")
    row = funnel_of(story)["1"]
    assert row["registered_at"] == row["counted_at"] == jst("2026-01-08 10:00")
    assert row["opened_at"] == jst("2026-01-06 10:00")


def test_without_a_token_the_latest_rejection_before_the_registration_gets_it() -> None:
    story = Story()
    for number, rejected in ((1, "2026-01-05"), (2, "2026-01-20"), (3, "2026-02-20")):
        story.applies(number, "p1", candidate=1)
        story.rejects(number, f"{rejected} 10:00")
    story.applies(4, "p1", candidate=1)
    story.event(4, "2026-01-25 10:00", "rejected", reason="-", reason_type="THEY_REJECTED_US")
    at_time = "2026-02-01 10:00"
    story.answers("r1", "p1", at_time, at_time, method="email", candidates=(1,))
    rows = funnel_of(story)
    assert [number for number, row in rows.items() if row["counted_at"]] == ["2"]
    assert rows["2"]["match_method"] == "email"


def test_a_forwarded_link_opens_only_the_application_its_registration_is_matched_to() -> None:
    story = Story()
    for number in (1, 2):
        story.applies(number, f"p{number}")
        story.rejects(number, "2026-01-05 10:00")
    at_time = "2026-01-06 10:00"
    story.answers("r2", "p2", at_time, at_time, token="tok1", method="email", candidates=(2,))
    rows = funnel_of(story)
    assert rows["1"]["opened_at"] is None
    assert rows["1"]["stopped_because"] == "form_not_opened"
    assert rows["2"]["counted_at"] == jst(at_time)


def test_an_outsider_with_a_forwarded_link_opens_it_and_counts_for_nobody() -> None:
    story = Story()
    story.applies(1, "p1")
    story.rejects(1, "2026-01-05 10:00")
    story.answers("r9", "outsider", "2026-01-06 10:00", "2026-01-06 10:05", token="tok1")
    row = funnel_of(story)["1"]
    assert row["opened_at"] == jst("2026-01-06 10:00")
    assert (row["registered_at"], row["stopped_because"]) == (None, "form_abandoned")


def test_a_mail_older_than_a_day_before_the_rejection_is_another_mail() -> None:
    story = Story()
    for number, mailed in ((1, "2026-01-04 10:00"), (2, "2026-01-04 09:59")):
        story.applies(number, f"p{number}")
        story.rejects(number, "2026-01-05 10:00", mail=False)
        story.event(number, mailed, "mail_sent", token=f"tok{number}")
    rows = funnel_of(story)
    assert rows["1"]["mailed_at"] == jst("2026-01-04 10:00")
    assert (rows["2"]["mail_state"], rows["2"]["mailed_at"]) == ("unknown", None)
