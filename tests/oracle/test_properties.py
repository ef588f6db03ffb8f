"""What must hold of the oracle's ledger whatever happens, in whatever order it is told."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.ledger import known_balance
from tests.oracle.marts import Oracle
from tests.oracle.story import FAR, Story, jst
from tests.oracle.truth import Truth

FACTS = ("contracts", "candidates", "applications", "responses", "introductions")
STATED = ("joins", "attestations", "registration_events")
CLOCKS = ("2026-01-15 00:00", "2026-02-01 00:00", "2026-02-15 00:00", "2026-04-01 00:00")
DAYS = st.integers(6, 28)

# the day of January, who it is, whether verified, withdrawn or taken back afterwards
PEOPLE = st.lists(
    st.tuples(DAYS, st.integers(1, 9), st.booleans(), st.booleans(), st.booleans()),
    min_size=1,
    max_size=14,
)
# the slot, the day of January, what comes of it after how many days
USES = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.integers(1, 31),
        st.sampled_from(("open", "declined", "accepted", "joined", "left")),
        st.integers(0, 20),
    ),
    max_size=5,
)
TERMS = st.fixed_dictionaries(
    {
        "event": st.sampled_from(("registered", "consented", "verified")),
        "threshold": st.integers(1, 4),
        "slots": st.integers(1, 2),
        "valid_days": st.sampled_from((None, 10, 40)),
        "used_by": st.sampled_from(("introduced", "interviewed", "accepted", "joined")),
        "slot_returned_by": st.sampled_from((None, "declined", "early_leave", "none")),
        "early_leave_days": st.sampled_from((None, 0, 30)),
        "dedupe_window_days": st.sampled_from((None, 5)),
        "points_carry_over": st.sampled_from((None, "keep", "forfeit")),
        "withdrawal_effect": st.sampled_from((None, "keep", "reverse")),
    }
)
STORIES = st.builds(
    lambda people, uses, first, second, stated: told(people, uses, first, second, stated),
    PEOPLE,
    USES,
    TERMS,
    TERMS,
    st.sampled_from(("2026-01-01", "2026-01-18", "2026-02-03")),
)


def told(
    people: list[tuple[int, int, bool, bool, bool]],
    uses: list[tuple[int, int, str, int]],
    first: dict[str, Any],
    second: dict[str, Any],
    stated: str,
) -> Truth:
    """Two versions, the second from 15 January and agreed on ``stated``."""
    story = Story()
    story.contract("v1", published="2026-01-01 00:00", **first)
    story.contract("v2", since="2026-01-15", stated=stated, published=f"{stated} 09:00", **second)
    for number, (day, person, verified, withdrawn, taken_back) in enumerate(people, start=1):
        story.counts(number, f"2026-01-{day:02} 10:{number:02}", person=f"p{person}")
        if verified:
            story.becomes(f"r{number}", "verified", f"2026-02-{day:02}")
        if withdrawn:
            on = f"2026-02-{day:02}"
            story.becomes(f"r{number}", "withdrawn", on, published="2026-03-05 09:00")
        if taken_back:
            story.event(number, "2026-02-10 10:00", "unrejected")
    for number, (slot, day, end, after) in enumerate(uses):
        _introduces(story, f"i{number}", slot, day, end, f"2026-02-{1 + after:02}")
    return story.truth()


def _introduces(story: Story, name: str, slot: int, day: int, end: str, on: str) -> None:
    is_hired = end in ("accepted", "joined", "left")
    story.introduces(
        name,
        f"2026-01-{day:02}",
        slot=slot,
        interviewed=on if end != "open" else None,
        accepted=on if is_hired else None,
        declined=on if end == "declined" else None,
        published="2026-01-20 00:00",
    )
    if end in ("joined", "left"):
        story.joins_on(f"j-{name}", name, on)
    if end == "left":
        story.attests(f"j-{name}", "2026-03-31", "no", left="2026-03-05", leave="voluntary")


def run(truth: Truth, *clocks: str) -> tuple[Oracle, dict[str, list[Any]]]:
    oracle = Oracle(truth)
    marts: dict[str, list[Any]] = {}
    for clock in (*clocks, FAR):
        marts = {**oracle.run(jst(clock))}
    return oracle, marts


def balances(postings: list[Any]) -> Counter[tuple[str, str, str]]:
    """What each account of each slot holds on each day, zeros left out."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for p in postings:
        sums[p["account"], str(p["slot_id"]), str(p["effective_at"])] += p["quantity"]
    return Counter({key: quantity for key, quantity in sums.items() if quantity})


@settings(max_examples=80, deadline=None)
@given(truth=STORIES, seed=st.integers(0, 9))
def test_neither_order_nor_repetition_matters(truth: Truth, seed: int) -> None:
    rng = random.Random(seed)
    shuffled: dict[str, Any] = {}
    for name in (*FACTS, *STATED):
        facts = list(getattr(truth, name))
        if name in STATED:
            facts += facts[:2]
        rng.shuffle(facts)
        shuffled[name] = tuple(facts)
    shuffled["joins"] = tuple(dict.fromkeys(shuffled["joins"]))
    _, expected = run(truth)
    _, found = run(replace(truth, **shuffled))
    for mart in ("fct_slot_ledger", "fct_slots", "agg_slot_balances", "fct_introductions"):
        assert sorted(map(repr, expected[mart])) == sorted(map(repr, found[mart])), mart


@settings(max_examples=80, deadline=None)
@given(truth=STORIES, steps=st.sets(st.sampled_from(CLOCKS)))
def test_many_runs_end_where_one_run_ends(truth: Truth, steps: set[str]) -> None:
    _, once = run(truth)
    _, stepwise = run(truth, *sorted(steps))
    assert balances(stepwise["fct_slot_ledger"]) == balances(once["fct_slot_ledger"])
    for mart in ("fct_slots", "fct_introductions"):
        assert stepwise[mart] == once[mart]


@settings(max_examples=80, deadline=None)
@given(truth=STORIES)
def test_postings_never_change_and_balance(truth: Truth) -> None:
    oracle = Oracle(truth)
    before: list[Any] = []
    for clock in CLOCKS:
        marts: dict[str, list[Any]] = {**oracle.run(jst(clock))}
        ledger = marts["fct_slot_ledger"]
        assert ledger[: len(before)] == before
        assert len({posting["posting_id"] for posting in ledger}) == len(ledger)
        assert all(early["batch"] <= late["batch"] for early, late in pairwise(ledger))
        transactions: Counter[tuple[str, str, int]] = Counter()
        for p in ledger:
            transactions[p["transaction_id"], p["unit"], p["batch"]] += p["quantity"]
        assert not any(transactions.values())
        again: dict[str, list[Any]] = {**oracle.run(jst(clock))}
        assert again["fct_slot_ledger"] == ledger
        before = ledger


@settings(max_examples=80, deadline=None)
@given(truth=STORIES)
def test_no_balance_is_ever_negative(truth: Truth) -> None:
    _, marts = run(truth, *CLOCKS)
    sums: Counter[str] = Counter()
    by_moment: dict[Any, list[Any]] = defaultdict(list)
    for posting in marts["fct_slot_ledger"]:
        by_moment[posting["effective_at"]].append(posting)
    for moment in sorted(by_moment):
        for posting in by_moment[moment]:
            sums[posting["account"]] += posting["quantity"]
        sources = {"counted", "issued"}
        assert all(sums[account] >= 0 for account in sums if account not in sources), moment
    for row in marts["agg_slot_balances"]:
        assert row["points_balance"] >= 0
        assert row["slots_granted"] == sum(
            row[f"slots_{state}"] for state in ("balance", "reserved", "used", "expired")
        )


@settings(max_examples=80, deadline=None)
@given(truth=STORIES)
def test_a_replay_of_the_journal_gives_the_slots(truth: Truth) -> None:
    _, marts = run(truth, *CLOCKS)
    places: Counter[tuple[str, str]] = Counter()
    for posting in marts["fct_slot_ledger"]:
        if posting["slot_id"]:
            places[posting["slot_id"], posting["account"]] += posting["quantity"]
    named = {
        "slots": "available",
        "slots_reserved": "reserved",
        "slots_used": "used",
        "slots_expired": "expired",
    }
    replayed = {s: named[place] for (s, place), held in places.items() if held and place in named}
    assert replayed == {slot["slot_id"]: slot["status"] for slot in marts["fct_slots"]}


@settings(max_examples=40, deadline=None)
@given(truth=STORIES)
def test_what_was_known_at_a_run_is_kept(truth: Truth) -> None:
    """The balance of any past day as known after a run is what that run showed."""
    oracle = Oracle(truth)
    shown = {}
    for clock in CLOCKS:
        rows = oracle.run(jst(clock))["agg_slot_balances"]
        batch = max((p.batch for p in oracle.journal.postings), default=0)
        shown[clock, batch] = rows[-1:]
    oracle.run(jst(FAR))
    for (clock, batch), rows in shown.items():
        for row in rows:
            end = jst(clock) + timedelta(days=1)
            for account, column in (("points", "points_balance"), ("slots", "slots_balance")):
                found = known_balance(oracle.journal.postings, "c", account, end, batch)
                assert found == row[column]
