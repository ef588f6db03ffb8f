"""The log of rejection mails that a company keeps whose ATS and mail system keep none: one file a
month beside the operator's statements, rewritten as the month goes on."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path

from sandbox.world_time import iso, parse, tokyo_date

COLUMNS = ("company_id", "token", "application_id", "sent_at")
JAPAN = timezone(timedelta(hours=9))
SENT = """
    select application.canonical_id, event.token, event.at
    from application_event as event
    inner join application using (application_id)
    where application.company_id = ? and event.kind = 'mail_sent' and event.token is not null
        and event.at <= ?
    order by event.at, event.token
"""


def write(home: Path, truth: sqlite3.Connection, clock: int) -> list[Path]:
    """Write what was mailed until `clock`; returns the files that are new or changed."""
    written = []
    companies = truth.execute("select company_id from mail_source where mail = 'log' order by 1")
    for (company_id,) in companies.fetchall():
        months: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for canonical_id, token, at in truth.execute(SENT, (company_id, iso(clock))):
            said = datetime.fromtimestamp(parse(at), JAPAN).strftime("%Y/%m/%d %H:%M:%S")
            application_id = canonical_id.partition(":")[2]
            months[tokyo_date(parse(at))[:7]].append((company_id, token, application_id, said))
        for month, rows in months.items():
            path = home / "operator" / company_id / f"mails_{month}.csv"
            content = _csv(rows)
            if not path.exists() or path.read_bytes() != content:
                path.write_bytes(content)
                written.append(path)
    return written


def _csv(rows: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")
