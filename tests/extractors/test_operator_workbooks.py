"""Statements as workbooks: dates, numbers, sheets, and what other programs write into them."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.extractors.statement_files import JOINS, SLOTS, Drop, workbook

pytestmark = pytest.mark.usefixtures("warehouse_url")


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path)


def test_workbooks_with_dates_serial_numbers_and_text(drop: Drop) -> None:
    drop.put(
        "joins_2026-05.xlsx",
        workbook(
            JOINS.strip().split(","),
            ["aozora", 101, 7.0, date(2026, 5, 1), "契約社員", 4_500_000.0],
            ["aozora", "102", "8", 46143, " 正社員 ", "４,５００,０００円"],
            ["aozora", "103", "9", datetime(2026, 5, 1, 9, 30), "正社員", None],
            [None, " "],
        ),
    )
    assert drop.run("joins") == 3
    newest = drop.newest("joins")
    assert list(newest) == ["101", "102", "103"]
    assert {row["joined_on"] for row in newest.values()} == {"2026-05-01"}
    assert [row["annual_salary_yen"] for row in newest.values()] == [4_500_000, 4_500_000, None]
    assert newest["101"]["introduction_id"] == "7"


def test_a_workbook_with_several_sheets_needs_the_streams_name(drop: Drop) -> None:
    lines = (SLOTS.strip().split(","), ["aozora", 1, "2026-05-01", None, None])
    book = load_workbook(io.BytesIO(workbook(*lines, sheets=("notes", "Slots"))))
    book["notes"].delete_rows(1, 2)
    book["notes"].append(["checked by the operator"])
    data = io.BytesIO()
    book.save(data)
    drop.put("slots_a.xlsx", data.getvalue())
    assert drop.run("slots") == 1
    drop.put("slots_b.xlsx", workbook(*lines, sheets=("one", "two")))
    assert "2 sheets and none is called slots" in drop.refusal("slots")


def test_a_workbook_that_counts_days_from_1904_is_refused(drop: Drop) -> None:
    """Its days would be four years early."""
    lines = (SLOTS.strip().split(","), ["aozora", 1, date(2026, 5, 1), None, None])
    drop.put("slots_1.xlsx", workbook(*lines, epoch=CALENDAR_MAC_1904))
    assert "counts days from 1904" in drop.refusal("slots")


def test_what_a_workbook_says_of_its_size_is_not_believed(drop: Drop) -> None:
    """Programs that write one row by row leave the size of an empty sheet there."""
    data = io.BytesIO()
    lines = (SLOTS.strip().split(","), ["aozora", 1, "2026-05-01", None, None])
    with (
        zipfile.ZipFile(io.BytesIO(workbook(*lines))) as source,
        zipfile.ZipFile(data, "w") as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name.startswith("xl/worksheets/"):
                assert b'<dimension ref="A1:E2"' in content
                content = content.replace(b'<dimension ref="A1:E2"', b'<dimension ref="A1"')
            target.writestr(name, content)
    drop.put("slots_1.xlsx", data.getvalue())
    assert drop.run("slots") == 1
