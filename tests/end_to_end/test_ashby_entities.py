"""A world kept in Ashby gives the entities that it gives when kept in Greenhouse."""

from pathlib import Path

import pytest

from tests.end_to_end.same_entities import Entities, Row, read_both


@pytest.fixture(scope="module")
def entities(warehouse_url: str, tmp_path_factory: pytest.TempPathFactory) -> Entities:
    folder: Path = tmp_path_factory.mktemp("ashby")
    return read_both(folder, "ashby")


def test_applications(entities: Entities) -> None:
    """Ashby's reasons know no security concern: what Greenhouse calls so is its type Other. One
    person in two connections is found to be one, so persons agree too."""
    expected = {
        number: _without_security(row)
        for number, row in entities.rows("fct_applications", "greenhouse").items()
    }
    assert len(expected) > 300
    assert {row["outcome"] for row in expected.values()} == {
        "in_process", "hired", "rejected_by_company", "withdrawn_by_candidate", "offer_declined",
        "unknown",
    }  # fmt: skip
    assert entities.rows("fct_applications", "ashby") == expected


def test_jobs(entities: Entities) -> None:
    expected = entities.rows("dim_jobs", "greenhouse")
    assert len(expected) > 20
    assert entities.rows("dim_jobs", "ashby") == expected


def test_stages(entities: Entities) -> None:
    expected = entities.stages("greenhouse")
    assert len(expected) > 600
    assert entities.stages("ashby") == expected


def _without_security(row: Row) -> Row:
    return {**row, "outcome": "unknown"} if row["outcome"] == "not_eligible" else row
