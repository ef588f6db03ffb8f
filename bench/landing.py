"""Rows per second from HTTP into Postgres: this pipeline, dlt, and COPY of the same rows."""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg

import warehouse
from bench.process import Watched, watch
from bench.world import CONNECTION, STREAM, Bench
from warehouse import binaries

Say = Callable[[str], None]
RUNS = 3
COLUMNS = (
    "connection, record_id, payload, payload_hash, source_updated_at, extracted_at, run_id,"
    " is_deleted"
)
RAW = f"raw_greenhouse.{STREAM}"


def measure(bench: Bench, peer_python: Path, say: Say) -> dict[str, float]:
    """Land the stream by each of the three ways; the whole process counts, start-up included."""
    say(f"this pipeline, {RUNS} times ...")
    ours = [_ours(bench) for _ in range(RUNS)]
    rows = _count()
    say("psql COPY of the same rows ...")
    copied = [_copy(bench.home) for _ in range(RUNS)]
    say("dlt ...")
    peer = _dlt(bench, peer_python)
    seconds = statistics.median(run.seconds for run in ours)
    copy_seconds = statistics.median(run.seconds for run in copied)
    return {
        "rows": rows,
        "rows_per_second": rows / seconds,
        "dlt_rows_per_second": rows / peer.seconds,
        "copy_rows_per_second": rows / copy_seconds,
        "times_dlt": peer.seconds / seconds,
        "share_of_copy": copy_seconds / seconds,
        "peak_memory_mb": max(run.peak_mb for run in ours),
        "memory_growth": statistics.median(run.growth for run in ours),
        "dlt_peak_memory_mb": peer.peak_mb,
    }


def forget() -> None:
    """Empty the raw table and its sync state, so that the next run is a first load."""
    with warehouse.connect(autocommit=True) as connection:
        connection.execute(f"truncate {RAW}")
        connection.execute("delete from landing.sync_state where connection = %s", [CONNECTION])


def _ours(bench: Bench) -> Watched:
    forget()
    command = [sys.executable, "-m", "extractors", "run", CONNECTION, "--stream", STREAM]
    return watch(command, bench.env)


def _count() -> int:
    with warehouse.connect() as connection:
        row = connection.execute(f"select count(*) from {RAW}").fetchone()
    assert row is not None  # noqa: S101 - count(*) always answers
    return int(row[0])


def _copy(folder: Path) -> Watched:
    """COPY from a file into a table with the same columns and indexes."""
    file = folder / "rows.copy"
    with warehouse.connect(autocommit=True) as connection:
        _export(connection, file)
        connection.execute("drop table if exists public.copy_limit")
        connection.execute(f"create table public.copy_limit (like {RAW} including all)")
    statement = f"\\copy public.copy_limit ({COLUMNS}) from '{file}'"
    psql = [str(binaries.folder() / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    run = watch([*psql, "-d", warehouse.url(), "-c", statement], os.environ)
    with warehouse.connect(autocommit=True) as connection:
        connection.execute("drop table public.copy_limit")
    file.unlink()
    return run


def _export(connection: psycopg.Connection, file: Path) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy (select {COLUMNS} from {RAW} order by seq) to stdout") as copy,
        file.open("wb") as target,
    ):
        for block in copy:
            target.write(block)


def _dlt(bench: Bench, python: Path) -> Watched:
    credentials = bench.credentials
    script = Path(__file__).with_name("dlt_peer.py")
    arguments = [
        credentials.host,
        credentials.extra["token_url"],
        credentials.login,
        credentials.password,
        STREAM,
        warehouse.url(),
    ]
    run = watch([str(python), str(script), *map(str, arguments)], os.environ)
    with warehouse.connect(autocommit=True) as connection:
        row = connection.execute(f"select count(*) from dlt_peer.{STREAM}").fetchone()
        connection.execute("drop schema dlt_peer cascade")
    if row is None or row[0] != _count():
        raise RuntimeError(f"dlt landed {row and row[0]} rows, expected {_count()}")
    return run
