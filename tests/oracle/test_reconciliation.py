"""Our ledger against the operator's lines, on stories worked out by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.oracle.story import Story
from tests.oracle.test_ledger import earns, run


def lines(story: Story) -> dict[str, tuple[Any, Any]]:
    """State and reason of every line."""
    rows = run(story)["rpt_slot_reconciliation"]
    return {row["line_id"]: (row["state"], row["reason"]) for row in rows}


def test_registrations_that_only_one_side_counts() -> None:
    story = Story()
    story.contract(threshold=10)
    earns(story, 4)  # 10 .. 13 January
    story.counts(5, "2026-02-01 10:00")
    story.counts(6, "2026-01-20 10:00", person="p1")
    story.answers("r7", "p7", "2026-01-11 10:00", "2026-01-11 10:00", consent=False)
    story.answers("r8", "p8", "2026-01-11 10:00", "2026-01-11 10:00")
    story.says_counted("r1", "2026-01-10")
    story.says_counted("r2", "2026-01-12")
    story.says_counted("r9", "2026-01-12")
    for name in ("r6", "r7", "r8"):
        story.says_counted(name, "2026-01-20")
    assert lines(story) == {
        "registration:c:r1": ("agreed", None),
        "registration:c:r2": ("differs", "counted_other_day"),
        "registration:c:r3": ("only_ours", "not_stated"),
        "registration:c:r4": ("only_ours", "not_stated"),
        "registration:c:r5": ("only_ours", "not_yet_stated"),
        "registration:c:r6": ("only_theirs", "duplicate_person"),
        "registration:c:r7": ("only_theirs", "no_consent"),
        "registration:c:r8": ("only_theirs", "not_matched"),
        "registration:c:r9": ("only_theirs", "not_a_registration"),
    }


def test_the_operator_counts_a_person_by_another_registration() -> None:
    story = Story()
    story.counts(1, "2026-01-10 10:00", person="p")
    story.counts(2, "2026-01-20 10:00", person="p")
    story.says_counted("r2", "2026-01-20")
    assert lines(story) == {
        "registration:c:r1": ("only_ours", "other_registration_of_person"),
        "registration:c:r2": ("only_theirs", "duplicate_person"),
    }


def test_slots_and_their_uses() -> None:
    story = Story()
    story.contract(threshold=1, used_by="accepted")
    earns(story, 5)
    story.introduces("i1", "2026-01-15", slot=1, accepted="2026-01-20")
    story.introduces("i2", "2026-01-15", slot=2, accepted="2026-01-20")
    story.introduces("i3", "2026-01-15", slot=3, accepted="2026-02-20")
    story.introduces("i4", "2026-01-15", slot=4)
    for number, used in ((1, "2026-01-20"), (2, "2026-01-21"), (4, "2026-01-22")):
        on = date(2026, 1, 9 + number).isoformat()
        story.says_granted(number, on, used=used, introduction=f"i{number}")
    story.says_granted(3, "2026-01-12", introduction="i9")  # without a day it says no use
    story.says_granted(5, "2026-01-15")
    story.says_granted(6, "2026-01-15")
    found = {line: said for line, said in lines(story).items() if line.startswith("slot")}
    assert found == {
        "slot:c:1": ("agreed", None),
        "slot:c:2": ("differs", "use_other_day"),
        "slot:c:3": ("differs", "use_not_yet_stated"),
        "slot:c:4": ("differs", "use_not_ours"),
        "slot:c:5": ("differs", "grant_other_day"),
        "slot:c:6": ("only_theirs", "not_enough_points"),
    }


def test_a_later_month_restates_whenever_the_earlier_file_is_corrected() -> None:
    story = Story()
    story.counts(1, "2026-01-10 10:00")
    story.says_counted("r1", "2026-01-12", published="2026-02-05 09:00")
    assert lines(story)["registration:c:r1"] == ("differs", "counted_other_day")
    story.says_counted("r1", "2026-01-10", published="2026-03-05 09:00")
    assert lines(story)["registration:c:r1"] == ("agreed", None)


def test_balances_as_they_were_known_at_month_ends() -> None:
    story = Story()
    story.contract(threshold=2)
    earns(story, 3)
    story.event(1, "2026-02-10 10:00", "unrejected")
    marts = run(story, "2026-01-31 09:00", "2026-02-20 09:00")
    found = {
        (str(row["known_date"]), str(row["balance_date"])): row["points_balance"]
        for row in marts["agg_slot_balances_known"]
    }
    assert found == {
        ("2026-01-31", "2026-01-31"): 1,
        ("2026-02-20", "2026-01-31"): 0,
        ("2026-02-20", "2026-02-20"): 0,
    }
