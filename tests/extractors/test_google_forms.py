"""Google Forms read from its simulator: tokens, edits, page tokens, what is stored."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from extractors import google_auth
from extractors.answers import Answer
from extractors.auth import RENEW_BEFORE
from extractors.errors import CredentialsError, PermissionMissing, SourceError
from extractors.google_forms import SOURCE
from extractors.paginate import WrongAnswer, token_pages
from extractors.stream import Fields, Scan
from sandbox.world_google_forms import FORM, refreshing
from tests.extractors.conftest import Vendor
from tests.sandbox.small import put, remove, setting
from tests.sandbox.small_google_forms import (
    FIELDS,
    RESPONSES,
    account,
    answers,
    fill,
    response,
    stamp,
)

ALL = [f"r{number:03d}" for number in range(RESPONSES)]
NOW = "2026-06-30T15:00:00Z"  # the simulator's clock
Login = Callable[..., None]


@pytest.fixture
def login(running: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Login:
    def put_credentials(**parts: Any) -> None:
        text = orjson.dumps(FORM.credentials(account(), running[1]) | parts).decode()
        monkeypatch.setenv("AIRFLOW_CONN_AOZORA_GOOGLE_FORMS", text)

    return put_credentials


@pytest.fixture
def forms(running: tuple[Path, str], login: Login) -> Vendor:
    fill(running[0])
    login()
    return Vendor(running[0], "google_forms", account().account)


def scan(forms: Vendor, state: dict[str, str] | None = None, **options: Any) -> Scan:
    return forms.scan("responses", state, **{"fields": FIELDS, **options})


def read(forms: Vendor, state: dict[str, str] | None = None, **options: Any) -> list[str]:
    found = forms.batches(scan(forms, state, **options))
    return [str(record.get("responseId")) for _, records in found for record in records]


def stored(forms: Vendor, record: Fields, **options: Any) -> Fields:
    """A record as it is landed."""
    stream = scan(forms, **options).stream
    assert stream.prepare
    assert stream.fields
    prepared = stream.prepare(record)
    return {name: value for name, value in prepared.items() if name in stream.fields}


@pytest.mark.parametrize("page_size", [1, 100, 249, 250, 5000])
def test_pages_are_followed_by_token(forms: Vendor, page_size: int) -> None:
    asked = scan(forms, page_size=page_size)
    [(batch, records)] = forms.batches(asked)
    assert sorted(str(record.get("responseId")) for record in records) == ALL
    assert batch.complete
    assert asked.counters.requests == 1 + -(-RESPONSES // page_size)  # the token, and the pages


def test_nothing_new_is_an_empty_list_not_a_broken_one(forms: Vendor) -> None:
    everything = "2026-06-29T15:00:00Z"
    asked = scan(forms, {"until": "2026-06-30T14:00:00Z", "scanned_at": everything})
    [(batch, records)] = forms.batches(asked)
    assert records == []
    assert not batch.complete
    assert batch.state == {"until": NOW, "scanned_at": everything}
    assert asked.counters.requests == 2


def test_an_edit_is_read_again_and_is_the_same_response(forms: Vendor) -> None:
    put(forms.home, response(3, edited=600))
    state = {"until": stamp(590), "scanned_at": NOW}
    assert read(forms, state, lag_minutes=0) == ["r003"]


def test_half_an_hour_is_read_again(forms: Vendor) -> None:
    assert read(forms, {"until": stamp(249), "scanned_at": NOW}) == ALL[219:]


def test_edits_that_the_filter_leaves_out_are_seen_by_the_next_full_scan(forms: Vendor) -> None:
    setting(forms.home, "google_forms_filter", "created")
    put(forms.home, response(3, edited=600))
    state = {"until": "2026-01-08T09:50:00Z", "scanned_at": "2026-01-01T09:51:00Z"}
    assert read(forms, state) == []
    asked = scan(forms, {**state, "scanned_at": "2026-01-01T09:50:00Z"})
    [(batch, records)] = forms.batches(asked)
    assert len(records) == RESPONSES
    assert batch.complete
    assert batch.state == {"until": NOW, "scanned_at": NOW}
    assert asked.counters.requests == 1  # the token is still good


def test_a_full_scan_no_longer_shows_what_was_deleted(forms: Vendor) -> None:
    remove(forms.home, 7)
    [(batch, records)] = forms.batches(scan(forms))
    assert batch.complete
    assert len(records) == RESPONSES - 1


def test_responses_before_the_first_day_are_left_out(forms: Vendor) -> None:
    """A day of the programme's time zone, where it begins at 15:00 UTC."""
    assert read(forms, start_date="2026-01-02") == []
    put(forms.home, response(899), response(900))
    assert read(forms, start_date="2026-01-02") == ["r900"]


def test_every_page_keeps_the_filter(forms: Vendor) -> None:
    """The simulator refuses a token with another filter, as Google does."""
    state = {"until": stamp(100), "scanned_at": NOW}
    assert len(read(forms, state, page_size=10, lag_minutes=0)) == 150


@pytest.mark.parametrize("token", ["again", ["again"]])
def test_a_token_that_leads_nowhere_is_no_end(token: object) -> None:
    answer = Answer({"responses": [], "nextPageToken": token}, {})
    pages = token_pages("responses", "nextPageToken", "pageToken")(lambda query: answer, {})
    with pytest.raises(WrongAnswer, match="does not lead on"):
        list(pages)


def test_an_object_of_something_else_is_no_empty_list() -> None:
    """Without responses nobody answered; with other keys it is no such list."""
    paginate = token_pages("responses", "nextPageToken", "pageToken")
    assert list(paginate(lambda query: Answer({}, {}), {})) == [[]]
    with pytest.raises(WrongAnswer, match="expected an object with responses"):
        list(paginate(lambda query: Answer({"error": {"code": 403}}, {}), {}))


def test_another_shape_is_not_an_empty_list(forms: Vendor) -> None:
    forms.fault("responses", "shape")
    with pytest.raises(SourceError, match="expected an object with responses"):
        read(forms)


@pytest.mark.parametrize("kind", ["truncated", "html", "503", "429"])
def test_what_passes_is_tried_again(forms: Vendor, kind: str) -> None:
    forms.fault("responses", kind, retry_after=0)
    assert read(forms) == ALL


def test_an_ended_token_is_fetched_again(forms: Vendor) -> None:
    forms.fault("responses", "expired")
    assert read(forms) == ALL


def test_a_token_is_kept_until_shortly_before_it_ends(forms: Vendor) -> None:
    assert read(forms) == ALL
    auth = forms.shared["channel"].auth
    for left, requests in ((RENEW_BEFORE + 30, 1), (RENEW_BEFORE - 1, 2)):
        auth._ends_at = time.monotonic() + left
        asked = scan(forms)
        forms.batches(asked)
        assert asked.counters.requests == requests


def test_a_missing_permission_names_the_scope(forms: Vendor) -> None:
    forms.fault("responses", "forbidden")
    with pytest.raises(PermissionMissing, match=r"forms\.responses\.readonly"):
        read(forms)


def test_a_refresh_token_will_do(forms: Vendor, running: tuple[Path, str], login: Login) -> None:
    login(**refreshing(account(), running[1]))
    assert read(forms) == ALL


def test_a_key_file_will_do(forms: Vendor, running: tuple[Path, str], login: Login) -> None:
    extra = {
        "form_id": "gform",
        "service_account": {
            "client_email": account().client_id,
            "private_key": account().secret.replace("\n", "\\n"),
            "token_uri": f"{running[1]}/google_forms/token",
        },
    }
    login(login="", password="", extra=extra)
    assert read(forms) == ALL
    as_text = orjson.dumps(extra["service_account"]).decode()
    login(login="", password="", extra={**extra, "service_account": as_text})
    forms.shared.clear()
    assert read(forms) == ALL


def test_a_service_account_may_act_for_a_user(
    forms: Vendor, running: tuple[Path, str], login: Login
) -> None:
    extra = FORM.credentials(account(), running[1])["extra"]
    setting(forms.home, "google_forms_user", "hr@example.jp")
    with pytest.raises(CredentialsError, match="invalid_grant"):
        read(forms)
    login(extra={**extra, "sub": "hr@example.jp"})
    forms.shared.clear()
    assert read(forms) == ALL


def test_refused_credentials_name_the_remedy(
    forms: Vendor, running: tuple[Path, str], login: Login
) -> None:
    elsewhere = {"form_id": "gform", "token_url": f"{running[1]}/nowhere"}
    for wrong, said in (
        ({"extra": elsewhere}, "HTTP 404 without a JSON object"),
        ({"login": "nobody@example.com"}, r"HTTP 400, invalid_grant. Remedy: check login"),
        ({"password": "no key"}, "is no private key. Remedy"),
        ({"password": ""}, "lacks a login or a password"),
        ({"login": "", "extra": {"service_account": "{cut"}}, "lacks a login or a password"),
    ):
        login(**wrong)
        forms.shared.clear()
        with pytest.raises(CredentialsError, match=said):
            read(forms)


def test_no_secret_is_ever_told(forms: Vendor, login: Login) -> None:
    forms.fault("token", "500", times=None)
    with pytest.raises(SourceError) as caught:
        read(forms, attempts=1)
    assert account().secret[40:80] not in str(caught.value)
    assert "HTTP 500" in str(caught.value)
    assert google_auth.TOKEN_URL == "https://oauth2.googleapis.com/token"


def test_only_mapped_answers_are_stored(forms: Vendor) -> None:
    record = orjson.loads(response(1)[-1])
    found = stored(forms, record)
    assert "持病" in orjson.dumps(record).decode()
    assert "持病" not in orjson.dumps(found).decode()
    assert found.keys() == {"responseId", "createTime", "lastSubmittedTime", "hidden", "answers"}
    assert found["hidden"] == {"token": "token-0001"}
    identity = SOURCE.stream("responses").identity
    assert identity
    assert list(identity(found)) == [("name", "佐藤 花子"), ("email", "h1@example.jp")]


def test_what_is_stored_is_read_like_what_came(forms: Vendor) -> None:
    """Keys are made again from raw."""
    found = stored(forms, orjson.loads(response(1)[-1]))
    assert stored(forms, found) == found


def test_the_address_that_a_form_collects_stands_in_for_a_question(forms: Vendor) -> None:
    record = {**orjson.loads(response(1)[-1]), "respondentEmail": "own@example.jp"}
    fields = {"phone": "00000003", "consent": "00000004"}
    found = stored(forms, record, fields=fields)
    assert found["answers"][0] == {"field": {"ref": "email"}, "text": "own@example.jp"}
    assert "own@example.jp" not in orjson.dumps(stored(forms, record)).decode()


@pytest.mark.parametrize("given", [[], "x", {"00000001": "x"}, {"00000001": None}])
def test_answers_of_another_shape_are_not_stored(forms: Vendor, given: object) -> None:
    record = {**orjson.loads(response(1)[-1]), "answers": given}
    found = stored(forms, record)
    assert (found["answers"], found["hidden"]) == (None, None)


def test_ticked_boxes_and_uploads(forms: Vendor) -> None:
    shown = answers(q5=["東京都", "大阪府"])
    shown["00000003"] = {"questionId": "00000003", "fileUploadAnswers": {"answers": [{}]}}
    found = stored(forms, {**orjson.loads(response(1)[-1]), "answers": shown})
    assert found["answers"] == [
        {"field": {"ref": "wish_location"}, "choice": {"label": "東京都, 大阪府"}}
    ]
