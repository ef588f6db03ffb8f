"""Exports of ATSs: files in a folder, read by a mapping, landed by the same run as any source."""

from __future__ import annotations

import os
import time
import unicodedata
from pathlib import Path
from typing import Any

import fsspec
import pytest
from psycopg import sql

from extractors.errors import ConfigError, RelayError
from extractors.files import FilesOptions
from extractors.identity import identity_keys
from extractors.run import run_stream
from extractors.stream import Connection
from tests.extractors.landings import fetch, new_connection
from warehouse import hmac_key

pytestmark = pytest.mark.usefixtures("warehouse_url")

MAPPING = """
name = "acme"
title = "Acme"
pattern = "acme*"

[columns]
application_id = "ID"
name = "氏名"
email = "メール"
job_name = "求人"
applied_at = "応募日"
status = "状態"
rejected_at = "不採用日"
"""
HEADER = "ID,氏名,メール,求人,応募日,状態,不採用日\r\n"
PEOPLE = (
    "1,髙橋 花子,hanako@example.com,営業①,2026/05/01,選考中,\r\n"
    "2,山﨑 太郎,taro@example.com,営業①,2026/05/02,不採用,2026/05/20\r\n"
)


class Drop:
    """A folder of exports, a mapping, and the connection that reads both."""

    def __init__(self, folder: Path, mapping: Path) -> None:
        self.folder = folder
        self._mapping = mapping
        self.lines: list[str] = []
        base = new_connection("files")
        self.name, self._conn_id = base.name, base.conn_id
        self.map(MAPPING)

    def map(self, text: str) -> None:
        self._mapping.write_text(text, "utf-8")

    def connection(self, **options: Any) -> Connection:
        told: dict[str, Any] = {
            "path": str(self.folder),
            "mapping": str(self._mapping),
            "settle_seconds": 0,
        }
        return Connection(
            self.name, "aozora", "files", self._conn_id, FilesOptions(**told | options)
        )

    def put(self, name: str, content: str | bytes, encoding: str = "utf-8") -> None:
        data = content.encode(encoding) if isinstance(content, str) else content
        (self.folder / name).write_bytes(data)

    def run(self, *, full: bool = False, **options: Any) -> int:
        """Rows appended."""
        connection = self.connection(**options)
        result = run_stream(
            connection, "applications", full=full, run_id="run", report=self.lines.append
        )
        return result.landed

    def refusal(self, **options: Any) -> str:
        with pytest.raises(RelayError) as caught:
            self.run(**options)
        assert "\n" not in str(caught.value)
        assert "Remedy: " in str(caught.value)
        return str(caught.value)

    def newest(self) -> dict[str, Any]:
        """The payload of every application that is there."""
        query = """
            select distinct on (record_id) record_id, payload, is_deleted
            from raw_files.applications where connection = %s order by record_id, seq desc
        """
        found = fetch(sql.SQL(query), [self.name])
        return {record_id: payload for record_id, payload, is_deleted in found if not is_deleted}

    def keys(self, record_id: str) -> set[tuple[str, str]]:
        """The identity keys of everything that a record was landed with."""
        query = "select kind, key from vault.identity_keys where connection = %s and record_id = %s"
        return set(fetch(sql.SQL(query), [self.name, record_id]))


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    folder = tmp_path / "exports"
    folder.mkdir()
    return Drop(folder, tmp_path / "mapping.toml")


def _keys(*values: tuple[str, str]) -> set[tuple[str, str]]:
    return identity_keys(values, hmac_key())


@pytest.mark.parametrize("encoding", ["cp932", "utf-8-sig", "utf-8"])
def test_encodings_are_told_apart(drop: Drop, encoding: str) -> None:
    drop.put("acme_1.csv", HEADER + PEOPLE, encoding)
    assert drop.run() == 2
    first = drop.newest()["1"]
    assert first["job_name"] == "営業①"
    assert drop.keys("1") >= _keys(("name", "髙橋 花子"), ("email", "hanako@example.com"))


def test_a_declared_encoding_is_the_only_one(drop: Drop) -> None:
    drop.map('encoding = "cp932"\n' + MAPPING)
    drop.put("acme_1.csv", HEADER + PEOPLE)
    assert "expected cp932 text, came something else" in drop.refusal()
    drop.put("acme_1.csv", HEADER + PEOPLE, "cp932")
    assert drop.run() == 2


def test_nothing_that_identifies_a_person_is_stored(drop: Drop) -> None:
    drop.put("acme_1.csv", HEADER + PEOPLE)
    drop.run()
    stored = str(drop.newest())
    assert not [text for text in ("髙橋", "花子", "hanako", "太郎", "taro") if text in stored]


def test_rows_come_and_go_and_what_did_not_change_costs_nothing(drop: Drop) -> None:
    drop.put("acme_2026-05-01.csv", HEADER + PEOPLE)
    assert drop.run() == 2
    third = "3,佐藤 次郎,jiro@example.com,営業①,2026/05/03,選考中,\r\n"
    drop.put("acme_2026-05-02.csv", HEADER + PEOPLE.partition("\r\n")[2] + third)
    assert drop.run() == 2  # the new row, and the one that is gone
    assert list(drop.newest()) == ["2", "3"]
    drop.put("acme_2026-05-03.csv", HEADER + PEOPLE + third)
    assert drop.run() == 1  # it is back
    assert set(drop.newest()) == {"1", "2", "3"}


def test_the_same_file_again_changes_nothing(drop: Drop) -> None:
    drop.put("acme_1.csv", HEADER + PEOPLE)
    assert [drop.run(), drop.run(), drop.run(full=True)] == [2, 0, 0]
    drop.put("acme_2.csv", HEADER + PEOPLE)
    assert drop.run() == 0
    query = sql.SQL("select path, row_count from landing.files where connection = %s")
    assert fetch(query, [drop.name]) == [(f"{drop.folder}/acme_1.csv", 2)]


def test_an_older_file_takes_nothing_back(drop: Drop) -> None:
    drop.put("acme_2.csv", HEADER + PEOPLE)
    drop.run()
    drop.put("acme_1.csv", HEADER + PEOPLE.replace("不採用,", "選考中,"))
    assert [drop.run(), drop.run(full=True)] == [0, 0]
    assert drop.newest()["2"]["status"] == "不採用"


def test_a_first_run_reads_every_file_in_turn(drop: Drop) -> None:
    drop.put("acme_1.csv", HEADER + PEOPLE.replace("不採用,2026/05/20", "選考中,"))
    drop.put("acme_2.csv", HEADER + PEOPLE)
    assert drop.run() == 3
    assert drop.newest()["2"]["status"] == "不採用"


def test_an_address_that_is_corrected_is_known(drop: Drop) -> None:
    """It is not stored, so the row alone would look as it did before."""
    drop.put("acme_1.csv", HEADER + PEOPLE)
    drop.run()
    drop.put("acme_2.csv", HEADER + PEOPLE.replace("hanako@", "hana@"))
    assert drop.run() == 1
    assert drop.keys("1") >= _keys(("email", "hana@example.com"))
    drop.put("acme_3.csv", HEADER + PEOPLE.replace("hanako@", "ＨＡＮＡ＠").replace(" 花", "　花"))
    assert drop.run() == 0


def test_most_rows_gone_is_not_believed(drop: Drop) -> None:
    many = "".join(f"{n},,,営業,2026/05/01,選考中,\r\n" for n in range(1, 61))
    drop.put("acme_1.csv", HEADER + many)
    drop.run()
    drop.put("acme_2.csv", HEADER + many[: many.index("21,,")])
    assert "40 of 60 records are gone" in drop.refusal()
    assert len(drop.newest()) == 60
    drop.run(full=True)
    assert len(drop.newest()) == 20


def test_a_file_that_is_being_written_waits(drop: Drop) -> None:
    drop.put("acme_1.csv", HEADER + PEOPLE)
    assert drop.run(settle_seconds=60) == 0
    assert "acme_1.csv changed less than 60 seconds ago" in "".join(drop.lines)
    long_ago = time.time() - 61
    os.utime(drop.folder / "acme_1.csv", (long_ago, long_ago))
    assert drop.run(settle_seconds=60) == 2


def test_a_file_that_breaks_off_is_refused(drop: Drop) -> None:
    drop.put("acme_1.csv", HEADER + PEOPLE)
    drop.run()
    drop.put("acme_2.csv", (HEADER + PEOPLE)[: -len("採用,2026/05/20\r\n")])
    assert "row 3 breaks off" in drop.refusal()
    drop.put("acme_2.csv", HEADER + PEOPLE.replace("2,山", '2,"山'))
    assert "is no valid CSV" in drop.refusal()
    assert drop.newest()["2"]["status"] == "不採用"


def test_temporary_files_are_not_looked_at(drop: Drop) -> None:
    drop.map(MAPPING.replace('"acme*"', '"*acme*"'))
    for name in ("~$acme_2.xlsx", ".acme_2.csv", "acme_2.csv.part", "acme_2.crdownload"):
        drop.put(name, HEADER)
    drop.put("acme_1.csv", HEADER + PEOPLE)
    assert drop.run() == 2


def test_file_names_compare_as_people_read_them(drop: Drop) -> None:
    """A Mac takes ガ apart."""
    drop.map(MAPPING.replace('"acme*"', '"応募ガ*"'))
    drop.put(unicodedata.normalize("NFD", "応募ガ_1.csv"), HEADER + PEOPLE)
    assert drop.run() == 2


def test_two_downloads_of_one_name_are_refused(drop: Drop) -> None:
    drop.put("acme.csv", HEADER + PEOPLE)
    drop.put("acme (1).csv", HEADER + PEOPLE)
    assert "acme (1).csv and acme.csv differ only by a number in brackets" in drop.refusal()


WRONG = (
    ("", "the file is empty"),
    (HEADER, "no row stands below the header in row 1"),
    ("a,b,c\r\n1,2,3\r\n", "has none of the columns of Acme (ID, 氏名"),
    (
        (HEADER + PEOPLE).replace("不採用日", "落選日"),
        "row 1, the header, misses 不採用日. Remedy",
    ),
    (HEADER + PEOPLE + "合計,,,,,,\r\n,,,,,2,\r\n", "row 5, column ID: expected the key"),
    (HEADER + PEOPLE + "2,別 人,,営業,2026/05/09,選考中,\r\n", "row 4: expected one row per ID"),
    (
        HEADER + PEOPLE + "9,山田,太郎,x@example.com,営業,2026/05/01,選考中,\r\n",
        "row 4 has a value in column",
    ),
    (
        HEADER + "4.5E+15,山田,,営業,2026/05/01,選考中,\r\n",
        "row 2, column ID: expected an id, not a",
    ),
    (HEADER + "#N/A,山田,,営業,2026/05/01,選考中,\r\n", "came a formula's error"),
)


@pytest.mark.parametrize(("content", "problem"), WRONG)
def test_a_wrong_file_is_refused_whole_and_nothing_is_lost(
    drop: Drop, content: str, problem: str
) -> None:
    drop.put("acme_1.csv", HEADER + PEOPLE)
    drop.run()
    before = drop.newest()
    drop.put("acme_2.csv", content)
    message = drop.refusal()
    assert f"{drop.name}.applications: 1 file was refused whole: acme_2.csv: " in message
    assert problem in message
    assert not [text for text in ("山田", "太郎", "x@example") if text in message]
    assert drop.newest() == before
    drop.put("acme_3.csv", HEADER + PEOPLE + "3,,,営業,2026/05/03,選考中,\r\n")
    assert "acme_2.csv" in drop.refusal()  # told once, and the file after it is landed
    assert set(drop.newest()) == {"1", "2", "3"}
    assert drop.run() == 0


def test_a_folder_without_an_export_is_told(drop: Drop) -> None:
    drop.put("other.csv", HEADER)
    message = drop.refusal()
    assert "no .csv or .xlsx file is called acme*; there are other.csv" in message


def test_files_that_were_taken_away_stay_landed(drop: Drop) -> None:
    drop.put("acme_1.csv", HEADER + PEOPLE)
    drop.run()
    (drop.folder / "acme_1.csv").unlink()
    assert drop.run() == 0
    assert len(drop.newest()) == 2


def test_a_changed_mapping_reads_the_last_file_again(drop: Drop) -> None:
    drop.put("acme_1.csv", HEADER.strip() + ",経路\r\n" + PEOPLE.replace("\r\n", ",紹介\r\n"))
    drop.run()
    drop.map(MAPPING + 'channel = "経路"\n')
    assert drop.run() == 2
    assert drop.newest()["1"]["channel"] == "紹介"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name = ", "not TOML"),
        (MAPPING.replace('status = "状態"', ""), "columns: expected a column for status"),
        (MAPPING.replace("rejected_at", "refused_at"), "columns: no field refused_at; there are"),
        (MAPPING.replace('"acme"', '"Acme ATS"'), "name: expected a-z, 0-9 and _"),
        ('extends = "sonar"\n', "no shipped mapping 'sonar'. Remedy: use one of: hrmos, jobcan"),
        ('encoding = "shift_jis"\n' + MAPPING, "encoding: Input should be 'cp932' or 'utf-8-sig'"),
    ],
)
def test_a_wrong_mapping_names_its_field(drop: Drop, text: str, problem: str) -> None:
    drop.map(text)
    with pytest.raises(ConfigError) as caught:
        drop.run()
    assert problem in str(caught.value)
    assert "Remedy" in str(caught.value)


def test_a_mapping_that_is_not_there_is_named(drop: Drop) -> None:
    assert "name one of hrmos, jobcan" in drop.refusal(mapping="ats.toml")


def test_a_mapping_stands_beside_relay_toml(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_CONFIG", str(drop.folder.parent / "relay.toml"))
    drop.put("acme_1.csv", HEADER + PEOPLE)
    assert drop.run(mapping="mapping.toml") == 2


def test_a_store_of_objects(drop: Drop) -> None:
    """The same through another file system of fsspec."""
    store = fsspec.filesystem("memory")
    store.pipe(f"/{drop.name}/acme_1.csv", (HEADER + PEOPLE).encode())
    assert drop.run(path=f"memory://{drop.name}", settle_seconds=60) == 0
    assert drop.run(path=f"memory://{drop.name}") == 2


def test_a_folder_that_cannot_be_read_is_named(drop: Drop) -> None:
    message = drop.refusal(path=f"{drop.folder}/nowhere")
    assert "nowhere cannot be read (FileNotFoundError). Expected a folder with exports" in message


def test_one_row_in_a_hundred_that_changed_is_one_row_landed(drop: Drop) -> None:
    """The least possible: a file is read once, and a version is stored of what changed."""
    lines = [f"{n},,,営業,2026/05/01,選考中,\r\n" for n in range(1, 301)]
    drop.put("acme_1.csv", HEADER + "".join(lines))
    assert drop.run() == 300
    for n in (7, 107, 207):
        lines[n] = lines[n].replace("選考中,", "不採用,2026/06/01")
    drop.put("acme_2.csv", HEADER + "".join(lines))
    assert [drop.run(), drop.run()] == [3, 0]
