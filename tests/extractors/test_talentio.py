"""Talentio read from its simulator: hidden rows, orders while rows change, what is stored."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from extractors.errors import SourceError
from extractors.stream import Scan
from extractors.talentio import SOURCE
from sandbox.world_herp import JAPAN
from tests.extractors.conftest import Vendor
from tests.sandbox.small import put, remove, setting
from tests.sandbox.small_talentio import ACCOUNT, CANDIDATES, candidate, fill

ALL = list(range(CANDIDATES))
JUST_NOW = datetime(2026, 7, 1, tzinfo=JAPAN)


@pytest.fixture
def talentio(running: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Vendor:
    home, url = running
    fill(home)
    setting(home, "talentio_updated_filter", "true")
    credentials = {"host": f"{url}/talentio/api/v1", "password": ACCOUNT.secret}
    monkeypatch.setenv("AIRFLOW_CONN_AOZORA_TALENTIO", orjson.dumps(credentials).decode())
    return Vendor(home, "talentio", ACCOUNT.account)


def pages(scan: Scan) -> Iterator[list[int]]:
    for batch in SOURCE.reader.batches(scan):
        for page in batch.pages:
            yield [int(str(record.get("id"))) for record in page.records]


def test_a_scan_reads_everything_once_also_what_is_hidden(talentio: Vendor) -> None:
    scan = talentio.scan("candidates", {"until": "2026-06-30T15:00:00Z"})
    assert scan.stream.complete
    assert [number for page in pages(scan) for number in page] == ALL
    assert scan.counters.requests == 3


@pytest.mark.parametrize("updated_filter", [False, True])
def test_a_change_while_it_is_read_hides_nobody(talentio: Vendor, updated_filter: bool) -> None:
    """In the order of updatedAt the row that moves to page 1 when page 1 has been read is lost."""
    scan = talentio.scan("candidates", updated_filter=updated_filter, start_date="2026-01-01")
    found: list[int] = []
    for page in pages(scan):
        put(talentio.home, candidate(len(found) + 5, changed=JUST_NOW))
        put(talentio.home, candidate(CANDIDATES + len(found)))
        found += page
    assert set(found) >= set(ALL)
    assert len(found) == len(set(found))


def test_a_scan_during_which_a_row_is_deleted_is_not_believed(talentio: Vendor) -> None:
    """The first row of the second page has moved to the first, which is read already."""
    reading = pages(talentio.scan("candidates"))
    assert next(reading) == ALL[:100]
    remove(talentio.home, 3)
    with pytest.raises(SourceError, match="1 rows were deleted while it was read"):
        next(reading)


def test_with_the_filter_only_what_changed_is_read(talentio: Vendor) -> None:
    state = {"until": "2026-01-11T00:00:00Z"}
    options: dict[str, Any] = {"updated_filter": True, "lag_minutes": 0}
    scan = talentio.scan("candidates", state, **options)
    assert not scan.stream.complete
    found = [number for page in pages(scan) for number in page]
    assert found == [number for number in ALL if number >= 9 * 24 + 33]
    assert scan.counters.requests == 1
    setting(talentio.home, "talentio_updated_filter", "false")
    ignored = talentio.scan("candidates", state, **options)
    assert [number for page in pages(ignored) for number in page] == ALL


def test_the_allowance_is_spent_and_then_waited_for(talentio: Vendor) -> None:
    setting(talentio.home, "talentio_rate_limit", 2)
    setting(talentio.home, "talentio_rate_window_s", 6)
    scan = talentio.scan("candidates")
    assert [number for page in pages(scan) for number in page] == ALL
    assert scan.counters.throttled == 0
    assert scan.counters.waited > 0


def test_the_reset_is_a_number_of_seconds() -> None:
    reader: Any = SOURCE.reader
    pace = reader.rate.pace()
    headers = {
        "Date": "Fri, 01 May 2020 00:00:00 GMT",
        "X-Remaining": "0",
        "X-Reset": "1200",
    }
    pace.observe(headers, 100.0)
    assert 1200 <= pace.delay(100.0) <= 1200.1


def test_nothing_but_what_is_needed_is_stored() -> None:
    stream = SOURCE.stream("candidates")
    assert stream.prepare
    assert stream.fields
    record = orjson.loads(candidate(1)[-1])
    prepared = stream.prepare(record)
    stored = {name: prepared[name] for name in stream.fields & prepared.keys()}
    for personal in ("前職", "話し方", "高野"):
        assert personal in orjson.dumps(record).decode()
        assert personal not in orjson.dumps(stored).decode()
    assert "scheduledAt" not in stored["stages"][0]
    assert stored["requisition"] == {"id": 1, "name": "営業", "active": True}
    assert stream.prepare({"id": 1})["stages"] == []


def test_the_type_of_scheduled_at_may_change() -> None:
    """Both forms come to the same stored stage, so that none is a new version."""
    prepare = SOURCE.stream("candidates").prepare
    assert prepare
    stages = [orjson.loads(candidate(number)[-1])["stages"][0] for number in (1, 2)]
    assert {type(stage["scheduledAt"]) for stage in stages} == {str, dict}
    kept = [prepare({"stages": [stage | {"id": 1}]})["stages"] for stage in stages]
    assert kept[0] == kept[1]


def test_a_person_is_known_by_what_there_is() -> None:
    identity = SOURCE.stream("candidates").identity
    assert identity
    assert list(identity(orjson.loads(candidate(1)[-1]))) == [
        ("email", "p1@example.jp"),
        ("name", "佐藤花子"),
    ]
    assert list(identity(orjson.loads(candidate(10)[-1]))) == [("name", "佐藤花子")]


@pytest.mark.parametrize("kind", ["truncated", "html", "503"])
def test_what_passes_is_tried_again(talentio: Vendor, kind: str) -> None:
    talentio.fault("candidates", kind, after=1)
    assert len(talentio.records("candidates")) == CANDIDATES


def test_another_shape_is_not_the_end(talentio: Vendor) -> None:
    talentio.fault("candidates", "shape", after=1)
    with pytest.raises(SourceError, match="expected a list of records"):
        talentio.records("candidates")
