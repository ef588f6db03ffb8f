"""HR systems by hand: days and not statuses, who is whom, and a list that omits leavers."""

from typing import Any

import pytest

from extractors.erasure import erase_on_request
from extractors.registry import SOURCES
from extractors.stream import Connection
from tests.dbt.project import Project
from tests.dbt.raw import Company, Raw
from tests.extractors.landings import NoOptions

BUILT_SOURCES = ("smarthr", "freee")
AS_OF = "2026-06-29T18:00:00Z"  # the 30th in Tokyo
CREWS, EMPLOYEES, OMITTING = "aozora_smarthr", "hinata_freee", "minori_freee"
BUILT = ["+fct_employment_matches", "+fct_retention", "+agg_retention_rates"]
HIRED, LEFT = "2025-04-01", "2025-12-31"


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
    raw: Raw, connection: str, name: str, *keys: tuple[str, str], gone: bool = False, **fields: Any
) -> None:
    payload = {"id": name, "num": name, "entry_date": HIRED, "retire_date": None, **fields}
    raw.land("freee", "employees", connection, name, payload, keys, is_deleted=gone)


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
    _people_of_freee(raw, companies["hinata"])
    for company, connection in (("hinata", EMPLOYEES), ("minori", OMITTING)):
        for name in ("stays", "leaves"):
            _hire(companies[company], name)
            _employee(raw, connection, name)
    raw.check("2025-05-31T18:00:00Z")
    project.run("build", "--select", *BUILT, "--resource-type", "model", "--resource-type", "seed")
    # hinata's system tells of the leaving; minori's list just does not have the person any more
    _employee(raw, EMPLOYEES, "leaves", retire_date=LEFT)
    _employee(raw, OMITTING, "leaves", gone=True)
    _crew(raw, "deleted_after", resigned_at="2025-07-31", leave_type="dismissal", gone=True)
    _crew(raw, "deleted", gone=True)
    _changes(raw)
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
    _crew(raw, "taken_back", resigned_at="2025-09-30", leave_type="voluntary")
    _crew(raw, "corrected", resigned_at="2026-06-30", leave_type="voluntary")
    for name in ("absent", "ahead", "lagging", "early", "undated", "deleted_after", "deleted",
                 "taken_back", "corrected"):  # fmt: skip
        _hire(company, name)
    _hire(company, "listed", employee_number=None)


def _people(raw: Raw, company: Company) -> None:
    """Hires by their application: 1 is there, 2 has a namesake, 3 has another birth date; 4 and 5
    are there until something changes."""
    for number in range(1, 6):
        company.candidate(number, email=f"e{number}", name=f"n{number}", birth_date=f"b{number}")
        company.application(number, number)
        _hire(company, f"hire{number}", application_id=str(number), employee_number=None)
    same = (("email", "e1"), ("name", "n1"))
    _crew(raw, "same_person", *same, emp_code=None, entered_at="2025-04-05")
    _crew(raw, "namesake", ("email", "e9"), ("name", "n2"), emp_code=None)
    other = (("email", "e3"), ("name", "n3"), ("birth_date", "b9"))
    _crew(raw, "other_birth", *other, emp_code="")
    _crew(raw, "address_then", ("email", "e4"), ("name", "n4"), emp_code=None)
    _crew(raw, "left_then", ("email", "e5"), ("name", "n5"), emp_code=None, resigned_at=LEFT)


def _people_of_freee(raw: Raw, company: Company) -> None:
    """Of freee an address and a name are known, no more."""
    company.reference()
    for number, name in enumerate(("address_then", "left_then"), start=1):
        company.candidate(number, email=f"e{number}", name=f"n{number}")
        company.application(number, number)
        _hire(company, f"hire{number}", application_id=str(number), employee_number=None)
        keys = (("email", f"e{number}"), ("name", f"n{number}"))
        _employee(raw, EMPLOYEES, name, *keys, num="", retire_date=LEFT if number == 2 else None)
    # the address of the application is gone before anything is built
    _employee(raw, EMPLOYEES, "address_then", ("email", "of_before"), ("name", "n1"), num="2")


def _changes(raw: Raw) -> None:
    """What the system says later: days are corrected, an address is another, a record is gone."""
    _crew(raw, "taken_back")
    _crew(raw, "corrected", resigned_at="2025-06-30", leave_type="contract_end")
    moved = (("email", "of_the_company"), ("name", "n4"))
    _crew(raw, "address_then", *moved, emp_code=None, emp_status="absent")
    _crew(raw, "left_then", emp_code=None, resigned_at=LEFT, gone=True)
    _employee(raw, EMPLOYEES, "address_then", ("email", "of_the_company"), ("name", "n1"), num="1")
    _employee(raw, EMPLOYEES, "left_then", num="", retire_date=LEFT, gone=True)


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
        ("taken_back", "retained", None),
        ("corrected", "left", "contract_end"),
    ],
)
def test_days_decide_and_not_statuses(
    year: dict[str, tuple[Any, ...]], name: str, state: str, kind: str | None
) -> None:
    assert year[name] == (state, kind, CREWS)


def test_only_a_status_without_its_day_is_undated(built: Raw) -> None:
    """Who is absent is employed; who is called retired before the last day still comes to work."""
    assert built.rows(
        "select employee_number from intermediate.int_employees_unioned where is_undated_leaver"
    ) == [("undated",)]
    assert built.rows(
        "select split_part(employment_id, ':', 3) from intermediate.int_employments"
        " where company_id = 'aozora' and last_employed_date = '2026-06-30' order by 1"
    ) == [(name,) for name in ("absent", "ahead", "early", "hire1", "hire4", "taken_back")]


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
        ("hire4", "matched", "identity", 2, f"{CREWS}:address_then", False),
        ("hire5", "matched", "identity", 2, f"{CREWS}:left_then", False),
    ]


def test_what_a_system_said_once_still_says_who_it_is(built: Raw) -> None:
    """The address of the application went when the company gave its own, or with the record, or
    was never that of the newest version."""
    found = built.rows(
        "select matches.employee_id, horizons.state"
        " from marts.fct_employment_matches as matches"
        " inner join intermediate.int_employment_horizons as horizons using (employment_id)"
        " where horizons.horizon_days = 365 and matches.match_method = 'identity'"
        " and (employee_id like '%:address_then' or employee_id like '%:left_then') order by 1"
    )
    assert found == [
        (f"{CREWS}:address_then", "retained"),
        (f"{CREWS}:left_then", "left"),
        (f"{EMPLOYEES}:address_then", "retained"),
        (f"{EMPLOYEES}:left_then", "left"),
    ]


def test_a_blank_number_is_none(built: Raw) -> None:
    """As a number it would be everybody's who has none."""
    assert built.rows(
        "select employee_id, employee_number from intermediate.int_employees_unioned"
        " where employee_id like '%:other_birth' or employee_id like '%freee:left_then' order by 1"
    ) == [(f"{CREWS}:other_birth", None), (f"{EMPLOYEES}:left_then", None)]


def test_a_system_that_tells_of_leavers_gives_a_rate(built: Raw) -> None:
    assert built.rows(
        "select retained, left_total, retention_rate::text, is_feed_suspect"
        " from marts.agg_retention_rates where company_id = 'hinata'"
        " and route = 'all' and horizon_days = 365"
    ) == [(2, 2, "0.500000", False)]


def test_a_list_without_leavers_gives_no_rate_instead_of_100_percent(built: Raw) -> None:
    """As the list of a month would be: whoever left is just not in it any more."""
    assert built.rows(
        "select retained, left_total, retention_rate, is_feed_suspect"
        " from marts.agg_retention_rates where company_id = 'minori'"
        " and route = 'all' and horizon_days = 365"
    ) == [(1, 0, None, True)]


def test_who_is_erased_stays_the_employee(built: Raw, project: Project) -> None:
    matches = (
        "select employment_id, match_state, match_tier, employee_id"
        " from marts.fct_employment_matches order by 1"
    )
    before = built.rows(matches)
    connection = Connection("aozora_greenhouse", "aozora", "greenhouse", "c", NoOptions())
    stream = SOURCES["greenhouse"].stream("candidates")
    assert erase_on_request(connection, stream, ["1", "2", "3", "4"], "suzuki") == 4
    assert not built.rows(
        "select key from vault.identity_keys where connection = 'aozora_greenhouse'"
        " and record_id in ('1', '2', '3', '4') and key not like '~%%'"
    )
    project.run("run", "--select", "+fct_employment_matches")
    assert built.rows(matches) == before
