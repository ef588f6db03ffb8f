"""Who holds a slot when, on stories worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from tests.oracle.story import Story, jst
from tests.oracle.test_ledger import earns, moments, moved, run


def test_an_introduction_uses_a_slot_and_a_second_one_is_not_covered() -> None:
    story = Story()
    story.contract(threshold=2)
    earns(story, 2)
    story.introduces("i1", "2026-01-11")
    story.introduces("i2", "2026-02-01", declined="2026-02-02")
    story.introduces("i3", "2026-02-01", slot=None)
    marts = run(story)
    (slot,) = marts["fct_slots"]
    assert (slot["status"], slot["introduction_id"]) == ("used", "c:i1")
    assert slot["used_at"] == jst("2026-01-11 10:00")  # grant and use on one day
    covered = {i["introduction_id"]: i["is_slot_covered"] for i in marts["fct_introductions"]}
    assert covered == {"c:i1": True, "c:i2": False, "c:i3": False}
    assert moved(marts, "use", "hold") == {"hold:c:i1": {"slots": -1, "slots_used": 1}}


def test_an_advance_is_covered_when_its_slot_is_granted() -> None:
    story = Story()
    story.contract(threshold=2)
    earns(story, 2)
    story.introduces("i1", "2026-01-08")  # three days before the grant
    assert run(story, "2026-01-11 09:59")["fct_introductions"][0]["is_slot_covered"] is False
    marts = run(story)
    assert marts["fct_introductions"][0]["is_slot_covered"] is True
    assert moments(marts, "slots_used") == [("hold:c:i1", 1, jst("2026-01-11 10:00"))]


def test_a_declined_reservation_returns_the_slot_for_the_next() -> None:
    story = Story()
    story.contract(threshold=2, used_by="accepted")
    earns(story, 2)
    story.introduces("i1", "2026-02-01", declined="2026-02-10")
    story.introduces("i2", "2026-02-09")  # still held
    story.introduces("i3", "2026-02-10", accepted="2026-02-20")
    marts = run(story)
    assert moved(marts, "hold", "use", "return") == {
        "hold:c:i1": {"slots": -1, "slots_reserved": 1},
        "return:c:i1": {"slots_reserved": -1, "slots": 1},
        "hold:c:i3": {"slots": -1, "slots_reserved": 1},
        "use:c:i3": {"slots_reserved": -1, "slots_used": 1},
    }
    (slot,) = marts["fct_slots"]
    assert (slot["status"], slot["introduction_id"]) == ("used", "c:i3")
    assert slot["reserved_at"] == jst("2026-02-10 00:00")
    assert slot["used_at"] == jst("2026-02-20 00:00")
    assert slot["returned_at"] is None
    balances = {b["balance_date"]: b for b in marts["agg_slot_balances"]}
    assert balances[date(2026, 2, 9)]["slots_reserved"] == 1
    assert balances[date(2026, 2, 10)]["slots_balance"] == 0
    assert balances[date(2026, 2, 20)]["slots_used"] == 1


@pytest.mark.parametrize(
    ("used_by", "used_at"),
    [
        ("introduced", "2026-02-01 00:00"),
        ("interviewed", "2026-02-05 00:00"),
        ("accepted", "2026-02-20 00:00"),
        ("joined", "2026-03-01 00:00"),
    ],
)
def test_what_uses_a_slot_up(used_by: str, used_at: str) -> None:
    story = Story()
    story.contract(threshold=1, used_by=used_by)
    earns(story, 1)
    story.introduces("i1", "2026-02-01", interviewed="2026-02-05", accepted="2026-02-20")
    story.joins_on("j1", "i1", "2026-03-01")
    (slot,) = run(story)["fct_slots"]
    assert slot["used_at"] == jst(used_at)
    assert (slot["reserved_at"] is None) == (used_by == "introduced")


@pytest.mark.parametrize(
    ("left", "returned_at"),
    [("2026-03-31", "2026-04-01 00:00"), ("2026-04-01", None), (None, None)],
)
def test_an_early_leaver_gives_the_slot_back(left: str | None, returned_at: str | None) -> None:
    """Thirty days after joining on 1 March is the 31st."""
    story = Story()
    story.contract(
        threshold=1, used_by="joined", slot_returned_by="declined|early_leave", early_leave_days=30
    )
    earns(story, 1)
    story.introduces("i1", "2026-02-01", accepted="2026-02-20")
    story.joins_on("j1", "i1", "2026-03-01")
    if left:
        story.attests("j1", "2026-04-30", "no", left=left, leave="voluntary")
    marts = run(story)
    (slot,) = marts["fct_slots"]
    assert slot["returned_at"] == (jst(returned_at) if returned_at else None)
    expected = {"return:c:i1": {"slots_used": -1, "slots": 1}} if returned_at else {}
    assert moved(marts, "return") == expected


def test_a_decline_returns_a_used_slot_only_where_the_contract_says_so() -> None:
    for used_by, returned in (("introduced", False), ("interviewed", True)):
        story = Story()
        story.contract(threshold=1, used_by=used_by)
        earns(story, 1)
        story.introduces("i1", "2026-02-01", interviewed="2026-02-05", declined="2026-02-09")
        (slot,) = run(story)["fct_slots"]
        assert slot["used_at"] is not None
        assert (slot["status"] == "available") == returned


def test_a_slot_nobody_holds_expires_and_a_late_return_expires_at_once() -> None:
    story = Story()
    story.contract(threshold=1, valid_days=30, used_by="accepted")
    earns(story, 3)  # granted 10, 11, 12 January; expire on 9, 10, 11 February
    story.introduces("i1", "2026-02-08", slot=1, declined="2026-02-15")
    story.introduces("i2", "2026-02-10", slot=2)  # the day of expiry: too late
    story.introduces("i3", "2026-02-10", slot=3)
    marts = run(story)
    found = {s["slot_id"]: (s["status"], s["expired_at"]) for s in marts["fct_slots"]}
    assert found == {
        "c:1": ("expired", jst("2026-02-15 00:00")),
        "c:2": ("expired", jst("2026-02-10 00:00")),
        "c:3": ("reserved", None),
    }
    assert moments(marts, "slots_expired") == [
        ("expire:c:1", 1, jst("2026-02-15 00:00")),
        ("expire:c:2", 1, jst("2026-02-10 00:00")),
    ]
    assert run(story, "2026-02-09 23:59")["fct_slots"][1]["status"] == "available"
    assert run(story, "2026-02-10 00:00")["fct_slots"][1]["status"] == "expired"
