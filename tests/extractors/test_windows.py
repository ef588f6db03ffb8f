"""Lists read in windows of change time, from the simulators of Greenhouse and Lever."""

from dataclasses import replace

import pytest

from extractors.errors import SourceError
from tests.extractors.conftest import Vendor
from tests.sandbox.small_world import APPLICATIONS

LATER = {"until": "2027-01-01T00:00:00Z"}
"""A state that the vendor's clock has not reached."""


def test_a_long_list_that_others_point_to_is_read_in_one_window(harvest: Vendor) -> None:
    """From 2000 on, windows of some months would be a hundred requests for a few rows."""
    scan = harvest.scan("job_posts", page_size=1, window_days=92)
    ((batch, records),) = harvest.batches(scan)
    assert {record["id"] for record in records} == {1, 2, 3}
    assert batch.state == {"until": "2026-06-30T15:00:00Z"}


def test_windows_do_not_overlap_by_more_than_a_second(harvest: Vendor) -> None:
    batches = harvest.batches(harvest.scan("applications", window_days=3, page_size=100))
    full = [records for _, records in batches if records]
    assert len(full) == 4  # record n was updated n hours after the first of January
    assert sum(map(len, full)) <= APPLICATIONS + len(full) - 1


def test_the_first_page_of_a_long_list_is_looked_at_for_new_fields(harvest: Vendor) -> None:
    """The page that opened the list is asked for again, as part of the first window."""
    harvest.fault("applications", "fields", None, add={"brand_new": 1})
    (_, first), *_ = harvest.batches(harvest.scan("applications", page_size=100))
    assert first[0].get("brand_new") == 1


def test_each_pass_over_a_list_shows_its_own_rows(harvest: Vendor) -> None:
    scan = harvest.scan("job_posts")
    stream = replace(scan.stream, passes=scan.stream.passes[::-1])
    found = harvest.batches(replace(scan, stream=stream))
    assert sorted(record["id"] for _, records in found for record in records) == [1, 2, 3]


@pytest.mark.parametrize("stream", ["applications", "job_posts"])
def test_a_vendor_whose_clock_was_set_back_is_not_believed(harvest: Vendor, stream: str) -> None:
    """Nothing would be read, and the state would go back in silence."""
    with pytest.raises(SourceError, match=r"clock past 2026-12-31T23:55:00Z.*Remedy: .*--full"):
        harvest.records(stream, LATER)


def test_a_start_in_the_future_is_told(harvest: Vendor) -> None:
    with pytest.raises(SourceError, match=r"clock past .*Remedy: correct start_date"):
        harvest.records("applications", start_date="2027-01-01")
