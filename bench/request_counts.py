"""`python -m bench.request_counts`: the requests of each polled source, beside the least possible.

Of a first load, and of a run after the clock has moved by four days, when about 1 % of the records
have changed. Each source reads one company of a small sandbox world; requests are those that the
sandbox answered, tokens and retries included. The least is computed from the world's records and
from what the vendor's API can be asked for (``bench.least``); what is allowed above it is said
there, too. Prints a table, writes bench-requests.json to RELAY_HOME; exit 1 when a source takes
more than that.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import requests
from rich.console import Console
from rich.table import Table

from bench.__main__ import bench_home
from bench.least import NOT_POLLED, VENDORS, Bounds, bounds
from extractors.command import stdout, table
from extractors.config import load
from extractors.run import failures, run_connection
from extractors.stream import Connection
from sandbox import config, server, store, world
from sandbox.world_time import DAY, START, T0
from warehouse import embedded, migrate

APPLICATIONS = 300
"""Of each company."""
SEED = 1
DAYS = 4
"""In which about 1 % of the records change."""


@dataclass(frozen=True)
class Ground:
    """A world whose companies use these systems in turn, one company for each ATS."""

    ats: Sequence[str]
    form: Sequence[str] = ("typeform",)
    mail: Sequence[str] = ()
    hr: Sequence[str] = ()
    read: frozenset[str] = frozenset()
    """Sources that are measured here."""


# companies whose mails a provider sends log none in their ATS, hence a world of its own for that
GROUNDS = (
    Ground(
        ats=("greenhouse", "lever", "ashby", "workable", "herp", "talentio"),
        form=("typeform", "google_forms", "tally"),
        hr=("smarthr", "freee"),
        read=frozenset(VENDORS) - {"mailgun"},
    ),
    Ground(ats=("greenhouse",), mail=("mailgun",), read=frozenset({"mailgun"})),
)


@dataclass(frozen=True)
class Figures:
    """What a source took. ``changed``: the records that are new or another since the first load."""

    source: str
    records: int
    first: int
    first_bounds: Bounds
    changed: int
    again: int
    again_bounds: Bounds

    @property
    def is_missed(self) -> bool:
        """Whether a run took more than the least and what is allowed above it, or fewer than the
        least, which then is wrong."""
        runs = ((self.first, self.first_bounds), (self.again, self.again_bounds))
        return not all(known.least <= made <= known.most for made, known in runs)


def main() -> int:
    """Measure and print; 1 when a source takes more than it may."""
    parser = argparse.ArgumentParser(prog="python -m bench.request_counts", description=__doc__)
    parser.add_argument("--applications", type=int, default=APPLICATIONS, help="of each company")
    arguments = parser.parse_args()
    say = Console(stderr=True).print
    home = Path(os.environ.get("RELAY_HOME") or ".relay").absolute()
    found: list[Figures] = []
    with bench_home(home / "bench-requests"):
        embedded.stop()
        shutil.rmtree(home / "bench-requests", ignore_errors=True)  # a first load knows nothing
        embedded.start()
        try:
            migrate.migrate()
            for number, ground in enumerate(GROUNDS):
                say(f"a world of {', '.join((*ground.ats, *ground.form, *ground.mail))} ...")
                place = home / "bench-requests" / f"world-{number}"
                found += measured(place, ground, arguments.applications)
        finally:
            embedded.stop()
    found.sort(key=lambda figures: list(VENDORS).index(figures.source))
    written = [asdict(figures) for figures in found]
    (home / "bench-requests.json").write_text(json.dumps(written, indent=2) + "\n")
    return report(found, stdout())


def measured(place: Path, ground: Ground, applications: int) -> Iterator[Figures]:
    """The figures of each source that is read on this ground."""
    companies = len(ground.ats)
    kinds = (ground.ats, ground.form, ground.mail, ground.hr)
    world.make(place, SEED, applications * companies, companies, *kinds)
    with server.running(place) as url:
        os.environ.update(config.connections_env(place, url))
        os.environ["RELAY_CONFIG"] = str(config.write_config(place, url))
        sources = ground.read
        mine = {one.source: one for one in reversed(load().connections) if one.source in sources}
        before = {source: _rows(place, one.name) for source, one in mine.items()}
        first = {source: _run(one, url) for source, one in mine.items()}
        world.advance(place, days=DAYS)
        for source, one in mine.items():
            now, vendor = _rows(place, one.name), VENDORS[source]
            known = before[source]
            changed = {
                name: dict(rows.items() - known.get(name, {}).items()) for name, rows in now.items()
            }
            yield Figures(
                source,
                records=sum(map(len, known.values())),
                first=first[source],
                first_bounds=bounds(vendor, known, known, (T0 - START) // DAY),
                changed=sum(map(len, changed.values())),
                again=_run(one, url),
                again_bounds=bounds(vendor, now, changed),
            )


def _run(connection: Connection, url: str) -> int:
    """The requests that the vendor answered during one run."""
    before = _answered(url, connection.source)
    for error in failures(run_connection(connection, run_id=uuid.uuid4().hex)):
        raise error
    return _answered(url, connection.source) - before


def _answered(url: str, vendor: str) -> int:
    answers = requests.get(f"{url}/_sandbox/requests", timeout=10).json()
    mine = (codes for name, codes in answers.items() if name.partition(":")[0] == vendor)
    return sum(sum(codes.values()) for codes in mine)


def _rows(place: Path, account: str) -> dict[str, dict[int, bytes]]:
    """The account's records in the world, by list and number."""
    query = "select stream, id, body from records where account = ?"
    found: dict[str, dict[int, bytes]] = {}
    with closing(store.open_world(place)) as opened:
        for stream, number, body in opened.execute(query, [account]):
            found.setdefault(stream, {})[number] = bytes(body)
    return found


def report(found: Sequence[Figures], console: Console) -> int:
    """Print the figures; 1 when a source takes more than it may."""
    first = _table("First load", "records")
    again = _table(f"Next run, {DAYS} days later", "changed")
    for one in found:
        style = "bold red" if one.is_missed else ""
        cells = _cells(one.first, one.first_bounds)
        first.add_row(one.source, f"{one.records:,}", *cells, style=style)
        share = f"{one.changed:,} ({one.changed / max(1, one.records):.1%})"
        again.add_row(one.source, share, *_cells(one.again, one.again_bounds), style=style)
    console.print(first, again)
    for source, reason in NOT_POLLED.items():
        console.print(f"{source}: 0 requests, {reason}.")
    records, changed = (sum(getattr(one, name) for one in found) for name in ("records", "changed"))
    share = f"{changed / max(1, records):.1%}"
    console.print(f"Between the runs {share} of {records:,} records changed.")
    missed = [one.source for one in found if one.is_missed]
    if missed:
        console.print(f"Below the least, or above what is allowed: {', '.join(missed)}.")
    return int(bool(missed))


def _table(title: str, rows: str) -> Table:
    return table(("source",), (rows, "requests", "least", "ratio", "allowed"), title)


def _cells(made: int, known: Bounds) -> tuple[str, str, str, str]:
    return f"{made:,}", f"{known.least:,}", f"{made / known.least:.2f}", f"{known.most:,}"


if __name__ == "__main__":
    sys.exit(main())
