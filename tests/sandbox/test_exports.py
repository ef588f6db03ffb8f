"""The exports of companies whose ATS has no API: formats, and what is planted in them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from sandbox import world
from sandbox.world_files import TESTER, vendor_id
from tests.sandbox.worlds import truth

APPLICATIONS = 600


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """aozora and minato use HRMOS, hinata and yamabiko Jobcan."""
    home = tmp_path_factory.mktemp("exports")
    world.make(home, seed=28, applications=1200, companies=4, ats=("hrmos", "jobcan"))
    world.advance(home, 30)
    return home


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """aozora exports a CSV, hinata by way of Google Sheets."""
    home = tmp_path_factory.mktemp("sheets")
    world.make(home, seed=28, applications=APPLICATIONS, companies=2, ats=("hrmos",))
    return home


def _files(home: Path, account: str) -> list[Path]:
    return sorted(p for p in (home / "exports" / account).iterdir() if p.suffix != ".toml")


def _rows(path: Path, encoding: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(encoding))))


def _ids(path: Path) -> Iterator[Any]:
    sheet = load_workbook(path, read_only=True)["応募者一覧"]
    for row in sheet.iter_rows(min_row=4, values_only=True):
        yield row[0]


def test_every_day_of_the_clock_has_its_export(home: Path) -> None:
    days = ("2026-06-30", "2026-07-01", "2026-07-31")
    assert [p.name for p in _files(home, "aozora_hrmos")] == [f"hrmos_{d}.csv" for d in days]
    assert [p.name for p in _files(home, "hinata_jobcan")] == [f"jobcan_{d}.xlsx" for d in days]


def test_an_entry_vanishes_between_two_exports(home: Path) -> None:
    early, today, _ = (
        {row["応募ID"] for row in _rows(p, "cp932")} for p in _files(home, "aozora_hrmos")
    )
    assert early - today == {vendor_id(TESTER["application"])}
    assert today - early
    first, second, _ = (set(_ids(path)) for path in _files(home, "hinata_jobcan"))
    assert first - second == {TESTER["application"]}


def test_an_export_lists_every_application(home: Path) -> None:
    query = """
        select canonical_id from application
        where company_id = ? and not is_prospect and applied_at <= '2026-06-30T15:00:00Z'
    """
    _, today, _ = _files(home, "aozora_hrmos")
    listed = {f"aozora_hrmos:{row['応募ID']}" for row in _rows(today, "cp932")}
    assert listed == {found for (found,) in truth(home, query, "aozora")}


def test_a_sheet_has_quotes_in_blank_cells_and_a_csv_has_none(sheets: Path) -> None:
    plain = _rows(_files(sheets, "aozora_hrmos")[1], "cp932")
    quoted = _rows(_files(sheets, "hinata_hrmos")[1], "utf-8")
    assert {row["生年月日"] for row in plain} == {""}
    assert {row["生年月日"] for row in quoted} == {"'"}
    assert not any("" in row.values() for row in quoted)


def test_days_are_written_in_several_ways(sheets: Path) -> None:
    days = "".join(row["応募日"] for row in _rows(_files(sheets, "aozora_hrmos")[1], "cp932"))
    assert all(form in days for form in ("令和", "R7.", "２０２５／"))
    text = _files(sheets, "aozora_hrmos")[1].read_bytes().decode("cp932")
    assert all(letter in text for letter in "髙﨑①")


def test_every_second_workbook_counts_days_from_1904(home: Path) -> None:
    books = [
        load_workbook(_files(home, account)[0]) for account in ("hinata_jobcan", "yamabiko_jobcan")
    ]
    assert {book.epoch == CALENDAR_MAC_1904 for book in books} == {True}
    cells = list(books[0]["応募者一覧"].iter_rows(min_row=3, values_only=True))
    assert [len(books[0]["応募者一覧"].merged_cells.ranges), cells[0].count("日付")] == [2, 2]
    assert {type(row[15]).__name__ for row in cells[1:]} == {"datetime", "int", "str"}
    assert "#N/A" in {row[4] for row in cells}
    assert all(isinstance(row[0], int) for row in cells[1:])
