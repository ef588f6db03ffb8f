"""The few rows that the vendors' simulators are tested on, and a client without any manners."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import requests

from sandbox import store
from tests.sandbox.small import refill

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
ADMIN, RECRUITER, SERVICE = 901, 902, 903
APPLICATIONS = 250
STREAMS = (
    "applications",
    "candidates",
    "job_posts",
    "users",
    "rejection_reasons",
)
HARVEST = store.Account(
    "aozora_greenhouse",
    "greenhouse",
    "aozora",
    "aozora-id",
    "aozora-secret",
    tuple(f"harvest:{stream}:list" for stream in STREAMS),
    ADMIN,
    None,
)
OTHER = store.Account(
    "hinata_greenhouse",
    "greenhouse",
    "hinata",
    "hinata-id",
    "hinata-secret",
    HARVEST.scopes,
    None,
    None,
)
FORM = store.Account(
    "aozora_typeform",
    "typeform",
    "aozora",
    None,
    "tfp_aozora",
    ("responses:read",),
    None,
    "aozoraForm",
)
# response id -> type, minute of its own timestamp
RESPONSES = {f"c{n:03d}": ("completed", n) for n in range(60)} | {
    "p1": ("partial", 10),
    "p2": ("partial", 20),
    "s1": ("started", 30),
}


def at(hours: float) -> str:
    """That long after the first of January, as the vendor writes it."""
    moment = FIRST + timedelta(hours=hours)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def harvest_record(
    stream: str, id_: int, hours: float = 0, flags: str = "", **fields: Any
) -> store.Record:
    """A row of a Greenhouse list, created and updated so many hours after the first day."""
    stamp = at(hours)
    body = {"id": id_, "created_at": stamp, "updated_at": stamp, **fields}
    text = json.dumps(body).encode()
    return (HARVEST.account, "greenhouse", stream, id_, None, stamp, stamp, stamp, flags, text)


def _harvest_records() -> Iterator[store.Record]:
    for n in range(1, APPLICATIONS + 1):
        status = "rejected" if n % 5 == 0 else "in_process"
        active = at(n) if n % 2 else None
        yield harvest_record(
            "applications", n, n, candidate_id=n // 2, status=status, last_activity_at=active
        )
    for n, live in ((1, True), (2, True), (3, False)):
        yield harvest_record("job_posts", n, active=live, flags="" if live else "inactive")
    yield harvest_record("users", ADMIN, site_admin=True, primary_email="a@example.com")
    yield harvest_record("users", RECRUITER, site_admin=False, primary_email="b@example.com")
    yield harvest_record(
        "users", SERVICE, flags="service_account", site_admin=True, primary_email=""
    )
    yield harvest_record("rejection_reasons", 1, name="own")
    yield harvest_record("rejection_reasons", 2, name="shipped", flags="default")


def _responses() -> Iterator[store.Record]:
    times = {"completed": "submitted_at", "partial": "staged_at", "started": "landed_at"}
    for number, (key, (type_, minute)) in enumerate(RESPONSES.items()):
        stamp = at(minute / 60)
        body = {"response_id": key, "token": key, times[type_]: stamp, "response_type": type_}
        yield (
            FORM.account,
            "typeform",
            f"responses_{type_}",
            number,
            key,
            stamp,
            stamp,
            stamp,
            "",
            json.dumps(body).encode(),
        )


def fill(home: Path) -> None:
    """Make the world of `home` these rows and nothing else."""
    refill(home, (HARVEST, OTHER, FORM), chain(_harvest_records(), _responses()))


class Harvest:
    """A client that does nothing by itself: one token, plain requests, a read timeout."""

    timeout = 10.0

    def __init__(self, url: str, account: store.Account = HARVEST, **form: object) -> None:
        self.base = f"{url}/greenhouse"
        self.session = requests.Session()
        self.login = (account.client_id or "", account.secret)
        self.authorise(**form)

    def authorise(self, **form: object) -> None:
        answer = requests.post(
            f"{self.base}/token",
            auth=self.login,
            data={"grant_type": "client_credentials", **form},
            timeout=10,
        )
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def get(self, stream: str, **params: Any) -> requests.Response:
        url = f"{self.base}/v3/{stream}"
        return self.session.get(url, params=params, timeout=self.timeout)

    def follow(self, answer: requests.Response) -> requests.Response:
        """The next page of a list."""
        return self.session.get(answer.links["next"]["url"], timeout=self.timeout)

    def ids(self, stream: str, **params: Any) -> list[int]:
        """Ids of a whole list, page after page."""
        answer = self.get(stream, **params)
        assert answer.status_code == 200, answer.text
        found = [row["id"] for row in answer.json()]
        while "next" in answer.links:
            answer = self.follow(answer)
            found += [row["id"] for row in answer.json()]
        return found
