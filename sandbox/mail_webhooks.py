"""SendGrid's and Amazon SES's webhooks of a world: in batches, twice and more, out of order.

Facts: SendGrid posts lists of events, one of which may come many times (46 were seen); SNS posts
one event at a time, at least once. Both sign what they post with keys that are made anew for each
run of the sandbox: ``sign`` adds what ``sandbox.signing`` says.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import orjson

from sandbox import store
from sandbox.store import Account

MOST_EVENTS = 40
"""Events of one list of SendGrid's."""
MOST_REPEATS = 46
REPEATED = 0.2
"""Share of what is posted twice though the first time was answered."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What is posted to a connection's hook; for SES the text of the SNS message, which has an
    id of its own."""

    account: Account
    body: bytes
    message_id: str = ""


def posts(home: Path, seed: int, after: str = "") -> list[Posted]:
    """What the providers post of the events that came to light after a clock, with every repeat,
    in no order."""
    with closing(store.open_world(home)) as world:
        found = [
            post
            for account in store.accounts(world)
            if account.vendor in CUT
            for post in _of(world_events(world, account, after), account, seed)
        ]
    Random(f"{seed}:mail_webhooks:{after}").shuffle(found)
    return found


def world_events(world: sqlite3.Connection, account: Account, after: str) -> list[bytes]:
    """The bodies of an account's events that came to light after a clock."""
    rows = world.execute(
        "select body from records where account = ? and stream = 'events' and created_at > ?"
        " order by created_at, id",
        (account.account, after.replace("Z", ".000Z")),
    )
    return [bytes(body) for (body,) in rows]


def _of(events: list[bytes], account: Account, seed: int) -> Iterator[Posted]:
    rng = Random(f"{seed}:mail_webhooks:{account.account}")
    for number, post in enumerate(CUT[account.vendor](events, account, rng)):
        repeats = MOST_REPEATS if number == 0 else 1 + (rng.random() < REPEATED)
        yield from [post] * repeats


def _lists(events: list[bytes], account: Account, rng: Random) -> Iterator[Posted]:
    """SendGrid's: lists of some events."""
    rest = list(events)
    while rest:
        size = rng.randint(1, MOST_EVENTS)
        batch, rest = rest[:size], rest[size:]
        rng.shuffle(batch)
        yield Posted(account, b"[" + b",\r\n".join(batch) + b"]")


def _messages(events: list[bytes], account: Account, rng: Random) -> Iterator[Posted]:
    """SNS's: one event each."""
    for body in events:
        event = orjson.loads(body)
        yield Posted(account, body, f"{event['mail']['messageId']}-{rng.getrandbits(64):016x}")


CUT: dict[str, Callable[[list[bytes], Account, Random], Iterator[Posted]]] = {
    "sendgrid": _lists,
    "ses": _messages,
}
