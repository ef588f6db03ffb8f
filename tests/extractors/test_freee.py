"""freee人事労務 read from its simulator: everybody of all periods, tokens that are good once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from extractors.errors import CredentialsError, SourceError
from extractors.freee import SOURCE
from extractors.stream import Record
from sandbox.refresh_tokens import refresh_token
from tests.extractors.conftest import Vendor
from tests.sandbox.small import put, setting
from tests.sandbox.small_hr import (
    COMPANY,
    EMPLOYEES,
    FREEE,
    employee,
    fill,
    freee,
    grant,
    refreshes,
)
from warehouse import home as relay
from warehouse import rotating

ALL = list(range(1, EMPLOYEES + 1))
OPTIONS: dict[str, Any] = {"company_id": COMPANY}


@pytest.fixture
def vendor(running: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Vendor:
    home, url = running
    fill(home)
    monkeypatch.setenv("RELAY_HOME", str(tmp_path))
    _log_in(monkeypatch, url)
    return Vendor(home, "freee", FREEE.account)


def _log_in(monkeypatch: pytest.MonkeyPatch, url: str, refresh: int = 0, **parts: object) -> None:
    credentials = {
        "host": f"{url}/freee/hr",
        "login": FREEE.client_id,
        "password": FREEE.secret,
        "extra": {
            "refresh_token": refresh_token(FREEE, refresh),
            "token_url": f"{url}/freee/public_api/token",
        },
        **parts,
    }
    monkeypatch.setenv("AIRFLOW_CONN_AOZORA_FREEE", orjson.dumps(credentials).decode())


def ids(records: Sequence[Record]) -> list[int]:
    return [int(str(record.get("id"))) for record in records]


def test_a_scan_reads_everybody_once_also_who_is_on_no_payroll(vendor: Vendor) -> None:
    """Pages of fifty, as they come unless asked for, would end the scan with the first one."""
    scan = vendor.scan("employees", **OPTIONS)
    assert scan.stream.complete
    [(_, records)] = vendor.batches(scan)
    assert ids(records) == ALL
    assert scan.counters.requests == 3 + 1  # and the token's


def test_a_full_last_page_is_not_the_end(vendor: Vendor) -> None:
    fill(vendor.home, 200)
    put(vendor.home, *(employee(number) for number in range(200, 300)))
    scan = vendor.scan("employees", **OPTIONS)
    [(_, records)] = vendor.batches(scan)
    assert len(records) == 300
    assert scan.counters.requests == 4 + 1


def test_somebody_new_while_it_is_read_hides_nobody(vendor: Vendor) -> None:
    found: list[int] = []
    for batch in SOURCE.reader.batches(vendor.scan("employees", **OPTIONS)):
        for page in batch.pages:
            put(vendor.home, employee(EMPLOYEES + len(found)))
            found += ids(page.records)
    assert set(found) >= set(ALL)
    assert len(found) == len(set(found))


def kept() -> list[str]:
    """The refresh tokens that RELAY_HOME holds."""
    values = orjson.loads((relay() / "rotating.json").read_bytes())
    return [value for key, value in values.items() if not key.endswith(":since")]


def _retained(employees: Sequence[Record], days: int) -> tuple[int, int]:
    """How many stayed that long, of how many whose time is over by July 2026, by their own rows."""
    stayed = told = 0
    for one in employees:
        horizon = date.fromisoformat(one["entry_date"]) + timedelta(days=days)
        if horizon <= date(2026, 7, 1):
            told += 1
            left = one["retire_date"]
            stayed += left is None or date.fromisoformat(left) >= horizon
    return stayed, told


def test_the_list_of_a_month_would_give_a_retention_of_100_percent(
    vendor: Vendor, running: tuple[Path, str]
) -> None:
    [(_, everybody)] = vendor.batches(vendor.scan("employees", **OPTIONS))
    stayed, told = _retained(everybody, 365)
    assert (stayed, told) == (225, 250)
    get = freee(running[1], refreshes(vendor.home, 5))
    monthly: list[Record] = []
    params = {"company_id": COMPANY, "year": 2026, "month": 7, "limit": 100}
    for offset in (0, 100, 200):
        monthly += get("employees", offset=offset, **params).json()["employees"]
    assert _retained(monthly, 365) == (len(monthly), len(monthly))
    assert len(monthly) > 200


def test_the_list_of_a_month_is_not_read() -> None:
    assert [stream.path for stream in SOURCE.streams] == [
        "/api/v1/companies/{company_id}/employees"
    ]


def test_nothing_of_a_person_is_stored() -> None:
    stream = SOURCE.stream("employees")
    assert stream.fields == frozenset({"id", "num", "entry_date", "retire_date"})
    assert stream.identity
    assert list(stream.identity(orjson.loads(employee(1)[-1]))) == [
        ("email", "p1@example.jp"),
        ("name", "佐藤 花子"),
    ]
    assert list(stream.identity(orjson.loads(employee(3)[-1]))) == [("name", "佐藤 花子")]


def test_each_refresh_token_is_used_once_and_the_next_one_kept(vendor: Vendor) -> None:
    for _ in range(3):
        vendor.shared = {}  # another run
        assert len(vendor.records("employees", **OPTIONS)) == EMPLOYEES
    assert kept() == [refresh_token(FREEE, 3)]
    assert (relay() / "rotating.json").stat().st_mode & 0o777 == 0o600


def test_who_refreshes_at_the_same_time_is_waited_for(
    vendor: Vendor, running: tuple[Path, str]
) -> None:
    """What another run of this installation gets for the token is the token of the next."""
    with ThreadPoolExecutor(1) as pool:
        with rotating(relay(), FREEE.account, refresh_token(FREEE, 0)) as token:
            reading = pool.submit(vendor.records, "employees", **OPTIONS)
            with pytest.raises(TimeoutError):
                reading.result(timeout=0.5)
            token.replace(grant(running[1], token.present).json()["refresh_token"])
        assert len(reading.result(timeout=60)) == EMPLOYEES
    assert kept() == [refresh_token(FREEE, 2)]


def test_who_refreshes_another_connections_token_is_not_waited_for(vendor: Vendor) -> None:
    with ThreadPoolExecutor(1) as pool, rotating(relay(), "another", "first") as slow:
        reading = pool.submit(vendor.records, "employees", **OPTIONS)
        assert len(reading.result(timeout=60)) == EMPLOYEES
        slow.replace("second")
    assert sorted(kept()) == sorted(["second", refresh_token(FREEE, 1)])


def test_a_token_that_ends_is_renewed(vendor: Vendor) -> None:
    vendor.fault("employees", "expired", after=1)
    assert len(vendor.records("employees", **OPTIONS)) == EMPLOYEES
    assert kept() == [refresh_token(FREEE, 2)]


def test_a_broken_chain_is_told_and_mended_by_a_new_token(
    vendor: Vendor, running: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(vendor.records("employees", **OPTIONS)) == EMPLOYEES
    vendor.shared = {}
    refreshes(vendor.home, 7)  # somebody else has used the token
    with pytest.raises(CredentialsError, match="authorise the app anew") as caught:
        vendor.records("employees", **OPTIONS)
    assert refresh_token(FREEE, 0) not in str(caught.value)
    _log_in(monkeypatch, running[1], 7)
    vendor.shared = {}
    assert len(vendor.records("employees", **OPTIONS)) == EMPLOYEES
    assert kept() == [refresh_token(FREEE, 8)]


@pytest.mark.parametrize("missing", ["login", "password", "extra"])
def test_what_the_token_needs_is_told(
    vendor: Vendor, running: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    _log_in(monkeypatch, running[1], 0, **{missing: None})
    with pytest.raises(CredentialsError, match=r"lacks a login, a password or extra\.refresh"):
        vendor.records("employees", **OPTIONS)


def test_the_allowance_is_spent_and_then_waited_for(vendor: Vendor) -> None:
    setting(vendor.home, "freee_rate_limit", 2)
    setting(vendor.home, "freee_rate_window_s", 6)
    scan = vendor.scan("employees", **OPTIONS)
    [(_, records)] = vendor.batches(scan)
    assert ids(records) == ALL
    assert scan.counters.throttled == 0
    assert scan.counters.waited > 0


@pytest.mark.parametrize("kind", ["truncated", "html", "503"])
def test_what_passes_is_tried_again(vendor: Vendor, kind: str) -> None:
    vendor.fault("employees", kind, after=1)
    assert len(vendor.records("employees", **OPTIONS)) == EMPLOYEES


def test_another_shape_is_not_the_end(vendor: Vendor) -> None:
    vendor.fault("employees", "shape", after=1)
    with pytest.raises(SourceError, match="expected a list of records"):
        vendor.records("employees", **OPTIONS)


def test_the_size_of_a_page_is_not_ours_to_choose() -> None:
    """Where a list ends is known by it."""
    with pytest.raises(ValueError, match="page_size"):
        SOURCE.options_model.model_validate({**OPTIONS, "page_size": 50})
