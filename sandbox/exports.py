"""The exports of companies whose ATS has no API: a file a day on which the clock stood.

Each lists every application; one that was deleted in the ATS is no longer in it.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import orjson

from sandbox.ats import ATS
from sandbox.world_files import TESTER
from sandbox.world_time import START, iso_ms, tokyo_date

_ROWS = """
select body from records
where account = ? and stream = 'applications' and (? = '' or updated_at <= ?) order by id
"""


def write(
    home: Path,
    world: sqlite3.Connection,
    truth: sqlite3.Connection,
    clock: int,
    *,
    early: bool = False,
) -> None:
    """Write the day's export of every company that has one. ``early``: of a day before the world's
    clock, so without what has changed since, and with an entry that is deleted the day after."""
    companies = truth.execute("select company_id, ats from company order by rowid").fetchall()
    for number, (company_id, ats) in enumerate(companies):
        export = ATS[ats].export
        if export is None:
            continue
        account = f"{company_id}_{ats}"
        until = iso_ms(clock) if early else ""
        rows = [orjson.loads(body) for (body,) in world.execute(_ROWS, (account, until, until))]
        folder = home / "exports" / account
        folder.mkdir(parents=True, exist_ok=True)
        before = set(folder.iterdir())
        export(folder, number, [*rows, *_tester(rows, early=early)], tokyo_date(clock))
        for path in set(folder.iterdir()) - before:
            os.utime(path, (START, START))  # nobody is still copying it


def rewrite(home: Path, world: sqlite3.Connection, truth: sqlite3.Connection, clock: int) -> None:
    """Write the day's exports anew, as somebody does after clearing up."""
    for path in (home / "exports").glob(f"*/*_{tokyo_date(clock)}.*"):
        path.unlink()
    write(home, world, truth, clock)


def _tester(rows: list[dict[str, Any]], *, early: bool) -> list[dict[str, Any]]:
    """Somebody whom the recruiters invented to try the ATS."""
    return [{**rows[0], **TESTER}] if early and rows else []
