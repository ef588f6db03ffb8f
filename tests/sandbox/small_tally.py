"""A few submissions behind Tally's simulator, and a client without any manners."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from sandbox import store
from tests.sandbox.small import refill

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
SUBMISSIONS = 120
PARTIAL = 10
"""Every so many is left half-way."""
FIELDS = {"name": "qName", "email": "qMail", "wish_location": "qPlace", "consent": "qYes"}
ACCOUNT = store.Account("aozora_tally", "tally", "aozora", None, "tly-key", (), None, "tform")
Get = Callable[..., requests.Response]


def stamp(minute: float) -> str:
    return (FIRST + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def submission(
    number: int, at: float | None = None, *, partial: bool | None = None
) -> store.Record:
    """The submission that was sent a number of minutes after the first day."""
    is_partial = number % PARTIAL == 0 if partial is None else partial
    sent = stamp(number if at is None else at)
    given: dict[str, Any] = {"qName": "佐藤 花子", "qMail": f"h{number}@example.jp"}
    if not is_partial:
        given |= {"qPlace": ["東京都"], "qYes": ["同意する"], "qIll": "持病があります"}
    hidden = {"token": f"token-{number:04d}", "form_version": "2", "utm_source": "mail"}
    body = {
        "id": f"s{number:03d}",
        "formId": "tform",
        "respondentId": f"p{number}",
        "isCompleted": not is_partial,
        "submittedAt": sent,
        "responses": [
            {"id": f"h{number}", "questionId": "qHid", "answer": hidden},
            *(
                {"id": f"{question}{number}", "questionId": question, "answer": answer}
                for question, answer in given.items()
            ),
        ],
    }
    kind = "partial" if is_partial else "completed"
    place = (ACCOUNT.account, "tally", "submissions", number, f"s{number:03d}")
    return (*place, sent, sent, sent, kind, json.dumps(body).encode())


def fill(home: Path) -> None:
    """Make the world of `home` these rows and nothing else."""
    refill(home, (ACCOUNT,), [submission(number) for number in range(SUBMISSIONS)])


def client(url: str, key: str = ACCOUNT.secret, form: str = "tform") -> Get:
    """GET of the submissions."""

    def get(**params: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {key}"}
        address = f"{url}/tally/forms/{form}/submissions"
        return requests.get(address, params=params, headers=headers, timeout=10)

    return get
