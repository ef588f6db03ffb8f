"""Mailgun in the small world: one account, an event every ten minutes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import orjson

from sandbox.store import Account, Record
from sandbox.world_time import MINUTE, iso_ms
from tests.sandbox.small import refill

DOMAIN = "mail.aozora.example"
ACCOUNT = Account("aozora_mailgun", "mailgun", "aozora", DOMAIN, "key-secret", (), None, None)
CLOCK = int(datetime(2026, 6, 30, 15, tzinfo=UTC).timestamp())
EVENTS = 650
FIRST_AT = CLOCK - EVENTS * 10 * MINUTE


def event_at(number: int) -> int:
    """When an event happened; the last one ten minutes before the clock."""
    return FIRST_AT + number * 10 * MINUTE


def event(number: int, at: int | None = None, kind: str = "delivered", **fields: object) -> Record:
    """An event of a mail of its own; ``client_info`` stands for the field client-info."""
    moment = event_at(number) if at is None else at
    body: dict[str, object] = {
        "id": f"ev{number}",
        "timestamp": moment + 0.25,
        "event": kind,
        "recipient": f"person{number}@example.com",
        "message": {
            "headers": {
                "message-id": f"m{number}@{DOMAIN}",
                "to": f"person{number}@example.com",
                "subject": "選考結果のご連絡",
            }
        },
        "user-variables": {"token": f"t{number}", "note": "髙橋"},
        **fields,
    }
    if "client_info" in body:
        body["client-info"] = body.pop("client_info")
    text = iso_ms(moment)
    return (
        ACCOUNT.account,
        "mailgun",
        "events",
        number,
        f"ev{number}",
        text,
        text,
        text,
        "",
        orjson.dumps(body),
    )


def fill(home: Path) -> None:
    """Make the world of `home` these rows and nothing else."""
    refill(home, (ACCOUNT,), [event(number) for number in range(EVENTS)])
