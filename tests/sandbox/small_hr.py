"""A few employees behind SmartHR's and freee's simulators, and clients without any manners."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import requests

from sandbox import store
from sandbox.freee import access_token
from sandbox.refresh_tokens import refresh_token
from tests.sandbox.small import refill

EMPLOYEES = 250
FIRST = date(2020, 1, 1)
COMPANY = 10_000_000
SMARTHR = store.Account("aozora_smarthr", "smarthr", "aozora", None, "shr-key", (), None, None)
FREEE = store.Account("aozora_freee", "freee", "aozora", "id", "key", (), COMPANY, None)
STATUSES = ("employed", "absent", "retired", "employed")
PRIVATE = ("7654321", "1234-567890", "ordinary", "JPN", "千代田区", "持病のため")
Get = Callable[..., requests.Response]


def _row(
    account: store.Account, stream: str, number: int, flags: str, body: dict[str, Any]
) -> store.Record:
    made = f"{FIRST + timedelta(days=number)}T00:00:00.000Z"
    place = (account.account, account.vendor, stream, number, body["id"])
    return (*place, made, made, made, flags, json.dumps(body, ensure_ascii=False).encode())


def left_on(number: int) -> str | None:
    """Every tenth has left, and some leave one day."""
    if number % 10 == 0:
        return (FIRST + timedelta(days=number + 200)).isoformat()
    return "2026-12-31" if number % 10 == 5 else None


def crew(number: int, *, changed: str | None = None, **fields: Any) -> store.Record:
    """The crew that was made a number of days after the first, with all that a crew may carry."""
    body = {
        "id": f"crew-{number:04d}",
        "emp_code": f"{number:05d}",
        "emp_status": "retired" if number % 10 == 0 else STATUSES[number % 2],
        "last_name": "佐藤",
        "first_name": "花子",
        "last_name_yomi": "サトウ",
        "first_name_yomi": "ハナコ",
        "business_last_name": "鈴木",
        "business_first_name": "花子",
        "birth_at": "1990-01-31",
        "tel_number": "080-1234-5678",
        "email": f"p{number}@example.jp",
        "entered_at": (FIRST + timedelta(days=number)).isoformat(),
        "resigned_at": left_on(number),
        "resigned_reason": "持病のため、自己都合" if left_on(number) else None,
        "bank_accounts": [{"account_number": "7654321"}],
        "basic_pension_number": "1234-567890",
        "handicapped_type": "ordinary",
        "nationality_code": "JPN",
        "address": {"city": "千代田区"},
        "created_at": f"{FIRST + timedelta(days=number)}T00:00:00.000Z",
        "updated_at": changed or f"{FIRST + timedelta(days=number)}T00:00:00.000Z",
        **fields,
    }
    row = _row(SMARTHR, "crews", number, "", body)
    return (*row[:6], body["updated_at"], body["updated_at"], *row[8:])


def employee(number: int, **fields: Any) -> store.Record:
    """The same people at freee, a few of them on no payroll."""
    body = {
        "id": number + 1,
        "num": f"{number:05d}",
        "display_name": "佐藤 花子",
        "entry_date": (FIRST + timedelta(days=number)).isoformat(),
        "retire_date": left_on(number),
        "user_id": number + 7_000,
        "email": None if number % 3 == 0 else f"p{number}@example.jp",
        **fields,
    }
    row = _row(FREEE, "employees", number + 1, "no_payroll" if number % 25 == 1 else "", body)
    return (*row[:4], None, *row[5:])


def fill(home: Path, employees: int = EMPLOYEES) -> None:
    """Make the world of `home` these people and nothing else."""
    rows = [make(number) for make in (crew, employee) for number in range(employees)]
    refill(home, (SMARTHR, FREEE), rows)


def refreshes(home: Path, number: int = 1) -> str:
    """Let freee's tokens have been refreshed so often; the access token that is good now."""
    with store.transaction(store.open_world(home)) as world:
        store.set_meta(world, f"freee_refreshes:{FREEE.account}", str(number))
    return access_token(FREEE, number)


def smarthr(url: str, key: str = SMARTHR.secret) -> Get:
    """GET of a list of SmartHR."""

    def get(stream: str = "crews", **params: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {key}"}
        address = f"{url}/smarthr/api/v1/{stream}"
        return requests.get(address, params=params, headers=headers, timeout=10)

    return get


def freee(url: str, token: str) -> Get:
    """GET of a list of freee."""

    def get(path: str = f"companies/{COMPANY}/employees", **params: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        address = f"{url}/freee/hr/api/v1/{path}"
        return requests.get(address, params=params, headers=headers, timeout=10)

    return get


def grant(url: str, token: str = refresh_token(FREEE, 0), **form: str) -> requests.Response:
    """Ask freee for new tokens."""
    sent = {
        "grant_type": "refresh_token",
        "client_id": "id",
        "client_secret": "key",
        "refresh_token": token,
        **form,
    }
    return requests.post(f"{url}/freee/public_api/token", data=sent, timeout=10)
