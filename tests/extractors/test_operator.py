"""The operator's statements: files in a folder, read and landed by the same run as any source."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import fsspec
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from psycopg import sql

from extractors.errors import ConfigError, RelayError
from extractors.operator import SOURCE, OperatorOptions
from extractors.run import run_connection, run_stream
from extractors.statements import TEMPLATES
from extractors.stream import Connection
from tests.extractors.landings import fetch, new_connection, rows

pytestmark = pytest.mark.usefixtures("warehouse_url")

DOCS = Path(__file__).parents[2] / "docs"
SLOTS = "company_id,slot_number,granted_on,used_on,introduction_id\n"
JOINS = "company_id,join_id,introduction_id,joined_on,employment_type,annual_salary_yen\n"
ATTESTATIONS = "company_id,join_id,month,observed_on,employed,left_on,leave_type\n"


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


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path)


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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_encodings_are_told_apart(drop: Drop, encoding: str) -> None:
    line = "aozora,join-1,intro-1,2026-05-01,正社員,4500000\n"
    drop.put("joins_2026-05.csv", JOINS + line, encoding)
    assert drop.run("joins") == 1
    assert drop.newest("joins")["join-1"] == {
        "company_id": "aozora",
        "join_id": "join-1",
        "introduction_id": "intro-1",
        "joined_on": "2026-05-01",
        "employment_type": "正社員",
        "annual_salary_yen": 4_500_000,
        "employee_number": None,
    }


def test_cells_as_people_type_them(drop: Drop) -> None:
    header = "\ufeff Company_ID ,join_id,ｍｏｎｔｈ,observed_on,employed,left_on,leave_type\r\n"
    drop.put(
        "Attestations 2026-05.CSV",
        header
        + "aozora,j1,2026/5,２０２６／５／３１,在籍,,\r\n"
        + "aozora,j2,2026年5月,令和8年5月31日,退職,46142,自己都合\r\n"
        + "\r\n"
        + "aozora,j3,2026-05-01,20260531,UNKNOWN,　,\r\n",
    )
    assert drop.run("attestations") == 3
    newest = drop.newest("attestations")
    assert {key: row["employed"] for key, row in newest.items()} == {
        "j1:2026-05": "yes",
        "j2:2026-05": "no",
        "j3:2026-05": "unknown",
    }
    assert {row["observed_on"] for row in newest.values()} == {"2026-05-31"}
    assert newest["j2:2026-05"]["left_on"] == "2026-04-30"
    assert newest["j2:2026-05"]["leave_type"] == "voluntary"
    assert newest["j3:2026-05"]["left_on"] is None


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


def test_files_of_programs_that_are_still_writing_are_left_out(drop: Drop) -> None:
    drop.put("slots_1.csv", SLOTS + "aozora,1,2026-05-01,,\n")
    for name in ("~$slots_1.xlsx", ".slots_1.csv"):
        drop.put(name, b"\x00owner")
    drop.connection = replace(
        drop.connection, options=OperatorOptions(path=str(drop.folder), pattern="*{stream}*")
    )
    assert drop.run("slots") == 1


def test_a_file_is_landed_once(drop: Drop) -> None:
    drop.put("slots_1.csv", SLOTS + "aozora,1,2026-05-01,,\n")
    assert [drop.run("slots"), drop.run("slots"), drop.run("slots", full=True)] == [1, 0, 0]
    drop.put("slots_copy.csv", SLOTS + "aozora,1,2026-05-01,,\n")
    assert drop.run("slots") == 0
    found = fetch(
        sql.SQL("select path, row_count from landing.files where connection = %s"),
        [drop.connection.name],
    )
    assert found == [(f"{drop.folder}/slots_1.csv", 1)]


def test_a_later_name_restates_a_row(drop: Drop) -> None:
    drop.put("slots_2.csv", SLOTS + "aozora,1,2026-05-01,2026-06-01,i1\n")
    assert drop.run("slots") == 1
    drop.put("slots_1.csv", SLOTS + "aozora,1,2026-05-01,,\naozora,2,2026-05-02,,\n")
    drop.run("slots")
    assert drop.newest("slots")["aozora:1"]["used_on"] == "2026-06-01"
    drop.put("slots_1.csv", SLOTS + "aozora,1,2026-05-03,,\n")
    drop.run("slots")
    assert drop.newest("slots")["aozora:1"]["used_on"] == "2026-06-01"
    drop.put("slots_3.csv", SLOTS + "aozora,1,2026-05-03,,\n")
    assert drop.run("slots") == 1
    assert drop.newest("slots")["aozora:1"]["used_on"] is None
    assert drop.run("slots") == 0


def test_a_file_taken_away_stays_landed_and_a_return_changes_nothing(drop: Drop) -> None:
    drop.put("slots_1.csv", SLOTS + "aozora,1,2026-05-01,,\n")
    drop.put("slots_2.csv", SLOTS + "aozora,1,2026-05-01,2026-06-01,i1\n")
    drop.run("slots")
    (drop.folder / "slots_1.csv").unlink()
    assert drop.run("slots") == 0
    drop.put("slots_1.csv", SLOTS + "aozora,1,2026-05-01,,\n")
    assert drop.run("slots") == 0


BAD = (
    ("", "the file is empty"),
    ("company_id,slot_number\naozora,1\n", "misses granted_on; expected: company_id, slot_number"),
    (SLOTS.strip() + ",memo\naozora,1,2026-05-01,,,x\n", "unknown names in columns 6"),
    (SLOTS + "aozora,1,05/01/2026,,\n", "row 2, column granted_on: expected a date such as"),
    (SLOTS + "aozora,one,2026-05-01,,\n", "row 2, column slot_number: expected a whole number"),
    (SLOTS + "aozora,1,,,\n", "row 2, column granted_on: expected a value, came nothing"),
    (SLOTS + "aozora,1,2026-02-30,,\n", "row 2, column granted_on: expected a date"),
    (SLOTS + "hinata,1,2026-05-01,,\n", "row 2, column company_id: expected aozora"),
    (
        SLOTS + "aozora,1,2026-05-01,,\n\naozora,1,2026-05-02,,\n",
        "row 4: expected one row per company_id+slot_number, came the same as in row 2",
    ),
    (SLOTS + "aozora,1,2026-05-01,,#N/A\n", "column introduction_id: expected an id"),
    (SLOTS + "aozora,1,2026-05-01,,,山田太郎\n", "row 2 has a value in column 6"),
    (SLOTS + 'aozora,1,"2026-05-01,,\n', "is no valid CSV"),
    (SLOTS.replace("used_on", "granted_on") + "a,1,x,x,\n", "1 columns appear twice"),
)


@pytest.mark.parametrize(("content", "problem"), BAD)
def test_a_bad_file_is_refused_whole_and_the_others_land(
    drop: Drop, content: str, problem: str
) -> None:
    drop.put("slots_1.csv", SLOTS + "aozora,8,2026-05-01,,\n")
    drop.put("slots_2.csv", content)
    drop.put("slots_3.csv", SLOTS + "aozora,9,2026-05-01,,\n")
    message = drop.refusal("slots")
    assert f"{drop.connection.name}.slots: 1 file was refused whole: slots_2.csv: " in message
    assert problem in message
    assert "Remedy" in message
    assert list(drop.newest("slots")) == ["aozora:8", "aozora:9"]
    drop.put("slots_2.csv", SLOTS + "aozora,9,2026-05-02,,\naozora,10,2026-05-01,,\n")
    drop.run("slots")
    assert drop.newest("slots")["aozora:9"]["granted_on"] == "2026-05-01"
    assert drop.newest("slots")["aozora:10"]["granted_on"] == "2026-05-01"


def test_a_file_is_refused_until_it_is_corrected(drop: Drop) -> None:
    """And the others, which restate each other's rows, are not landed once more each time."""
    drop.put("slots_1.csv", SLOTS + "aozora,one,2026-05-01,,\n")
    drop.put("slots_2.csv", SLOTS + "aozora,1,2026-05-01,,\n")
    drop.put("slots_3.csv", SLOTS + "aozora,1,2026-05-01,2026-06-01,i1\n")
    for _ in range(2):
        assert "1 file was refused whole: slots_1.csv" in drop.refusal("slots")
        assert len(rows(drop.connection, "slots")) == 2
    drop.put("slots_1.csv", SLOTS + "aozora,1,2026-04-30,,\n")
    drop.run("slots")
    assert drop.newest("slots")["aozora:1"]["used_on"] == "2026-06-01"


BINARY = (
    ("slots.csv", "数".encode("utf-16"), "came UTF-16"),
    ("slots.csv", SLOTS.encode() + b"aozora,\x85\xff\n", "expected UTF-8 or cp932 text"),
    ("slots.csv", SLOTS.encode() + "aozora,1,\ufffd,,\n".encode(), "line 2 has a broken character"),
    ("slots.xlsx", b"PK not a workbook", "cannot be opened as one"),
    ("slots.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600), "old or password-protected"),
)


@pytest.mark.parametrize(("name", "data", "problem"), BINARY)
def test_files_that_are_no_table(drop: Drop, name: str, data: bytes, problem: str) -> None:
    drop.put(name, data)
    assert problem in drop.refusal("slots")


def test_no_message_quotes_a_cell(drop: Drop) -> None:
    """Whatever column a person's data ends up in."""
    drop.put("joins_1.csv", "山田花子,090-1234-5678\n佐藤,hanako@example.com\n")
    drop.put(
        "joins_2.csv", JOINS + '山田花子,"山田 花子",,090-1234-5678,正社員,hanako@example.com\n'
    )
    drop.put(
        "attestations_1.csv", ATTESTATIONS + "aozora,j1,山田花子,山田花子,山田花子,,山田花子\n"
    )
    told = drop.refusal("joins") + drop.refusal("attestations") + "".join(drop.lines)
    for personal in ("山田", "花子", "hanako", "090", "佐藤"):
        assert personal not in told
    assert "column employed: expected one of yes, no, unknown, came text of 4 characters" in told


def test_many_faults_are_counted(drop: Drop) -> None:
    drop.put("slots_1.csv", SLOTS + "".join(f"aozora,{n},x,,\n" for n in range(30)))
    assert "row 21, column granted_on" in (message := drop.refusal("slots"))
    assert "row 22" not in message
    assert "and 10 more" in message


def test_misspelt_names_are_told(drop: Drop) -> None:
    drop.put("slot-2026-05.csv", SLOTS)
    run_connection(drop.connection, run_id="run", report=drop.lines.append)
    told = [line for line in drop.lines if "belong to no template" in line]
    assert len(told) == 1
    assert "slot-2026-05.csv" in told[0]


def test_a_failed_stream_does_not_stop_the_others(drop: Drop) -> None:
    drop.put("slots_1.csv", "nothing\n")
    drop.put("joins_1.csv", JOINS + "aozora,j1,i1,2026-05-01,正社員,\n")
    results = run_connection(drop.connection, run_id="run")
    assert [result.stream for result in results if result.error] == ["slots"]
    assert list(drop.newest("joins")) == ["j1"]


def test_a_store_of_objects(drop: Drop) -> None:
    """The same through another file system of fsspec."""
    store = fsspec.filesystem("memory")
    store.pipe(f"/{drop.connection.name}/slots_1.csv", (SLOTS + "aozora,1,2026-05-01,,\n").encode())
    options = OperatorOptions(path=f"memory://{drop.connection.name}")
    remote = Connection(drop.connection.name, "aozora", "operator", "none", options)
    assert run_stream(remote, "slots", run_id="run").landed == 1


def test_places_that_cannot_be_read(drop: Drop) -> None:
    def at(path: str) -> Callable[[], object]:
        options = OperatorOptions(path=path)
        return lambda: run_stream(
            Connection(drop.connection.name, "aozora", "operator", "none", options),
            "slots",
            run_id="run",
        )

    with pytest.raises(RelayError, match=r"no_such_folder cannot be read .*Remedy"):
        at(f"{drop.folder}/no_such_folder")()
    with pytest.raises(ConfigError, match=r"options.path nosuch://x cannot be opened .*Remedy"):
        at("nosuch://user:secret@x")()


CONTRACTS = (
    "company_id,contract_version,valid_from,counting_event,threshold,slots_per_threshold,"
    "slot_used_by,dedupe_scope,stated_on,eligible_stages,eligible_employment_types,"
    "slot_returned_by,points_carry_over\n"
)


def test_lists_and_rules_of_a_contract(drop: Drop) -> None:
    drop.put(
        "contracts_1.csv",
        CONTRACTS
        + "aozora,1,2026-04-01,登録,10,1,入社,企業,2026-03-20, 書類選考 ｜一次面接||書類選考,"
        + "正社員|PERMANENT|パート,不成立|早期退職,失効\n"
        + "aozora,2,2026-05-01,verified,10,1,interviewed,グループ,,,,なし,\n"
        + "aozora,3,2026-06-01,verified,10,1,interviewed,Programme,,,,なし,\n",
    )
    assert drop.run("contracts") == 3
    newest = drop.newest("contracts")
    rules = [
        name for name in CONTRACTS.strip().split(",") if name not in ("company_id", "threshold")
    ]
    assert [[newest[f"aozora:{version}"][name] for name in rules] for version in (1, 2, 3)] == [
        ["1", "2026-04-01", "registered", 1, "joined", "company", "2026-03-20",
         "書類選考|一次面接", "permanent|part_time", "declined|early_leave", "forfeit"],
        ["2", "2026-05-01", "verified", 1, "interviewed", "group", None, None, None, "none", None],
        ["3", "2026-06-01", "verified", 1, "interviewed", "programme", None, None, None, "none",
         None],
    ]  # fmt: skip


def test_a_contract_s_unknown_rules_are_refused(drop: Drop) -> None:
    drop.put(
        "contracts_1.csv",
        CONTRACTS + "aozora,default,2026-04-01,opened,10,1,joined,region,,,役員,expired,lose\n",
    )
    told = drop.refusal("contracts")
    columns = ("contract_version", "counting_event", "dedupe_scope", "eligible_employment_types",
               "slot_returned_by", "points_carry_over")  # fmt: skip
    assert all(f"column {column}: expected" in told for column in columns)


def test_the_documented_templates_are_the_code(drop: Drop) -> None:
    """Each example file is landed as it stands, and each column is described."""
    text = (DOCS / "operator-templates.md").read_text()
    for stream, template in TEMPLATES.items():
        example = DOCS / "templates" / f"{stream}.csv"
        assert example.read_text("utf-8-sig").splitlines()[0] == ",".join(template.model_fields)
        drop.put(example.name, example.read_bytes())
        assert drop.run(stream) > 0
        section = text.partition(f"## {stream}\n")[2].partition("\n## ")[0]
        assert section
        for column in template.model_fields:
            assert f"| `{column}` |" in section
    assert [stream.name for stream in SOURCE.streams] == list(TEMPLATES)
