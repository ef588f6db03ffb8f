"""SmartHR read from its simulator: what is asked for and stored, orders, pace, refusals."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from extractors.errors import CredentialsError, PermissionMissing, SourceError
from extractors.smarthr import ASKED, SOURCE, STORED
from extractors.stream import Scan
from tests.extractors.conftest import Vendor
from tests.sandbox.small import put, remove, setting
from tests.sandbox.small_hr import EMPLOYEES, PRIVATE, SMARTHR, crew, fill

ALL = [f"crew-{number:04d}" for number in range(EMPLOYEES)]
NOW = "2026-07-01T00:00:00.000Z"


@pytest.fixture
def smarthr(running: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Vendor:
    home, url = running
    fill(home)
    credentials = {"host": f"{url}/smarthr/api", "password": SMARTHR.secret}
    monkeypatch.setenv("AIRFLOW_CONN_AOZORA_SMARTHR", orjson.dumps(credentials).decode())
    return Vendor(home, "smarthr", SMARTHR.account)


def pages(scan: Scan) -> Iterator[list[str]]:
    for batch in SOURCE.reader.batches(scan):
        for page in batch.pages:
            yield [str(record.get("id")) for record in page.records]


def prepared(record: dict[str, Any], **options: Any) -> dict[str, Any]:
    stream = SOURCE.stream("crews").bound(SOURCE.options_model.model_validate(options))
    assert stream.prepare
    return stream.prepare(record)


def test_a_scan_reads_everybody_once(smarthr: Vendor) -> None:
    """With pages of ten, as they come unless asked for, it would take 25 requests."""
    scan = smarthr.scan("crews")
    assert scan.stream.complete
    assert [one for page in pages(scan) for one in page] == ALL
    assert scan.counters.requests == 3


def test_a_change_while_it_is_read_hides_nobody(smarthr: Vendor) -> None:
    found: list[str] = []
    for page in pages(smarthr.scan("crews")):
        put(smarthr.home, crew(150 + len(found) // 100, changed=NOW))
        found += page
    assert found == ALL


def test_in_the_order_of_changes_somebody_would_be_lost(smarthr: Vendor) -> None:
    """Why the order of changes is not used: the crew jumps to the page that is read already."""
    found: list[str] = []
    for page in pages(smarthr.scan("crews", sort="-updated_at")):
        put(smarthr.home, crew(0, changed=NOW))
        found += page
    assert set(ALL) - set(found) == {"crew-0000"}


def test_a_scan_during_which_a_crew_is_deleted_is_not_believed(smarthr: Vendor) -> None:
    reading = pages(smarthr.scan("crews"))
    assert next(reading) == ALL[:100]
    remove(smarthr.home, 3)
    with pytest.raises(SourceError, match="1 rows were deleted while it was read"):
        next(reading)


def test_no_more_is_asked_for_than_is_needed(smarthr: Vendor) -> None:
    records = smarthr.records("crews")
    shown = [record for record in records if isinstance(record, dict)]
    assert {name for record in shown for name in record} == set(ASKED)
    said = orjson.dumps(shown).decode()
    assert [private for private in PRIVATE if private in said] == ["持病のため"]


def test_nothing_of_a_person_is_stored() -> None:
    record = prepared(orjson.loads(crew(10)[-1]))
    stored = {name: record[name] for name in STORED}
    assert SOURCE.stream("crews").fields == STORED
    assert stored == {
        "id": "crew-0010",
        "emp_code": "00010",
        "emp_status": "retired",
        "entered_at": "2020-01-11",
        "resigned_at": "2020-07-29",
        "leave_type": "voluntary",
    }


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("自己都合による退職", "voluntary"),
        ("整理解雇", "dismissal"),
        ("会社都合（解雇）", "dismissal"),
        ("雇用契約の期間満了", "contract_end"),
        ("定年", "other"),
        ("一身上の理由", None),
        ("自己都合か会社都合か係争中", None),
        ("", None),
        (None, None),
    ],
)
def test_words_of_the_reason_name_a_type(reason: str | None, kind: str | None) -> None:
    assert prepared({"resigned_reason": reason})["leave_type"] == kind


def test_an_account_s_own_words_count_too() -> None:
    words = {"転職": "voluntary", "定年": "contract_end"}
    assert prepared({"resigned_reason": "転職"}, leave_words=words)["leave_type"] == "voluntary"
    assert prepared({"resigned_reason": "定年"}, leave_words=words)["leave_type"] == "contract_end"


def test_a_person_is_known_by_what_there_is() -> None:
    identity = SOURCE.stream("crews").identity
    assert identity
    assert list(identity(orjson.loads(crew(1)[-1]))) == [
        ("email", "p1@example.jp"),
        ("phone", "080-1234-5678"),
        ("birth_date", "1990-01-31"),
        ("name", "佐藤花子"),
        ("name", "鈴木花子"),
        ("kana", "サトウハナコ"),
    ]
    assert list(identity({"last_name": "佐藤", "first_name": None})) == []


@pytest.mark.parametrize("allowance", ["smarthr_rate", "smarthr_intensive"])
def test_an_allowance_is_spent_and_then_waited_for(smarthr: Vendor, allowance: str) -> None:
    setting(smarthr.home, f"{allowance}_limit", 2)
    setting(smarthr.home, f"{allowance}_window_s", 2)
    scan = smarthr.scan("crews")
    assert [one for page in pages(scan) for one in page] == ALL
    assert scan.counters.throttled == 0
    assert scan.counters.waited > 0


def test_a_plan_without_the_api_is_told_so(smarthr: Vendor) -> None:
    setting(smarthr.home, "smarthr_plan_limit", "true")
    with pytest.raises(PermissionMissing, match="in a plan that has the API"):
        smarthr.records("crews")


@pytest.mark.parametrize("kind", ["truncated", "html", "503"])
def test_what_passes_is_tried_again(smarthr: Vendor, kind: str) -> None:
    smarthr.fault("crews", kind, after=1)
    assert len(smarthr.records("crews")) == EMPLOYEES


def test_another_shape_is_not_the_end(smarthr: Vendor) -> None:
    smarthr.fault("crews", "shape", after=1)
    with pytest.raises(SourceError, match="expected a list of records"):
        smarthr.records("crews")


def test_a_sub_domain_is_needed(smarthr: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_AOZORA_SMARTHR", '{"password": "k"}')
    with pytest.raises(CredentialsError, match="has no host"):
        smarthr.records("crews")


def test_the_size_of_a_page_is_not_ours_to_choose() -> None:
    """Where a list ends is known by it."""
    with pytest.raises(ValueError, match="page_size"):
        SOURCE.options_model.model_validate({"page_size": 50})
