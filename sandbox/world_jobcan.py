"""ジョブカン採用管理: exports as XLSX, and what a spreadsheet does to them.

Titles stand above the header, in merged cells; ids and telephone numbers are numbers, so their
zeros are gone; days are date cells, serial numbers (every second company counts from 1904) or text;
two columns are called 日付; a formula has failed. Names of columns are assumed. Only the present
step is exported, so nothing tells the stages before it.
"""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox import world_files
from sandbox.operator_files import timeless
from sandbox.world_ats import Ats
from sandbox.world_files import DIGITS, vendor_id
from sandbox.world_hrmos import era
from sandbox.world_time import tokyo_day

Json = dict[str, Any]
Cell = str | int | float | datetime | None

EPOCHS = (date(1899, 12, 30), date(1904, 1, 1))
COLUMNS = (
    "応募No", "応募者No", "姓", "名", "セイ", "メイ", "メールアドレス", "電話番号", "生年月日",
    "求人No", "求人タイトル", "部門", "勤務地", "雇用形態", "応募媒体", "応募日時",
    "選考ステータス", "選考ステップ", "日付", "理由", "日付", "内定日", "承諾日", "入社日",
    "担当者",
)  # fmt: skip
MAPPING = f"""\
extends = "jobcan"
sheet = "応募者一覧"

[columns]
application_id = {{ header = "応募No", width = {DIGITS} }}
candidate_id = {{ header = "応募者No", width = {DIGITS} }}
job_id = {{ header = "求人No", width = {DIGITS} }}
decided_at = "日付#2"
"""


def _export(folder: Path, number: int, rows: list[Json], day: str) -> None:
    (folder / "mapping.toml").write_text(MAPPING, "utf-8")
    path = folder / f"jobcan_{day}.xlsx"
    if path.exists():
        return
    from openpyxl import Workbook
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book = Workbook()
    if number % 2:
        book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    sheet.title = "応募者一覧"
    sheet.append([f"応募者一覧（{day}）"])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(COLUMNS))
    sheet.append([None, None, "個人情報", None, None, None, None, None, None, "選考"])
    sheet.merge_cells("C2:I2")
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append(_cells(row, EPOCHS[number % 2]))
    book.create_sheet("凡例").append(["選考ステータス"])
    made = io.BytesIO()
    book.save(made)
    path.write_bytes(timeless(made))


def _cells(row: Json, epoch: date) -> list[Cell]:
    number = row["application"]

    def day(at: int | None) -> Cell:
        return _day(at, number, epoch)

    return [
        number,
        row["candidate"],
        row["family"],
        row["given"],
        "#N/A" if number % 19 == 0 else None,
        None,
        row["email"],
        int(row["phone"]) if row["phone"] and row["phone"].isdecimal() else row["phone"],
        None,
        row["job"],
        row["job_name"],
        row["department"],
        row["office"] or "-",
        row["label"],
        row["channel"],
        day(row["applied_at"]),
        row["status"],
        row["stage"],
        day(row["applied_at"]),
        row["reason"],
        day(row["decided_at"]),
        day(row["offered_at"]),
        day(row["hired_at"]),
        None,
        "高野 恵",
    ]


def _day(at: int | None, number: int, epoch: date) -> Cell:
    """A date cell, for some applications the serial number of the day, or text."""
    if at is None:
        return None
    found = tokyo_day(at)
    if number % 7 == 0:
        return (found - epoch) // timedelta(days=1)
    if number % 11 == 0:
        return era(found, "R{}.{}.{}")
    return datetime(found.year, found.month, found.day)


ATS = Ats(
    name="jobcan",
    simulator=None,
    vendor_id=vendor_id,
    records=world_files.no_records,
    projector=world_files.projector,
    account=world_files.account,
    options=lambda number: {},
    credentials=world_files.credentials,
    export=_export,
)
