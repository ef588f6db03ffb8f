"""The same world through Greenhouse and through another ATS: the same entities, ids aside.

Both are read at T0 and again a month later, into one warehouse, as two connections of a company.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.rows import dict_row

import warehouse
from sandbox import store
from tests.end_to_end import dbt
from tests.end_to_end.pipeline import pipeline

Row = dict[str, Any]
SEED = 28
COMPANY = "aozora"
COLUMNS = {
    "fct_applications": "job_id person_id channel applied_at outcome ended_at rejection_reason "
    "stage_reached stage_reached_order hired_at",
    "dim_jobs": "job_name department_name office_name employment_type job_status opened_date "
    "closed_date",
}
KEYS = {"fct_applications": "application_id", "dim_jobs": "job_id"}


@dataclass(frozen=True)
class Entities:
    """Rows of marts by the number that their record has in the world, of each ATS."""

    numbers: Mapping[str, str]

    def rows(self, mart: str, ats: str) -> dict[str, Row]:
        """Number -> the columns that do not name a vendor."""
        key = KEYS[mart]
        with warehouse.connect("relay_bi") as session, session.cursor(row_factory=dict_row) as c:
            c.execute(
                f"select {key}, {', '.join(COLUMNS[mart].split())} from marts.{mart}"
                " where connection = %s",
                [f"{COMPANY}_{ats}"],
            )
            return {self.numbers[row.pop(key)]: self._neutral(row) for row in c}

    def stages(self, ats: str) -> set[tuple[Any, ...]]:
        """(application, stage, order, is the last) of every stage that was reached."""
        with warehouse.connect() as session:
            found = session.execute(
                "select staged.application_id, stage, stage_order, is_last"
                " from intermediate.int_applications_staged staged join"
                " marts.fct_applications a using (application_id) where a.connection = %s",
                [f"{COMPANY}_{ats}"],
            )
            return {(self.numbers[application], *rest) for application, *rest in found}

    def _neutral(self, row: Row) -> Row:
        return {name: self.numbers.get(value, value) for name, value in row.items()}


def read_both(folder: Path, ats: str) -> Entities:
    """Land, check and transform the world of each ATS, twice."""
    numbers: dict[str, str] = {}
    for name in ("greenhouse", ats):
        with pipeline(folder / name, SEED, companies=1, applications=300, ats=(name,)) as run:
            numbers |= _numbers(run.home)
            connection = f"{COMPANY}_{name}"
            for days in (0, 30):
                run.advance(days)
                run.extract(connection)
                run.check(connection)
                _transform()
    dbt.invoke("test", "--select", f"path:models/staging/{ats}", f"path:models/intermediate/{ats}")
    return Entities(numbers)


def _transform() -> None:
    models = ("+fct_applications", "+dim_jobs", "+int_applications_staged")
    dbt.invoke("build", "--select", *models, "--exclude-resource-type", "unit_test", "test")


def _numbers(home: Path) -> dict[str, str]:
    """Canonical id -> kind and number in the world."""
    with closing(store.open_truth(home)) as truth:
        return {
            canonical: f"{kind} {number}"
            for kind in ("application", "job", "candidate")
            for canonical, number in _ids(truth, kind)
        }


def _ids(truth: sqlite3.Connection, kind: str) -> list[tuple[str, int]]:
    return truth.execute(f"select canonical_id, {kind}_id from {kind}").fetchall()
