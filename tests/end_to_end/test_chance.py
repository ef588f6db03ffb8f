"""The ledger and the funnel against the oracle on random truths, over six runs.

The sandbox's worlds are plausible, so they seldom take back what a slot rests on. Here the raw
rows are written as the landing and the gate leave them, and the transformation runs on them.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

import warehouse
from extractors.registry import SOURCES
from tests.dbt.raw import Raw
from tests.end_to_end import chance, dbt
from tests.end_to_end.told import Teller
from tests.oracle import applications, registrations
from tests.oracle.compare import difference, mart_rows
from tests.oracle.marts import KEYS, Oracle
from tests.oracle.rows import Row
from tests.oracle.story import jst
from tests.oracle.visible import at
from warehouse.raw import ensure_raw_tables

pytestmark = pytest.mark.long

SEED = 9
COMPANIES = 40
CLOCKS = tuple(
    jst(f"{day} 06:00")
    for day in ("2026-01-20", "2026-02-03", "2026-02-17", "2026-03-03", "2026-03-20", "2026-05-15")
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
    truth = chance.truth(SEED, COMPANIES)
    teller = Teller(Raw(owner))
    teller.companies(truth)
    oracle = Oracle(truth)
    found = []
    for clock in CLOCKS:
        teller.tell(at(truth, clock))
        dbt.invoke("build", "--exclude-resource-type", "unit_test", "test")
        actual = {mart: mart_rows(owner, mart) for mart in KEYS}
        found.append((oracle.run(clock), actual))
    dbt.invoke("test", "--exclude-resource-type", "unit_test")
    return found


@pytest.mark.parametrize("mart", KEYS)
@pytest.mark.parametrize("run", range(len(CLOCKS)))
def test_mart_equals_the_oracle(runs: list[tuple[Marts, Marts]], mart: str, run: int) -> None:
    expected, actual = runs[run]
    found = difference(mart, expected[mart], actual[mart])
    assert not found, f"at {CLOCKS[run].isoformat()} {found}"


def test_the_truths_take_back_what_slots_rest_on(runs: list[tuple[Marts, Marts]]) -> None:
    ledger = runs[-1][0]["fct_slot_ledger"]
    causes = {posting["posting_id"]: posting["cause"] for posting in ledger}
    reversed_causes = {causes[str(p["reversal_of"])] for p in ledger if p["reversal_of"]}
    assert reversed_causes >= {
        "registration_counted",
        "threshold_reached",
        "points_lapsed",
        "slot_used",
        "slot_reserved",
        "slot_returned",
        "slot_expired",
    }


def test_the_truths_refuse_registrations_for_every_reason() -> None:
    reasons = set()
    for clock in CLOCKS:
        view = at(chance.truth(SEED, COMPANIES), clock)
        found = registrations.registrations(view, applications.selections(view))
        reasons |= {registration.refused_because for registration in found}
    assert reasons == {
        None,
        "no_consent",
        "not_yet",
        "not_eligible_outcome",
        "not_eligible_stage",
        "not_eligible_channel",
        "not_eligible_employment_type",
        "duplicate_person",
        "withdrawn",
    }


def test_the_truths_refuse_who_counted_at_another_company() -> None:
    view = at(chance.truth(SEED, COMPANIES), CLOCKS[-1])
    found = registrations.registrations(view, applications.selections(view))
    counted = {registration.person_id for registration in found if registration.is_counted}
    scopes = {
        registration.contract.dedupe_scope
        for registration in found
        if registration.refused_because == "duplicate_person"
        and registration.contract
        and registration.person_id not in counted
    }
    assert scopes == {"group", "programme"}
    assert any(r.is_counted and r.contract is None for r in found), "no day without a contract"
