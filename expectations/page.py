"""The gate's page: one self-contained HTML file made from gate.results and open quarantine.

It holds what those tables hold: counts, rules, remedies, times; no value of any record. Written
anew after each check, by replacing the file, so that a reader never sees half of it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

import psycopg

from expectations import results
from expectations.results import Held, Latest, NewField
from warehouse import home

_STATES = {"stopped": "bad", "held back": "warn", "passed": "good"}
"""Statuses, the worst first, and how they look."""
_TEMPLATE = Path(__file__).with_name("page.html")


def page_path() -> Path:
    """Where the page is: RELAY_HOME/gate/index.html."""
    return home() / "gate" / "index.html"


def write_page(session: psycopg.Connection) -> Path:
    """Write the page from the warehouse's present state; returns where."""
    path = page_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    html = render(
        results.latest(session),
        results.held(session),
        results.new_fields(session),
        datetime.now(UTC),
    )
    descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=".index", suffix=".html")
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(html)
    Path(part).chmod(0o644)
    Path(part).replace(path)
    return path


def render(
    latest: Sequence[Latest], held: Sequence[Held], new: Sequence[NewField], now: datetime
) -> str:
    """The page's HTML."""
    sections = [
        _connection(name, list(rows))
        + _quarantine([entry for entry in held if entry.connection == name])
        + _new_fields([field for field in new if field.connection == name])
        + "</section>"
        for name, rows in groupby(latest, key=lambda row: row.connection)
    ]
    parts = {
        "written": _time(now),
        "tiles": _tiles(latest, len(new)),
        "connections": "\n".join(sections) or "<p class=empty>Nothing has been checked yet.</p>",
    }
    html = _TEMPLATE.read_text(encoding="utf-8")
    for name, value in parts.items():
        html = html.replace(f"<!-- {name} -->", value)
    return html


def _tiles(latest: Sequence[Latest], new: int) -> str:
    stopped = sum(row.stopped for row in latest)
    held = sum(row.held for row in latest)
    tiles = (
        ("streams checked", len(latest), ""),
        ("rows in the last checks", sum(row.rows_checked for row in latest), ""),
        ("records in quarantine", held, "warn" if held else "good"),
        ("streams stopped", stopped, "bad" if stopped else "good"),
        ("new fields, not stored", new, "warn" if new else "good"),
    )
    return "".join(
        f'<div class="tile {state}"><b>{value:,}</b><span>{label}</span></div>'
        for label, value, state in tiles
    )


def _connection(name: str, rows: Sequence[Latest]) -> str:
    body = "".join(_stream(row) for row in sorted(rows, key=_worst_first))
    return (
        f"<section><h2>{escape(name)}<small>{escape(rows[0].source)}</small></h2>"
        '<div class=card><div class="line head"><span>stream</span><span>status</span>'
        "<span class=n>new rows</span><span class=n>held now</span><span class=n>rules met</span>"
        f"<span>last check (UTC)</span></div>{body}</div>"
    )


def _worst_first(row: Latest) -> tuple[int, str]:
    return (list(_STATES).index(row.status), row.stream)


def _stream(row: Latest) -> str:
    """A line, to be opened for the message and every rule with its counts."""
    rules: list[dict[str, Any]] = row.statistics.get("rules", [])
    met = sum(rule["success"] for rule in rules)
    message = escape(row.message.removeprefix(f"{row.connection}.{row.stream}: "))
    return (
        f"<details{' open' if row.stopped else ''}>"
        f"<summary class=line><b>{escape(row.stream)}</b>"
        f'<span><span class="badge {_STATES[row.status]}">{row.status}</span></span>'
        f"<span class=n>{row.rows_checked:,}</span><span class=n>{row.held:,}</span>"
        f"<span class=n>{f'{met} of {len(rules)}' if rules else '&ndash;'}</span>"
        f"<span>{_time(row.checked_at)}</span></summary>"
        f"<p>{message}</p>{_rules(rules)}</details>"
    )


def _rules(rules: Sequence[dict[str, Any]]) -> str:
    if not rules:
        return ""
    lines = "".join(_rule(rule) for rule in sorted(rules, key=lambda rule: rule["success"]))
    return (
        "<table class=rules><thead><tr><th>rule</th><th>expectation</th><th class=n>rows</th>"
        f"<th class=n>unexpected</th></tr></thead><tbody>{lines}</tbody></table>"
    )


def _rule(rule: dict[str, Any]) -> str:
    state = "good" if rule["success"] else "bad" if rule["critical"] else "warn"
    kind = rule["expectation"].removeprefix("expect_").replace("_", " ")
    critical = " <em>stops the stream</em>" if rule["critical"] else ""
    return (
        f'<tr class="{state}"><td><i></i>{escape(rule["rule"])}{critical}</td>'
        f"<td>{escape(kind)}</td><td class=n>{rule['checked']:,}</td>"
        f"<td class=n>{rule['failed']:,}</td></tr>"
    )


def _quarantine(held: Sequence[Held]) -> str:
    if not held:
        return ""
    body = "".join(
        f"<tr><td>{escape(entry.stream)}</td><td>{escape(entry.rule)}</td>"
        f"<td class=n>{entry.records:,}</td><td class=day>{entry.since:%Y-%m-%d}</td>"
        f"<td class=reason>{escape(entry.reason)}</td></tr>"
        for entry in held
    )
    return (
        "<h3>In quarantine</h3><div class=card><table><thead><tr><th>stream</th><th>rule</th>"
        "<th class=n>records</th><th>since</th><th>reason and remedy</th></tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _new_fields(new: Sequence[NewField]) -> str:
    if not new:
        return ""
    body = "".join(
        f"<tr><td>{escape(found.stream)}</td><td>{escape(found.field)}</td>"
        f"<td class=n>{found.records:,}</td><td class=day>{found.since:%Y-%m-%d}</td>"
        f"<td class=reason>Store it (extractors/{escape(found.source)}.py) or leave it out "
        "knowingly (extractors/left_out.py).</td></tr>"
        for found in new
    )
    return (
        "<h3>New fields, not stored</h3><div class=card><table><thead><tr><th>stream</th>"
        "<th>field</th><th class=n>records</th><th>since</th><th>remedy</th></tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _time(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f'<time datetime="{utc:%Y-%m-%dT%H:%M:%SZ}">{utc:%Y-%m-%d %H:%M}</time>'
