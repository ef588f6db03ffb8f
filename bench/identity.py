"""`python -m bench.identity`: whom the rules take for one person, against who really is.

On a noisy world (sandbox/noise.py), landed twice with addresses corrected in between. A pair is
two records of one company, or two persons of one group. Found are pairs that end as one person or
stand in the review queue. Prints a table, writes identity.json to RELAY_HOME; exit 1 when a goal is
missed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql
from rich.console import Console

import warehouse
from bench.__main__ import bench_home
from extractors.command import stdout, table
from sandbox import config, noise, server, store, world
from warehouse import embedded, migrate

APPLICATIONS = 3_000
COMPANIES = 2
SEED = 11
FOUND_GOAL = 0.97
REPOSITORY = Path(__file__).resolve().parent.parent
Pair = tuple[str, str]

LINKS = """
select distinct tier, hub_node_key, node_key from intermediate.int_identities_linked
where node_key <> hub_node_key
union
select 1, 'c:' || candidate_id, 'r:' || registration_id
from intermediate.int_registrations_tokened where is_agreeing
"""
COUNTED = """
select distinct person_id from intermediate.int_registrations_counted
"""


@dataclass(frozen=True)
class Outcome:
    """What the warehouse says, and who is who in truth."""

    truth: dict[str, str]  # record -> human
    persons: dict[str, str]  # record -> person_id
    groups: dict[str, str]  # record -> group_person_id
    links: list[tuple[int, str, str]]
    reviews: set[Pair]  # of persons
    counted: set[str]


def main() -> int:
    """Run it; 0 when the goals are reached."""
    parser = argparse.ArgumentParser(prog="python -m bench.identity", description=__doc__)
    parser.add_argument("--applications", type=int, default=APPLICATIONS)
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    console = stdout()
    home = Path(os.environ.get("RELAY_HOME") or ".relay").absolute()
    with bench_home(home / "bench-identity"):
        outcome, added = play(home / "bench-identity", arguments.applications, arguments.seed)
    figures = measured(outcome)
    (home / "identity.json").write_text(json.dumps(figures, indent=2) + "\n")
    console.print(f"Noise: {', '.join(f'{name} {n}' for name, n in sorted(added.items()))}")
    return report(figures, console)


def play(home: Path, applications: int, seed: int) -> tuple[Outcome, Counter[str]]:
    """Make a noisy world, land it twice, resolve it, and read what came of it."""
    place = home / "world"
    world.make(place, seed=seed, applications=applications, companies=COMPANIES)
    added = noise.add(place, seed)
    embedded.start()
    try:
        _fresh()
        with server.running(place) as url:
            os.environ.update(config.connections_env(place, url))
            os.environ["RELAY_CONFIG"] = str(_grouped(config.write_config(place, url)))
            _ingest()
            added.counts["moved"] = noise.move(place, seed)
            _ingest()
        _resolve(home)
        with warehouse.connect() as session:
            return _read(session, _truth(place, added.same_as)), added.counts
    finally:
        embedded.stop()


def _fresh() -> None:
    """An empty database: a benchmark that ran before must not count."""
    with warehouse.connect(autocommit=True) as session:
        for (schema,) in session.execute(
            "select nspname from pg_namespace"
            " where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')"
        ).fetchall():
            session.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(schema)))
    migrate.migrate()


def _grouped(path: Path) -> Path:
    """relay.toml with all companies in one group."""
    text = path.read_text("utf-8")
    path.write_text(text.replace("[[companies]]", '[[companies]]\ngroup = "all"'), "utf-8")
    return path


def _ingest() -> None:
    from expectations import validate
    from extractors.config import load
    from extractors.run import failures, run_connection

    for connection in load().connections:
        for error in failures(run_connection(connection, run_id=uuid.uuid4().hex)):
            raise error
        validate(connection.name).require_success()


def _resolve(home: Path) -> None:
    parts = urlsplit(warehouse.url("relay_transformer"))
    project = str(REPOSITORY / "dbt_project")
    selection = ["+fct_identity_reviews", "+int_registrations_counted"]
    dbt = str(Path(sys.executable).with_name("dbt"))
    command = [dbt, "build", "--quiet", "--select", *selection]
    command += ["--exclude-resource-type", "test", "unit_test"]
    command += ["--project-dir", project, "--profiles-dir", project]
    command += ["--target-path", str(home / "target"), "--log-path", str(home / "target")]
    settings = {
        "RELAY_PG_HOST": str(parts.hostname),
        "RELAY_PG_PORT": str(parts.port),
        "RELAY_PG_DATABASE": parts.path.strip("/"),
        "RELAY_TRANSFORMER_PASSWORD": unquote(str(parts.password)),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    subprocess.run(command, check=True, env=os.environ | settings)  # noqa: S603 - our own dbt


def _truth(place: Path, same_as: dict[str, str]) -> dict[str, str]:
    with closing(store.open_truth(place)) as truth:
        candidates = truth.execute(
            "select 'c:' || company_id || '_greenhouse:' || candidate_id, person_id from candidate"
        ).fetchall()
        responses = truth.execute(
            "select 'r:' || company_id || '_typeform:' || response_id, person_id from response"
        ).fetchall()
    return {record: same_as.get(human, human) for record, human in (*candidates, *responses)}


def _read(session: psycopg.Connection, truth: dict[str, str]) -> Outcome:
    rows = session.execute(
        "select node_key, person_id, group_person_id from intermediate.int_persons_resolved"
    ).fetchall()
    reviews = session.execute(
        "select left_person_id, right_person_id from marts.fct_identity_reviews"
    ).fetchall()
    return Outcome(
        truth=truth,
        persons={record: person for record, person, _ in rows},
        groups={record: group for record, _, group in rows},
        links=session.execute(LINKS).fetchall(),
        reviews={_ordered(left, right) for left, right in reviews},
        counted={person for (person,) in session.execute(COUNTED).fetchall()},
    )


def _ordered(left: str, right: str) -> Pair:
    return (left, right) if left < right else (right, left)


def _pairs(members: Iterable[list[str]]) -> set[Pair]:
    return {_ordered(*pair) for each in members for pair in combinations(each, 2)}


def _gathered(records: Iterable[str], key: dict[str, str], *, company: bool) -> list[list[str]]:
    found = defaultdict(list)
    for record in records:
        scope = record[2:].partition("_")[0] if company else ""
        found[scope, key[record]].append(record)
    return list(found.values())


def measured(outcome: Outcome) -> dict[str, float]:
    """All figures by name."""
    truth, persons = outcome.truth, outcome.persons
    figures: dict[str, float] = {}
    for tier in (1, 2, 3):
        pairs = {_ordered(left, right) for own, left, right in outcome.links if own == tier}
        true = sum(truth[left] == truth[right] for left, right in pairs)
        figures |= {f"tier_{tier}_true": true, f"tier_{tier}_false": len(pairs) - true}
    real = _pairs(_gathered(persons, truth, company=True))
    made = _pairs(_gathered(persons, persons, company=True))
    queued = {
        pair for pair in real if _ordered(*(persons[record] for record in pair)) in outcome.reviews
    }
    figures |= {"merged_true": len(made & real), "merged_false": len(made - real)}
    humans = defaultdict(set)
    for record, person in persons.items():
        humans[person].add(truth[record])
    false_reviews = sum(not humans[left] & humans[right] for left, right in outcome.reviews)
    figures |= {
        "queue_true": len(outcome.reviews) - false_reviews,
        "queue_false": false_reviews,
        "counted_persons": len(outcome.counted),
        "counted_falsely_merged": sum(len(humans[person]) > 1 for person in outcome.counted),
        "true_pairs": len(real),
        "found_by_rules": len(made & real) / len(real),
        "found_with_queue": len((made | queued) & real) / len(real),
    }
    across = _pairs(_gathered(persons, truth, company=False)) - real
    joined = _pairs(_gathered(persons, outcome.groups, company=False)) - made
    return figures | {"group_true": len(joined & across), "group_false": len(joined - across)}


def report(figures: dict[str, float], console: Console) -> int:
    """Print the figures; 1 when a goal is missed."""
    shown = table(("what",), ("pairs", "true", "false"), "Identity")
    for name, label in (
        ("tier_1", "tier 1, an agreeing token"),
        ("tier_2", "tier 2, e-mail with name or phone"),
        ("tier_3", "tier 3, phone with name, reading with birth date"),
        ("merged", "records of one person"),
        ("group", "records of one person over the group"),
        ("queue", "questions in the review queue"),
    ):
        true, false = int(figures[f"{name}_true"]), int(figures[f"{name}_false"])
        shown.add_row(label, f"{true + false:,}", f"{true:,}", f"{false:,}")
    console.print(shown)
    found = figures["found_with_queue"]
    merged = int(figures["counted_falsely_merged"])
    console.print(
        f"Of {figures['true_pairs']:,.0f} true matches {figures['found_by_rules']:.1%} found by the"
        f" tiers, {found:.1%} together with the queue (goal {FOUND_GOAL:.0%})."
    )
    console.print(
        f"Falsely merged: {merged} of {figures['counted_persons']:,.0f} counted (goal 0)."
    )
    return int(found < FOUND_GOAL or merged > 0)


if __name__ == "__main__":
    sys.exit(main())
