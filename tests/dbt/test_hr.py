"""HR systems by hand: days and not statuses, who is whom, and a list that omits leavers."""

from typing import Any

import pytest

from tests.dbt.project import Project
from tests.dbt.raw import Company, Raw

BUILT_SOURCES = ("smarthr", "freee")
AS_OF = "2026-06-29T18:00:00Z"  # the 30th in Tokyo
CREWS, EMPLOYEES, OMITTING = "aozora_smarthr", "hinata_freee", "minori_freee"
BUILT = ["+fct_employment_matches", "+fct_retention", "+agg_retention_rates"]
HIRED = "2025-04-01"


def _crew(raw: Raw, name: str, *keys: tuple[str, str], gone: bool = False, **fields: Any) -> None:
    payload = {
        "id": name,
        "emp_code": name,
        "emp_status": "employed",
        "entered_at": HIRED,
        "resigned_at": None,
        "leave_type": None,
        **fields,
    }
    raw.land("smarthr", "crews", CREWS, name, payload, keys, is_deleted=gone)


def _employee(
    raw: Raw, connection: str, name: str, left: str | None = None, gone: bool = False
) -> None:
    payload = {"id": name, "num": name, "entry_date": HIRED, "retire_date": left}
    raw.land("freee", "employees", connection, name, payload, is_deleted=gone)


def _hire(company: Company, name: str, **fields: Any) -> None:
    """A hire whose list has named it once, in the month of joining."""
    stated = {"employee_number": name, **fields}
    company.hire(name, HIRED, "2025-04-30", **stated)


@pytest.fixture(scope="module")
def built(project: Project, raw: Raw) -> Raw:
    companies = {name: raw.company(name) for name in ("aozora", "hinata", "minori")}
    for connection in (CREWS, EMPLOYEES, OMITTING):
        company, _, source = connection.partition("_")
        raw.connection.execute(
            "insert into landing.connections values (%s, %s, %s)", [connection, company, source]
        )
    aozora = companies["aozora"]
    aozora.reference()
    _statuses(raw, aozora)
    _people(raw, aozora)
    for company, connection in (("hinata", EMPLOYEES), ("minori", OMITTING)):
        for name in ("stays", "leaves"):
            _hire(companies[company], name)
            _employee(raw, connection, name)
    raw.check("2025-05-31T18:00:00Z")
    project.run("build", "--select", *BUILT, "--resource-type", "model", "--resource-type", "seed")
    # hinata's system tells of the leaving; minori's list just does not have the person any more
    _employee(raw, EMPLOYEES, "leaves", "2025-12-31")
    _employee(raw, OMITTING, "leaves", gone=True)
    _crew(raw, "deleted_after", resigned_at="2025-07-31", leave_type="dismissal", gone=True)
    _crew(raw, "deleted", gone=True)
    raw.check(AS_OF)
    project.run("build", "--select", *BUILT, "--exclude-resource-type", "unit_test",
                "--indirect-selection", "buildable")  # fmt: skip
    return raw


def _statuses(raw: Raw, company: Company) -> None:
    _crew(raw, "absent", emp_status="absent")
    _crew(raw, "ahead", resigned_at="2026-07-31", leave_type="voluntary")
    _crew(raw, "lagging", resigned_at="2025-06-30", leave_type="contract_end")
    _crew(raw, "early", emp_status="retired", resigned_at="2026-07-31")
    _crew(raw, "undated", emp_status="retired")
    _crew(raw, "deleted_after", resigned_at="2025-07-31", leave_type="dismissal")
    _crew(raw, "deleted")
    for name in ("absent", "ahead", "lagging", "early", "undated", "deleted_after", "deleted"):
        _hire(company, name)
    _hire(company, "listed", employee_number=None)


def _people(raw: Raw, company: Company) -> None:
    """Hires by their application: 1 is there, 2 has a namesake, 3 has another birth date."""
    for number in (1, 2, 3):
        company.candidate(number, email=f"e{number}", name=f"n{number}", birth_date=f"b{number}")
        company.application(number, number)
        _hire(company, f"hire{number}", application_id=str(number), employee_number=None)
    same = (("email", "e1"), ("name", "n1"))
    _crew(raw, "same_person", *same, emp_code=None, entered_at="2025-04-05")
    _crew(raw, "namesake", ("email", "e9"), ("name", "n2"), emp_code=None)
    other = (("email", "e3"), ("name", "n3"), ("birth_date", "b9"))
    _crew(raw, "other_birth", *other, emp_code=None)


@pytest.fixture(scope="module")
def year(built: Raw) -> dict[str, tuple[Any, ...]]:
    """State of each hire of aozora after 365 days, type of leaving, what says so."""
    rows = built.rows(
        "select split_part(employments.employment_id, ':', 3), horizons.state,"
        " employments.leave_type, employments.observer"
        " from intermediate.int_employments as employments"
        " inner join intermediate.int_employment_horizons as horizons using (employment_id)"
        " where horizons.horizon_days = 365 and employments.company_id = 'aozora'"
    )
    return {name: tuple(rest) for name, *rest in rows}


@pytest.mark.parametrize(
    ("name", "state", "kind"),
    [
        ("absent", "retained", None),
        ("ahead", "retained", "voluntary"),
        ("lagging", "left", "contract_end"),
        ("early", "retained", None),
        ("undated", "unknown", None),
        ("deleted_after", "left", "dismissal"),
    ],
)
def test_days_decide_and_not_statuses(
    year: dict[str, tuple[Any, ...]], name: str, state: str, kind: str | None
) -> None:
    assert year[name] == (state, kind, CREWS)


def test_a_record_that_was_deleted_without_a_leaving_says_nothing(
    year: dict[str, tuple[Any, ...]],
) -> None:
    """The list counts, whose newest word is a year old: nothing is known, and not 'retained'."""
    assert year["deleted"] == year["listed"] == ("immature", None, "hires")


def test_the_person_and_the_day_say_who_it_is(built: Raw) -> None:
    found = built.rows(
        "select split_part(employment_id, ':', 3), match_state, match_method, match_tier,"
        " employee_id, is_join_disputed from marts.fct_employment_matches"
        " where employment_id like 'hire:aozora:hire%' order by 1"
    )
    assert found == [
        ("hire1", "matched", "identity", 2, f"{CREWS}:same_person", True),
        ("hire2", "not_found", None, None, None, False),
        ("hire3", "not_found", None, None, None, False),
    ]


def test_a_system_that_tells_of_leavers_gives_a_rate(built: Raw) -> None:
    assert built.rows(
        "select retained, left_total, retention_rate::text, is_feed_suspect"
        " from marts.agg_retention_rates where company_id = 'hinata'"
        " and route = 'all' and horizon_days = 365"
    ) == [(1, 1, "0.500000", False)]


def test_a_list_without_leavers_gives_no_rate_instead_of_100_percent(built: Raw) -> None:
    """As the list of a month would be: whoever left is just not in it any more."""
    assert built.rows(
        "select retained, left_total, retention_rate, is_feed_suspect"
        " from marts.agg_retention_rates where company_id = 'minori'"
        " and route = 'all' and horizon_days = 365"
    ) == [(1, 0, None, True)]
