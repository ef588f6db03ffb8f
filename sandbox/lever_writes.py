"""Lever Data API v1: the few writes that the sandbox takes.

Facts from recorded traffic: addTags and removeTags take {tags} and answer 200 with the opportunity
as it is then, **but with an empty name, emails and phones** whatever they are; a note takes {value}
and answers 201; ``perform_as`` names the user. Who stores such an answer blanks the person. Not
published, so assumed: ``perform_as`` may be left out, and one that is no active user is a bad
request; a note does not touch its opportunity's updatedAt.
"""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from sandbox import writes
from sandbox.exchange import Answer, Call, json_answer
from sandbox.reader import World
from sandbox.store import Account
from sandbox.writes import Change, Json

SCOPES = {
    "addTags": "opportunities:write",
    "removeTags": "opportunities:write",
    "notes": "notes:write",
}
"""The permission of each write."""

BLANK = {"name": "", "headline": "", "emails": [], "phones": [], "links": []}
WRITTEN_SPAN = 1024
"""Children that writes may give an opportunity: numbers down from -WRITTEN_SPAN times its own."""


class BadRequest(Exception):
    """What is wrong with a body or a parameter."""


class Writes:
    """The writes to one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def write(self, account: Account, opportunity: int, call: Call) -> Answer:
        """Do what is asked for. Raises BadRequest."""
        user = self._user(account, dict(call.params))
        sent = _object(call)
        if call.stream == "notes":
            return self._note(account, opportunity, user, sent)
        tags = sent.get("tags")
        if not (isinstance(tags, list) and tags and all(isinstance(t, str) and t for t in tags)):
            raise BadRequest("tags: must be an array of texts")
        lists = {"gains" if call.stream == "addTags" else "loses": {"tags": tags}}
        done = Change({"updatedAt": self._now()}, **lists)
        after = writes.change(self._world, account.account, "opportunities", opportunity, done)
        return json_answer(200, {"data": after | BLANK})

    def _note(self, account: Account, opportunity: int, user: str | None, sent: Json) -> Answer:
        value, secret = sent.get("value"), sent.get("secret", False)
        if not (isinstance(value, str) and value):
            raise BadRequest("value: must be a text")
        if not isinstance(secret, bool):
            raise BadRequest("secret: must be true or false")
        first = -opportunity * WRITTEN_SPAN - 1
        sql = "select min(id) from records where account = ? and stream = 'notes' and id <= ?"
        bounds = [account.account, first, first - WRITTEN_SPAN]
        [(last,)] = self._world.rows(f"{sql} and id > ?", bounds)
        number = first if last is None else int(last) - 1
        if number <= first - WRITTEN_SPAN:
            raise BadRequest("the sandbox takes no more notes of this opportunity")
        now = self._now()
        key = str(uuid5(NAMESPACE_URL, f"{account.account} {number}"))
        field = {"type": "note", "text": "Comment", "value": value, "user": user, "createdAt": now}
        note = {
            "id": key,
            "text": "Note",
            "fields": [field],
            "user": user,
            "secret": secret,
            "completedAt": now,
            "createdAt": now,
            "deletedAt": None,
            "noteId": key,
        }
        writes.create(self._world, account.account, account.vendor, "notes", number, key, note)
        return json_answer(201, {"data": note})

    def _user(self, account: Account, params: dict[str, str]) -> str | None:
        """Who writes; None: the key."""
        if unknown := params.keys() - {"perform_as"}:
            raise BadRequest(f"unknown parameter: {', '.join(sorted(unknown))}")
        key = params.get("perform_as")
        sql = (
            "select 1 from records"
            " where account = ? and stream = 'users' and key = ? and flags = ''"
        )
        if key is not None and not list(self._world.rows(sql, [account.account, key])):
            raise BadRequest("perform_as: must be an active user")
        return key

    def _now(self) -> int:
        return int(self._world.clock.timestamp() * 1000)


def children(opportunity: int, span: int) -> tuple[str, tuple[int, ...]]:
    """The condition that picks an opportunity's children, of stories and of writes."""
    first = -opportunity * WRITTEN_SPAN - 1
    of_stories = (opportunity * span, (opportunity + 1) * span)
    return " and (id >= ? and id < ? or id <= ? and id > ?)", (
        *of_stories,
        first,
        first - WRITTEN_SPAN,
    )


def _object(call: Call) -> dict[str, Any]:
    try:
        sent = orjson.loads(call.body)
    except orjson.JSONDecodeError:
        sent = None
    if not isinstance(sent, dict):
        raise BadRequest("the body must be a JSON object")
    return sent
