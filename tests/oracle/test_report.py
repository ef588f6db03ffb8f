"""The oracle's monthly report over clocks, on figures written by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.figures import Figures, figures
from tests.oracle.report import Report
from tests.oracle.rows import Row
from tests.oracle.story import jst

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def _close(report: Report, at: str, **values: int) -> None:
    found: Figures = {("c", MAY, metric): Decimal(value) for metric, value in values.items()}
    report.close(found, jst(at))


def _said(report: Report, metric: str) -> list[tuple[object, ...]]:
    return [
        (row["report_month"], row["value"], row["report_version"], row["previous_value"])
        for row in report.rows()
        if row["metric"] == metric
    ]


def test_a_month_closes_at_midnight_in_tokyo() -> None:
    report = Report()
    _close(report, "2026-05-31 23:59", applied=3)
    assert not report.rows()
    _close(report, "2026-06-01 00:00", applied=3)
    assert _said(report, "applied") == [(MAY, 3, 1, None)]


def test_a_cohort_and_a_horizon_wait_sixty_days() -> None:
    report = Report()
    _close(report, "2026-07-29 23:59", registered=3, retained_90=1)
    assert not _said(report, "registered") + _said(report, "retained_90")
    _close(report, "2026-07-30 00:00", registered=3, retained_90=1)
    assert _said(report, "registered") == [(MAY, 3, 1, None)]
    assert _said(report, "retained_90") == [(MAY, 1, 1, None)]


def test_only_a_change_is_said_again_and_nothing_is_taken_back() -> None:
    report = Report()
    for at, applied in (("06-01", 3), ("06-02", 3), ("06-03", 4), ("06-04", 0)):
        _close(report, f"2026-{at} 00:00", applied=applied)
    assert _said(report, "applied") == [(MAY, 3, 1, None), (MAY, 4, 2, 3), (MAY, 0, 3, 4)]
    (row,) = [row for row in report.current_rows() if row["metric"] == "applied"]
    assert (row["value"], row["first_value"], row["restatements"]) == (0, 3, 2)


def test_a_restatement_names_the_version_before() -> None:
    report = Report()
    for day, applied in ((1, 3), (2, 4)):
        _close(report, f"2026-06-0{day} 00:00", applied=applied)
    first, second = (row for row in report.rows() if row["metric"] == "applied")
    assert second["restates"] == first["report_id"]
    assert first["restates"] is None


def test_figures_of_a_rejection() -> None:
    """Registered on 1 June at 00:30 in Tokyo, 36 hours after the rejection; the mail is unknown."""
    row: Row = {
        "company_id": "c",
        "rejected_date": date(2026, 5, 30),
        "rejected_at": jst("2026-05-30 12:30"),
        "mailed_at": None,
        "opened_at": jst("2026-05-31 23:40"),
        "human_opened_at": jst("2026-05-31 23:50"),
        "registered_at": jst("2026-06-01 00:30"),
        "counted_at": None,
    }
    empty: dict[str, list[Row]] = {
        "fct_applications": [],
        "fct_slots": [],
        "fct_introductions": [],
        "fct_retention": [],
        "agg_slot_balances": [],
    }
    assert figures({**empty, "fct_relay_funnel": [row]}) == {
        ("c", MAY, "rejected"): 1,
        ("c", MAY, "mailed"): 1,
        ("c", MAY, "opened"): 1,
        ("c", MAY, "registered"): 1,
        ("c", MAY, "opened_in_month"): 1,
        ("c", JUNE, "registered_in_month"): 1,
        ("c", MAY, "registered_after_rejection"): 1,
        ("c", MAY, "days_of_registering"): Decimal("1.5"),
    }


@given(st.lists(st.dictionaries(st.sampled_from([MAY, JUNE]), st.integers(0, 3)), min_size=1))
@settings(deadline=None)
def test_whatever_is_known_is_said_last_and_nothing_said_changes(
    known: list[dict[date, int]],
) -> None:
    report = Report()
    before: list[Row] = []
    for day, values in enumerate(known):
        at = jst("2026-07-01 00:00") + timedelta(days=day)
        found: Figures = {("c", m, "applied"): Decimal(v) for m, v in values.items()}
        report.close(found, at)
        said = report.rows()
        assert all(row in said for row in before)
        assert {row["recorded_at"] for row in said if row not in before} <= {at}
        for row in report.current_rows():
            month, metric = cast(date, row["report_month"]), str(row["metric"])
            assert row["value"] == found.get(("c", month, metric), 0)
        before = said
    assert all(row["value"] != row["previous_value"] for row in before)
