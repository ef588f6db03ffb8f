"""What becomes of people at the vendor: merged candidates are one person from then on, and erased
ones stay whom they were counted as."""

from typing import Any

import pytest

from extractors.erasure import erase_on_request
from extractors.registry import SOURCES
from extractors.stream import Connection
from tests.dbt.project import Project
from tests.dbt.raw import Company, Raw
from tests.dbt.slot_runs import REJECTED, balances, counted
from tests.extractors.landings import NoOptions
from warehouse.raw import ensure_raw_tables

pytestmark = pytest.mark.long

DAY = "2025-07-{:02}T00:00:00Z"
OF_NO_RECORD = ("fct_identity_reviews",)
"""Questions about a record whose keys are gone are no questions any more."""


def _run(raw: Raw, project: Project, day: int) -> None:
    raw.check(DAY.format(day))
    project.transform()


def _ledger(raw: Raw, company: str) -> list[tuple[Any, ...]]:
    return raw.rows(
        "select posting_key, account, quantity, cause, reversal_of is not null,"
        f" recorded_at::date::text from marts.fct_slot_ledger where company_id = '{company}'"
        " and account in ('points', 'slots') order by batch, effective_at, posting_key, cause"
    )


def _persons(raw: Raw, company: str) -> dict[str, str]:
    return dict(
        raw.rows(
            "select node_key, person_id from intermediate.int_persons_resolved"
            f" where company_id = '{company}'"
        )
    )


def _marts(raw: Raw) -> dict[str, set[str]]:
    """Every row of every mart, as text."""
    tables = raw.rows(
        "select table_name from information_schema.tables where table_schema = 'marts'"
        " and table_type = 'BASE TABLE'"
    )
    return {
        name: {row for (row,) in raw.rows(f"select t::text from marts.{name} t")}
        for (name,) in tables
        if name not in OF_NO_RECORD
    }


@pytest.fixture(scope="module")
def companies(raw: Raw, project: Project) -> dict[str, Company]:
    """Two people of each of three companies, counted as two, which is a slot."""
    found = {name: raw.company(name) for name in ("aozora", "hinata", "kaede")}
    for company in found.values():
        company.reference()
        company.contract("v1", "2025-01-01")
        counted(company, 1, "2025-06-11T00:00:00Z", phone="p1")
        counted(company, 2, "2025-06-12T00:00:00Z", phone="p2")
    # known by their name alone
    aozora = found["kaede"]
    aozora.candidate(3, email="old", name="n3")
    aozora.rejected(3, 3, REJECTED)
    aozora.mail(3, 3, "t3", REJECTED)
    at = "2025-06-13T00:00:00Z"
    aozora.response("r003", landed=at, submitted=at, token="t3", email="new", name="n3")
    _run(raw, project, 1)
    return found


def test_a_merged_candidate_is_the_survivor_from_then_on(
    companies: dict[str, Company], raw: Raw, project: Project
) -> None:
    """Seen from its applications, which came to belong to somebody else."""
    aozora = companies["aozora"]
    posted = _ledger(raw, "aozora")
    assert balances(raw, "aozora")["slots"] == 1

    aozora.rejected(2, 1, REJECTED)
    _run(raw, project, 2)
    persons = _persons(raw, "aozora")
    one, two = ("aozora_typeform:r001", "aozora_typeform:r002")
    assert persons[f"r:{one}"] == persons[f"r:{two}"] == "aozora_greenhouse:1"
    assert "c:aozora_greenhouse:2" not in persons
    assert raw.rows(
        "select distinct person_id from marts.fct_applications where company_id = 'aozora'"
    ) == [("aozora_greenhouse:1",)]
    assert "slots" not in balances(raw, "aozora")
    later = _ledger(raw, "aozora")
    assert later[: len(posted)] == posted
    assert [(key, quantity) for key, _, quantity, cause, reverses, _ in later[len(posted) :]] == [
        (f"count:{two}/points", -1),
        ("grant:aozora:1/points", 2),
        ("grant:aozora:1/slots/aozora:1", -1),
    ]
    _run(raw, project, 3)
    assert _ledger(raw, "aozora") == later


def test_a_merge_that_a_webhook_tells_needs_no_other_sign(
    companies: dict[str, Company], raw: Raw, project: Project
) -> None:
    """The applications may come to belong to the survivor later, the duplicate be gone before."""
    ensure_raw_tables(raw.connection, "greenhouse", ["candidate_merges"])
    account = "hinata_greenhouse"
    for gone, survivor in ((1, 4), (4, 2)):
        payload = {"id": gone, "new_candidate_id": survivor}
        raw.land("greenhouse", "candidate_merges", account, str(gone), payload)
    keys = {"email": "e1", "name": "n1", "phone": "p1"}
    known = {"id": 1, "created_at": "2025-01-01T00:00:00Z", "person": keys}
    raw.land("greenhouse", "candidates", account, "1", known, is_deleted=True)
    raw.connection.execute(
        "select landing.erase(%s, 'greenhouse', 'candidates', '{1}', '{}', '{}', 'deleted', 'r')",
        [account],
    )
    posted = _ledger(raw, "hinata")
    _run(raw, project, 4)
    persons = _persons(raw, "hinata")
    assert set(persons.values()) == {f"{account}:2"}
    assert set(persons) == {
        f"c:{account}:2", "r:hinata_typeform:r001", "r:hinata_typeform:r002",
    }  # fmt: skip
    assert raw.rows(
        "select distinct person_id from marts.fct_applications where company_id = 'hinata'"
    ) == [(f"{account}:2",)]
    assert _ledger(raw, "hinata")[: len(posted)] == posted
    assert "slots" not in balances(raw, "hinata")


def test_what_was_erased_stays_counted(
    companies: dict[str, Company], raw: Raw, project: Project
) -> None:
    """Nothing of the marts changes, whichever of a person's records is erased first."""
    _run(raw, project, 5)
    before, persons = _marts(raw), _persons(raw, "kaede")
    assert balances(raw, "kaede")["slots"] == 1
    steps = (("greenhouse", ["1", "3"]), ("typeform", ["r001", "r002"]), ("greenhouse", ["2"]))
    for source, record_ids in steps:
        name = "candidates" if source == "greenhouse" else "responses_completed"
        connection = Connection(
            f"kaede_{source}", "kaede", source, "c",
            NoOptions() if source == "greenhouse"
            else SOURCES[source].options_model.model_validate({"start_date": "2025-01-01"}),
        )  # fmt: skip
        stream = SOURCES[source].stream(name).bound(connection.options)
        assert erase_on_request(connection, stream, record_ids, "suzuki") == len(record_ids)
        project.transform()
        assert _persons(raw, "kaede") == persons
        after = _marts(raw)
        assert {name for name in before if before[name] != after[name]} == set()
    assert not raw.rows(
        "select * from vault.identity_keys where connection like 'kaede%%' and key not like '~%%'"
        " and record_id in ('1', '2', '3', 'r001', 'r002')"
    )

    # who comes later is nobody's: what was erased matches nothing any more
    companies["kaede"].response(
        "r009", landed=DAY.format(5), submitted=DAY.format(5), email="e1", name="n1", phone="p1"
    )
    _run(raw, project, 6)
    assert _persons(raw, "kaede")["r:kaede_typeform:r009"] == "kaede_typeform:r009"
