"""What an employer states itself: hires, costs and fees."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from sandbox import world
from tests.sandbox.test_world_operator import newest
from tests.sandbox.worlds import clock, truth

COMPANIES = 4


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("returns")
    world.make(home, seed=1, applications=1600, companies=COMPANIES)
    return home


def test_hires_follow_the_accepted_offers(home: Path) -> None:
    accepted = {
        row["canonical_id"].partition(":")[2]
        for row in truth(
            home,
            "select canonical_id from application join application_event using (application_id)"
            " where kind = 'offer_accepted'",
        )
    }
    named = {
        row["application_id"]
        for row in truth(home, "select distinct application_id from hire")
        if row["application_id"]
    }
    assert named < accepted
    assert len(named) > len(accepted) * 0.8
    assert truth(home, "select 1 from hire where application_id is null")


def test_the_files_say_what_was_published(home: Path) -> None:
    for company in ("aozora", "hinata", "minato", "yamabiko"):
        rows = truth(
            home,
            "select hire_id, observed_on, left_on, annual_salary_yen from hire h"
            " where company_id = ? and published_at = (select max(published_at) from hire n"
            " where n.company_id = h.company_id and n.hire_id = h.hire_id and published_at <= ?)",
            company,
            clock(home),
        )
        listed = newest(home, company, "hires", "hire_id")
        assert {key[0]: row["observed_on"] for key, row in listed.items()} == {
            row["hire_id"]: row["observed_on"] for row in rows
        }
        assert {key[0]: row["left_on"] for key, row in listed.items()} == {
            row["hire_id"]: row["left_on"] for row in rows
        }


def test_one_company_s_list_omits_who_left(home: Path) -> None:
    leavers = Counter(
        row["company_id"] for row in truth(home, "select * from hire where left_on is not null")
    )
    assert set(leavers) == {"aozora", "hinata", "minato"}
    assert truth(
        home,
        "select 1 from hire group by company_id, hire_id having company_id = 'yamabiko'"
        " and julianday('2026-06-30') - julianday(max(observed_on)) > 120"
        " and julianday(max(observed_on)) - julianday(joined_on) < 365",
    )


def test_horizons_fall_on_somebody_s_last_day(home: Path) -> None:
    days = truth(
        home, "select distinct julianday(left_on) - julianday(joined_on) as days from hire"
    )
    assert {row["days"] for row in days} & {29, 30, 89, 90, 179, 180, 364, 365}


def test_salaries_come_late_or_never(home: Path) -> None:
    none = {
        row["company_id"]
        for row in truth(
            home, "select company_id from hire group by 1 having count(annual_salary_yen) = 0"
        )
    }
    assert none == {"minato"}
    assert truth(
        home,
        "select 1 from hire group by company_id, hire_id"
        " having count(annual_salary_yen) between 1 and count(*) - 1",
    )


def test_costs_are_corrected_and_one_company_states_none_of_the_programme(home: Path) -> None:
    assert truth(home, "select 1 from cost group by company_id, cost_id having count(*) = 2")
    stating = truth(home, "select distinct company_id from cost where is_programme = 'yes'")
    assert {row["company_id"] for row in stating} == {"aozora", "hinata", "yamabiko"}


def test_fees_have_versions_begin_late_or_are_missing(home: Path) -> None:
    versions = Counter(row["company_id"] for row in truth(home, "select * from fee_term"))
    assert versions == {"aozora": 2, "hinata": 1, "yamabiko": 1}
    assert truth(home, "select 1 from fee_term where refund_steps is null")
