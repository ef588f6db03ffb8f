"""Every fault as a client meets it: over real sockets, with requests."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from sandbox import faults, store
from tests.sandbox.small_world import FORM, HARVEST, OTHER, Harvest, at

Get = Callable[..., requests.Response]
VENDORS = ("greenhouse", "typeform")


@pytest.fixture
def ask(harvest: Harvest, responses: Get) -> Callable[[str], requests.Response]:
    """One good request to a vendor."""

    def send(vendor: str) -> requests.Response:
        if vendor == "greenhouse":
            return harvest.get("applications", per_page=10)
        return responses(page_size=10)

    return send


Ask = Callable[[str], requests.Response]
STREAM = {"greenhouse": "applications", "typeform": "responses_completed"}


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    ("kind", "status"), [("429", 429), ("500", 500), ("503", 503), ("forbidden", 403)]
)
def test_refusals_speak_the_vendors_json(
    home: Path, ask: Ask, vendor: str, kind: str, status: int
) -> None:
    faults.inject(home, vendor, STREAM[vendor], kind)
    answer = ask(vendor)
    assert answer.status_code == status
    assert answer.json()["message" if vendor == "greenhouse" else "code"]
    assert ask(vendor).status_code == 200


@pytest.mark.parametrize("vendor", VENDORS)
def test_429_waits_longer_than_the_usual_back_off(home: Path, ask: Ask, vendor: str) -> None:
    faults.inject(home, vendor, "*", "429")
    faults.inject(home, vendor, "*", "429", retry_after=2)
    assert ask(vendor).headers["Retry-After"] == "45"
    refused = ask(vendor)
    assert refused.headers["Retry-After"] == "2"
    if vendor == "greenhouse":
        assert refused.headers["X-RateLimit-Remaining"] == "0"


def test_expired_token_in_the_middle_of_a_scan(home: Path, harvest: Harvest) -> None:
    faults.inject(home, "greenhouse", "applications", "expired", after=1)
    first = harvest.get("applications")
    assert harvest.follow(first).status_code == 401
    assert harvest.follow(first).status_code == 401, "the old token stays worthless"
    harvest.authorise()
    assert harvest.follow(first).json()[0]["id"] == 150


def test_expired_typeform_token(home: Path, ask: Ask) -> None:
    faults.inject(home, "typeform", "*", "expired")
    assert [ask("typeform").status_code for _ in range(2)] == [401, 200]


def test_token_endpoint_can_fail(home: Path, url: str) -> None:
    faults.inject(home, "greenhouse", "token", "503")
    login = (HARVEST.client_id or "", HARVEST.secret)
    form = {"grant_type": "client_credentials"}
    answer = requests.post(f"{url}/greenhouse/token", auth=login, data=form, timeout=10)
    assert answer.status_code == 503


def test_after_times_and_order(home: Path, harvest: Harvest) -> None:
    faults.inject(home, "greenhouse", "applications", "500", times=2, after=1)
    faults.inject(home, "greenhouse", "applications", "503")
    found = [harvest.get("applications").status_code for _ in range(5)]
    assert found == [503, 500, 500, 200, 200]


def test_until_cleared(home: Path, harvest: Harvest) -> None:
    faults.inject(home, "greenhouse", "*", "500", times=None)
    assert {harvest.get("applications").status_code for _ in range(5)} == {500}
    faults.clear(home)
    assert harvest.get("applications").status_code == 200


def test_only_that_stream_vendor_and_account(home: Path, harvest: Harvest, ask: Ask) -> None:
    faults.inject(home, "greenhouse", "candidates", "500")
    faults.inject(home, "typeform", "responses_partial", "500")
    faults.inject(home, "greenhouse", "applications", "500", account=OTHER.account)
    assert {ask(vendor).status_code for vendor in VENDORS} == {200}
    assert (
        Harvest(harvest.base.removesuffix("/greenhouse"), OTHER).get("applications").status_code
        == 500
    )


def test_unknown_kind(home: Path) -> None:
    with pytest.raises(ValueError, match=r"unknown fault 'fire': one of .*429.*truncated"):
        faults.inject(home, "greenhouse", "*", "fire")


def test_timeout_never_answers(home: Path, harvest: Harvest) -> None:
    faults.inject(home, "greenhouse", "applications", "timeout")
    harvest.timeout = 0.5
    with pytest.raises(requests.exceptions.ReadTimeout):
        harvest.get("applications")
    assert harvest.get("applications").status_code == 200


def test_timeout_ends_with_a_reset(home: Path, harvest: Harvest) -> None:
    faults.inject(home, "greenhouse", "applications", "timeout", seconds=0.3)
    started = time.monotonic()
    with pytest.raises(requests.exceptions.ConnectionError):
        harvest.get("applications")
    assert 0.25 < time.monotonic() - started < 5


def test_drip_is_slow_but_whole(home: Path, harvest: Harvest) -> None:
    faults.inject(home, "greenhouse", "applications", "drip", seconds=0.6, pieces=6)
    started = time.monotonic()
    assert len(harvest.get("applications").json()) == 100
    assert time.monotonic() - started > 0.5


@pytest.mark.parametrize("vendor", VENDORS)
def test_cut_sends_less_than_it_promised(home: Path, ask: Ask, vendor: str) -> None:
    faults.inject(home, vendor, "*", "cut")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        ask(vendor)
    assert ask(vendor).status_code == 200


@pytest.mark.parametrize("share", [0, 0.5])
def test_reset_is_a_reset(home: Path, harvest: Harvest, share: float) -> None:
    faults.inject(home, "greenhouse", "applications", "reset", share=share)
    expected = (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)
    with pytest.raises(expected, match="reset by peer"):
        harvest.get("applications", per_page=250)
    assert harvest.get("applications").status_code == 200


@pytest.mark.parametrize("vendor", VENDORS)
def test_truncated_is_valid_http_but_no_json(home: Path, ask: Ask, vendor: str) -> None:
    faults.inject(home, vendor, "*", "truncated")
    answer = ask(vendor)
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize("vendor", VENDORS)
def test_html_with_status_200(home: Path, ask: Ask, vendor: str) -> None:
    faults.inject(home, vendor, "*", "html")
    answer = ask(vendor)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(("vendor", "due"), [("greenhouse", list), ("typeform", dict)])
def test_wrong_shape(home: Path, ask: Ask, vendor: str, due: type) -> None:
    assert isinstance(ask(vendor).json(), due)
    faults.inject(home, vendor, "*", "shape")
    answer = ask(vendor)
    assert answer.status_code == 200
    assert not isinstance(answer.json(), due)


def test_rows_leave_the_window_between_two_pages(home: Path, harvest: Harvest, url: str) -> None:
    faults.inject(home, "greenhouse", "applications", "mutate", after=1, count=3)
    found = harvest.ids("applications", updated_at=f"lte|{at(200)}", per_page=100)
    assert found == [n for n in range(200, 0, -1) if n not in (100, 99, 98)]
    clock = requests.get(f"{url}/_sandbox/clock", timeout=10).json()["clock"]
    assert clock == "2026-06-30T15:00:01Z"
    later = harvest.get("applications", updated_at=f"gte|{clock}|lte|{clock}").json()
    assert [row["id"] for row in later] == [100, 99, 98]
    assert {row["updated_at"] for row in later} == {"2026-06-30T15:00:01.000Z"}


def test_rows_change_or_go_between_two_pages(home: Path, harvest: Harvest) -> None:
    faults.inject(home, "greenhouse", "applications", "mutate", set={"status": "hired"})
    faults.inject(home, "greenhouse", "applications", "mutate", count=2, delete=True)
    first = harvest.get("applications", per_page=3).json()
    assert [(row["id"], row["status"]) for row in first][:2] == [
        (250, "hired"),
        (249, "in_process"),
    ]
    assert harvest.ids("applications", per_page=100)[0] == 248


def test_responses_go_between_two_pages(home: Path, responses: Get) -> None:
    faults.inject(home, "typeform", "responses_completed", "mutate", after=1, delete=True)
    first = responses(page_size=10).json()["items"]
    second = responses(page_size=10, before=first[-1]["token"]).json()
    assert [second["items"][0]["token"], second["total_items"]] == ["c048", 49]


def test_rows_change_on_the_first_page_that_has_some(
    home: Path, harvest: Harvest, responses: Get
) -> None:
    for vendor, stream in (("greenhouse", "applications"), ("typeform", "responses_completed")):
        faults.inject(home, vendor, stream, "mutate", count=2, delete=True)
    assert harvest.get("applications", updated_at="gte|2099-01-01T00:00:00Z").json() == []
    assert harvest.get("applications").json()[0]["id"] == 248
    assert responses(since="2099-01-01T00:00:00").json()["items"] == []
    assert [item["token"] for item in responses().json()["items"]][:1] == ["c057"]


def test_page_repeats_the_one_before(home: Path, harvest: Harvest) -> None:
    faults.inject(home, "greenhouse", "applications", "repeat", rows=5)
    first = harvest.get("applications", per_page=50)
    second = harvest.follow(first)
    assert [row["id"] for row in second.json()] == list(range(205, 155, -1))
    assert harvest.follow(second).json()[0]["id"] == 155
    faults.inject(home, "greenhouse", "applications", "repeat", rows=50)
    assert harvest.follow(first).json() == first.json()


def test_responses_repeat_the_page_before(home: Path, responses: Get) -> None:
    faults.inject(home, "typeform", "*", "repeat", times=2, rows=2)
    first = [item["token"] for item in responses(page_size=4).json()["items"]]
    below = responses(page_size=4, before=first[-1]).json()["items"]
    assert [item["token"] for item in below] == ["c057", "c056", "c055", "c054"]
    above = responses(page_size=4, after="c010").json()["items"]
    assert [item["token"] for item in above] == ["c009", "c010", "c011", "c012"]


def test_mutated_bodies_stay_records(home: Path, harvest: Harvest) -> None:
    faults.inject(home, "greenhouse", "applications", "mutate")
    harvest.get("applications")
    with store.transaction(store.open_world(home)) as world:
        body, column = world.execute(
            "select body, updated_at from records where stream = 'applications' and id = 250"
        ).fetchone()
    record = json.loads(body)
    assert record["updated_at"] == column
    assert record["created_at"] == at(250)


def test_form_of_the_fault_is_not_left_behind(home: Path, ask: Ask) -> None:
    faults.inject(home, "typeform", "*", "500", account=FORM.account)
    ask("typeform")
    with store.transaction(store.open_world(home)) as world:
        assert world.execute("select count(*) from faults").fetchone() == (0,)
