"""SendGrid's signature, over HTTP."""

import time
from collections.abc import Iterator

import pytest
import requests

from inbox.schemes import MAX_AGE, MAX_AHEAD
from sandbox.signing import SendGrid
from tests.inbox.service import hook, serving, stored

pytestmark = pytest.mark.usefixtures("warehouse_url")

BODY = b'[{"sg_event_id": "e1", "email": "taro@example.com"}]\r\n'


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    return requests.post(url, data=body, headers=headers, timeout=30).status_code


@pytest.fixture(scope="module")
def keys() -> tuple[SendGrid, SendGrid]:
    return SendGrid(), SendGrid()


@pytest.fixture(scope="module")
def url(warehouse_url: str, keys: tuple[SendGrid, SendGrid]) -> Iterator[str]:
    signed = hook("mail", "sendgrid", webhook_public_key=keys[0].public_key)
    with serving({"mail": signed}) as address:
        yield f"{address}/hooks/mail"


def test_a_signed_event_is_stored_with_its_time(url: str, keys: tuple[SendGrid, SendGrid]) -> None:
    at = time.time()
    assert post(url, BODY, keys[0].headers(BODY, at)) == 204
    kept = {"x-twilio-email-event-webhook-timestamp": str(int(at))}
    assert stored("mail")[-1] == ("sendgrid", kept, BODY)


@pytest.mark.parametrize(
    "forged", ["other key", "other body", "other time", "no time", "no signature", "no base64"]
)
def test_a_forged_event_is_refused(url: str, keys: tuple[SendGrid, SendGrid], forged: str) -> None:
    at, before = time.time(), stored("mail")
    signature = "X-Twilio-Email-Event-Webhook-Signature"
    sent = "X-Twilio-Email-Event-Webhook-Timestamp"
    headers = keys[0].headers(BODY, at)
    changes: dict[str, dict[str, str]] = {
        "other key": keys[1].headers(BODY, at),
        "other body": keys[0].headers(BODY + b" ", at),
        "other time": {sent: str(int(at) + 1)},
        "no time": {sent: ""},
        "no signature": {signature: ""},
        "no base64": {signature: "!" + headers[signature]},
    }
    assert post(url, BODY, headers | changes[forged]) == 401
    assert stored("mail") == before


@pytest.mark.parametrize(
    ("age", "status"),
    [(MAX_AGE - 60, 204), (MAX_AGE + 60, 401), (60 - MAX_AHEAD, 204), (-60 - MAX_AHEAD, 401)],
)
def test_an_old_signature_is_refused(
    url: str, keys: tuple[SendGrid, SendGrid], age: float, status: int
) -> None:
    assert post(url, BODY, keys[0].headers(BODY, time.time() - age)) == status


def test_what_is_tried_for_a_day_is_taken(url: str, keys: tuple[SendGrid, SendGrid]) -> None:
    assert post(url, BODY, keys[0].headers(BODY, time.time() - 24 * 3600)) == 204


def test_a_signed_time_that_is_no_number_is_refused(
    url: str, keys: tuple[SendGrid, SendGrid]
) -> None:
    """As one, and not as an error of the service."""
    assert post(url, BODY, keys[0].signed(BODY, "yesterday")) == 401


def test_a_new_key_is_valid_beside_the_old_one(keys: tuple[SendGrid, SendGrid]) -> None:
    both = hook("rotated", "sendgrid", webhook_public_key=[key.public_key for key in keys])
    with serving({"rotated": both}) as address:
        answers = [
            post(f"{address}/hooks/rotated", BODY, key.headers(BODY, time.time()))
            for key in (*keys, SendGrid())
        ]
    assert answers == [204, 204, 401]
