"""Cells and headers of exports, as people and spreadsheets leave them; no database is needed."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from extractors.exports import Export, read_export
from extractors.folders import FileRefused
from extractors.mapping import FIELDS, NEEDED, Mapping, StageColumn, load_mapping, shipped
from extractors.stream import Fields
from sandbox import world_hrmos, world_jobcan
from tests.docs.pages import ROOT, rows, spans

TOKYO = ZoneInfo("Asia/Tokyo")
COLUMNS = {"application_id": "ID", "status": "状態", "applied_at": "応募日"}
HEADER = ("ID", "状態", "応募日")


def mapping(columns: dict[str, Any] | None = None, **fields: Any) -> Mapping:
    told = {"name": "acme", "title": "Acme", "pattern": "*", "columns": COLUMNS | (columns or {})}
    return Mapping.model_validate(told | fields)


def workbook(lines: Sequence[Sequence[Any]], system: int = 1900) -> bytes:
    book = Workbook()
    if system == 1904:
        book.epoch = CALENDAR_MAC_1904
    assert book.active is not None
    for line in lines:
        book.active.append(list(line))
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def csv(*lines: str) -> bytes:
    return "\r\n".join([*lines, ""]).encode("cp932")


def read(data: bytes, used: Mapping | None = None) -> Export:
    name = "export.xlsx" if data.startswith(b"PK") else "export.csv"
    return read_export(name, data, used or mapping(), TOKYO, lambda: b"key")


def record(data: bytes, used: Mapping | None = None) -> Fields:
    [found] = read(data, used).records
    return found


def applied(cell: object, system: int = 1900, **fields: Any) -> str | None:
    """What a cell of a workbook means as the day of application."""
    found = record(workbook([HEADER, ("1", "選考中", cell)], system), mapping(**fields))
    value: str | None = found["applied_at"]
    return value


@pytest.mark.parametrize(
    "text",
    ["令和7年4月1日", "令和 7年 4月 1日", "R7.4.1", "r7/4/1", "Ｒ７．４．１", "㋿7年4月1日",
     "平成37年4月1日", "H37.4.1", "2025-04-01", "2025/4/1", "2025.4.1", "2025年4月1日", "20250401",
     "２０２５／０４／０１", "2025/04/01(火)", "2025年4月1日（火）", "'2025/04/01", "45748",
     "2025-03-31T15:00:00Z", "2025/04/01 00:00:00"],
)  # fmt: skip
def test_days_as_people_write_them(text: str) -> None:
    found = applied(text)
    assert found is not None
    assert datetime.fromisoformat(found) == datetime(2025, 4, 1, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("令和元年5月1日", "2019-05-01"),
        ("平成31年4月30日", "2019-04-30"),
        ("平成31.5.1", "2019-05-01"),
        ("昭和63年12月31日", "1988-12-31"),
        ("S64.1.7", "1989-01-07"),
        ("大正15年12月24日", "1926-12-24"),
    ],
)
def test_eras(text: str, day: str) -> None:
    found = applied(text)
    assert found is not None
    assert found[:10] == day


@pytest.mark.parametrize(
    "cell", [date(2025, 4, 1), datetime(2025, 4, 1), 45748, 45748.0, "45748"]
)  # fmt: skip
def test_date_cells_and_serial_numbers(cell: object) -> None:
    assert applied(cell) == "2025-04-01T00:00:00+09:00"


@pytest.mark.parametrize("cell", [date(2025, 4, 1), 44286])
def test_the_date_system_of_1904(cell: object) -> None:
    assert applied(cell, 1904) == "2025-04-01T00:00:00+09:00"


def test_the_date_system_of_a_csv_is_declared() -> None:
    data = csv(",".join(HEADER), "1,選考中,44286")
    assert record(data, mapping(date_system=1904))["applied_at"] == "2025-04-01T00:00:00+09:00"
    assert record(data)["applied_at"] == "2021-03-31T00:00:00+09:00"


@pytest.mark.parametrize(
    "cell",
    ["2025/04/01 10:30", "2025-04-01 10:30:00.000", "2025年4月1日 10時30分", "令和7年4月1日10:30",
     45748.4375, datetime(2025, 4, 1, 10, 30)],
)  # fmt: skip
def test_times_of_day(cell: object) -> None:
    assert applied(cell) == "2025-04-01T10:30:00+09:00"


def test_other_forms_are_declared() -> None:
    assert applied("01.04.2025", date_formats=["%d.%m.%Y"]) == "2025-04-01T00:00:00+09:00"
    assert applied("2025/04/01", date_formats=["%d.%m.%Y"]) == "2025-04-01T00:00:00+09:00"


@pytest.mark.parametrize(
    "cell", ["04/01/2025", "2025/02/30", "平成31", "令和7年13月1日", "未定", "2025", True, "#N/A"]
)
def test_what_is_no_day_is_left_to_the_gate(cell: object) -> None:
    export = read(workbook([HEADER, ("1", "選考中", cell), ("2", "選考中", "2025/4/1")]))
    held, good = export.records
    assert (held["applied_at"], held["unreadable"]) == (None, ["applied_at"])
    assert good["unreadable"] == []
    [told] = export.unreadable
    assert told.startswith("row 2, column 応募日: expected a date such as 2026/05/31, came ")
    assert str(cell) not in told.replace("a date such as 2026/05/31", "")
    assert told.endswith(" (the gate holds the row back)")


def test_a_failed_formula_is_no_text() -> None:
    used = mapping({"channel": "経路", "name": "氏名"})
    lines = [(*HEADER, "経路", "氏名"), ("1", "選考中", "2025/4/1", "#N/A", "#N/A")]
    export = read(workbook(lines), used)
    assert export.records[0]["channel"] is None
    assert export.records[0]["unreadable"] == ["channel"]
    assert export.records[0]["_person"] == ()
    assert len(export.unreadable) == 2


def test_the_quotes_of_blank_cells() -> None:
    """Google Sheets writes ' where nothing is, and before what is to stay text."""
    used = mapping({"rejected_at": "不採用日", "channel": "経路", "name": "氏名", "phone": "電話"})
    data = csv(
        "ID,状態,応募日,不採用日,経路,氏名,電話", "'001,選考中,2025/4/1,','　,','09012345678"
    )
    found = record(data, used)
    assert (found["id"], found["rejected_at"], found["channel"]) == ("001", None, None)
    assert found["_person"] == (("phone", "09012345678"),)
    assert found["unreadable"] == []


def test_rows_of_quotes_are_blank() -> None:
    assert len(read(csv(",".join(HEADER), "1,選考中,2025/4/1", "',','", ",,")).records) == 1


def test_what_the_mapping_calls_blank() -> None:
    """A - where nothing is would be the office of everybody who has none, and no date."""
    used = mapping(
        {"office": "勤務地", "rejected_at": "不採用日", "name": "氏名"}, blanks=["-", "―"]
    )
    found = record(csv("ID,状態,応募日,勤務地,不採用日,氏名", "1,選考中,2025/4/1,-,―,-"), used)
    assert (found["office"], found["rejected_at"], found["_person"]) == (None, None, ())
    assert found["unreadable"] == []


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (9012345678, "09012345678"),
        ("9012345678", "09012345678"),
        (9012345678.0, "09012345678"),
        (312345678, "0312345678"),
        ("０９０－１２３４－５６７８", "090-1234-5678"),
        ("090-1234-5678", "090-1234-5678"),
        (819012345678, "+819012345678"),
        ("09012345678", "09012345678"),
    ],
)
def test_the_zero_that_a_telephone_number_lost(cell: object, number: str) -> None:
    lines = [(*HEADER, "電話"), ("1", "選考中", "2025/4/1", cell)]
    found = record(workbook(lines), mapping({"phone": "電話"}))
    assert found["_person"] == (("phone", number),)


def test_a_rounded_telephone_number_identifies_nobody() -> None:
    data = csv(",".join((*HEADER, "電話")), "1,選考中,2025/4/1,9.01235E+09")
    export = read(data, mapping({"phone": "電話"}))
    assert export.records[0]["_person"] == ()
    assert "column 電話: expected a telephone number" in export.unreadable[0]
    assert export.records[0]["unreadable"] == []


def test_windows_letters_of_cp932() -> None:
    """髙, 﨑 and ① are Microsoft's own; Shift_JIS does not have them."""
    used = mapping({"name": "氏名", "department": "部署①"})
    data = csv("ID,状態,応募日,氏名,部署①", "1,選考中,2025/4/1,髙橋 﨑,㈱①課")
    found = record(data, used)
    assert found["_person"] == (("name", "髙橋 﨑"),)
    assert found["department"] == "㈱①課"


@pytest.mark.parametrize("cell", [123, "123", 123.0, "００１２３", "'00123"])
def test_ids_of_a_declared_width(cell: object) -> None:
    used = mapping({"application_id": {"header": "ID", "width": 5}})
    assert record(workbook([HEADER, (cell, "選考中", "2025/4/1")]), used)["id"] == "00123"


@pytest.mark.parametrize("cell", [1234567890123456, 1.5, "4.5E+15", date(2025, 3, 4), True])
def test_ids_that_a_spreadsheet_spoilt_are_refused(cell: object) -> None:
    with pytest.raises(FileRefused, match=r"row 2, column ID: expected an id.*Remedy"):
        read(workbook([HEADER, (cell, "選考中", "2025/4/1")]))


@pytest.mark.parametrize("name", ["?田 花子", "〓田 花子", "\ufffd田 花子"])
def test_a_name_that_lost_a_letter_identifies_nobody(name: str) -> None:
    """As a contradicting name it would keep the person's other records apart."""
    data = f"ID,状態,応募日,氏名,メール\r\n1,選考中,2025/4/1,{name},hanako@example.com\r\n"
    export = read(data.encode(), mapping({"name": "氏名", "email": "メール"}))
    assert export.records[0]["_person"] == (("email", "hanako@example.com"),)
    assert "left out of the person's identity" in export.unreadable[0]
    assert export.records[0]["unreadable"] == []


def test_what_people_paste_into_notes_does_no_harm() -> None:
    data = "ID,状態,応募日,経路,メモ\r\n1,選考中,2025/4/1,紹介,行\x0b行\x00\ufffd\r\n".encode()
    assert record(data, mapping({"channel": "経路"}))["channel"] == "紹介"
    assert read(data, mapping({"channel": "メモ"})).records[0]["unreadable"] == ["channel"]


def test_of_several_sheets_the_mapping_names_one() -> None:
    book = Workbook()
    book.remove(book["Sheet"])
    for title, number in (("凡例", 1), ("応募者 一覧", 2)):
        sheet = book.create_sheet(title)
        sheet.append(list(HEADER))
        sheet.append([number, "選考中", "2025/4/1"])
    data = io.BytesIO()
    book.save(data)
    assert record(data.getvalue(), mapping(sheet="応募者 一覧"))["id"] == "2"
    with pytest.raises(FileRefused, match=r"2 sheets .* name the sheet to be read in the mapping"):
        read(data.getvalue())


def test_a_workbook_that_states_a_wrong_size_of_itself() -> None:
    """As some systems write it; whoever believes it reads one cell."""
    written = io.BytesIO()
    with (
        ZipFile(io.BytesIO(workbook([HEADER, (7, "選考中", "2025/4/1")]))) as book,
        ZipFile(written, "w") as wrong,
    ):
        for name in book.namelist():
            stated = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', book.read(name))
            wrong.writestr(name, stated)
    assert b'<dimension ref="A1"' in ZipFile(written).read("xl/worksheets/sheet1.xml")
    assert record(written.getvalue())["id"] == "7"


def test_titles_above_the_header() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (["応募者一覧 状態"], [None, "選考"], [], list(HEADER), [7, "選考中", "2025/4/1"]):
        sheet.append(line)
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("B2:C2")
    data = io.BytesIO()
    book.save(data)
    assert record(data.getvalue())["id"] == "7"
    with pytest.raises(FileRefused, match="row 1 has none of the columns of Acme"):
        read(data.getvalue(), mapping(header_row=1))
    assert record(data.getvalue(), mapping(header_row=4))["id"] == "7"


def test_a_column_of_two_is_named_by_its_number_or_place() -> None:
    data = csv("ID,状態,日付,備考,日付", "1,不採用,2025/4/1,x,2025/4/9")
    for applied_at, rejected_at in (("日付#1", "日付#2"), ("#3", "#5"), ("日付 #1", "日付＃2")):
        used = mapping({"applied_at": applied_at, "rejected_at": rejected_at})
        found = record(data, used)
        days = (found["applied_at"][:10], found["rejected_at"][:10])
        assert days == ("2025-04-01", "2025-04-09")
    with pytest.raises(FileRefused) as caught:
        read(data, mapping({"applied_at": "日付"}))
    assert str(caught.value) == (
        "row 1: the column 日付, mapped to applied_at, stands in columns 3 (C) and 5 (E). Remedy: "
        "say in the mapping which one is meant: 日付#1, 日付#2, or #3 by its place"
    )


def test_two_columns_that_nobody_asks_for_do_not_matter() -> None:
    assert record(csv("ID,状態,応募日,備考,備考", "1,選考中,2025/4/1,,"))["id"] == "1"


def test_a_missing_column_is_named_with_its_row() -> None:
    data = csv("応募者一覧,,", "ID,状態,登録日", "1,選考中,2025/4/1")
    with pytest.raises(FileRefused, match=r"row 2, the header, misses 応募日\. Remedy: .*false"):
        read(data)


def test_headers_agree_whatever_their_width_and_breaks() -> None:
    data = '"ＩＤ ","状\n態",応募日\r\n1,選考中,2025/4/1\r\n'.encode("cp932")
    assert record(data)["status"] == "選考中"


def test_a_key_of_several_columns() -> None:
    used = mapping({"application_id": ["ID", "応募日"]})
    lines = [HEADER, (1, "不採用", date(2025, 4, 1)), (1, "選考中", date(2025, 5, 1))]
    ids = [found["id"] for found in read(workbook(lines), used).records]
    assert ids == ["1:2025-04-01T00:00:00+09:00", "1:2025-05-01T00:00:00+09:00"]


def test_a_key_that_identifies_a_person_is_not_stored_as_it_is() -> None:
    used = mapping({"application_id": ["メール", "応募日"], "email": "メール"})
    data = csv("メール,状態,応募日", "taro@example.com,選考中,2025/4/1")
    found = record(data, used)["id"]
    assert "taro" not in found
    assert len(found) == 32
    assert record(data, used)["id"] == found


def test_a_row_that_stands_twice_counts_once() -> None:
    assert len(read(csv(",".join(HEADER), *["1,選考中,2025/4/1"] * 2)).records) == 1


def test_a_comma_at_the_end_of_every_row_does_no_harm() -> None:
    assert len(read(csv(",".join(HEADER), "1,選考中,2025/4/1,", "2,選考中,2025/4/1,")).records) == 2


def test_birth_dates_are_read_before_they_are_hashed() -> None:
    used = mapping({"birth_date": "生年月日", "name": ["姓", "名"], "kana": "カナ"})
    lines = [
        (*HEADER, "生年月日", "姓", "名", "カナ"),
        (1, "選考中", "2025/4/1", "S63.12.31", "髙橋", "花子", "ﾀｶﾊｼ ﾊﾅｺ"),
    ]
    person = dict(record(workbook(lines), used)["_person"])
    assert person == {"birth_date": "1988-12-31", "name": "髙橋花子", "kana": "ﾀｶﾊｼ ﾊﾅｺ"}


def test_stages_by_their_dates_or_as_they_are_seen() -> None:
    stages = [
        {"name": "書類選考", "order": 0, "entered": "書類"},
        {"name": "面接", "order": 1, "entered": "面接日"},
    ]
    data = csv("ID,状態,応募日,書類,面接日,今", "1,選考中,2025/4/1,2025/4/2,,1次面接")
    dated = record(data, mapping(stages=stages))
    assert dated["stage_history"] == "vendor"
    assert [(s["name"], s["entered_at"][:10]) for s in dated["stages"]] == [
        ("書類選考", "2025-04-02")
    ]
    named = [{"name": "面接", "order": 1, "also": ["１次面接"], "is_offer": True}]
    seen = record(data, mapping({"stage": "今"}, stages=named))
    assert seen["stage_history"] == "snapshots"
    assert seen["stage"] == {"name": "面接", "order": 1, "is_offer": True}
    unknown = record(data, mapping({"stage": "今"}))
    assert unknown["stage"] == {"name": "1次面接", "order": None, "is_offer": False}


def test_a_mapping_of_ones_own_begins_with_a_shipped_one(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        'extends = "hrmos"\nstages = []\n[columns]\nstatus = "状況"\nkana = false\n', "utf-8"
    )
    own, shipped_one = (load_mapping(name, tmp_path, "x") for name in ("own.toml", "hrmos"))
    assert own.columns["status"].header == ("状況",)
    assert own.columns["applied_at"] == shipped_one.columns["applied_at"]
    assert own.columns.keys() == shipped_one.columns.keys() - {"kana"}
    assert own.name == "hrmos"


@pytest.mark.parametrize("name", shipped())
def test_the_shipped_mappings_read_the_sandbox_s_headers(name: str, tmp_path: Path) -> None:
    columns = {"hrmos": world_hrmos.COLUMNS, "jobcan": world_jobcan.COLUMNS}[name]
    used = load_mapping(name, tmp_path, "x")
    wanted = {header for column in used.columns.values() for header in column.header}
    wanted |= {stage.entered for stage in used.stages if stage.entered}
    assert wanted - set(columns) == ({"確定日"} if name == "jobcan" else set())


def test_the_page_of_mappings_names_every_field() -> None:
    page = (ROOT / "docs" / "export-mappings.md").read_text("utf-8")
    told = {name for row in rows(page) for cell in row for name in spans(cell)}
    assert set(FIELDS) | set(StageColumn.model_fields) <= told
    assert set(Mapping.model_fields) <= told
    for field in NEEDED:
        assert f"`{field}` (required)" in page
    block = page.split("```")[1]
    assert block.startswith("\nextends")
