"""Whom the vendor merged into whom: seen from applications that come to belong to somebody else,
or told by a webhook."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dbt.project import Project
from tests.dbt.raw import Raw
from warehouse.raw import ensure_raw_tables

BUILT_SOURCES = ("lever", "ashby")
OWNER = {
    "greenhouse": ("applications", "candidate_id"),
    "lever": ("opportunities", "contact"),
    "ashby": ("applications", "candidateId"),
}
BY_SOURCE = pytest.mark.parametrize("source", OWNER)


def _owned(raw: Raw, source: str, application: str, *candidates: str, company: str = "a") -> None:
    """An application's versions, each with the candidate that it belongs to then."""
    stream, field = OWNER[source]
    for candidate in candidates:
        payload = {"id": application, field: candidate}
        raw.land(source, stream, f"{company}_{source}", application, payload)


def _told(raw: Raw, candidate: str, survivor: str) -> None:
    payload = {"id": candidate, "new_candidate_id": survivor}
    raw.land("greenhouse", "candidate_merges", "a_greenhouse", candidate, payload)


@pytest.fixture(scope="module", autouse=True)
def merged(raw: Raw, project: Project) -> None:
    """Two builds: what belonged to somebody else before is known from the first as well."""
    for company in ("a", "b"):
        raw.company(company)
        raw.connection.execute(
            "insert into landing.connections values (%s, %s, 'lever'), (%s, %s, 'ashby')",
            [f"{company}_lever", company, f"{company}_ashby", company],
        )
    ensure_raw_tables(raw.connection, "greenhouse", ["candidate_merges"])
    project.run("seed", "--select", "outcome_map")
    for build in (0, 1):
        for source in OWNER:
            _versions(raw, source, build)
        if build:
            _told(raw, "told", "survivor")
            _told(raw, "itself", "itself")
            _told(raw, "both", "first")
            _told(raw, "first", "last")
        raw.check("2025-09-15T00:00:00Z")
        project.run("run", "--select", "+int_candidates_merged", "+int_applications_unioned")


def _versions(raw: Raw, source: str, build: int) -> None:
    owners: dict[str, tuple[str, str]] = {
        "moved": ("gone", "kept"),
        "one of two": ("still", "other"),
        "to one": ("torn", "one"),
        "to another": ("torn", "another"),
    }
    for application, versions in owners.items():
        _owned(raw, source, application, versions[build])
    _owned(raw, source, "moved", "stranger", company="b")
    if build:
        return
    _owned(raw, source, "stays", "still")
    _owned(raw, source, "twice at once", "x", "y", "z")
    _owned(raw, source, "never", "alone")
    if source == "greenhouse":
        _owned(raw, source, "of the told", "told")
        _owned(raw, source, "of both", "both", "elsewhere")


def _found(raw: Raw, source: str) -> dict[str, str]:
    """Merged candidate -> survivor, as the vendor names them."""
    rows: list[tuple[Any, ...]] = raw.rows(
        "select company_id, connection, stream, record_id, candidate_id, survivor_id"
        f" from intermediate.int_candidates_merged where source = '{source}'"
    )
    found = {}
    for company, connection, stream, record_id, candidate, survivor in rows:
        assert (company, connection) == ("a", f"a_{source}")
        assert stream == ("contacts" if source == "lever" else "candidates")
        assert candidate == f"{connection}:{record_id}"
        assert record_id not in found
        found[record_id] = survivor.removeprefix(f"{connection}:")
    return found


@BY_SOURCE
def test_who_has_lost_all_applications_to_one_other_is_merged_into_that_one(
    raw: Raw, source: str
) -> None:
    found = _found(raw, source)
    assert found["gone"] == "kept"
    assert (found["x"], found["y"]) == ("z", "z")  # also when both changes land together


@BY_SOURCE
def test_nobody_else_is(raw: Raw, source: str) -> None:
    """Who still owns an application, whose went to several, who never lost one, namesakes of
    another company's account."""
    told = {"told", "both", "first"} if source == "greenhouse" else set()
    assert _found(raw, source).keys() - told == {"gone", "x", "y"}


def test_what_a_webhook_tells_goes_before_what_applications_show(raw: Raw) -> None:
    """Also where these have not moved yet, or moved elsewhere, and on to who is left in the end;
    nobody is merged into oneself."""
    found = _found(raw, "greenhouse")
    assert {name: found.get(name) for name in ("told", "both", "first", "itself")} == {
        "told": "survivor",
        "both": "last",
        "first": "last",
        "itself": None,
    }


def test_applications_move_to_who_is_left(raw: Raw) -> None:
    """Also those that the vendor has not moved yet."""
    found = raw.rows(
        "select candidate_id from intermediate.int_applications_unioned"
        " where source_application_id = 'of the told'"
    )
    assert found == [("a_greenhouse:survivor",)]
