"""The same world through different systems: what every system's records end in must be the same.

Two worlds of one seed differ only in how a vendor shows them. ``told`` runs one through the
pipeline and reads the canonical entities with every vendor id replaced by the number that the
record has in the world; ``differences`` compares two such readings, but for the columns that one
vendor does not know.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, LiteralString

from psycopg.rows import dict_row

import warehouse
from tests.conftest import fresh_database
from tests.end_to_end.pipeline import Pipeline, pipeline

Row = dict[str, Any]
Entities = dict[str, list[Row]]
Unknown = Mapping[str, frozenset[str]]
"""By entity the columns that are not compared, because a vendor does not know them."""

SHOWN = 5
MODELS = ("fct_applications", "dim_jobs", "int_applications_staged", "int_identities_keyed")
ENTITIES: dict[str, LiteralString] = {
    "applications": """
        select application_id, company_id, candidate_id, job_id, channel, applied_at, outcome,
            ended_at, rejected_at, rejection_reason, rejection_reason_type, hired_at,
            stage_reached, stage_reached_order
        from intermediate.int_applications_decided
    """,
    "stages": """
        select application_id, stage, stage_order, is_last
        from intermediate.int_applications_staged
    """,
    "jobs": """
        select job_id, company_id, job_name, department_name, office_name, employment_type,
            job_status, opened_date, closed_date
        from marts.dim_jobs
    """,
    "identities": """
        select distinct applications.candidate_id, keyed.kind, keyed.key_value
        from intermediate.int_identities_keyed as keyed
        inner join intermediate.int_applications_decided as applications
            on keyed.node_key = 'c:' || applications.candidate_id
    """,
}
NUMBERED = {"candidate_id": "candidate", "application_id": "application", "job_id": "job"}


def told(
    home: Path,
    template: str,
    seed: int,
    ats: str,
    *,
    companies: int = 2,
    applications: int = 400,
    days: Sequence[int] = (30,),
    between: Callable[[Pipeline], None] = lambda world: None,
) -> list[Entities]:
    """The entities of a world kept in ``ats`` after a first run, and after each move of the clock.

    ``template`` is the URL of a migrated database that is copied; ``between`` may do something to
    the world before the clock first moves.
    """
    with (
        fresh_database(template),
        pipeline(home, seed, companies, applications, (ats,)) as world,
    ):
        found = [_run(world)]
        between(world)
        for step in days:
            world.advance(step)
            found.append(_run(world))
    return found


def differences(expected: Entities, actual: Entities, unknown: Unknown | None = None) -> list[str]:
    """What two readings disagree on, a line for each entity that has anything to say."""
    lines = []
    for entity in ENTITIES:
        left_out = (unknown or {}).get(entity, frozenset())
        wanted, found = (_counted(rows[entity], left_out) for rows in (expected, actual))
        missing, more = wanted - found, found - wanted
        if missing or more:
            lines.append(
                f"{entity}: {missing.total()} of {wanted.total()} rows missing, "
                f"{more.total()} unexpected"
            )
            lines += [f"  missing    {dict(row)}" for row in sorted(missing, key=str)[:SHOWN]]
            lines += [f"  unexpected {dict(row)}" for row in sorted(more, key=str)[:SHOWN]]
    return lines


def _run(world: Pipeline) -> Entities:
    world.ingest()
    selected = [f"+{model}" for model in MODELS]
    world.transform("--select", *selected, "--indirect-selection", "buildable")
    numbers = _numbers(world.home)
    with warehouse.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
        return {
            entity: [_numbered(row, numbers) for row in cursor.execute(query)]
            for entity, query in ENTITIES.items()
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


def _counted(rows: Sequence[Row], left_out: frozenset[str]) -> Counter[tuple[Any, ...]]:
    return Counter(
        tuple((column, value) for column, value in row.items() if column not in left_out)
        for row in rows
    )
