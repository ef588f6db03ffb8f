"""The few rows that Lever's simulator is tested on."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sandbox import store
from sandbox.lever import CHILDREN, LISTS, SPAN
from tests.sandbox.small import refill
from tests.sandbox.small_world import FIRST, at

OPPORTUNITIES = 250
SECRETIVE = 248, 249  # confidential ones
LEVER = store.Account(
    "aozora_lever",
    "lever",
    "aozora",
    None,
    "aozora-key",
    (*LISTS, *CHILDREN, "confidential"),
    None,
    None,
)


def ms(hours: float) -> int:
    """That long after the first of January, as the vendor writes it."""
    return int((FIRST.timestamp() + hours * 3600) * 1000)


def record(
    stream: str, number: int, key: str, hours: float = 0, flags: str = "", **fields: Any
) -> store.Record:
    """A row of a list, created and updated so many hours after the first day."""
    stamp = at(hours)
    body = json.dumps({"id": key, **fields}).encode()
    return (LEVER.account, "lever", stream, number, key, stamp, stamp, stamp, flags, body)


def opportunity(number: int, hours: float | None = None, **fields: Any) -> store.Record:
    hours = number if hours is None else hours
    standard = {
        "contact": f"c{number // 2}",
        "name": "佐藤 花子",
        "emails": [f"hanako{number}@example.com"],
        "phones": [{"type": "mobile", "value": "090-1234-5678"}],
        "sources": ["自社採用サイト"],
        "createdAt": ms(hours),
        "updatedAt": ms(hours),
    }
    flags = "confidential" if number in SECRETIVE else ""
    return record("opportunities", number, f"o{number:03d}", hours, flags, **{**standard, **fields})


def deletion(stream: str, number: int, key: str, hours: float) -> store.Record:
    return record(f"{stream}_deleted", number, key, hours, deletedAt=ms(hours))


def _records() -> Iterator[store.Record]:
    for number in range(OPPORTUNITIES):
        yield opportunity(number)
        yield record("applications", number * SPAN, f"a{number:03d}", number, createdAt=ms(number))
    for place in range(1, 4):
        yield record(
            "offers",
            7 * SPAN + place,
            f"f{place}",
            8,
            status="sent",
            sentDocument={"fileName": "佐藤花子.pdf", "uploadedAt": ms(8)},
            fields=[{"identifier": "salary_amount", "value": 1}],
        )
    for number, text in enumerate(("Hired", "Withdrew", "Underqualified")):
        yield record("archive_reasons", number, f"r{number}", text=text)
    yield record("requisitions", 1, "q1", status="open", createdAt=ms(0), updatedAt=ms(9))
    yield record("users", 1, "u1", accessRole="team member", createdAt=ms(0))
    gone: dict[str, Any] = {"accessRole": "team member", "createdAt": ms(0), "deactivatedAt": ms(9)}
    yield record("users", 2, "u2", flags="deactivated", **gone)
    for day in (1, 2, 3, 60):
        yield deletion("postings", day, f"p{day}", day * 24)
        yield deletion("opportunities", day, f"x{day}", day * 24)


def fill(home: Path) -> None:
    """Make the world of `home` these rows and nothing else."""
    refill(home, (LEVER,), _records())
