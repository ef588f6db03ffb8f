"""Mailgun read from its simulator: pages to the empty one, late events, what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

import orjson
import pytest

from extractors import mailgun
from extractors.api import HttpApi
from extractors.config import load
from extractors.credentials import Credentials
from extractors.errors import ConfigError, CredentialsError, SourceError
from extractors.mailgun import MailgunOptions
from extractors.paginate import Place, Query, WrongAnswer, place_next
from extractors.stream import Fields, State
from sandbox import store
from sandbox.world_time import MINUTE, iso
from tests.extractors.conftest import Vendor
from tests.sandbox.small import put, setting
from tests.sandbox.small_mailgun import ACCOUNT, CLOCK, DOMAIN, EVENTS, event, event_at, fill

ALL = [f"ev{number}" for number in range(EVENTS)]


@pytest.fixture
def vendor(running: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Vendor:
    home, url = running
    fill(home)
    credentials = {"host": f"{url}/mailgun", "password": ACCOUNT.secret}
    monkeypatch.setenv("AIRFLOW_CONN_AOZORA_MAILGUN", orjson.dumps(credentials).decode())
    return Vendor(home, "mailgun", ACCOUNT.account)


def read(vendor: Vendor, state: State | None = None) -> tuple[list[str], State, int]:
    """The ids that a scan shows, the state that it leaves, and its requests."""
    scan = vendor.scan("events", state, domain=DOMAIN)
    found: list[str] = []
    after: State = {}
    for batch, records in vendor.batches(scan):
        found += [str(record.get("id")) for record in records]
        after = batch.state
    return found, after, scan.counters.requests


def test_a_first_load_follows_next_until_a_page_is_empty(vendor: Vendor) -> None:
    """The least is every page once, and the empty page that alone says it is the end."""
    found, state, requests = read(vendor)
    assert found == ALL
    assert state == {"until": iso(CLOCK)}
    least = ceil(EVENTS / 300) + 1
    print(f"first load of {EVENTS} events: {requests} requests, least {least}")
    assert requests == least


def test_a_run_after_one_percent_more_reads_these_and_half_an_hour(vendor: Vendor) -> None:
    _, state, _ = read(vendor)
    move(vendor.home, 70 * MINUTE)
    for number in range(EVENTS, EVENTS + 7):
        put(vendor.home, event(number))
    found, _, requests = read(vendor, state)
    again = [f"ev{n}" for n in range(EVENTS) if event_at(n) >= CLOCK - 30 * MINUTE]
    assert found == [*again, *(f"ev{number}" for number in range(EVENTS, EVENTS + 7))]
    print(f"after 1 %: {requests} requests, least 2")
    assert requests == 2


def test_an_event_inserted_into_a_page_that_was_read_is_not_lost(vendor: Vendor) -> None:
    """Without the half hour read again it would never be seen: it happened before the last run."""
    _, state, _ = read(vendor)
    move(vendor.home, 29 * MINUTE)
    put(vendor.home, event(9000, at=CLOCK - 29 * MINUTE))
    assert "ev9000" in read(vendor, state)[0]


def test_only_the_mails_with_the_tag_are_read(vendor: Vendor) -> None:
    put(vendor.home, *(event(number, tags=["rejection", "x"]) for number in range(0, 650, 2)))
    scan = vendor.scan("events", domain=DOMAIN, tag="rejection")
    found = [str(record.get("id")) for _, records in vendor.batches(scan) for record in records]
    assert found == ALL[::2]


def test_no_less_than_half_an_hour_is_read_again() -> None:
    with pytest.raises(ValueError, match="lag_minutes"):
        MailgunOptions.model_validate({"start_date": "2026-01-01", "domain": "x", "lag_minutes": 5})


@dataclass
class Said:
    """An answer of nobody in particular."""

    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


def test_the_key_is_sent_to_nobody_but_our_own_address() -> None:
    """``next`` may name any host: only its last part is used."""
    asked: list[Query] = []
    answers = [
        Said({"items": [{"id": 1}], "paging": {"next": "https://evil.example/v3/x/events/p2?q=1"}}),
        Said({"items": [], "paging": {"next": "https://evil.example/v3/x/events/p3"}}),
    ]

    def get(query: Query) -> Said:
        asked.append(query)
        return answers[len(asked) - 1]

    assert list(place_next(get, {"limit": "1"})) == [[{"id": 1}]]
    assert asked == [{"limit": "1"}, "p2"]
    assert isinstance(asked[1], Place)


@pytest.mark.parametrize(
    "body", [[], {"items": []}, {"items": {}, "paging": {"next": "x"}}, {"paging": {"next": "x"}}]
)
def test_a_page_of_another_shape_is_not_the_end(body: Any) -> None:
    with pytest.raises(WrongAnswer):
        list(place_next(lambda query: Said(body), {}))


def test_a_next_page_without_its_place_is_not_the_first_one_again() -> None:
    pages = [Said({"items": [{"id": 1}], "paging": {"next": "https://api.example/v3/x/events/"}})]
    with pytest.raises(WrongAnswer, match="without its place"):
        list(place_next(lambda query: pages.pop(), {}))


def test_a_wrong_domain_and_a_wrong_key_are_told(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SourceError, match="HTTP 404"):
        vendor.batches(vendor.scan("events", domain="other.example"))
    wrong = orjson.dumps({"host": "http://127.0.0.1:9", "password": ""}).decode()
    monkeypatch.setenv("AIRFLOW_CONN_AOZORA_MAILGUN", wrong)
    vendor.shared.clear()
    with pytest.raises(CredentialsError, match="has no password"):
        vendor.batches(vendor.scan("events", domain=DOMAIN))


@pytest.mark.parametrize(
    ("region", "host"), [("us", "https://api.mailgun.net"), ("eu", "https://api.eu.mailgun.net")]
)
def test_the_region_decides_the_address(vendor: Vendor, region: str, host: str) -> None:
    scan = vendor.scan("events", domain=DOMAIN, region=region)
    object.__setattr__(scan, "credentials", lambda: Credentials(password="key"))
    vendor.shared.clear()
    assert isinstance(mailgun.SOURCE.reader, HttpApi)
    assert mailgun.SOURCE.reader.channel(scan).base_url == host


def stored(record: Fields, **options: str) -> Fields:
    """What is landed of an event."""
    given = MailgunOptions.model_validate({"start_date": "2026-01-01", "domain": DOMAIN, **options})
    stream = mailgun.SOURCE.stream("events").bound(given)
    assert stream.prepare
    assert stream.fields
    prepared = stream.prepare(record)
    return {name: prepared[name] for name in stream.fields & prepared.keys()}


def test_nothing_personal_is_stored() -> None:
    body = orjson.loads(
        event(
            1,
            kind="clicked",
            ip="198.51.100.7",
            url="https://form.example/to/x?token=t1&mail=person1@example.com#top",
            client_info={"user-agent": "curl/8", "bot": ""},
        )[-1]
    )
    assert stored(body) == {
        "id": "ev1",
        "timestamp": event_at(1) + 0.25,
        "code": "clicked",
        "token": "t1",
        "message_id": f"m1@{DOMAIN}",
        "link": "https://form.example/to/x",
        "agent_class": "library",
        "is_machine": False,
    }
    identity = mailgun.SOURCE.stream("events").identity
    assert identity
    assert list(identity(body)) == [("email", "person1@example.com")]


def test_codes_and_machines() -> None:
    failed = orjson.loads(event(1, kind="failed", severity="permanent")[-1])
    assert stored(failed)["code"] == "failed:permanent"
    opened = orjson.loads(event(1, kind="opened", client_info={"bot": "apple"})[-1])
    assert stored(opened)["is_machine"] is True
    assert stored({**opened, "user-variables": {"relay": "t9"}}, variable="relay")["token"] == "t9"
    for odd in ([], ["t9"], "t9", None):
        assert stored({**opened, "user-variables": odd})["token"] is None


def test_the_domain_has_to_be_configured(tmp_path: Path) -> None:
    path = tmp_path / "relay.toml"
    path.write_text(
        '[[connections]]\nname = "m"\ncompany = "a"\nsource = "mailgun"\nconn_id = "m"\n'
        "[connections.options]\nstart_date = 2026-01-01\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError, match="domain"):
        load(path)


def test_an_exhausted_allowance_is_waited_for(vendor: Vendor) -> None:
    setting(vendor.home, "mailgun_rate_limit", 2)
    scan = vendor.scan("events", domain=DOMAIN)
    found = [record for _, records in vendor.batches(scan) for record in records]
    assert len(found) == EVENTS
    assert scan.counters.throttled > 0


def move(home: Path, seconds: int) -> None:
    """Set the vendor's clock so much after the first one."""
    with store.transaction(store.open_world(home)) as world:
        store.set_meta(world, "clock", iso(CLOCK + seconds))
