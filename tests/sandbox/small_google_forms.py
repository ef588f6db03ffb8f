"""A few responses behind the simulator of Google Forms, and a client without any manners."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jwt
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox import store
from sandbox.google_forms import JWT_BEARER, SCOPE
from tests.sandbox.small import refill

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
RESPONSES = 250
FIELDS = {
    "name": ("00000001", "00000002"),
    "email": "00000003",
    "wish_location": "00000005",
    "consent": "00000004",
    "token": "00000006",
}
SECRET = "00000009"
"""A question that is not mapped."""


@cache
def private_key() -> str:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def account() -> store.Account:
    return store.Account(
        "aozora_google_forms",
        "google_forms",
        "aozora",
        "relay@sandbox.iam.gserviceaccount.com",
        private_key(),
        (SCOPE,),
        None,
        "gform",
    )


def stamp(minute: float) -> str:
    return (FIRST + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def answers(**texts: str | list[str]) -> dict[str, Any]:
    """Answers by question id (q1 is 00000001) as the API shows them."""
    shown = {}
    for name, value in texts.items():
        question = f"{int(name[1:]):08d}"
        values = value if isinstance(value, list) else [value]
        listed = [{"value": each} for each in values]
        shown[question] = {"questionId": question, "textAnswers": {"answers": listed}}
    return shown


def response(number: int, edited: float | None = None, **fields: Any) -> store.Record:
    """The response that was sent a number of minutes after the first day."""
    sent, last = stamp(number), stamp(number if edited is None else edited)
    body = {
        "responseId": f"r{number:03d}",
        "createTime": sent,
        "lastSubmittedTime": last.replace("000Z", "000199Z"),
        "answers": answers(
            q1="佐藤", q2="花子", q3=f"h{number}@example.jp", q4="同意する", q5="東京都",
            q6=f"token-{number:04d}", q9="持病があります",
        ),
        **fields,
    }  # fmt: skip
    place = ("aozora_google_forms", "google_forms", "responses", number, f"r{number:03d}")
    return (*place, sent, last, last, "", json.dumps(body).encode())


def fill(home: Path) -> None:
    """Make the world of `home` these rows and nothing else."""
    refill(home, (account(),), [response(number) for number in range(RESPONSES)])


def assertion(url: str, key: str | None = None, **claims: Any) -> str:
    """A signed JWT for the simulator's token endpoint."""
    now = int(time.time()) - 10
    said = {
        "iss": account().client_id,
        "scope": SCOPE,
        "aud": f"{url}/google_forms/token",
        "iat": now,
        "exp": now + 3600,
        **claims,
    }
    return jwt.encode(said, key or private_key(), "RS256")


def token(url: str, **form: Any) -> requests.Response:
    """The token endpoint's answer."""
    data = {"grant_type": JWT_BEARER, "assertion": assertion(url), **form}
    return requests.post(f"{url}/google_forms/token", data=data, timeout=10)


class Client:
    """Holds an access token, and asks for pages as told."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/google_forms/v1/forms/gform/responses"
        self.headers = {"Authorization": f"Bearer {token(url).json()['access_token']}"}

    def get(self, **params: Any) -> requests.Response:
        return requests.get(self.url, params=params, headers=self.headers, timeout=10)
