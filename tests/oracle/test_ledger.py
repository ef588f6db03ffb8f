"""The oracle's slot account on stories whose postings are worked out by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.oracle.marts import Oracle
from tests.oracle.story import FAR, Story, jst


def run(story: Story, *clocks: str) -> dict[str, list[Any]]:
    """The marts after the last of several runs."""
    oracle = Oracle(story.truth())
    marts: dict[str, list[Any]] = {}
    for clock in clocks or (FAR,):
        marts = oracle.run(jst(clock))
    return marts


def lines(marts: dict[str, list[Any]]) -> list[tuple[Any, ...]]:
    return [(p["posting_key"], p["quantity"], p["cause"]) for p in marts["fct_slot_ledger"]]


def earns(story: Story, people: int, first_day: int = 10) -> None:
    """``people`` registrations on successive days of January 2026, at 10:00."""
    for number in range(1, people + 1):
        story.counts(number, f"2026-01-{first_day + number - 1:02} 10:00")


def test_ten_counts_earn_one_slot_under_the_default_contract() -> None:
    story = Story()
    earns(story, 11)
    marts = run(story)
    assert lines(marts)[11:] == [
        ("grant:c:1:slots", 1, "threshold_reached"),
        ("grant:c:1:points", -10, "threshold_reached"),
    ]
    assert {p["transaction_id"] for p in marts["fct_slot_ledger"][11:]} == {"grant:c:1"}
    (slot,) = marts["fct_slots"]
    assert (slot["granted_at"], slot["contract_id"]) == (jst("2026-01-19 10:00"), "c:default")
    assert (slot["status"], slot["expires_at"]) == ("available", None)
    last = marts["agg_slot_balances"][-1]
    assert (last["points_balance"], last["slots_balance"], last["slots_granted"]) == (1, 1, 1)


def test_points_are_carried_into_the_next_contract_version() -> None:
    story = Story()
    story.contract("v1", until="2026-01-14", threshold=3)
    story.contract("v2", since="2026-01-14", threshold=5, slots=2)
    earns(story, 9)  # 10 .. 13 January under v1, 14 .. 18 under v2
    marts = run(story)
    # v1: slot 1 at the third count, one point is carried; v2: 1 + 4 counts = 5, two slots
    assert [(s["slot_id"], s["contract_id"], s["granted_at"]) for s in marts["fct_slots"]] == [
        ("c:1", "c:v1", jst("2026-01-12 10:00")),
        ("c:2", "c:v2", jst("2026-01-17 10:00")),
        ("c:3", "c:v2", jst("2026-01-17 10:00")),
    ]
    points = [line for line in lines(marts) if line[0].endswith(":points")]
    assert [(key, quantity) for key, quantity, _ in points] == [
        ("grant:c:1:points", -3),
        ("grant:c:2:points", -5),
    ]
    assert marts["agg_slot_balances"][-1]["points_balance"] == 1  # 9 - 3 - 5


def test_a_lower_threshold_frees_carried_points_at_the_first_count_only() -> None:
    story = Story()
    story.contract("v1", until="2026-01-14", threshold=10)
    story.contract("v2", since="2026-01-14", threshold=2)
    earns(story, 5)
    marts = run(story)  # four points are carried, the fifth count makes two slots
    assert [s["granted_at"] for s in marts["fct_slots"]] == [jst("2026-01-14 10:00")] * 2
    assert marts["agg_slot_balances"][-1]["points_balance"] == 1


def test_an_introduction_uses_a_slot_and_a_second_one_is_not_covered() -> None:
    story = Story()
    story.contract(threshold=2)
    earns(story, 2)
    story.introduces("i0", "2026-01-10")  # before the grant of 11 January
    story.introduces("i1", "2026-01-11")
    story.introduces("i2", "2026-02-01", declined="2026-02-02")
    story.introduces("i3", "2026-02-01", slot=None)
    marts = run(story)
    (slot,) = marts["fct_slots"]
    assert (slot["status"], slot["introduction_id"]) == ("used", "c:i1")
    assert slot["used_at"] == jst("2026-01-11 10:00")  # not before the grant itself
    covered = {i["introduction_id"]: i["is_slot_covered"] for i in marts["fct_introductions"]}
    assert covered == {"c:i0": False, "c:i1": True, "c:i2": False, "c:i3": False}
    assert lines(marts)[-1] == ("use:c:i1", -1, "slot_used")


def test_a_declined_reservation_returns_the_slot_for_the_next() -> None:
    story = Story()
    story.contract(threshold=2, used_by="accepted")
    earns(story, 2)
    story.introduces("i1", "2026-02-01", declined="2026-02-10")
    story.introduces("i2", "2026-02-09")  # still held
    story.introduces("i3", "2026-02-10", accepted="2026-02-20")
    marts = run(story)
    assert lines(marts)[-3:] == [
        ("use:c:i1", -1, "slot_reserved"),
        ("return:c:i1", 1, "slot_returned"),
        ("use:c:i3", -1, "slot_reserved"),
    ]
    (slot,) = marts["fct_slots"]
    assert (slot["status"], slot["introduction_id"]) == ("used", "c:i3")
    assert slot["reserved_at"] == jst("2026-02-10 00:00")
    assert slot["used_at"] == jst("2026-02-20 00:00")
    assert slot["returned_at"] is None
    balances = {b["balance_date"]: b for b in marts["agg_slot_balances"]}
    assert balances[date(2026, 2, 9)]["slots_used"] == 1
    assert balances[date(2026, 2, 10)]["slots_balance"] == 0


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
    assert run(story, "2026-02-09 23:59")["fct_slots"][1]["status"] == "available"
    assert run(story, "2026-02-10 00:00")["fct_slots"][1]["status"] == "expired"


def test_a_second_run_posts_nothing_and_a_late_fact_keeps_its_own_day() -> None:
    story = Story()
    story.contract(threshold=2)
    earns(story, 2)
    story.introduces("i1", "2026-01-15", published="2026-02-05 09:00")
    clocks = ("2026-01-31 00:00", "2026-02-01 00:00", "2026-02-06 00:00")
    early = run(story, *clocks[:2])["fct_slot_ledger"]
    marts = run(story, *clocks)
    assert {p["recorded_at"] for p in early} == {jst(clocks[0])}
    assert marts["fct_slot_ledger"][:-1] == early
    late = marts["fct_slot_ledger"][-1]
    assert late["posting_key"] == "use:c:i1"
    assert late["recorded_at"] == jst("2026-02-06 00:00")
    assert late["effective_at"] == jst("2026-01-15 00:00")


def test_a_count_taken_back_reverses_what_it_carried() -> None:
    story = Story()
    story.contract(threshold=2)
    earns(story, 3)  # the slot comes with the second count
    story.event(1, "2026-02-01 10:00", "unrejected")
    marts = run(story, "2026-01-31 00:00", "2026-02-02 00:00")
    new = [p for p in marts["fct_slot_ledger"] if p["recorded_at"] == jst("2026-02-02 00:00")]
    assert {(p["posting_key"], p["quantity"], p["cause"], p["cause_id"]) for p in new} == {
        ("count:c_typeform:r1", -1, "reversal", "c_typeform:r1"),
        ("grant:c:1:slots", -1, "reversal", "c_typeform:r2"),
        ("grant:c:1:points", 2, "reversal", "c_typeform:r2"),
        ("grant:c:1:slots", 1, "threshold_reached", "c_typeform:r3"),
        ("grant:c:1:points", -2, "threshold_reached", "c_typeform:r3"),
    }
    assert len({p["posting_id"] for p in marts["fct_slot_ledger"]}) == len(lines(marts))
    by_day = {b["balance_date"]: b["slots_balance"] for b in marts["agg_slot_balances"]}
    assert (by_day[date(2026, 1, 11)], by_day[date(2026, 1, 12)]) == (0, 1)


def test_a_slot_in_use_stays_granted_when_its_points_go() -> None:
    story = Story()
    story.contract(threshold=2)
    earns(story, 2)
    story.introduces("i1", "2026-01-15")
    story.event(1, "2026-02-01 10:00", "unrejected")
    marts = run(story, "2026-01-31 00:00", "2026-02-02 00:00")
    assert [line for line in lines(marts) if line[2] == "reversal"] == [
        ("count:c_typeform:r1", -1, "reversal")
    ]
    assert marts["fct_slots"][0]["status"] == "used"
    last = marts["agg_slot_balances"][-1]
    assert (last["points_balance"], last["slots_balance"]) == (-1, 0)
    assert run(story, "2026-02-02 00:00")["fct_slots"] == []
