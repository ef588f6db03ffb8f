"""What stands in a world in known numbers, and the contracts that decide what it means."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from sandbox import world
from sandbox.config import write_config
from tests.sandbox.test_world_operator import encoding_of, files, newest, read
from tests.sandbox.worlds import bodies, truth

COMPANIES = ("aozora", "hinata", "minato", "yamabiko")
OPTIONAL = (
    "stated_on",
    "eligible_stages",
    "eligible_channels",
    "excluded_channels",
    "eligible_employment_types",
    "dedupe_window_days",
    "slot_returned_by",
    "early_leave_days",
    "points_carry_over",
    "withdrawal_effect",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world of four companies three months after its first clock."""
    home = tmp_path_factory.mktemp("planted")
    world.make(home, seed=1, applications=1200, companies=4)
    world.advance(home, 100)
    return home


def test_every_term_of_a_contract_is_in_force_somewhere(home: Path) -> None:
    rows = truth(home, "select * from contract")
    for column in OPTIONAL:
        assert any(row[column] is not None for row in rows), column
    assert {row["counting_event"] for row in rows} == {
        "registered",
        "consented",
        "verified",
        "referred",
    }
    assert {row["dedupe_scope"] for row in rows} == {"company", "group", "programme"}
    assert {row["points_carry_over"] for row in rows} == {None, "keep", "forfeit"}
    assert any(row["stated_on"] and row["stated_on"] > row["valid_from"] for row in rows)


def test_a_version_that_named_a_wrong_threshold_is_stated_again(home: Path) -> None:
    said = [
        row["threshold"]
        for path in files(home, "yamabiko", "contracts")
        for row in read(path, encoding_of(path))
        if row["contract_version"] == "2"
    ]
    assert said == ["12", "10"]
    assert newest(home, "minato", "contracts", "contract_version").keys() == {("1",), ("2",)}


def test_registrations_of_the_last_months_have_events(home: Path) -> None:
    for company in COMPANIES:
        state = newest(home, company, "registration_events", "registration_id", "event")
        assert {event for _, event in state} == {"verified", "referred", "withdrawn"}
        withdrawn = [key for key in state if key[1] == "withdrawn"]
        assert len(withdrawn) == 3  # the fourth withdraws in 2027
    days = truth(
        home,
        "select r.submitted_at, e.* from registration_event e"
        " join response r on r.response_id = e.registration_id",
    )
    assert all(row["submitted_at"][:7] <= row["published_at"][:7] for row in days)


def test_a_file_corrected_later_keeps_its_name(home: Path) -> None:
    for company in COMPANIES:
        said = {
            row["case_name"]: (row["counted_on"], row["month"])
            for row in truth(
                home,
                "select r.case_name, s.* from counted_statement s join response r"
                " on r.response_id = s.registration_id and r.case_name like 'statement%'"
                " where s.company_id = ? order by s.published_at",
                company,
            )
        }
        assert said == {
            "statement_extra": ("2026-07-08", "2026-07"),
            "statement_other_day": ("2026-07-14", "2026-07"),
            "statement_corrected": ("2026-07-15", "2026-07"),
        }
        (july,) = [p for p in files(home, company, "counted_registrations") if "2026-07" in p.stem]
        days = Counter(row["counted_on"] for row in read(july, encoding_of(july)))
        assert days["2026-07-15"] >= 1


def test_a_correction_appears_with_the_files_of_the_next_month(tmp_path: Path) -> None:
    world.make(tmp_path, seed=1, applications=200)
    world.advance(tmp_path, 36)  # 6 August: July is stated, and the first slot's day corrected
    path = next((tmp_path / "operator" / "aozora").glob("counted_registrations_2026-07.*"))
    before = read(path, encoding_of(path))
    world.advance(tmp_path, 31)
    after = read(path, encoding_of(path))
    changed = [(a["counted_on"], b["counted_on"]) for a, b in zip(before, after, strict=True)]
    assert [pair for pair in changed if pair[0] != pair[1]] == [("2026-07-16", "2026-07-15")]


def test_the_day_of_the_first_slot_is_restated_wrongly(home: Path) -> None:
    rows = truth(
        home,
        "select company_id, count(distinct granted_on) as n from slot_statement"
        " where slot_number = 1 group by 1",
    )
    assert {row["company_id"] for row in rows if row["n"] == 2} >= {"aozora", "hinata"}


def test_an_address_is_corrected_in_the_ats(tmp_path: Path) -> None:
    world.make(tmp_path, seed=1, applications=200)
    before = {body["id"]: body for body in bodies(tmp_path, "candidates")}
    world.advance(tmp_path, 80)
    known = {row["candidate_id"] for row in truth(tmp_path, "select * from candidate where"
                                                  " person_known_at is not null")}  # fmt: skip
    changed = {
        body["id"]
        for body in bodies(tmp_path, "candidates")
        if body["id"] in before and body["email_addresses"] != before[body["id"]]["email_addresses"]
    }
    assert changed == known
    assert len(known) == 4


def test_uses_that_are_planted(home: Path) -> None:
    total = {row["case_name"]: row["n_total"] for row in truth(home, "select * from case_count")}
    assert total["same_day_use"] == 4
    assert total["expired_then_returned"] >= 1


def test_people_register_at_two_companies(home: Path) -> None:
    """One human, two candidates; the operator's counts follow from the scope of the contract."""
    rows = truth(
        home,
        "select r.case_name, r.company_id, c.person_id, n.counted_at is not null as counts,"
        " n.retracted_at, n.known_at from response r"
        " join candidate c on c.person_id = r.person_id and c.company_id = r.company_id"
        " left join counted_registration n on n.registration_id = r.response_id"
        " where r.case_name like 'shared%' order by r.submitted_at",
    )
    found: dict[str, list[tuple[str, bool]]] = {}
    for row in rows:
        found.setdefault(row["case_name"], []).append((row["company_id"], bool(row["counts"])))
    assert found == {
        "shared_window": [("aozora", True), ("minato", True)],
        "shared_outside": [("hinata", True), ("minato", True)],
        "shared_programme": [("hinata", True), ("minato", False)],
        "shared_group": [("aozora", True), ("minato", False)],
        "shared_moved": [("aozora", True), ("minato", True)],
    }
    assert len({row["person_id"] for row in rows}) == len(found)
    (gone,) = [row["retracted_at"] for row in rows if row["retracted_at"]]
    (come,) = [
        row["known_at"]
        for row in rows
        if (row["case_name"], row["company_id"]) == ("shared_moved", "minato")
    ]
    assert gone == come


def test_a_group_of_companies_takes_three(home: Path, tmp_path: Path) -> None:
    rows = truth(home, "select company_id, group_id from company")
    groups = {row["company_id"]: row["group_id"] for row in rows}
    assert groups == {"aozora": "mirai", "hinata": None, "minato": "mirai", "yamabiko": None}
    named = tomllib.loads(write_config(home, "http://x").read_text("utf-8"))["companies"]
    assert [company.get("group") for company in named] == list(groups.values())
    world.make(tmp_path, seed=1, applications=200)
    assert not truth(tmp_path, "select * from company where group_id is not null")
    assert not truth(tmp_path, "select * from case_count where case_name like 'shared%'")
