"""`python -m peers`: clients that others wrote read the sandbox, in peace and through faults.

A world of six companies below RELAY_HOME/peers, each with another ATS, served on loopback. Every
client reads every list it knows; then one of its lists meets what goes wrong between a vendor and
its customers. Prints a table and writes peers.json to RELAY_HOME. Exit 1 when a client got
something else than is due and no reason is known.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from extractors.command import stdout, table
from peers.clients import CLIENTS, Client
from peers.compare import Verdict, judge, records
from peers.run import account_of, due, read
from peers.scenarios import SCENARIOS, Scenario
from sandbox import faults, server, store, world

ATS = ("greenhouse", "lever", "ashby", "workable", "herp", "talentio")
SEED, APPLICATIONS = 7, 1_800


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    client: str
    scenario: str
    stream: str
    expected: int
    got: int
    verdict: Verdict
    hidden: str = ""


def main() -> int:
    """Run the clients; exit 0 when every difference is explained, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m peers", description=__doc__)
    parser.add_argument("--python", type=Path, default=Path(".venv-peers/bin/python"))
    parser.add_argument("--client", action="append", help="only clients whose name has this")
    asked = parser.parse_args()
    home = Path(os.environ.get("RELAY_HOME") or ".relay").absolute()
    chosen = [c for c in CLIENTS if not asked.client or any(n in c.name for n in asked.client)]
    if not asked.python.exists():
        parser.error(f"{asked.python} does not exist; remedy: make peers")
    rows = list(measure(home / "peers", chosen, asked.python))
    text = json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False)
    (home / "peers.json").write_text(text + "\n", encoding="utf-8")
    return report(rows, stdout())


def measure(home: Path, clients: list[Client], python: Path) -> Iterator[Row]:
    """Every line of the table, client by client."""
    say = Console(stderr=True).print
    # vendors change rows on order, so each run begins with a world of its own
    world.make(home, seed=SEED, applications=APPLICATIONS, companies=len(ATS), ats=ATS)
    _let_write(home)
    with server.running(home) as url:
        for client in clients:
            say(f"{client.name} ...")
            yield from in_peace(client, home, url, python.absolute())
            for name, scenario in SCENARIOS.items():
                if client.vendor in scenario.only:
                    yield through(name, scenario, client, home, url, python.absolute())


def _let_write(home: Path) -> None:
    """Permit writes, and give each object at Greenhouse a second custom field beside each one."""
    account = account_of(home, "greenhouse").account
    with store.transaction(store.open_world(home)) as db:
        store.set_meta(db, f"may_write:{account}", "true")
        db.execute(
            "insert into records select account, vendor, stream, id + 1000, key, created_at,"
            " updated_at, sort_at, flags, json_set(cast(body as text), '$.id', id + 1000,"
            " '$.name_key', 'second') from records where account = ? and stream = 'custom_fields'",
            (account,),
        )


def in_peace(client: Client, home: Path, url: str, python: Path) -> Iterator[Row]:
    """Every list of a client, with nothing going wrong."""
    account = account_of(home, client.vendor).account
    got = read(client, home, url, python, client.lists)
    for stream, listed in client.lists.items():
        expected = due(home, account, listed)
        verdict = judge(records(expected, got[stream]), client.known.get(("", stream)))
        number = len(set(got[stream].ids))
        yield Row(client.name, "", stream, len(expected), number, verdict, listed.hidden)


def through(
    name: str, scenario: Scenario, client: Client, home: Path, url: str, python: Path
) -> Row:
    """One list of a client, through what goes wrong."""
    account = account_of(home, client.vendor).account
    listed = client.lists[client.faulted]
    after = {"after": client.good_pages} if "after" in scenario.params else {}
    scenario.order(home, client.vendor, listed.of, account=account, **after)
    got = read(client, home, url, python, [client.faulted])[client.faulted]
    was_met = scenario.times is None or not waiting(home)
    faults.clear(home)
    expected = due(home, account, listed)
    difference = scenario.check(expected, got)
    if difference is None and not was_met:
        # it takes all in one page: nothing to tell
        verdict = Verdict(True, "one page, not met")
    else:
        verdict = judge(difference, client.known.get((name, client.faulted)))
    return Row(client.name, name, client.faulted, len(expected), len(set(got.ids)), verdict)


def waiting(home: Path) -> int:
    """How many faults nobody has met yet."""
    with closing(store.open_world(home)) as opened:
        (count,) = opened.execute("select count(*) from faults").fetchone()
    return int(count)


def report(rows: list[Row], console: Console) -> int:
    """Print the table; 1 when a line has a difference without a reason."""
    words = ("client", "meets", "list", "verdict")
    shown = table(words, ("due", "got"), "Clients of others on the sandbox")
    last = ""
    for row in rows:
        text = row.verdict.text
        if row.hidden and row.verdict.is_fine:
            text += f"; the vendor hides {row.hidden}"
        style = "" if row.verdict.is_fine else "bold red"
        name, last = ("" if row.client == last else row.client), row.client
        cells = (name, row.scenario, row.stream, text, str(row.expected), str(row.got))
        shown.add_row(*cells, style=style)
    console.print(shown)
    bad = sum(not row.verdict.is_fine for row in rows)
    explained = sum(row.verdict.text.startswith("known") for row in rows)
    console.print(f"{len(rows)} readings: {bad} unexplained, {explained} with a known reason.")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
