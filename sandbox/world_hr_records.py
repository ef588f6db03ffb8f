"""Employees as SmartHR and freee人事労務 show them at a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import orjson

from sandbox.exchange import Vendor
from sandbox.freee import Freee
from sandbox.reader import World
from sandbox.refresh_tokens import refresh_token
from sandbox.smarthr import SmartHr
from sandbox.store import Account, Record
from sandbox.world_company import Company
from sandbox.world_hr import Employee
from sandbox.world_time import tokyo_date

Json = dict[str, Any]


@dataclass(frozen=True)
class Hr:
    """An HR system in the sandbox; as ``world_ats.Ats``, for employees instead of stories."""

    name: str
    simulator: Callable[[World], Vendor]
    record: Callable[[Company, Employee, int], Record]
    account: Callable[[Company, Random], Account]
    options: Callable[[Account], dict[str, str]]
    credentials: Callable[[Account, str], Json]

    def records(
        self, company: Company, employees: Iterable[Employee], clock: int
    ) -> Iterator[Record]:
        """The records that are there at a clock."""
        today = tokyo_date(clock)
        for one in employees:
            if one.seen_on <= today and not _past(one.deleted_on, today):
                yield self.record(company, one, clock)


def _past(day: str | None, today: str) -> bool:
    return day is not None and day <= today


def _left_on(employee: Employee, today: str) -> str | None:
    return employee.left_on if _past(employee.told_on, today) else None


def _status(employee: Employee, today: str, clock: int) -> str:
    """A leaving that is known ahead, or has not been worked through yet, changes no status."""
    left = _left_on(employee, today)
    worked_through = tokyo_date(clock - employee.status_lag * 86_400)
    if left is not None and left < worked_through:
        return "retired"
    if _past(employee.absent_from, today) and not _past(employee.absent_until, today):
        return "absent"
    return "employed"


def _record(
    company: Company, employee: Employee, place: tuple[str, str | None], today: str, body: Json
) -> Record:
    """A row of the stream and under the key that ``place`` holds."""
    flags = "" if employee.is_on_payroll else "no_payroll"
    made, changed = _made(employee), _changed(employee, today)
    stream, key = place
    row = (company.hr_account, company.hr, stream, employee.number, key)
    return (*row, made, changed, changed, flags, orjson.dumps(body))


def _made(employee: Employee) -> str:
    return f"{employee.seen_on}T00:00:00.000Z"


def _changed(employee: Employee, today: str) -> str:
    """The time of the last change that is visible."""
    days = (employee.seen_on, employee.told_on, employee.absent_from, employee.absent_until)
    return f"{max(day for day in days if _past(day, today) and day)}T00:00:00.000Z"


def _crew(company: Company, employee: Employee, clock: int) -> Record:
    today, shown = tokyo_date(clock), employee.shown
    key = employee.employee_id.partition(":")[2]
    left = _left_on(employee, today)
    family_kana, _, given_kana = (shown["kana"] or "").partition(" ")
    body: Json = {
        "id": key,
        "user_id": None,
        "emp_code": employee.code,
        "emp_status": _status(employee, today, clock),
        "last_name": shown["family"],
        "first_name": shown["given"],
        "last_name_yomi": family_kana,
        "first_name_yomi": given_kana,
        "business_last_name": None,
        "business_first_name": None,
        "business_last_name_yomi": None,
        "business_first_name_yomi": None,
        "gender": "female",
        "birth_at": shown["born"],
        "tel_number": shown["phone"],
        "email": shown["email"],
        "address": {"pref": "東京都", "city": "千代田区", "street": "1-1"},
        "entered_at": employee.joined_on,
        "resigned_at": left,
        "resigned_reason": employee.reason if left else None,
        "employment_type": {"id": "1", "name": "正社員", "preset_type": "permanent_employee"},
        "basic_pension_number": "1234-567890",
        "bank_accounts": [{"bank_code": "0001", "account_number": "7654321"}],
        "handicapped_type": "ordinary",
        "having_spouse": True,
        "nationality_code": "JPN",
        "created_at": _made(employee),
        "updated_at": _changed(employee, today),
    }
    return _record(company, employee, ("crews", key), today, body)


def _employee(company: Company, employee: Employee, clock: int) -> Record:
    today, shown = tokyo_date(clock), employee.shown
    body: Json = {
        "id": employee.number,
        "num": employee.code,
        "display_name": f"{shown['family']} {shown['given']}",
        "entry_date": employee.joined_on,
        "retire_date": _left_on(employee, today),
        "user_id": employee.number + 1,
        "email": shown["email"],
    }
    return _record(company, employee, ("employees", None), today, body)


def _smarthr_account(company: Company, rng: Random) -> Account:
    secret = f"shr_{rng.getrandbits(160):040x}"
    name = company.hr_account
    return Account(name, "smarthr", company.company_id, None, secret, (), None, None)


def _freee_account(company: Company, rng: Random) -> Account:
    """Its user_id is freee's number of the company."""
    client, secret = f"{rng.getrandbits(128):032x}", f"{rng.getrandbits(160):040x}"
    number = 10_000_000 + company.index
    name = company.hr_account
    return Account(name, "freee", company.company_id, client, secret, (), number, None)


def _smarthr_credentials(account: Account, url: str) -> Json:
    return {"conn_type": "http", "host": f"{url}/smarthr/api", "password": account.secret}


def _freee_credentials(account: Account, url: str) -> Json:
    return {
        "conn_type": "http",
        "host": f"{url}/freee/hr",
        "login": account.client_id,
        "password": account.secret,
        "extra": {
            "refresh_token": refresh_token(account, 0),
            "token_url": f"{url}/freee/public_api/token",
        },
    }


HR: dict[str, Hr] = {
    hr.name: hr
    for hr in (
        Hr("smarthr", SmartHr, _crew, _smarthr_account, lambda _: {}, _smarthr_credentials),
        Hr(
            "freee",
            Freee,
            _employee,
            _freee_account,
            lambda account: {"company_id": str(account.user_id)},
            _freee_credentials,
        ),
    )
}
"""The HR systems that companies of the sandbox may use."""

NO_HR = "none"
"""A company without one, in a world where others have some."""
