"""Who registers: one logistic regression per company, from dbt's rows into the schema `analysis`.

An attribute is a column of `intermediate.int_registration_attributes` other than KEYS, so a new one
needs no change here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
import psycopg

from analysis.logit import Coefficient, Fit, fit
from warehouse import WarehouseError, connect

KEYS = ("application_id", "company_id", "person_id", "is_registered")

_COEFFICIENTS = (
    "copy analysis.registration_coefficients (company_id, attribute, value, status, reason,"
    " applications, coefficient, std_error, lower, upper, p_value, odds_ratio, odds_ratio_lower,"
    " odds_ratio_upper, fitted_at) from stdin"
)
_ADJUSTED = (
    "copy analysis.registration_adjusted (company_id, attribute, value, adjusted_rate, std_error,"
    " lower, upper, fitted_at) from stdin"
)


@dataclass(frozen=True)
class Company:
    """What was fitted for a company: how many rows, and how many values have a coefficient."""

    company_id: str
    applications: int
    fitted: int
    not_fitted: int


def run(report: Callable[[str], None] = print) -> list[Company]:
    """Fit every company anew, in one transaction: readers see the old fits or the new ones.

    Raises WarehouseError if the warehouse is away or dbt has not built the attributes yet.
    """
    with connect("relay_transformer") as connection:
        # two runs at once: the second waits, then replaces
        connection.execute(
            "lock table analysis.registration_coefficients, analysis.registration_adjusted"
            " in share row exclusive mode"
        )
        fitted_at, companies = _read_frame(connection)
        connection.execute("delete from analysis.registration_coefficients")
        connection.execute("delete from analysis.registration_adjusted")
        done = []
        for company_id in companies:
            rows = _rows(connection, company_id)
            found = fit(
                rows.drop(columns=list(KEYS)), rows["is_registered"].astype(bool), rows["person_id"]
            )
            _write(connection, company_id, found, fitted_at)
            done.append(_summary(company_id, len(rows), found))
            report(_line(done[-1]))
    return done


def _read_frame(connection: psycopg.Connection) -> tuple[datetime | None, list[str]]:
    """The as-of time of dbt's rows, and the companies that have any."""
    try:
        row = connection.execute("select as_of_at from intermediate.int_as_of").fetchone()
        companies = connection.execute(
            "select distinct company_id from intermediate.int_registration_attributes order by 1"
        ).fetchall()
    except psycopg.errors.UndefinedTable:
        raise WarehouseError(
            "intermediate.int_registration_attributes does not exist. Remedy: run `dbt build` or "
            "the transform DAG first."
        ) from None
    return row[0] if row else None, [company_id for (company_id,) in companies]


def _rows(connection: psycopg.Connection, company_id: str) -> pd.DataFrame:
    """A company's rows in a fixed order, so that sums of floats come out the same."""
    cursor = connection.execute(
        "select * from intermediate.int_registration_attributes where company_id = %s"
        ' order by application_id collate "C"',
        [company_id],
    )
    names = [column.name for column in cursor.description or ()]
    return pd.DataFrame(cursor.fetchall(), columns=names)


def _write(
    connection: psycopg.Connection, company_id: str, found: Fit, fitted_at: datetime | None
) -> None:
    with connection.cursor() as cursor:
        with cursor.copy(_COEFFICIENTS) as copy:
            for one in found.coefficients:
                copy.write_row((company_id, *_values(one), fitted_at))
        with cursor.copy(_ADJUSTED) as copy:
            for row in found.adjusted:
                copy.write_row(
                    (company_id, *row.level, row.rate, row.std_error, row.lower, row.upper,
                     fitted_at)
                )  # fmt: skip


def _values(one: Coefficient) -> Iterable[Any]:
    odds = (_odds(number) for number in (one.coefficient, one.lower, one.upper))
    return (
        *one.level, one.status, one.reason, one.rows, one.coefficient, one.std_error, one.lower,
        one.upper, one.p_value, *odds,
    )  # fmt: skip


def _odds(log_odds: float | None) -> float | None:
    return None if log_odds is None else math.exp(min(log_odds, 700.0))


def _summary(company_id: str, applications: int, found: Fit) -> Company:
    has = sum(one.coefficient is not None for one in found.coefficients)
    return Company(company_id, applications, has, len(found.coefficients) - has)


def _line(company: Company) -> str:
    return (
        f"{company.company_id}: {company.applications} applications, {company.fitted} values "
        f"fitted, {company.not_fitted} not"
    )
