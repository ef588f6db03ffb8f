"""The oracle's ledger on stories whose postings are worked out by hand."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from tests.oracle.marts import Oracle
from tests.oracle.story import FAR, Story, jst

Marts = dict[str, list[Any]]


def run(story: Story, *clocks: str) -> Marts:
    """The marts after the last of several runs."""
    oracle = Oracle(story.truth())
    marts: Marts = {}
    for clock in clocks or (FAR,):
        marts = oracle.run(jst(clock))
    return marts


def moved(marts: Marts, *kinds: str) -> dict[str, dict[str, int]]:
    """What stands of each transaction of some kinds: the quantity of each account."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for posting in marts["fct_slot_ledger"]:
        if posting["transaction_id"].split(":")[0] in kinds:
            found[posting["transaction_id"]][posting["account"]] += posting["quantity"]
    return {key: dict(accounts) for key, accounts in found.items() if any(accounts.values())}


def moments(marts: Marts, account: str) -> list[tuple[str, int, Any]]:
    """The lines of one account: transaction, quantity, time."""
    return [
        (p["transaction_id"], p["quantity"], p["effective_at"])
        for p in marts["fct_slot_ledger"]
        if p["account"] == account
    ]


def earns(story: Story, people: int, first_day: int = 10) -> None:
    """``people`` registrations on successive days of January 2026, at 10:00."""
    for number in range(1, people + 1):
        story.counts(number, f"2026-01-{first_day + number - 1:02} 10:00")


def test_ten_counts_earn_one_slot_under_the_default_contract() -> None:
    story = Story()
    earns(story, 11)
    marts = run(story)
    assert len(moved(marts, "count")) == 11
    assert moved(marts, "count")["count:c_typeform:r1"] == {"counted": -1, "points": 1}
    assert moved(marts, "grant") == {
        "grant:c:1": {"points": -10, "points_spent": 10, "issued": -1, "slots": 1}
    }
    assert {p["slot_id"] for p in marts["fct_slot_ledger"] if p["unit"] == "slots"} == {"c:1"}
    assert {p["slot_id"] for p in marts["fct_slot_ledger"] if p["unit"] == "points"} == {None}
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
    assert moved(marts, "grant") == {
        "grant:c:1": {"points": -3, "points_spent": 3, "issued": -1, "slots": 1},
        "grant:c:2": {"points": -5, "points_spent": 5, "issued": -2, "slots": 2},
    }
    assert marts["agg_slot_balances"][-1]["points_balance"] == 1  # 9 - 3 - 5


def test_open_points_lapse_when_a_version_that_forfeits_them_begins() -> None:
    story = Story()
    story.contract("v1", threshold=3)
    story.contract("v2", since="2026-01-14", threshold=3, points_carry_over="forfeit")
    earns(story, 4)  # 10 .. 13 January: one slot, one point open
    story.counts(5, "2026-01-14 00:00")  # the first moment of v2: nothing of it lapses
    marts = run(story)
    assert moved(marts, "lapse") == {"lapse:c:v2": {"points": -1, "points_lapsed": 1}}
    assert moments(marts, "points_lapsed") == [("lapse:c:v2", 1, jst("2026-01-14 00:00"))]
    assert marts["agg_slot_balances"][-1]["points_balance"] == 1
    assert moved(run(story, "2026-01-13 23:59"), "lapse") == {}
    assert moved(run(story, "2026-01-14 00:00"), "lapse") != {}


def test_a_lower_threshold_frees_carried_points_at_the_first_count_only() -> None:
    story = Story()
    story.contract("v1", until="2026-01-14", threshold=10)
    story.contract("v2", since="2026-01-14", threshold=2)
    earns(story, 5)
    marts = run(story)  # four points are carried, the fifth count makes two slots
    assert [s["granted_at"] for s in marts["fct_slots"]] == [jst("2026-01-14 10:00")] * 2
    assert marts["agg_slot_balances"][-1]["points_balance"] == 1


def test_a_second_run_posts_nothing_and_a_late_fact_keeps_its_own_day() -> None:
    story = Story()
    story.contract(threshold=2)
    earns(story, 2)
    story.introduces("i1", "2026-01-15", published="2026-02-05 09:00")
    clocks = ("2026-01-31 00:00", "2026-02-01 00:00", "2026-02-06 00:00")
    early = run(story, *clocks[:2])["fct_slot_ledger"]
    marts = run(story, *clocks)
    assert {(p["recorded_at"], p["batch"]) for p in early} == {(jst(clocks[0]), 1)}
    assert marts["fct_slot_ledger"][:-2] == early
    late = marts["fct_slot_ledger"][-2:]
    assert [(p["transaction_id"], p["account"], p["quantity"]) for p in late] == [
        ("hold:c:i1", "slots", -1),
        ("hold:c:i1", "slots_used", 1),
    ]
    assert {(p["recorded_at"], p["batch"]) for p in late} == {(jst("2026-02-06 00:00"), 2)}
    assert {p["effective_at"] for p in late} == {jst("2026-01-15 00:00")}


def test_a_count_taken_back_reverses_what_it_carried() -> None:
    story = Story()
    story.contract(threshold=2)
    earns(story, 3)  # the slot comes with the second count
    story.event(1, "2026-02-01 10:00", "unrejected")
    marts = run(story, "2026-01-31 00:00", "2026-02-02 00:00")
    new = [p for p in marts["fct_slot_ledger"] if p["batch"] == 2]
    assert {(p["account"], p["quantity"], p["cause"], p["cause_id"]) for p in new} == {
        ("counted", 1, "reversal", "c_typeform:r1"),
        ("points", -1, "reversal", "c_typeform:r1"),
        ("points", 2, "reversal", "c_typeform:r2"),
        ("points_spent", -2, "reversal", "c_typeform:r2"),
        ("issued", 1, "reversal", "c_typeform:r2"),
        ("slots", -1, "reversal", "c_typeform:r2"),
        ("points", -2, "threshold_reached", "c_typeform:r3"),
        ("points_spent", 2, "threshold_reached", "c_typeform:r3"),
        ("issued", -1, "threshold_reached", "c_typeform:r3"),
        ("slots", 1, "threshold_reached", "c_typeform:r3"),
    }
    ledger = marts["fct_slot_ledger"]
    assert len({p["posting_id"] for p in ledger}) == len(ledger)
    by_day = {b["balance_date"]: b["slots_balance"] for b in marts["agg_slot_balances"]}
    assert (by_day[date(2026, 1, 11)], by_day[date(2026, 1, 12)]) == (0, 1)


def test_a_slot_without_its_points_goes_until_enough_return() -> None:
    """Whatever an earlier run had posted: the introduction is covered again by the next grant."""
    story = Story()
    story.contract(threshold=2)
    earns(story, 2)
    story.introduces("i1", "2026-01-15")
    story.event(1, "2026-02-01 10:00", "unrejected")
    story.counts(3, "2026-02-20 10:00")
    clocks = ("2026-01-31 00:00", "2026-02-02 00:00", "2026-02-21 00:00")
    between = run(story, *clocks[:2])
    assert between["fct_slots"] == []
    assert moved(between, "hold", "grant") == {}
    assert between["fct_introductions"][0]["is_slot_covered"] is False
    marts = run(story, *clocks)
    assert moved(marts, "hold") == {"hold:c:i1": {"slots": -1, "slots_used": 1}}
    (slot,) = marts["fct_slots"]
    assert (slot["status"], slot["used_at"]) == ("used", jst("2026-02-20 10:00"))
    assert marts["fct_slots"] == run(story, clocks[-1])["fct_slots"]


def test_a_count_without_a_contract_earns_no_point_and_stops_no_other() -> None:
    told = Story()
    told.contract("old", until="2026-01-10", threshold=2)
    told.contract("new", since="2026-01-20", threshold=2)
    for number, on in ((1, "2026-01-08"), (2, "2026-01-15"), (3, "2026-01-25")):
        told.counts(number, f"{on} 10:00")
    marts = run(told)
    counted = {key.split(":")[-1] for key in moved(marts, "count")}
    assert counted == {"r1", "r3"}
    assert len(marts["fct_slots"]) == 1
    assert sum(row["counted_at"] is not None for row in marts["fct_relay_funnel"]) == 3
