"""Every query that a page shows runs on a warehouse in which nothing has landed yet."""

import re

import psycopg
import pytest
from psycopg import sql

import warehouse
from tests.docs.pages import PAGES, README, blocks, prose, rows, spans
from tests.end_to_end import dbt

MARTS = {path.stem for path in (README.parent / "dbt_project" / "models" / "marts").rglob("*.sql")}
EXAMPLES = {
    spans(row[0])[0]: spans(row[2])[0] for row in rows(prose(README)) if row[-1].startswith("`sel")
}
QUERIES = [block.text for page in PAGES for block in blocks(page, "sql")]


@pytest.fixture(scope="module")
def built(warehouse_url: str) -> str:
    dbt.invoke("build", "--resource-type", "seed", "--resource-type", "model")
    return warehouse_url


@pytest.mark.parametrize("mart", EXAMPLES)
def test_a_mart_s_example_runs(built: str, mart: str) -> None:
    with warehouse.connect("relay_bi", autocommit=True) as session:
        columns = _columns(session, EXAMPLES[mart])
    assert columns


def test_a_mart_s_example_is_of_that_mart() -> None:
    wrong = [
        mart
        for mart, query in EXAMPLES.items()
        if not re.search(rf"\bmarts\.{mart}\b", query) and not mart.startswith("dim_")
    ]
    assert not wrong


def test_the_readme_lists_every_mart() -> None:
    listed = {name for row in rows(prose(README)) for name in spans(row[0])}
    assert listed >= MARTS


@pytest.mark.parametrize("query", QUERIES)
def test_a_page_s_query_runs(built: str, query: str) -> None:
    with warehouse.connect(autocommit=True) as session:
        assert _columns(session, query)


def _columns(session: psycopg.Connection, query: str) -> list[str]:
    cursor = session.execute(sql.SQL(query))
    return [column.name for column in cursor.description or ()]
