"""The Forms API over real HTTP: signed assertions, the one filter, page tokens, empty lists."""

from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.world_google_forms import refreshing
from tests.sandbox.small import put, setting
from tests.sandbox.small_google_forms import (
    RESPONSES,
    Client,
    account,
    assertion,
    fill,
    response,
    stamp,
    token,
)


@pytest.fixture
def home(running: tuple[Path, str]) -> Path:
    fill(running[0])
    return running[0]


@pytest.fixture
def client(home: Path, running: tuple[Path, str]) -> Client:
    return Client(running[1])


def ids(answer: requests.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["responseId"] for each in answer.json().get("responses", [])]


def test_everything_fits_into_a_page_of_5000(client: Client) -> None:
    answer = client.get()
    assert len(ids(answer)) == RESPONSES
    assert "nextPageToken" not in answer.json()
    assert answer.headers["Date"] == "Tue, 30 Jun 2026 15:00:00 GMT"


def test_pages_go_on_by_token(client: Client) -> None:
    found, params = [], {"pageSize": "100"}
    while True:
        answer = client.get(**params)
        found += ids(answer)
        if "nextPageToken" not in answer.json():
            break
        params = {"pageSize": "100", "pageToken": answer.json()["nextPageToken"]}
    assert found == [f"r{number:03d}" for number in range(RESPONSES)]


def test_a_page_token_is_refused_with_another_filter(client: Client) -> None:
    wanted = f"timestamp >= {stamp(100)[:19]}Z"
    following = client.get(pageSize=10, filter=wanted).json()["nextPageToken"]
    assert client.get(pageSize=10, filter=wanted, pageToken=following).status_code == 200
    for other in ({}, {"filter": f"timestamp > {stamp(100)[:19]}Z"}):
        assert client.get(pageSize=10, pageToken=following, **other).status_code == 400


def test_the_filter_takes_one_form_only(client: Client) -> None:
    at = f"{stamp(100)[:19]}Z"
    assert ids(client.get(filter=f"timestamp >= {at}"))[0] == "r100"
    assert ids(client.get(filter=f"timestamp > {at}"))[0] == "r101"
    for wrong in (f"timestamp < {at}", f"timestamp >= {at[:-1]}", "timestamp >= today", "x"):
        assert client.get(filter=wrong).status_code == 400


def test_an_empty_list_is_left_out(client: Client) -> None:
    assert client.get(filter="timestamp > 2026-06-01T00:00:00Z").json() == {}


def test_an_edit_keeps_the_id_and_moves_the_time(client: Client, home: Path) -> None:
    put(home, response(3, edited=500))
    since = {"filter": f"timestamp >= {stamp(400)[:19]}Z"}
    [edited] = client.get(**since).json()["responses"]
    assert edited["responseId"] == "r003"
    assert edited["createTime"] == stamp(3)
    setting(home, "google_forms_filter", "created")
    assert ids(client.get(**since)) == []


@pytest.mark.parametrize(
    "form",
    [
        {"grant_type": "password"},
        {"assertion": "x.y.z"},
        {"grant_type": "refresh_token", "refresh_token": "wrong", "client_secret": "wrong"},
    ],
)
def test_bad_grants(home: Path, running: tuple[Path, str], form: dict[str, str]) -> None:
    assert token(running[1], **form).status_code == 400


def test_assertions_are_checked(home: Path, running: tuple[Path, str]) -> None:
    url = running[1]
    other = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    for wrong in (
        assertion(url, other.decode()),
        assertion(url, iss="nobody"),
        assertion(url, aud="https://oauth2.googleapis.com/token"),
        assertion(url, scope="https://www.googleapis.com/auth/drive"),
        assertion(url, iat=0, exp=4_000_000_000),
        assertion(url, exp=1),
    ):
        answer = token(url, assertion=wrong)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_refresh_token_opens_the_form_too(home: Path, running: tuple[Path, str]) -> None:
    found = refreshing(account(), running[1])
    answer = token(
        running[1],
        grant_type="refresh_token",
        refresh_token=found["extra"]["refresh_token"],
        client_secret=found["password"],
    )
    assert answer.status_code == 200


def test_without_a_token_or_for_another_form(client: Client) -> None:
    assert requests.get(client.url, timeout=10).status_code == 401
    other = client.url.replace("gform", "another")
    assert requests.get(other, headers=client.headers, timeout=10).status_code == 404
