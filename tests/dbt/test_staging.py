"""Staging reads what is new and passed the gate, and nothing else."""

import time
from typing import Any

import psycopg
import pytest

from tests.dbt.project import Project
from tests.dbt.raw import Raw

AS_OF = "2025-09-15T00:00:00Z"
HISTORY = 20_000


@pytest.fixture(scope="module", autouse=True)
def history(raw: Raw, owner: psycopg.Connection, project: Project) -> None:
    """Two connections with a long history of notes, staged."""
    for name in ("aozora", "hinata"):
        raw.company(name)
        owner.execute(
            "insert into raw_greenhouse.notes (connection, record_id, payload, payload_hash,"
            " extracted_at, run_id) select %s, n::text, jsonb_build_object('id', n, 'type',"
            " 'NOTE', 'created_at', '2025-01-01T00:00:00Z', 'filler', repeat('x', 200)),"
            " decode(md5(n::text), 'hex'), now(), 'r' from generate_series(1, %s) n",
            [f"{name}_greenhouse", HISTORY],
        )
    raw.check(AS_OF)
    project.run("build", "--select", "+stg_greenhouse__notes")


def _note(raw: Raw, number: int, kind: str = "EMAIL", **row: Any) -> int:
    payload = {"id": number, "type": kind, "created_at": "2025-02-01T00:00:00Z"}
    return raw.land("greenhouse", "notes", "aozora_greenhouse", str(number), payload, **row)


def _staged(raw: Raw) -> int:
    return int(raw.rows("select count(*) from staging.stg_greenhouse__notes")[0][0])


def _stage(project: Project) -> int:
    """Run the staging model; returns the rows it inserted."""
    return int(project.run("run", "--select", "stg_greenhouse__notes")[
        "stg_greenhouse__notes"]["rows_affected"])  # fmt: skip


def _scans(owner: psycopg.Connection) -> tuple[int, int]:
    """(full scans of the raw table, rows fetched from it by index) so far."""
    owner.execute("select pg_stat_force_next_flush()")  # or this session's come a second late
    owner.execute("select pg_stat_clear_snapshot()")
    row = owner.execute(
        "select seq_scan, idx_tup_fetch from pg_stat_user_tables"
        " where schemaname = 'raw_greenhouse' and relname = 'notes'"
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _scans_after(owner: psycopg.Connection, fetched: int) -> tuple[int, int]:
    """The same once dbt's session has told of its reads, which it does as it ends."""
    deadline = time.monotonic() + 20
    while (now := _scans(owner))[1] == fetched and time.monotonic() < deadline:
        time.sleep(0.1)
    return now


@pytest.mark.parametrize("analyzed", [False, True])
def test_a_small_change_reads_a_small_part_of_raw(
    raw: Raw, owner: psycopg.Connection, project: Project, analyzed: bool
) -> None:
    if analyzed:
        owner.execute("analyze raw_greenhouse.notes")
    before = _staged(raw)
    for number in (1, 2, HISTORY + 1 + analyzed):
        _note(raw, number, kind="NOTE" if analyzed else "EMAIL")
    raw.check(AS_OF)
    full_scans, fetched = _scans(owner)
    assert _stage(project) == 3
    full_scans_after, fetched_after = _scans_after(owner, fetched)
    assert full_scans_after == full_scans
    assert fetched_after - fetched == 3
    assert _staged(raw) == before + 1
    assert _stage(project) == 0


def test_what_is_not_checked_or_held_back_stays_out(raw: Raw, project: Project) -> None:
    before = _staged(raw)
    held = _note(raw, 50_001)
    raw.hold_back("greenhouse", "notes", "aozora_greenhouse", held)
    raw.check(AS_OF)
    _note(raw, 50_002)
    assert _stage(project) == 0
    raw.check(AS_OF)
    assert _stage(project) == 1
    assert _staged(raw) == before + 1
    # released by the gate: the same payload is appended again
    raw.release("greenhouse", "notes", "50001")
    _note(raw, 50_001)
    raw.check(AS_OF)
    assert _stage(project) == 1
    assert _staged(raw) == before + 2


def test_the_newest_good_version_wins(raw: Raw, project: Project) -> None:
    _note(raw, 60_001, kind="NOTE")
    _note(raw, 60_001, kind="EMAIL")
    bad = _note(raw, 60_001, kind="FEEDBACK")
    raw.hold_back("greenhouse", "notes", "aozora_greenhouse", bad)
    raw.check(AS_OF)
    assert _stage(project) == 1
    assert raw.rows(
        "select note_type from staging.stg_greenhouse__notes"
        " where note_id = 'aozora_greenhouse:60001'"
    ) == [("EMAIL",)]


def test_what_is_held_stays_out_however_often_it_lands(raw: Raw, project: Project) -> None:
    """One entry stands for a content; it is found by its content, not by when it landed."""
    first = _note(raw, 65_001, kind="NOTE")
    raw.hold_back("greenhouse", "notes", "aozora_greenhouse", first)
    second = _note(raw, 65_001, kind="EMAIL")
    raw.hold_back("greenhouse", "notes", "aozora_greenhouse", second)
    _note(raw, 65_001, kind="NOTE")
    raw.check(AS_OF)
    before = _staged(raw)
    project.run("run", "--select", "stg_greenhouse__notes", "--full-refresh")
    assert _staged(raw) == before


def test_a_deleted_record_leaves(raw: Raw, project: Project) -> None:
    _note(raw, 70_001)
    raw.check(AS_OF)
    _stage(project)
    before = _staged(raw)
    _note(raw, 70_001, is_deleted=True)
    raw.check(AS_OF)
    _stage(project)
    assert _staged(raw) == before - 1


def test_a_full_refresh_gives_the_same_rows(raw: Raw, project: Project) -> None:
    query = "select * from staging.stg_greenhouse__notes order by connection, seq"
    before = raw.rows(query)
    project.run("run", "--select", "stg_greenhouse__notes", "--full-refresh")
    assert raw.rows(query) == before
