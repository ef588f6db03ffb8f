"""The funnel, the forms and the drop-off against the oracle on random truths, over four runs.

The sandbox's world opens forms in a handful of ways; these truths lie on the edges of the rules.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

import warehouse
from extractors.registry import SOURCES
from tests.dbt.raw import Raw
from tests.end_to_end import chance_forms, dbt
from tests.end_to_end.told import Teller
from tests.oracle.applications import rows as application_rows
from tests.oracle.attributes import rows as attribute_rows
from tests.oracle.compare import difference, mart_rows
from tests.oracle.form_friction import rows as friction_rows
from tests.oracle.form_friction import session_rows
from tests.oracle.funnel import rows as funnel_rows
from tests.oracle.monthly import rows as monthly_rows
from tests.oracle.rows import Row
from tests.oracle.stage_dropoff import rows as dropoff_rows
from tests.oracle.story import jst
from tests.oracle.visible import at
from warehouse.raw import ensure_raw_tables

pytestmark = pytest.mark.long

SEED = 2
COMPANIES = 30
EXPECTED = {
    "fct_applications": application_rows,
    "fct_relay_funnel": funnel_rows,
    "agg_funnel_monthly": monthly_rows,
    "agg_stage_dropoff": dropoff_rows,
    "fct_form_sessions": session_rows,
    "agg_form_friction": friction_rows,
    "agg_registration_by_attribute": attribute_rows,
}
CAUTIOUSLY = ("--indirect-selection", "cautious")  # only tests of what is built
CLOCKS = tuple(
    jst(time)
    for time in ("2026-02-02 06:00", "2026-02-15 06:00", "2026-04-01 00:00", "2026-05-01 00:00")
)

Marts = dict[str, list[Row]]


@pytest.fixture(scope="module")
def owner(warehouse_url: str) -> Iterator[psycopg.Connection]:
    with warehouse.open_connection(warehouse_url, autocommit=True) as connection:
        for source in SOURCES.values():
            ensure_raw_tables(connection, source.name, [s.name for s in source.streams])
        yield connection


@pytest.fixture(scope="module")
def runs(owner: psycopg.Connection) -> list[tuple[Marts, Marts]]:
    """What the oracle expects and what the marts hold after each run."""
    truth = chance_forms.truth(SEED, COMPANIES)
    teller = Teller(Raw(owner))
    teller.companies(truth)
    upstream = [f"+{mart}" for mart in EXPECTED]
    found = []
    for clock in CLOCKS:
        view = at(truth, clock)
        teller.tell(view)
        left_out = ["unit_test"] if clock == CLOCKS[-1] else ["unit_test", "test"]
        dbt.invoke(
            "build", "--exclude-resource-type", *left_out, "--select", *upstream, *CAUTIOUSLY
        )
        expected = {mart: rows(view) for mart, rows in EXPECTED.items()}
        found.append((expected, {mart: mart_rows(owner, mart) for mart in EXPECTED}))
    return found


@pytest.mark.parametrize("mart", EXPECTED)
@pytest.mark.parametrize("run", range(len(CLOCKS)))
def test_mart_equals_the_oracle(runs: list[tuple[Marts, Marts]], mart: str, run: int) -> None:
    expected, actual = runs[run]
    found = difference(mart, expected[mart], actual[mart])
    assert not found, f"at {CLOCKS[run].isoformat()} {found}"


def test_the_truths_hold_every_sign_and_every_stop(runs: list[tuple[Marts, Marts]]) -> None:
    expected = runs[-1][0]
    assert {row["bot_reason"] for row in expected["fct_form_sessions"]} == {
        None,
        "scanner_agent",
        "library_agent",
        "seconds_after_mail",
        "burst",
    }
    assert {row["stopped_because"] for row in expected["fct_relay_funnel"]} == {
        None,
        "duplicate_person",
        "not_eligible",
        "consent_refused",
        "form_abandoned",
        "form_not_opened",
        "mail_not_recorded",
    }
    medians = [row["median_days_from_previous"] for row in expected["agg_funnel_monthly"]]
    assert any(median is not None and float(str(median)) < 0 for median in medians)
    assert {row["is_suppressed"] for row in expected["agg_registration_by_attribute"]} == {
        True,
        False,
    }
