"""HRMOS採用: exports as CSV in cp932, or by way of Google Sheets, which puts a ' into blank cells.

Documented by the vendor: a row has the last status, the day of each stage, the days of the
decision, of failing, withdrawing and joining. The names of the columns are assumed. Some days are
written by hand: in the era's years, in full-width digits.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

from sandbox import world_files
from sandbox.people import FOLD
from sandbox.world_ats import Ats
from sandbox.world_catalog import STAGES
from sandbox.world_files import vendor_id
from sandbox.world_time import tokyo_date

Json = dict[str, Any]

FULL_WIDTH = str.maketrans("0123456789/", "０１２３４５６７８９／")
STAGE_NAMES = (STAGES[0], "店舗面接", *STAGES[1:])
COLUMNS = (
    "応募ID", "応募者ID", "氏名", "フリガナ", "メールアドレス", "電話番号", "生年月日", "求人ID",
    "求人名", "部署", "勤務地", "雇用形態", "応募経路", "応募日", "最終ステータス",
    "不採用・辞退理由", "評価", "評価", "選考結果確定日", "不採用日", "辞退日", "内定日",
    "内定承諾日", "入社日", *(f"{name}日" for name in STAGE_NAMES), "メモ",
)  # fmt: skip


def _export(folder: Path, number: int, rows: list[Json], day: str) -> None:
    """The n-th company exports a CSV, or, when n is odd, the CSV of a Google Sheet."""
    path = folder / f"hrmos_{day}.csv"
    if path.exists():
        return
    is_sheet = number % 2 == 1
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n" if is_sheet else "\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        cells = _cells(row)
        writer.writerow([cell or "'" for cell in cells] if is_sheet else cells)
    path.write_bytes(text.getvalue().encode() if is_sheet else _cp932(text.getvalue()))


def _cp932(text: str) -> bytes:
    """What cp932 lacks (𠮷) is written in its plain form, as by whoever typed it there."""
    known = {letter: _is_known(letter) for letter in set(text)}
    plain = (letter if known[letter] else letter.translate(FOLD) for letter in text)
    return "".join(plain).encode("cp932")


def _is_known(letter: str) -> bool:
    try:
        letter.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


def _cells(row: Json) -> list[str]:
    number = row["application"]
    days = ("decided_at", "rejected_at", "withdrawn_at", "offered_at", "hired_at")
    return [
        vendor_id(number),
        vendor_id(row["candidate"]),
        f"{row['family']}　{row['given']}",
        "",
        row["email"],
        row["phone"] or "",
        "",
        vendor_id(row["job"]),
        row["job_name"],
        row["department"] or "",
        row["office"] or "",
        row["label"] or "",
        row["channel"] or "",
        _day(row["applied_at"], number),
        row["status"],
        row["reason"] or "",
        "①",
        "A",
        *(_day(row[name], number) for name in days),
        "",
        *(_day(row["stages"].get(name), number) for name in STAGE_NAMES),
        "髙﨑様より「①履歴書」を受領、\n改めて連絡" if number % 5 == 0 else "",
    ]


def _day(at: int | None, number: int) -> str:
    """A day, for some applications as people write it by hand."""
    if at is None:
        return ""
    day = tokyo_date(at).replace("-", "/")
    if number % 11 == 0:
        return era(date.fromisoformat(tokyo_date(at)), "令和{}年{}月{}日")
    if number % 13 == 0:
        return day.translate(FULL_WIDTH)
    return era(date.fromisoformat(tokyo_date(at)), "R{}.{}.{}") if number % 17 == 0 else day


def era(day: date, form: str) -> str:
    """A day of the Reiwa era."""
    return form.format(day.year - 2018, day.month, day.day)


ATS = Ats(
    name="hrmos",
    simulator=None,
    vendor_id=vendor_id,
    records=world_files.no_records,
    projector=world_files.projector,
    account=world_files.account,
    options=lambda number: {},
    credentials=world_files.credentials,
    export=_export,
)
