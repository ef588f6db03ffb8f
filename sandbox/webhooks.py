"""The vendors' webhooks of a world, as vendors send them: twice, out of order, again after 5xx.

Typeform posts every completed and partial response. In Greenhouse somebody deletes, merges and
anonymises candidates: the world's records change with it, so that the API and the webhooks agree.
A later move of the clock may show such a candidate again, so let it be the last thing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random
from sqlite3 import Connection as World
from typing import Any

import orjson
import requests

from sandbox import signing, store
from sandbox.removals import Event, Staff
from sandbox.store import Account

EVENT_TYPES = {"responses_completed": "form_response", "responses_partial": "form_response_partial"}
_NOT_IN_A_WEBHOOK = {"metadata", "response_id", "response_type", "landing_id"}
_REPEATED = 0.2
"""Share of the webhooks that are delivered twice though the first time was answered."""
_WORKERS = 8

SENDERS = ("greenhouse", "typeform")
"""The vendors that send webhooks here."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A body for a connection, with its signature."""

    connection: str
    headers: Mapping[str, str]
    body: bytes


def secret(account: Account) -> str:
    """What an account signs with; of no use anywhere else."""
    return sha256(f"webhook:{account.secret}".encode()).hexdigest()[:40]


def responses(home: Path) -> list[Webhook]:
    """A webhook for every completed and partial response that the world shows."""
    with closing(store.open_world(home)) as world:
        accounts = [one for one in store.accounts(world) if one.vendor == "typeform"]
        return [
            signed(account, _response(account, stream, orjson.loads(body)))
            for account in accounts
            for stream in EVENT_TYPES
            for (body,) in world.execute(
                "select body from records where account = ? and stream = ? order by id",
                (account.account, stream),
            )
        ]


def removals(home: Path, seed: int, each: int) -> list[Webhook]:
    """Delete, merge and anonymise so many candidates of every Greenhouse account, and say so."""
    found: list[Webhook] = []
    with store.transaction(store.open_world(home)) as world:
        for account in store.accounts(world):
            if account.vendor == "greenhouse":
                rng = Random(f"{seed}:webhooks:{account.account}")
                events = _removed(world, account, rng, each)
                found += [signed(account, event) for event in events]
    return found


def deliver(
    webhooks: Sequence[Webhook], url: str, seed: int, *, attempts: int = 8, pause: float = 0.2
) -> Counter[int]:
    """Post them to an inbox; returns how often each status was answered.

    What is answered with 429 or 5xx, or not at all (status 0), is sent again after a pause.
    """
    rng = Random(f"{seed}:deliveries")
    queue = [one for one in webhooks for _ in range(1 + (rng.random() < _REPEATED))]
    rng.shuffle(queue)
    answered: Counter[int] = Counter()

    def send(webhook: Webhook) -> list[int]:
        statuses = []
        for attempt in range(attempts):
            statuses.append(_post(webhook, url))
            if statuses[-1] not in (0, 429) and statuses[-1] < 500:
                break
            time.sleep(pause * 2**attempt)
        return statuses

    with ThreadPoolExecutor(_WORKERS) as pool:
        for statuses in pool.map(send, queue):
            answered.update(statuses)
    return answered


def _post(webhook: Webhook, url: str) -> int:
    try:
        return requests.post(
            f"{url}/hooks/{webhook.connection}",
            webhook.body,
            headers=dict(webhook.headers),
            timeout=30,
        ).status_code
    except requests.RequestException:
        return 0


def signed(account: Account, event: Mapping[str, Any]) -> Webhook:
    """The webhook by which an account's vendor tells of an event."""
    body = signing.encoded(event)
    headers = signing.SHARED[account.vendor](secret(account), body)
    return Webhook(account.account, headers, body)


def _response(account: Account, stream: str, item: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in item.items() if name not in _NOT_IN_A_WEBHOOK}
    fields = [answer["field"] for answer in item.get("answers", ())]
    definition = {"id": account.form_id, "title": "登録フォーム", "fields": fields}
    return {
        "event_id": sha256(item["token"].encode()).hexdigest()[:26].upper(),
        "event_type": EVENT_TYPES[stream],
        "form_response": {"form_id": account.form_id, "definition": definition, **shown},
    }


def _removed(world: World, account: Account, rng: Random, each: int) -> Iterator[Event]:
    """What becomes of the candidates of a Greenhouse account as somebody in it clears them up."""
    staff = Staff(world, account)
    found = world.execute(
        "select id from records where account = ? and stream = 'candidates' order by id",
        (account.account,),
    )
    ids = [number for (number,) in found]
    chosen = rng.sample(ids, min(4 * each, len(ids) // 4 * 4))
    for number in range(len(chosen) // 4):
        deleted, merged, surviving, anonymised = chosen[4 * number : 4 * number + 4]
        yield staff.delete(deleted, staff.applications(deleted))
        yield staff.merge(merged, surviving, staff.applications(merged))
        yield staff.anonymise(anonymised, staff.applications(anonymised))
