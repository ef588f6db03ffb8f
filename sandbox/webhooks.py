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
from sandbox.store import Account

EVENT_TYPES = {"responses_completed": "form_response", "responses_partial": "form_response_partial"}
_NOT_IN_A_WEBHOOK = {"metadata", "response_id", "response_type", "landing_id"}
_OF_AN_APPLICATION = ("application_stages", "rejection_details", "offers", "notes")
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
            _signed(account, _response(account, stream, orjson.loads(body)))
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
                events = _Candidates(world, account.account, rng).remove(each)
                found += [_signed(account, event) for event in events]
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


def _signed(account: Account, event: Mapping[str, Any]) -> Webhook:
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


class _Candidates:
    """The candidates of one Greenhouse account, as somebody in it clears them up."""

    def __init__(self, world: World, account: str, rng: Random) -> None:
        self._world = world
        self._account = account
        self._rng = rng
        self._clock = store.clock(world).replace("Z", ".000Z")

    def remove(self, each: int) -> Iterator[dict[str, Any]]:
        ids = [number for (number,) in self._rows("select id from records", "candidates", "")]
        chosen = self._rng.sample(ids, min(4 * each, len(ids) // 4 * 4))
        for number in range(len(chosen) // 4):
            deleted, merged, surviving, anonymised = chosen[4 * number : 4 * number + 4]
            yield self._deleted(deleted)
            yield self._merged(merged, surviving)
            yield self._anonymised(anonymised)

    def _deleted(self, candidate: int) -> dict[str, Any]:
        applications = self._applications(candidate)
        person = self._body("candidates", candidate)
        for application in applications:
            for stream in _OF_AN_APPLICATION:
                self._delete(stream, f"{_field('application_id')} = ?", application)
            self._delete("applications", "id = ?", application)
        self._delete("candidates", "id = ?", candidate)
        return self._event("delete_candidate", person, deleted_application_ids=applications)

    def _merged(self, candidate: int, surviving: int) -> dict[str, Any]:
        person = self._body("candidates", candidate)
        for application in self._applications(candidate):
            self._change("applications", application, candidate_id=surviving)
        self._delete("candidates", "id = ?", candidate)
        return self._event("merge_candidate", person, new_candidate_id=surviving)

    def _anonymised(self, candidate: int) -> dict[str, Any]:
        self._change(
            "candidates",
            candidate,
            first_name="Anonymized",
            last_name=str(candidate),
            email_addresses=[],
            phone_numbers=[],
        )
        fields = ["full_name", "email_addresses", "phone_numbers"]
        payload = {"candidate_id": candidate, "anonymized_fields": fields}
        return {"action": "candidate_anonymized", "payload": payload}

    def _event(self, action: str, person: Mapping[str, Any], **more: object) -> dict[str, Any]:
        shown = {name: person.get(name) for name in ("id", "first_name", "last_name")}
        return {"action": action, "payload": {"person": {**shown, **more}}}

    def _applications(self, candidate: int) -> list[int]:
        belongs = f"and {_field('candidate_id')} = ?"
        found = self._rows("select id from records", "applications", belongs, candidate)
        return [number for (number,) in found]

    def _body(self, stream: str, number: int) -> dict[str, Any]:
        ((body,),) = self._rows("select body from records", stream, "and id = ?", number)
        return dict(orjson.loads(body))

    def _change(self, stream: str, number: int, **fields: object) -> None:
        body = {**self._body(stream, number), **fields, "updated_at": self._clock}
        self._world.execute(
            "update records set body = ?, updated_at = ?, sort_at = ?"
            " where account = ? and stream = ? and id = ?",
            (orjson.dumps(body), self._clock, self._clock, self._account, stream, number),
        )

    def _delete(self, stream: str, where: str, value: int) -> None:
        self._world.execute(
            f"delete from records where account = ? and stream = ? and {where}",
            (self._account, stream, value),
        )

    def _rows(self, select: str, stream: str, where: str, *values: int) -> list[tuple[Any, ...]]:
        return self._world.execute(
            f"{select} where account = ? and stream = ? {where} order by id",
            (self._account, stream, *values),
        ).fetchall()


def _field(name: str) -> str:
    """SQL for a field of a record's body."""
    return f"json_extract(cast(body as text), '$.{name}')"
