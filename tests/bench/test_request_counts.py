"""The least requests by hand, and that every source and list that is polled is counted."""

from __future__ import annotations

import ast
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

import bench
from bench.least import NOT_POLLED, VENDORS, Bounds, Listing, Rows, Vendor, bounds, pages
from bench.request_counts import GROUNDS, Figures, report
from extractors.registry import SOURCES

DAYS = 100  # two windows of 92 days, four of 28
NOT_LANDED = {"ashby": {"interview_plans"}}
"""Lists that are only asked for what to ask next."""


@pytest.mark.parametrize(
    ("rows", "said", "short", "empty"),
    [(0, 1, 1, 1), (1, 1, 1, 2), (99, 1, 1, 2), (100, 1, 2, 2), (101, 2, 2, 3), (200, 2, 3, 3)],
)
def test_every_page_once_and_what_tells_the_end(
    rows: int, said: int, short: int, empty: int
) -> None:
    assert [pages(rows, 100, end) for end in ("said", "short", "empty")] == [said, short, empty]


def some(count: int, body: bytes = b"{}") -> Rows:
    return dict.fromkeys(range(count), body)


@pytest.mark.parametrize(
    ("listing", "first", "again"),
    [
        (Listing("rows"), Bounds(3, 3), Bounds(3, 3)),
        (Listing("none"), Bounds(1, 1), Bounds(1, 1)),
        (Listing("rows", changes=True), Bounds(3, 3), Bounds(1, 1)),
        (Listing("rows", changes=True, bounded=True), Bounds(3, 4), Bounds(1, 1)),
        (Listing("rows", bounded=True), Bounds(3, 4), Bounds(3, 4)),
        (Listing("rows", changes=True, bounded=True, windowed=True), Bounds(3, 5), Bounds(1, 1)),
        (Listing("none", changes=True, bounded=True, windowed=True), Bounds(1, 1), Bounds(1, 1)),
        (Listing("rows", changes=True, parts=2), Bounds(3, 4), Bounds(2, 2)),
        (Listing("none", changes=True, longest=28), Bounds(4, 4), Bounds(1, 1)),
        (Listing("child", changes=True, parent="rows"), Bounds(250, 250), Bounds(2, 2)),
        (Listing("child", parent="rows"), Bounds(250, 250), Bounds(250, 250)),
        (Listing("child", changes=True, parent="rows", having="at"), Bounds(2, 2), Bounds(2, 2)),
        (Listing("child", changes=True, parent="rows", having="to"), Bounds(0, 0), Bounds(0, 0)),
    ],
)
def test_the_least_of_a_list(listing: Listing, first: Bounds, again: Bounds) -> None:
    changed = {"rows": some(2, b'{"at":"2026-07-01","to":null}')}
    rows = {"rows": {**some(250), **changed["rows"]}}
    vendor = Vendor(100, (listing,))
    assert bounds(vendor, rows, rows, DAYS) == first
    assert bounds(vendor, rows, changed) == again
    token = Bounds(1, 1)
    assert bounds(replace(vendor, tokens=1), rows, changed) == again + token


def test_every_source_is_measured_or_says_why_not() -> None:
    assert VENDORS.keys() | NOT_POLLED.keys() == SOURCES.keys()
    assert not VENDORS.keys() & NOT_POLLED.keys()
    read = [source for ground in GROUNDS for source in ground.read]
    assert sorted(read) == sorted(VENDORS)


@pytest.mark.parametrize("source", VENDORS)
def test_every_list_is_counted_and_asked_for_in_full_pages(source: str) -> None:
    counted = {listing.name for listing in VENDORS[source].lists}
    polled = {stream.name for stream in SOURCES[source].streams if stream.path}
    assert counted == polled | NOT_LANDED.get(source, set())
    size = SOURCES[source].options_model.model_fields["page_size"].default
    assert size == VENDORS[source].page


@pytest.mark.parametrize(
    ("first", "again", "missed"),
    [(3, 1, 0), (4, 2, 0), (5, 1, 1), (3, 3, 1), (2, 1, 1), (3, 0, 1)],
)
def test_more_than_allowed_or_less_than_possible_is_a_miss(
    first: int, again: int, missed: int
) -> None:
    figures = Figures("herp", 250, first, Bounds(3, 4), 2, again, Bounds(1, 2))
    console = Console(record=True, width=100, file=StringIO())
    assert report([figures], console) == missed
    text = console.export_text()
    assert ("what is allowed: herp" in text) is bool(missed)
    assert "0.8%" in text


def test_no_module_here_hides_a_library_from_a_script_beside_it() -> None:
    """dlt's side runs by itself, in an environment of its own: its folder comes first."""
    folder = Path(bench.__file__).parent
    tree = ast.parse((folder / "dlt_peer.py").read_text("utf-8"))
    imported = {
        name.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for name in node.names
    } | {
        str(node.module).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    assert "requests" in imported
    assert not imported & {path.stem for path in folder.glob("*.py")}
