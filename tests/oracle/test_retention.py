"""The oracle's retention table on joins whose states are worked out by hand."""

from __future__ import annotations

from datetime import date

from tests.oracle import retention
from tests.oracle.employments import employments
from tests.oracle.rows import Row
from tests.oracle.story import FAR, Story, jst
from tests.oracle.visible import at


def states(story: Story, join_id: str) -> list[object]:
    return [row["state"] for row in rows(story, join_id)]


def rows(story: Story, join_id: str) -> list[Row]:
    found = retention.rows(employments(at(story.truth(), jst(FAR)), ()))
    return [row for row in found if row["join_id"] == f"c:{join_id}"]


def test_a_horizon_after_the_last_observation_is_immature() -> None:
    story = Story()
    story.joins_on("j1", "i1", "2026-01-01")
    assert states(story, "j1") == ["immature"] * 4
    story.attests("j1", "2026-01-31", "yes")  # 30 days after joining, to the day
    assert states(story, "j1") == ["retained", "immature", "immature", "immature"]


def test_a_leaver_is_retained_at_the_horizons_before_the_last_day() -> None:
    story = Story()
    story.joins_on("j1", "i1", "2026-01-01")
    story.attests("j1", "2026-04-30", "no", left="2026-04-01", leave="voluntary")
    story.joins_on("j2", "i2", "2026-01-01")
    story.attests("j2", "2027-01-31", "yes")
    assert states(story, "j1") == ["retained", "retained", "left", "left"]  # 1 April is day 90
    assert {row["left_date"] for row in rows(story, "j1")} == {date(2026, 4, 1)}
    assert {row["leave_type"] for row in rows(story, "j1")} == {"voluntary"}
    assert states(story, "j2") == ["retained"] * 4


def test_who_is_gone_without_a_day_has_left_before_the_later_horizons() -> None:
    story = Story()
    story.joins_on("j1", "i1", "2026-01-01")
    story.attests("j1", "2026-01-31", "yes")
    story.attests("j1", "2026-03-31", "no")  # 1 April is day 90
    story.joins_on("j2", "i2", "2026-01-01")
    story.attests("j2", "2026-02-28", "no")
    story.attests("j2", "2026-05-31", "yes")  # an error, as it turns out
    story.attests("j2", "2026-06-30", "unknown")
    assert states(story, "j1") == ["retained", "left", "left", "immature"]
    assert states(story, "j2") == ["retained", "retained", "unknown", "immature"]
    assert {row["left_date"] for row in rows(story, "j1")} == {None}


def test_nobody_seen_after_the_horizon_is_unknown() -> None:
    story = Story()
    story.joins_on("j1", "i1", "2026-01-01")
    story.attests("j1", "2026-02-28", "yes")
    story.attests("j1", "2026-07-31", "unknown")
    found = rows(story, "j1")
    assert [row["state"] for row in found] == ["retained", "unknown", "unknown", "immature"]
    assert {row["last_observed_date"] for row in found} == {date(2026, 2, 28)}
    assert {row["company_last_observed_date"] for row in found} == {date(2026, 7, 31)}
