"""HERP Hire read from its simulator: whole scans, orders, the allowance, what is stored."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from extractors.errors import SourceError
from extractors.herp import SOURCE, HerpOptions
from extractors.land import Landing
from extractors.stream import Record
from sandbox import store
from sandbox.world_herp import vendor_id
from tests.extractors.conftest import Vendor
from tests.sandbox.small import put, remove, setting
from tests.sandbox.small_herp import ACCOUNT, CANDIDACIES, candidacy, fill

ALL = {vendor_id(number) for number in range(CANDIDACIES)}


@pytest.fixture
def herp(running: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Vendor:
    """The tenant, with an allowance that no test spends unless it says so."""
    home, url = running
    fill(home)
    setting(home, "herp_rate_limit", 10_000)
    credentials = {"host": f"{url}/herp", "password": ACCOUNT.secret}
    monkeypatch.setenv("AIRFLOW_CONN_AOZORA_HERP", orjson.dumps(credentials).decode())
    return Vendor(home, "herp", ACCOUNT.account)


def ids(records: Sequence[Record]) -> list[str]:
    return [str(record.get("id")) for record in records]


def test_every_page_is_asked_for_once(herp: Vendor) -> None:
    scan = herp.scan("candidacies")
    [(batch, records)] = herp.batches(scan)
    assert len(records) == CANDIDACIES
    assert set(ids(records)) == ALL
    assert scan.counters.requests == 3
    assert batch.state == {"until": "2026-06-30T15:00:00Z"}


def test_a_scan_reads_everything_again(herp: Vendor) -> None:
    """No filter tells what changed: one by the step's time would miss who ends in their step."""
    state = {"until": "2026-06-30T15:00:00Z"}
    assert set(ids(herp.records("candidacies", state))) == ALL


def test_who_comes_while_it_is_read_is_read_too(herp: Vendor) -> None:
    """Oldest first, new rows stand at the end and move nobody to another page."""
    scan = herp.scan("candidacies")
    [batch] = SOURCE.reader.batches(scan)
    found = []
    for number, page in enumerate(batch.pages):
        put(herp.home, candidacy(CANDIDACIES + number))
        found += ids(page.records)
    assert found[:CANDIDACIES] == [vendor_id(number) for number in range(CANDIDACIES)]
    assert vendor_id(CANDIDACIES) in found
    assert len(found) == len(set(found))


def test_who_moves_while_it_is_read_moves_nobody_else(herp: Vendor) -> None:
    """In the order of the step's time who moves goes to the end, and the one that comes to stand on
    a page that was read already is never seen."""
    scan = herp.scan("candidacies")
    [batch] = SOURCE.reader.batches(scan)
    found = set[str]()
    for page in batch.pages:
        moved = vendor_id(len(found) + 5)
        with store.transaction(store.open_world(herp.home)) as world:
            world.execute(
                "update records set sort_at = '2026-06-30T14:00:00.000Z' where key = ?", [moved]
            )
        found |= set(ids(page.records))
    assert found == ALL


def test_a_full_page_may_be_the_last_one(herp: Vendor) -> None:
    remove(herp.home, *range(200, CANDIDACIES))
    scan = herp.scan("candidacies")
    [(_, records)] = herp.batches(scan)
    assert len(records) == 200
    assert scan.counters.requests == 2


def test_the_reset_is_a_time_of_japan() -> None:
    """Twelve seconds from the vendor's own clock, whatever ours says."""
    reader: Any = SOURCE.reader
    pace = reader.rate.pace()
    headers = {
        "Date": "Fri, 01 May 2020 00:00:00 GMT",
        "x-remaining-request": "0",
        "x-reset-at": "2020-05-01T09:00:12+09:00",
    }
    pace.observe(headers, 100.0)
    assert 12 <= pace.delay(100.0) <= 12.1


def test_the_allowance_is_spent_and_then_waited_for(herp: Vendor) -> None:
    """A new window every six seconds: nothing is refused, as x-reset-at says when it begins."""
    setting(herp.home, "herp_rate_limit", 2)
    setting(herp.home, "herp_rate_window_s", 6)
    scan = herp.scan("candidacies")
    [(_, records)] = herp.batches(scan)
    assert set(ids(records)) == ALL
    assert scan.counters.throttled == 0
    assert scan.counters.waited > 0


@pytest.mark.parametrize("base_path", ["/hire/v1", "/hire/public"])
def test_the_base_path_is_an_option(herp: Vendor, base_path: str) -> None:
    setting(herp.home, "herp_base_path", base_path)
    assert len(herp.records("candidacies", base_path=base_path)) == CANDIDACIES
    other = {"/hire/v1", "/hire/public"} - {base_path}
    with pytest.raises(SourceError, match="does not know this list"):
        herp.records("candidacies", base_path=other.pop())


def test_applied_from_is_a_day_in_japan(herp: Vendor) -> None:
    records = herp.records("candidacies", applied_from="2026-01-02")
    assert set(ids(records)) == ALL - {vendor_id(0)}
    assert set(ids(herp.records("candidacies", applied_from="2026-01-01"))) == ALL


def test_nothing_but_what_is_needed_is_stored() -> None:
    stream = SOURCE.stream("candidacies")
    assert stream.prepare
    assert stream.fields
    record = orjson.loads(candidacy(1)[-1])
    prepared = stream.prepare(record)
    stored = {name: prepared[name] for name in stream.fields & prepared.keys()}
    text = orjson.dumps(stored).decode()
    for personal in ("高野", "前職", "話し方"):
        assert personal in orjson.dumps(record).decode()
        assert personal not in text
    assert stored["channel"]["kind"] == "社員紹介"
    assert stream.prepare({"id": "x", "channel": None}) == {"id": "x", "channel": None}
    assert SOURCE.stream("users").fields == frozenset({"id", "role", "status"})


def test_a_person_is_known_by_what_there_is() -> None:
    identity = SOURCE.stream("candidacies").identity
    assert identity
    assert list(identity(orjson.loads(candidacy(1)[-1]))) == [
        ("email", "p1@example.jp"),
        ("phone", "09012345678"),
        ("name", "山田 1"),
    ]
    without = orjson.loads(candidacy(10)[-1])
    assert without["email"] is None
    assert [kind for kind, _ in identity(without)] == ["phone", "name"]


@pytest.mark.parametrize("kind", ["truncated", "html", "cut", "503", "429"])
def test_what_passes_is_tried_again(herp: Vendor, kind: str) -> None:
    herp.fault("candidacies", kind, after=1, retry_after=0.1)
    assert set(ids(herp.records("candidacies"))) == ALL


def test_another_shape_is_not_the_end(herp: Vendor) -> None:
    herp.fault("candidacies", "shape", after=1)
    with pytest.raises(SourceError, match="expected an object with one list and hasNextPage"):
        herp.records("candidacies")


def test_a_page_that_repeats_rows_adds_them_once(herp: Vendor) -> None:
    herp.fault("candidacies", "repeat", rows=10)
    found = ids(herp.records("candidacies"))
    assert sorted(found) == sorted(ALL)


def test_page_size_is_the_vendors() -> None:
    assert HerpOptions().page_size == 100
    with pytest.raises(ValueError, match="page_size"):
        HerpOptions(page_size=50)


def test_what_is_gone_is_deleted_here(herp: Vendor, warehouse_url: str) -> None:
    """And one that ended in its step, which moved nothing but its status, is seen."""
    first = _landed(herp)
    remove(herp.home, 7)
    put(herp.home, candidacy(9, status="terminated", terminationReason="rejected",
                             terminatedAt="2026-06-01T10:00:00+09:00"))  # fmt: skip
    assert (first, _landed(herp), _landed(herp)) == (CANDIDACIES, 2, 0)


def _landed(herp: Vendor) -> int:
    import warehouse

    scan = herp.scan("candidacies")
    [batch] = SOURCE.reader.batches(scan)
    with Landing(
        warehouse.url("relay_loader"),
        connection=scan.connection,
        source="herp",
        stream=scan.stream,
        run_id=f"run {len(herp.notices)}",
    ) as landing:
        return landing.land(batch.pages, batch.state, batch.observed_at).landed
