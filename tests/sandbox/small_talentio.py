"""A few candidates behind Talentio's simulator, and a client without any manners."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from sandbox import store
from sandbox.world_herp import JAPAN
from tests.sandbox.small import refill

FIRST = datetime(2026, 1, 1, 0, 30, tzinfo=JAPAN)
CANDIDATES = 250
ACCOUNT = store.Account(
    "aozora_talentio", "talentio", "aozora", None, "talentio-key", (), None, None
)
STATUSES = ("ongoing", "reject", "fail", "pass", "poolActive", "poolInactive")
Get = Callable[..., requests.Response]


def candidate(
    number: int, *, hidden: bool = False, changed: datetime | None = None, **fields: Any
) -> store.Record:
    """The candidate that came a number of hours after the first, as Talentio lists it."""
    registered = FIRST + timedelta(hours=number)
    body = {
        "id": number,
        "firstName": "花子",
        "lastName": "佐藤",
        "email": None if number % 10 == 0 else f"p{number}@example.jp",
        "description": "話し方がよい",
        "registeredAt": registered.isoformat(),
        "fixedAt": None,
        "status": STATUSES[number % 6],
        "channelType": "agent",
        "channelName": "エージェント紹介",
        "stages": [
            {
                "id": number * 16,
                "type": "resume",
                "step": 1,
                "status": "pass",
                "scheduledAt": {"date": "2026-01-01"} if number % 2 else registered.isoformat(),
                "evaluations": [{"items": [{"comment": "前職は営業"}]}],
            }
        ],
        "requisition": {"id": 1, "name": "営業", "active": True, "recruiters": ["高野"]},
        "tags": [],
        **fields,
    }
    began, updated = (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        for moment in (registered, changed or registered)
    )
    flags = "inactive" if hidden or number % 50 == 0 else ""
    row = json.dumps(body).encode()
    place = (ACCOUNT.account, "talentio", "candidates", number, None)
    return (*place, began, updated, updated, flags, row)


def fill(home: Path) -> None:
    """Make the world of `home` these rows and nothing else."""
    refill(home, (ACCOUNT,), [candidate(n) for n in range(CANDIDATES)])


def client(url: str, key: str = ACCOUNT.secret) -> Get:
    """GET of a list."""

    def get(stream: str = "candidates", **params: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {key}"}
        address = f"{url}/talentio/api/v1/{stream}"
        return requests.get(address, params=params, headers=headers, timeout=10)

    return get
