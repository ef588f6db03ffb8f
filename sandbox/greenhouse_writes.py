"""Greenhouse Harvest v3: the few writes that the sandbox takes.

Facts from harvestdocs.greenhouse.io (write endpoint migration guide) and from open-greenhouse-mcp:
PATCH of ``custom_fields`` **replaces the whole collection**, every field that is not sent is
cleared; notes are sent with ``note_type`` and a short ``visibility``. Each endpoint has a scope of
its own. Not published, so assumed: PATCH answers 200 and POST 201 with the record as it is then,
DELETE 204; a note counts as activity of its candidate and application; values are not checked
against the type of their field; who writes need not be Site Admin. Fields of a candidate or an
application that the vendor takes and the sandbox does not are answered with 501, which the vendor
never sends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from sandbox import writes
from sandbox.exchange import Answer, Call, Refused, json_answer
from sandbox.greenhouse_query import Error, error, is_id, unprocessable
from sandbox.reader import World
from sandbox.store import Account
from sandbox.writes import Change, Json

SCOPES = {
    ("PATCH", "candidates"): "harvest:candidates:update",
    ("PATCH", "applications"): "harvest:applications:update",
    ("POST", "notes"): "harvest:notes:create",
    ("POST", "applied_candidate_tags"): "harvest:applied_candidate_tags:create",
    ("DELETE", "applied_candidate_tags"): "harvest:applied_candidate_tags:destroy",
}
"""The scope of each write."""

OBJECTS = {"candidates": "candidate", "applications": "application"}
NOTE_TYPES = ("NOTE", "EMAIL")
VISIBILITIES = {
    "admin_only": "admin_only_visible",
    "private": "privately_visible",
    "public": "publicly_visible",
}
NOTE = {
    *("candidate_id", "application_id", "body", "note_type", "visibility"),
    *("subject", "email_to", "email_from", "email_cc"),
}


class Writes:
    """The writes to one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def write(self, account: Account, user: int | None, call: Call) -> Answer:
        """Do what is asked for, as `user`. Raises Refused with 404, 422 or 501."""
        handlers: dict[str, Callable[[Account, int | None, Call], Answer]] = {
            "PATCH": self._patch,
            "POST": self._note if call.stream == "notes" else self._apply_tag,
            "DELETE": self._remove_tag,
        }
        return handlers[call.request.method](account, user, call)

    def _patch(self, account: Account, user: int | None, call: Call) -> Answer:
        number, record = self._record(account, call.stream, call.request.path_params["id"])
        sent = _object(call)
        if unserved := sorted(sent.keys() - {"custom_fields"}):
            raise Refused(error(501, f"The sandbox does not take {', '.join(unserved)}"))
        if not sent:
            return json_answer(200, record)
        if not isinstance(sent["custom_fields"], list):
            raise unprocessable({"custom_fields": "must be an array"})
        known = self._custom_fields(account, OBJECTS[call.stream])
        valued = dict(_valued(entry, known) for entry in sent["custom_fields"])
        shown = {key: field for key, field in valued.items() if field["value"] is not None}
        replaced = Change({"updated_at": self._now(), "custom_fields": shown})
        return json_answer(200, self._change(account, call.stream, number, replaced))

    def _note(self, account: Account, user: int | None, call: Call) -> Answer:
        sent = _object(call)
        errors: list[Error] = [
            {name: "is not a known parameter"} for name in sorted(sent.keys() - NOTE)
        ]
        if not isinstance(sent.get("body"), str) or not sent["body"]:
            errors.append({"body": "is missing"})
        if sent.get("note_type", "NOTE") not in NOTE_TYPES:
            errors.append({"note_type": f"must be one of {', '.join(NOTE_TYPES)}"})
        if sent.get("visibility", "private") not in tuple(VISIBILITIES):
            errors.append({"visibility": f"must be one of {', '.join(VISIBILITIES)}"})
        errors += [
            {name: "must be an array of texts"}
            for name in ("email_to", "email_from", "email_cc")
            if not _is_texts(sent.get(name) or [])
        ]
        if errors:
            raise unprocessable(*errors)
        candidate, _ = self._referred(account, "candidates", "candidate_id", sent)
        touched = [("candidates", candidate)]
        if sent.get("application_id") is not None:
            application, body = self._referred(account, "applications", "application_id", sent)
            if body["candidate_id"] != candidate:
                raise unprocessable({"application_id": "is not the candidate's"})
            touched.append(("applications", application))
        note = self._create(account, "notes", _note(sent, user))
        now = self._now()
        for stream, number in touched:
            active = Change({"updated_at": now, "last_activity_at": now})
            self._change(account, stream, number, active)
        return json_answer(201, note)

    def _apply_tag(self, account: Account, user: int | None, call: Call) -> Answer:
        sent = _object(call)
        candidate, _ = self._referred(account, "candidates", "candidate_id", sent)
        tag, body = self._referred(account, "candidate_tags", "candidate_tag_id", sent)
        applied = self._create(
            account,
            "applied_candidate_tags",
            {"candidate_tag_id": tag, "candidate_id": candidate},
        )
        tagged = Change({"updated_at": self._now()}, gains={"tags": [body["name"]]})
        self._change(account, "candidates", candidate, tagged)
        return json_answer(201, applied)

    def _remove_tag(self, account: Account, user: int | None, call: Call) -> Answer:
        number, applied = self._record(account, call.stream, call.request.path_params["id"])
        tag = self._find(account, "candidate_tags", applied["candidate_tag_id"])
        writes.remove(self._world, account.account, call.stream, number)
        names = [tag["name"]] if tag else []
        untagged = Change({"updated_at": self._now()}, loses={"tags": names})
        self._change(account, "candidates", applied["candidate_id"], untagged)
        return Answer(204, b"")

    def _record(self, account: Account, stream: str, sent: str) -> tuple[int, Json]:
        """The number and the record that a path names, or `Refused` with 404."""
        found = self._find(account, stream, int(sent)) if is_id(sent) else None
        if found is None:
            raise Refused(error(404, "Resource not found"))
        return int(sent), found

    def _referred(self, account: Account, stream: str, name: str, sent: Json) -> tuple[int, Json]:
        """The number and the record that a field of the body names, or `Refused` with 422."""
        number = sent.get(name)
        is_number = isinstance(number, int) and is_id(str(number))
        found = self._find(account, stream, number) if is_number else None
        if number is None or found is None:
            raise unprocessable({name: "is missing" if number is None else "does not exist"})
        return number, found

    def _find(self, account: Account, stream: str, number: Any) -> Json | None:
        body = self._world.bodies(account.account, stream, [number]).get(number)
        return None if body is None else orjson.loads(body)

    def _custom_fields(self, account: Account, of: str) -> dict[int | str, Json]:
        """The active custom fields of an object, by id and by key."""
        sql = "select cast(body as blob) from records where account = ? and stream = ?"
        rows = self._world.rows(sql, [account.account, "custom_fields"])
        fields = [orjson.loads(body) for (body,) in rows]
        mine = [field for field in fields if field["field_type"] == of and field["active"]]
        return {field[name]: field for field in mine for name in ("id", "name_key")}

    def _create(self, account: Account, stream: str, fields: Json) -> Json:
        number = writes.next_number(self._world, account.account, stream)
        now = self._now()
        record = {"id": number, "created_at": now, "updated_at": now, **fields}
        writes.create(self._world, account.account, account.vendor, stream, number, None, record)
        return record

    def _change(self, account: Account, stream: str, number: int, done: Change) -> Json:
        return writes.change(self._world, account.account, stream, number, done)

    def _now(self) -> str:
        return writes.text(self._world.clock)


def _object(call: Call) -> Json:
    try:
        sent = orjson.loads(call.body)
    except orjson.JSONDecodeError:
        sent = None
    if not isinstance(sent, dict):
        raise unprocessable("The body must be a JSON object.")
    return sent


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)


def _valued(entry: Any, fields: dict[int | str, Json]) -> tuple[str, Json]:
    """A sent entry as the record shows it: its key, and name, type and value."""
    named = (
        [name for name in ("custom_field_id", "name_key") if name in entry]
        if isinstance(entry, dict)
        else []
    )
    if len(named) != 1 or "value" not in entry:
        raise unprocessable(
            {"custom_fields": "must have a value and either custom_field_id or name_key"}
        )
    key = entry[named[0]]
    field = fields.get(key) if isinstance(key, int | str) else None
    if field is None:
        raise unprocessable({"custom_fields": f"{named[0]} does not exist"})
    shown = {"name": field["name"], "type": field["value_type"], "value": entry["value"]}
    return field["name_key"], shown


def _note(sent: Json, user: int | None) -> Json:
    """A note as the list shows it."""
    is_mail = sent.get("note_type") == "EMAIL"

    def joined(name: str) -> str | None:
        return ", ".join(sent.get(name) or ()) if is_mail else None

    return {
        "candidate_id": sent["candidate_id"],
        "application_id": sent.get("application_id"),
        "body": sent["body"],
        "subject": sent.get("subject"),
        "type": sent.get("note_type", "NOTE"),
        "user_id": user,
        "email_from": joined("email_from"),
        "email_to": joined("email_to"),
        "email_cc": list(sent.get("email_cc") or ()) if is_mail else None,
        "import_hash": None,
        "body_with_tags": sent["body"],
        "visibility": VISIBILITIES[sent.get("visibility", "private")],
        "email_attachment_file_names": [],
    }
