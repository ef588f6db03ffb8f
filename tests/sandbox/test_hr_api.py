"""SmartHR and freee over real HTTP: pages, fields, orders, hidden rows, tokens, allowances."""

from pathlib import Path

import pytest

from sandbox import faults
from tests.sandbox.small import setting
from tests.sandbox.small_hr import (
    COMPANY,
    EMPLOYEES,
    PRIVATE,
    Get,
    fill,
    freee,
    grant,
    left_on,
    refreshes,
    smarthr,
)


@pytest.fixture
def home(running: tuple[Path, str]) -> Path:
    fill(running[0])
    return running[0]


@pytest.fixture
def crews(home: Path, running: tuple[Path, str]) -> Get:
    return smarthr(running[1])


@pytest.fixture
def employees(home: Path, running: tuple[Path, str]) -> Get:
    return freee(running[1], refreshes(home))


def test_a_wrong_token_opens_nothing(home: Path, running: tuple[Path, str]) -> None:
    assert smarthr(running[1], "wrong")().status_code == 401
    assert freee(running[1], "wrong")().status_code == 401
    assert freee(running[1], "")().status_code == 401


def test_crews_come_ten_a_page_unless_asked_for_a_hundred(crews: Get) -> None:
    assert len(crews().json()) == 10
    pages = [crews(page=page, per_page=100) for page in (1, 2, 3, 4)]
    assert [len(page.json()) for page in pages] == [100, 100, 50, 0]
    assert {page.headers["x-total-count"] for page in pages} == {str(EMPLOYEES)}
    assert ['rel="next"' in page.headers.get("Link", "") for page in pages] == [
        True, True, False, False,
    ]  # fmt: skip
    assert crews(per_page=101).status_code == 400
    assert crews(page=0).status_code == 400
    assert crews("departments").status_code == 404


def test_fields_narrow_what_a_crew_shows(crews: Get) -> None:
    whole = crews(per_page=100)
    assert [private for private in PRIVATE if private not in whole.text] == []
    narrow = crews(fields="id,entered_at", per_page=100)
    assert [private for private in PRIVATE if private in narrow.text] == []
    assert narrow.json()[0].keys() == {"id", "entered_at"}
    assert crews(fields="shoe_size").status_code == 400


def test_crews_are_sorted_by_properties(crews: Get) -> None:
    newest = crews(sort="-updated_at").json()
    assert newest[0]["id"] == f"crew-{EMPLOYEES - 1:04d}"
    by_status = [c["emp_status"] for c in crews(sort="emp_status,-updated_at", per_page=100).json()]
    assert by_status == sorted(by_status)
    assert crews(sort="shoe_size").status_code == 400


def test_both_allowances_are_told_in_seconds(home: Path, crews: Get) -> None:
    setting(home, "smarthr_rate_limit", 2)
    setting(home, "smarthr_rate_window_s", 1800)
    setting(home, "smarthr_intensive_limit", 1)
    setting(home, "smarthr_intensive_window_s", 900)
    good, refused = crews(), crews()
    assert (good.status_code, refused.status_code) == (200, 429)
    assert good.headers["x-rate-limit-remaining"] == "1"
    assert good.headers["x-intensive-rate-limit-remaining"] == "0"
    assert 0 < int(refused.headers["x-rate-limit-reset"]) <= 1800
    assert 0 < int(refused.headers["x-intensive-rate-limit-reset"]) <= 900
    assert "Retry-After" not in refused.headers


def test_a_plan_without_the_api_is_refused(home: Path, crews: Get) -> None:
    setting(home, "smarthr_plan_limit", "true")
    answer = crews()
    assert (answer.status_code, answer.json()["type"]) == (403, "plan_limit")


@pytest.mark.parametrize("vendor", ["smarthr", "freee"])
@pytest.mark.parametrize(
    ("kind", "status"),
    [("429", 429), ("500", 500), ("503", 503), ("forbidden", 403), ("expired", 401)],
)
def test_refusals(
    home: Path, crews: Get, employees: Get, vendor: str, kind: str, status: int
) -> None:
    faults.inject(home, vendor, "*", kind)
    get = crews if vendor == "smarthr" else employees
    assert get().status_code == status
    assert get().status_code == 200


def test_maintenance_has_its_own_name(home: Path, crews: Get) -> None:
    faults.inject(home, "smarthr", "crews", "503")
    assert crews().json()["type"] == "service_maintenance"


def test_employees_come_fifty_a_page_unless_asked_for_a_hundred(employees: Get) -> None:
    hidden = {"with_no_payroll_calculation": "true"}
    assert len(employees().json()) == 50
    sizes = [len(employees(limit=100, offset=n, **hidden).json()) for n in (0, 100, 200, 300)]
    assert sizes == [100, 100, 50, 0]
    assert employees(limit=101).status_code == 400


def test_who_is_on_no_payroll_is_hidden_unless_asked_for(employees: Get) -> None:
    shown = sum(len(employees(limit=100, offset=n).json()) for n in (0, 100, 200))
    assert shown == EMPLOYEES - 10


def test_the_list_of_a_month_omits_who_has_left(employees: Get) -> None:
    """As the vendor has it. Whoever is in it has not left before that month."""
    params = {"company_id": COMPANY, "year": 2026, "month": 6, "limit": 100}
    pages = [employees("employees", offset=n, **params).json() for n in (0, 100, 200)]
    listed = [one for page in pages for one in page["employees"]]
    gone = {n + 1 for n in range(EMPLOYEES) if (left_on(n) or "9999") < "2026-06-01"}
    assert gone
    assert not gone & {one["id"] for one in listed}


def test_another_company_is_refused(employees: Get) -> None:
    assert employees("companies/1/employees").status_code == 403


def test_a_refresh_token_is_good_once(home: Path, running: tuple[Path, str]) -> None:
    url = running[1]
    first = grant(url).json()
    assert freee(url, first["access_token"])().status_code == 200
    assert grant(url).status_code == 401
    second = grant(url, first["refresh_token"]).json()
    assert freee(url, first["access_token"])().status_code == 401
    assert freee(url, second["access_token"])().status_code == 200
    assert grant(url, second["refresh_token"], client_secret="wrong").status_code == 401
