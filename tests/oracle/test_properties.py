"""What must hold of the oracle's ledger whatever happens, in whatever order it is told."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.marts import Oracle
from tests.oracle.story import FAR, Story, jst

PEOPLE = st.lists(
    st.tuples(st.integers(6, 28), st.booleans()), min_size=1, max_size=14
)  # day of January on which one registers; whether the rejection is taken back on 10 February
USES = st.lists(st.tuples(st.integers(1, 4), st.integers(7, 31)), max_size=4)


def told(people: list[tuple[int, bool]], uses: list[tuple[int, int]], threshold: int) -> Story:
    story = Story()
    story.contract(threshold=threshold, valid_days=40)
    for number, (day, taken_back) in enumerate(people, start=1):
        story.counts(number, f"2026-01-{day:02} 10:{number:02}")
        if taken_back:
            story.event(number, "2026-02-10 10:00", "unrejected")
    for number, (slot, day) in enumerate(uses):
        story.introduces(f"i{number}", f"2026-01-{day:02}", slot=slot)
    return story


def balances(postings: list[Any]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for posting in postings:
        sums[posting["account"]] += posting["quantity"]
    return sums


@settings(max_examples=60, deadline=None)
@given(people=PEOPLE, uses=USES, threshold=st.integers(1, 4), seed=st.integers(0, 9))
def test_the_order_in_which_facts_are_told_does_not_matter(
    people: list[tuple[int, bool]], uses: list[tuple[int, int]], threshold: int, seed: int
) -> None:
    truth = told(people, uses, threshold).truth()
    shuffled: dict[str, Any] = {}
    for name in ("candidates", "applications", "responses", "introductions"):
        facts = list(getattr(truth, name))
        random.Random(seed).shuffle(facts)
        shuffled[name] = tuple(facts)
    other = Oracle(replace(truth, **shuffled)).run(jst(FAR))
    for mart, rows in Oracle(truth).run(jst(FAR)).items():
        assert sorted(map(repr, rows)) == sorted(map(repr, other[mart])), mart


@settings(max_examples=60, deadline=None)
@given(people=PEOPLE, uses=USES, threshold=st.integers(1, 4))
def test_balances_are_sums_and_slots_never_negative(
    people: list[tuple[int, bool]], uses: list[tuple[int, int]], threshold: int
) -> None:
    oracle = Oracle(told(people, uses, threshold).truth())
    before: list[Any] = []
    for clock in ("2026-02-01 00:00", "2026-02-15 00:00", "2026-04-01 00:00"):
        marts: dict[str, list[Any]] = {**oracle.run(jst(clock))}
        ledger = marts["fct_slot_ledger"]
        assert ledger[: len(before)] == before
        assert len({posting["posting_id"] for posting in ledger}) == len(ledger)
        before = ledger
        sums = balances(ledger)
        if marts["agg_slot_balances"]:
            last = marts["agg_slot_balances"][-1]
            assert last["slots_balance"] == sums["slots"]
            assert last["points_balance"] == sums["points"]
        assert all(balance["slots_balance"] >= 0 for balance in marts["agg_slot_balances"])
        held = [slot for slot in marts["fct_slots"] if slot["status"] == "available"]
        assert len(held) == sums["slots"]


@settings(max_examples=60, deadline=None)
@given(people=PEOPLE, threshold=st.integers(1, 4))
def test_many_runs_end_where_one_run_ends(people: list[tuple[int, bool]], threshold: int) -> None:
    truth = told(people, [], threshold).truth()
    stepwise = Oracle(truth)
    for clock in ("2026-01-12 00:00", "2026-01-20 00:00", "2026-02-15 00:00"):
        stepwise.run(jst(clock))
    assert balances(stepwise.run(jst(FAR))["fct_slot_ledger"]) == balances(
        Oracle(truth).run(jst(FAR))["fct_slot_ledger"]
    )
