"""A world kept in Workable gives the entities that it gives when kept in Greenhouse.

What Workable does not know: when a job was closed, and kinds of rejection other than that the
candidate withdrew. A person who applied twice is two candidates there, and is found to be one.
"""

from pathlib import Path

import pytest

from tests.end_to_end.same_entities import Entities, Row, read_both


@pytest.fixture(scope="module")
def entities(warehouse_url: str, tmp_path_factory: pytest.TempPathFactory) -> Entities:
    folder: Path = tmp_path_factory.mktemp("workable")
    return read_both(folder, "workable")


def test_applications(entities: Entities) -> None:
    expected = {
        number: _of_two_kinds(row)
        for number, row in entities.rows("fct_applications", "greenhouse").items()
    }
    assert len(expected) > 300
    assert {row["outcome"] for row in expected.values()} == {
        "in_process", "hired", "rejected_by_company", "withdrawn_by_candidate", "offer_declined",
    }  # fmt: skip
    assert entities.rows("fct_applications", "workable") == expected


def test_jobs(entities: Entities) -> None:
    expected = entities.rows("dim_jobs", "greenhouse")
    assert len(expected) > 20
    assert entities.rows("dim_jobs", "workable") == {
        number: {**row, "closed_date": None} for number, row in expected.items()
    }


def test_stages(entities: Entities) -> None:
    expected = entities.stages("greenhouse")
    assert len(expected) > 600
    assert entities.stages("workable") == expected


def _of_two_kinds(row: Row) -> Row:
    unknown = row["outcome"] in ("not_eligible", "unknown")
    return {**row, "outcome": "rejected_by_company"} if unknown else row
