"""A world whose people register by Google Forms or Tally gives what the same gives by Typeform.

What such a form cannot know: when a form was opened, and who opened it without an answer (Google
Forms: without sending it), with what device; so why an application stopped is told apart by less.
Google Forms has no hidden fields, so no version of the form either. All else has to be equal: the
responses, the registrations and their matches, the identity keys, the funnel's registrations and
counts, and every posting of the slot ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import pytest
from psycopg.rows import dict_row

import warehouse
from sandbox.world_plan import SMALLEST
from tests.conftest import fresh_database
from tests.end_to_end.pipeline import Pipeline, pipeline

pytestmark = pytest.mark.long

Row = dict[str, Any]
SEED, COMPANIES, DAYS = 28, 2, 30
MODELS = (
    "fct_relay_funnel",
    "fct_slot_ledger",
    "agg_slot_balances",
    "agg_form_friction",
    "fct_form_sessions",
)
ENTITIES: dict[str, LiteralString] = {
    "responses": """
        select substring(responses.response_id, length(responses.connection) + 2) as response,
            responses.company_id, responses.submitted_at, responses.has_consent,
            responses.answered_count, responses.last_question,
            tokens.application_id as application_of_token
        from intermediate.int_responses_unioned as responses
        left join intermediate.int_tokens_mailed as tokens
            on responses.company_id = tokens.company_id and responses.token = tokens.token
        where responses.response_type = 'completed'
    """,
    "registrations": """
        select substring(registration_id, length(connection) + 2) as registration, company_id,
            application_id, match_method, tier, match_status, submitted_at, has_consent
        from intermediate.int_registrations_matched
    """,
    "identities": """
        select responses.company_id, keyed.kind, keyed.key_value,
            substring(responses.response_id, length(responses.connection) + 2) as registration
        from intermediate.int_identities_keyed as keyed
        inner join intermediate.int_responses_unioned as responses
            on keyed.node_key = 'r:' || responses.response_id
    """,
    "funnel": """
        select application_id, company_id, mailed_at, rejected_at, registered_at, match_method,
            has_consent, counted_at, split_part(registration_id, ':', 2) as registration,
            stopped_because
        from marts.fct_relay_funnel
    """,
    "eligible": """
        select company_id, registration_number, application_id, counted_at, contract_id,
            refused_because
        from intermediate.int_registrations_eligible
    """,
    "ledger": """
        select company_id, account, quantity, effective_at, recorded_at, cause,
            regexp_replace(cause_id, '_(typeform|google_forms|tally):', ':') as cause_id,
            reversal_of is null as is_original
        from marts.fct_slot_ledger
    """,
    "balances": "select * from marts.agg_slot_balances",
}
HALF_WAY: LiteralString = """
    select distinct application_id from marts.fct_form_sessions where state = 'partial'
"""


@dataclass(frozen=True)
class Reading:
    """The entities after a run, applications with a form left half-way, rows of the friction, and
    the requests by connection and stream."""

    entities: dict[str, list[Row]]
    half_way: set[str]
    friction: int
    requests: dict[str, dict[str, int]]


def _told(home: Path, template: str, form: str) -> list[Reading]:
    """After a first run, and after the clock has moved thirty days."""
    with (
        fresh_database(template),
        pipeline(home, SEED, COMPANIES, COMPANIES * SMALLEST, form=(form,)) as world,
    ):
        found = [_run(world)]
        world.advance(DAYS)
        return [*found, _run(world)]


def _run(world: Pipeline) -> Reading:
    requests = world.ingest()
    selected = [f"+{model}" for model in MODELS]
    world.transform("--select", *selected, "--indirect-selection", "buildable")
    with warehouse.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
        entities = {name: cursor.execute(query).fetchall() for name, query in ENTITIES.items()}
        half_way = {row["application_id"] for row in cursor.execute(HALF_WAY)}
        friction = cursor.execute("select count(*) as n from marts.agg_form_friction").fetchone()
    assert friction is not None
    return Reading(entities, half_way, friction["n"], requests)


@pytest.fixture(scope="module")
def typeform(tmp_path_factory: pytest.TempPathFactory, warehouse_template: str) -> list[Reading]:
    return _told(tmp_path_factory.mktemp("typeform"), warehouse_template, "typeform")


@pytest.fixture(scope="module", params=["google_forms", "tally"])
def other(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    warehouse_template: str,
) -> tuple[str, list[Reading]]:
    form: str = request.param
    return form, _told(tmp_path_factory.mktemp(form), warehouse_template, form)


@pytest.mark.parametrize("run", [0, 1])
def test_the_same_world_gives_the_same_registrations_and_slots(
    typeform: list[Reading], other: tuple[str, list[Reading]], run: int
) -> None:
    form, readings = other
    told = {"funnel": lambda row: _funnel(row, form, typeform[run].half_way)}
    for entity, rows in typeform[run].entities.items():
        say: Callable[[Row], Row] = told.get(entity, dict)
        wanted, found = _counted(map(say, rows)), _counted(readings[run].entities[entity])
        assert wanted, entity
        assert (entity, wanted - found, found - wanted) == (entity, Counter(), Counter())


@pytest.mark.parametrize("run", [0, 1])
def test_people_register_lose_tokens_and_refuse(other: tuple[str, list[Reading]], run: int) -> None:
    """The world holds what the forms are compared on."""
    rows = other[1][run].entities["registrations"]
    assert {row["match_method"] for row in rows} >= {"token", "email", "phone", None}
    assert {row["has_consent"] for row in rows} == {True, False}


@pytest.mark.parametrize("run", [0, 1])
def test_nothing_is_said_of_where_people_left_the_form(
    typeform: list[Reading], other: tuple[str, list[Reading]], run: int
) -> None:
    assert typeform[run].friction > 0
    assert other[1][run].friction == 0
    assert bool(other[1][run].half_way) == (other[0] == "tally")


@pytest.mark.parametrize("run", [0, 1])
@pytest.mark.parametrize("company", ["aozora", "hinata"])
def test_no_request_is_made_that_need_not_be(
    other: tuple[str, list[Reading]], company: str, run: int
) -> None:
    """All of a company's responses fit into one page of Google's and a few of Tally's."""
    form, readings = other
    made = readings[run].requests[f"{company}_{form}"]
    rows = len([r for r in readings[run].entities["registrations"] if r["company_id"] == company])
    print(f"{form}: requests {made} of {rows} registrations in run {run}")
    if form == "google_forms":
        assert made == {"responses": 2}  # the access token and the page
    else:
        assert made["submissions"] <= (-(-2 * rows // 50) if run == 0 else 1)


def _funnel(row: Row, form: str, half_way: set[str]) -> Row:
    """What the funnel says of an application where nobody tells who opened the form."""
    why = row["stopped_because"]
    if why not in ("form_abandoned", "form_not_opened"):
        return row
    if form == "tally" and row["application_id"] in half_way:
        return {**row, "stopped_because": "form_abandoned"}
    unknown = "opening_not_recorded" if row["mailed_at"] else "mail_not_recorded"
    return {**row, "stopped_because": unknown}


def _counted(rows: Iterable[Row]) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(sorted(row.items())) for row in rows)
