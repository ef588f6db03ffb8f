"""The oracle's monthly funnel on a story whose numbers are worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.oracle import monthly
from tests.oracle.rows import Row
from tests.oracle.story import Story, jst
from tests.oracle.visible import at

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def story() -> Story:
    """Four rejected in January; two register in February, one of them without a known mail."""
    told = Story()
    for number in (1, 2, 3, 4):
        told.applies(number, f"p{number}")
        told.rejects(number, "2026-01-30 12:00", mail=number != 4)
    for number, landed, submitted in (
        (1, "2026-01-31 12:00", "2026-02-01 12:00"),
        (4, "2026-02-03 12:00", "2026-02-03 18:00"),
    ):
        told.answers(
            f"r{number}",
            f"p{number}",
            landed,
            submitted,
            method="email",
            candidates=(number,),
        )
    return told


def cells(clock: str, segment: str = "all") -> dict[tuple[object, ...], Row]:
    rows = monthly.rows(at(story().truth(), jst(clock)))
    return {
        (row["basis"], row["month"], row["step"]): row
        for row in rows
        if row["segment_type"] == segment
    }


def test_cohort_counts_a_later_step_as_the_earlier_ones() -> None:
    found = cells("2026-04-01 00:00")
    reached = {key[2]: row["reached"] for key, row in found.items() if key[0] == "cohort"}
    # 4 registers without a mail known: it still reached "mailed"
    assert reached == {"rejected": 4, "mailed": 4, "opened": 2, "registered": 2, "counted": 2}
    opened = found["cohort", JANUARY, "opened"]
    assert (opened["previous_reached"], opened["conversion_rate"]) == (4, Decimal("0.5"))
    assert opened["rate_from_start"] == Decimal("0.5")
    # 1 took a day, 2 and 3 still wait, 4 has no known mail: fewer than half have come
    assert opened["transitions_at_risk"] == 3
    assert opened["median_days_from_previous"] is None
    # 0.25 and 1.0 days: half have come after the first
    registered = found["cohort", JANUARY, "registered"]
    assert registered["median_days_from_previous"] == Decimal("0.25")
    assert registered["transitions_at_risk"] == 2
    start = found["cohort", JANUARY, "rejected"]
    assert start["previous_reached"] is start["conversion_rate"] is None
    assert start["median_days_from_previous"] is start["transitions_at_risk"] is None


def test_period_counts_the_events_of_the_month_only() -> None:
    found = cells("2026-04-01 00:00")
    january = [found["period", JANUARY, step]["reached"] for step in monthly.STEPS]
    february = [found["period", FEBRUARY, step]["reached"] for step in monthly.STEPS]
    assert january == [4, 3, 1, 0, 0]
    assert february == [0, 0, 1, 2, 2]
    opened = found["period", FEBRUARY, "opened"]
    assert (opened["previous_reached"], opened["conversion_rate"]) == (0, None)
    assert opened["rate_from_start"] is None
    registered = found["period", FEBRUARY, "registered"]
    assert (registered["previous_reached"], registered["conversion_rate"]) == (1, Decimal(2))
    # the ways that began in the month: 4 opened in February, 1 in January
    assert registered["transitions_at_risk"] == 1
    assert registered["median_days_from_previous"] == Decimal("0.25")
    early = found["period", JANUARY, "registered"]
    assert (early["transitions_at_risk"], early["median_days_from_previous"]) == (1, Decimal(1))


def test_a_month_is_mature_sixty_days_after_its_last_day() -> None:
    assert not cells("2026-03-31 23:59")["cohort", JANUARY, "rejected"]["is_mature"]
    assert cells("2026-04-01 00:00")["cohort", JANUARY, "rejected"]["is_mature"]


def test_every_segment_of_the_one_job_repeats_the_whole() -> None:
    whole = [row["reached"] for row in cells("2026-04-01 00:00").values()]
    for segment in ("department", "employment_type", "channel", "job", "rejection_reason"):
        assert [row["reached"] for row in cells("2026-04-01 00:00", segment).values()] == whole
    rows = monthly.rows(at(story().truth(), jst("2026-04-01 00:00")))
    assert {(row["segment_type"], row["segment_value"]) for row in rows} == {
        ("all", "all"),
        ("department", "営業部"),
        ("employment_type", "permanent"),
        ("channel", "求人サイト"),
        ("stage_reached", "(none)"),
        ("job", "c_greenhouse:7"),
        ("rejection_reason", "経験不足"),
        ("mail_state", "sent"),
        ("mail_state", "unknown"),
    }
