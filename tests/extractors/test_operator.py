"""The operator's statements: files in a folder, read and landed by the same run as any source."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest
from psycopg import sql

from extractors.errors import ConfigError, RelayError
from extractors.operator import SOURCE, OperatorOptions
from extractors.run import run_connection, run_stream
from extractors.statements import TEMPLATES
from extractors.stream import Connection
from tests.extractors.landings import fetch, rows
from tests.extractors.statement_files import JOINS, SLOTS, Drop

pytestmark = pytest.mark.usefixtures("warehouse_url")

DOCS = Path(__file__).parents[2] / "docs"
ATTESTATIONS = "company_id,join_id,month,observed_on,employed,left_on,leave_type\n"


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path)


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
    drop.put("slots_3.csv", SLOTS + "aozora,2,2026-05-01,,\n")
    assert drop.run("slots") == 1
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
