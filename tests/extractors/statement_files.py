"""A folder of the operator's statements, and workbooks to put into it."""

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from extractors.errors import RelayError
from extractors.operator import OperatorOptions
from extractors.run import run_stream
from extractors.stream import Connection
from tests.extractors.landings import new_connection, rows

SLOTS = "company_id,slot_number,granted_on,used_on,introduction_id\n"
JOINS = "company_id,join_id,introduction_id,joined_on,employment_type,annual_salary_yen\n"


class Drop:
    """A folder of statements and the connection that reads it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []
        base = new_connection("operator")
        self.connection = Connection(
            base.name, "aozora", "operator", base.conn_id, OperatorOptions(path=str(folder))
        )

    def put(self, name: str, content: str | bytes, encoding: str = "utf-8") -> None:
        data = content.encode(encoding) if isinstance(content, str) else content
        (self.folder / name).write_bytes(data)

    def run(self, stream: str, *, full: bool = False) -> int:
        """Rows appended."""
        result = run_stream(
            self.connection, stream, full=full, run_id="run", report=self.lines.append
        )
        return result.landed

    def refusal(self, stream: str) -> str:
        with pytest.raises(RelayError) as caught:
            self.run(stream)
        assert caught.value.exit_code == 1
        assert "\n" not in str(caught.value)
        return str(caught.value)

    def newest(self, stream: str) -> dict[str, Any]:
        return {record_id: payload for record_id, payload, _ in rows(self.connection, stream)}


def workbook(
    *lines: list[Any], sheets: tuple[str, ...] = ("Sheet1",), epoch: datetime | None = None
) -> bytes:
    book = Workbook()
    book.epoch = epoch or book.epoch
    book.remove(book.active)
    for title in sheets:
        for line in lines:
            sheet = book[title] if title in book.sheetnames else book.create_sheet(title)
            sheet.append(line)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()
