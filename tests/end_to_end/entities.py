"""The same world through different systems: what every system's records end in must be the same.

Two worlds of one seed differ only in how a vendor shows them. ``told`` runs one through the
pipeline and reads the canonical entities with every vendor id replaced by the number that the
record has in the world; ``differences`` compares two such readings: one vendor's with what it
would say of the other's, but for the columns that it does not know.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

from psycopg.rows import dict_row

import warehouse
from sandbox.ats import ATS
from sandbox.world_plan import SMALLEST
from tests.conftest import fresh_database
from tests.end_to_end.pipeline import Pipeline, pipeline

Row = dict[str, Any]
Entities = dict[str, list[Row]]
Unknown = Mapping[str, frozenset[str]]
"""By entity the columns that are not compared, because a vendor does not know them."""
Said = Mapping[str, Callable[[Row], Row | None]]
"""By entity what a vendor says of a row of Greenhouse's; None of one that it does not show."""

SEED = 28
COMPANIES = 2
APPLICATIONS = COMPANIES * SMALLEST
DAYS = 30

SHOWN = 5
MODELS = ("fct_applications", "dim_jobs", "int_applications_staged", "int_identities_keyed")
ENTITIES: dict[str, LiteralString] = {
    "applications": """
        select applications.*, decided.candidate_id, decided.rejected_at
        from marts.fct_applications as applications
        inner join intermediate.int_applications_decided as decided using (application_id)
    """,
    "stages": """
        select application_id, stage, stage_order, is_last
        from intermediate.int_applications_staged
    """,
    "jobs": "select * from marts.dim_jobs",
    "identities": """
        select applications.candidate_id, applications.application_id, keyed.kind, keyed.key_value
        from intermediate.int_identities_keyed as keyed
        inner join intermediate.int_applications_decided as applications
            on keyed.node_key = 'c:' || applications.candidate_id
    """,
    "people": "select application_id, person_id from marts.fct_applications",
}
NUMBERED = {"candidate_id": "candidate", "application_id": "application", "job_id": "job"}
OF_THE_VENDOR = {"connection", "person_id", "group_person_id"}


@dataclass(frozen=True)
class Reading:
    """The entities after a run, and the requests that it took by connection and stream."""

    entities: Entities
    requests: Mapping[str, Mapping[str, int]]

    def of(self, company: str, entity: str) -> list[Row]:
        """The rows of an entity that are a company's."""
        return [row for row in self.entities[entity] if row["company_id"] == company]


def told(home: Path, template: str, ats: str, *, rebuilt: bool = False) -> list[Reading]:
    """A world kept in ``ats`` after a first run, and after the clock has moved thirty days.

    ``template`` is the URL of a migrated database that is copied. ``rebuilt`` adds a reading of
    the same records after every model was built from nothing.
    """
    with (
        fresh_database(template),
        pipeline(home, SEED, COMPANIES, APPLICATIONS, (ats,)) as world,
    ):
        found = [_run(world, ats)]
        world.advance(DAYS)
        found.append(_run(world, ats))
        if rebuilt:
            _transform(world, ats, "--full-refresh")
            found.append(Reading(_entities(world.home), {}))
    return found


def differences(
    expected: Reading,
    actual: Reading,
    unknown: Unknown | None = None,
    said: Said | None = None,
    entities: Iterable[str] = ENTITIES,
) -> str:
    """What two readings disagree on, a line for each entity that has anything to say."""
    lines = []
    for entity in entities:
        left_out = (unknown or {}).get(entity, frozenset())
        say = (said or {}).get(entity, lambda row: row)
        rows = [row for row in map(say, expected.entities[entity]) if row is not None]
        wanted, found = (_counted(some, left_out) for some in (rows, actual.entities[entity]))
        if not wanted:
            lines.append(f"{entity}: nothing to compare with")
        missing, more = wanted - found, found - wanted
        if missing or more:
            lines.append(
                f"{entity}: {missing.total()} of {wanted.total()} rows missing, "
                f"{more.total()} unexpected"
            )
            lines += [f"  missing    {dict(row)}" for row in sorted(missing, key=str)[:SHOWN]]
            lines += [f"  unexpected {dict(row)}" for row in sorted(more, key=str)[:SHOWN]]
    return "\n".join(lines)


def outcomes(reading: Reading) -> set[str]:
    """Every outcome that an application of the reading has."""
    return {row["outcome"] for row in reading.entities["applications"]}


def _run(world: Pipeline, ats: str) -> Reading:
    requests = world.ingest()
    _transform(world, ats)
    return Reading(_entities(world.home), requests)


def _transform(world: Pipeline, ats: str, *arguments: str) -> None:
    """Build the models of the entities and all of the vendor's, with their tests."""
    source = ATS[ats].source
    own = [f"path:models/{layer}/{source}" for layer in ("staging", "intermediate")]
    selected = [*(f"+{model}" for model in MODELS), *own, "assert_steps_are_known"]
    world.transform(*arguments, "--select", *selected, "--indirect-selection", "buildable")


def _entities(home: Path) -> Entities:
    numbers = _numbers(home)
    with warehouse.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
        found = {
            entity: [_numbered(row, numbers) for row in cursor.execute(query)]
            for entity, query in ENTITIES.items()
        }
    found["people"] = _grouped(found["people"])
    return {
        entity: [{name: row[name] for name in row.keys() - OF_THE_VENDOR} for row in rows]
        for entity, rows in found.items()
    }


def _numbers(home: Path) -> dict[tuple[str, str], int]:
    """The number of each record by (column of the marts, id there)."""
    with closing(sqlite3.connect(home / "truth.db")) as truth:
        return {
            (column, canonical_id): number
            for column, table in NUMBERED.items()
            for number, canonical_id in truth.execute(
                f"select {table}_id, canonical_id from {table}"
            )
        }


def _numbered(row: Row, numbers: Mapping[tuple[str, str], int]) -> Row:
    """The row with its ids as numbers; an id that the truth does not know stays as it is."""
    return {
        column: numbers.get((column, value), value) if column in NUMBERED else value
        for column, value in row.items()
    }


def _grouped(rows: Iterable[Row]) -> list[Row]:
    """The applications that were found to be of one person, for each person."""
    people = defaultdict(set)
    for row in rows:
        people[row["person_id"]].add(row["application_id"])
    return [{"applications": frozenset(applications)} for applications in people.values()]


def _counted(rows: Sequence[Row], left_out: frozenset[str]) -> Counter[tuple[Any, ...]]:
    return Counter(
        tuple((column, row[column]) for column in sorted(row) if column not in left_out)
        for row in rows
    )
