"""Candidates whom a company deletes, merges or makes anonymous in its ATS.

The world's records change with it, so that lists and webhooks agree. A later move of the clock may
show such a candidate again, since stories know nothing of this: then do it once more. What has
been done already changes nothing when it is done again.

Every candidate and application is named by its number in the world.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection as World
from typing import Any

import orjson

from sandbox import store
from sandbox.ats import ATS
from sandbox.world_lever import application_key

Json = dict[str, Any]
Event = dict[str, Any]
"""A Greenhouse webhook: its ``action`` and ``payload``."""


@dataclass(frozen=True)
class Kept:
    """Where an ATS keeps people and their applications.

    applications  the list of applications; where ``people`` is empty they hold the person, too
    people        the list of people
    owner         the field of an application that names its person, by its dotted path; empty where
                  nobody can be merged
    children      lists of what hangs on an application, and the field that names it; empty where
                  the record has the application's number
    told          lists of what was deleted, and how a record of them is called
    blank         what is left of an anonymised person; None where nobody can be made anonymous
    """

    applications: str = "applications"
    people: str = ""
    owner: str = ""
    children: Mapping[str, str] | None = None
    told: Mapping[str, Callable[[int], str]] | None = None
    blank: Callable[[int], Json] | None = None


_BY_APPLICATION = ("application_stages", "rejection_details", "offers", "notes")

KEPT = {
    "greenhouse": Kept(
        people="candidates",
        owner="candidate_id",
        children=dict.fromkeys(_BY_APPLICATION, "application_id"),
        blank=lambda number: {
            "first_name": "Anonymized",
            "last_name": str(number),
            "email_addresses": [],
            "phone_numbers": [],
        },
    ),
    "lever": Kept(
        applications="opportunities",
        owner="contact",
        told={
            "opportunities_deleted": ATS["lever"].vendor_id,
            "applications_deleted": application_key,
        },
        blank=lambda number: {"isAnonymized": True, "name": "-", "emails": [], "phones": []},
    ),
    "ashby": Kept(
        people="candidates",
        owner="candidate.id",
        children={"offers": ""},
        blank=lambda number: {
            "name": "",
            "emailAddresses": [],
            "phoneNumbers": [],
            "primaryEmailAddress": None,
            "primaryPhoneNumber": None,
        },
    ),
    "workable": Kept(
        applications="candidates",
        blank=lambda number: {
            "anonymized": True,
            "name": "",
            "firstname": "",
            "lastname": "",
            "email": None,
            "phone": None,
        },
    ),
    "herp": Kept(applications="candidacies"),
    "talentio": Kept(applications="candidates"),
    "hrmos": Kept(),
    "jobcan": Kept(),
}
"""Every ATS of which a record can vanish."""


class Staff:
    """Somebody who may do all this in one company's ATS."""

    def __init__(self, world: World, account: store.Account) -> None:
        self._world = world
        self._account = account
        self._kept = KEPT[account.vendor]
        self._now = store.clock(world).replace("Z", ".000Z")

    def delete(
        self, candidate: int, applications: Sequence[int], *, person_too: bool = True
    ) -> Event:
        """Delete applications, and the person if nothing is left of it."""
        person = self._person(candidate)
        for number in applications:
            self._forget(self._kept.applications, number)
            for stream, field in (self._kept.children or {}).items():
                self._forget(stream, number, field)
            for stream, key in (self._kept.told or {}).items():
                self._tell(stream, number, key(number))
        if person_too and self._kept.people:
            self._forget(self._kept.people, candidate)
        gone = list(applications)
        return self._event("delete_candidate", candidate, person, deleted_application_ids=gone)

    def merge(self, candidate: int, surviving: int, applications: Sequence[int]) -> Event:
        """Give a person's applications to another one, who stays with its own addresses: whether
        it gets the others as well is the vendor's."""
        kept, person = self._kept, self._person(candidate)
        *path, field = kept.owner.split(".")
        for number in applications:
            body = self._body(kept.applications, number)
            if body:
                owner: Any = self._vendor_id(surviving)
                outer = {**body[path[0]], field: owner} if path else None
                changed = {path[0]: outer} if path else {field: owner}
                self._change(kept.applications, number, changed)
        if kept.people:
            self._forget(kept.people, candidate)
        return self._event("merge_candidate", candidate, person, new_candidate_id=surviving)

    def anonymise(self, candidate: int, applications: Sequence[int]) -> Event:
        """Take a person's name, addresses and numbers away."""
        kept = self._kept
        if kept.blank is None:
            raise ValueError(f"{self._account.vendor} makes nobody anonymous")
        for number in [candidate] if kept.people else applications:
            self._change(kept.people or kept.applications, number, kept.blank(number))
        fields = ["full_name", "email_addresses", "phone_numbers"]
        payload = {"candidate_id": candidate, "anonymized_fields": fields}
        return {"action": "candidate_anonymized", "payload": payload}

    def applications(self, candidate: int) -> list[int]:
        """The applications that a person has now."""
        owner = self._kept.owner
        found = self._world.execute(
            "select id from records where account = ? and stream = ?"
            f" and json_extract(cast(body as text), '$.{owner}') = ? order by id",
            (self._account.account, self._kept.applications, self._vendor_id(candidate)),
        )
        return [number for (number,) in found]

    def _vendor_id(self, number: int) -> Any:
        written = ATS[self._account.vendor].vendor_id(number)
        return int(written) if self._account.vendor == "greenhouse" else written

    def _person(self, candidate: int) -> Json:
        return self._body(self._kept.people, candidate) if self._kept.people else {}

    def _event(self, action: str, candidate: int, person: Json, **more: object) -> Event:
        shown = {name: person.get(name) for name in ("first_name", "last_name")}
        return {"action": action, "payload": {"person": {"id": candidate, **shown, **more}}}

    def _body(self, stream: str, number: int) -> Json:
        found = self._world.execute(
            "select body from records where account = ? and stream = ? and id = ?",
            (self._account.account, stream, number),
        ).fetchone()
        return dict(orjson.loads(found[0])) if found else {}

    def _change(self, stream: str, number: int, fields: Json) -> None:
        before = self._body(stream, number)
        if not before or before == {**before, **fields}:
            return
        body, now = {**before, **fields}, datetime.fromisoformat(self._now)
        for name, value in (("updated_at", self._now), ("updatedAt", self._now)):
            if name in body:
                in_ms = isinstance(body[name], int)
                body[name] = int(now.timestamp() * 1000) if in_ms else value
        self._world.execute(
            "update records set body = ?, updated_at = ?, sort_at = ?"
            " where account = ? and stream = ? and id = ?",
            (orjson.dumps(body), self._now, self._now, self._account.account, stream, number),
        )

    def _forget(self, stream: str, number: int, field: str = "") -> None:
        named = f"json_extract(cast(body as text), '$.{field}')" if field else "id"
        self._world.execute(
            f"delete from records where account = ? and stream = ? and {named} = ?",
            (self._account.account, stream, number),
        )

    def _tell(self, stream: str, number: int, key: str) -> None:
        """List a record as deleted, unless it is."""
        at = int(datetime.fromisoformat(self._now).timestamp() * 1000)
        row = (self._account.account, self._account.vendor, stream, number, key)
        body = orjson.dumps({"id": key, "deletedAt": at})
        self._world.execute(
            "insert or ignore into records values (?, ?, ?, ?, ?, ?, ?, ?, '', ?)",
            (*row, self._now, self._now, self._now, body),
        )
