"""A few candidacies behind HERP's simulator, and a client without any manners."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from sandbox import store
from sandbox.world_herp import JAPAN, vendor_id
from tests.sandbox.small import refill

FIRST = datetime(2026, 1, 1, 0, 30, tzinfo=JAPAN)  # still the last day of 2025 in UTC
CANDIDACIES = 250
ACCOUNT = store.Account("aozora_herp", "herp", "aozora", None, "herp-key", (), None, None)
OTHER = store.Account("hinata_herp", "herp", "hinata", None, "other-key", (), None, None)
REASONS = ("hired", "refusedByCandidate", "rejected", "notEligible")


def candidacy(number: int, **fields: Any) -> store.Record:
    """The candidacy that came a number of days after the first day, as HERP lists it."""
    applied = FIRST + timedelta(days=number)
    key = vendor_id(number)
    ended = number % 2 == 0
    body = {
        "id": key,
        "name": f"山田 {number}",
        "status": "terminated" if ended else "active",
        "requisitionId": vendor_id(1000 + number % 3),
        "appliedAt": applied.isoformat(),
        "step": "firstInterview",
        "stepUpdatedAt": applied.isoformat(),
        "email": None if number % 10 == 0 else f"p{number}@example.jp",
        "telephoneNumber": "09012345678",
        "channel": {"type": "referral", "kind": "社員紹介", "description": "高野さんの紹介"},
        "career": "前職は営業",
        "note": "話し方がよい",
        "terminationReason": REASONS[number // 2 % 4] if ended else None,
        "terminatedAt": applied.isoformat() if ended else None,
        "updatedAt": applied.isoformat(),
        **fields,
    }
    text = applied.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    row = json.dumps(body).encode()
    return (ACCOUNT.account, "herp", "candidacies", number, key, text, text, text, "", row)


def fill(home: Path, records: list[store.Record] | None = None) -> None:
    """Make the world of `home` these rows and nothing else."""
    rows = [candidacy(n) for n in range(CANDIDACIES)] if records is None else records
    refill(home, (ACCOUNT, OTHER), rows)


Get = Callable[..., requests.Response]


def client(url: str, key: str = ACCOUNT.secret, base: str = "/hire/v1") -> Get:
    """GET of a list."""

    def get(stream: str = "candidacies", **params: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {key}"}
        address = f"{url}/herp{base}/{stream}"
        return requests.get(address, params=params, headers=headers, timeout=10)

    return get
