"""Mails' events of every provider side by side: codes, ids and tokens that look alike."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dbt.project import Project
from tests.dbt.raw import Raw

pytestmark = pytest.mark.long

BUILT_SOURCES = ("mailgun", "sendgrid", "ses")
AT = 1749528000  # 2025-06-10 04:00:00 UTC
KEYS = {"mailgun": "id", "sendgrid": "sg_event_id", "ses": "sns_id"}


class _Landing:
    """Events as the extraction stores them, and lines of the companies' own logs."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw

    def event(
        self, connection: str, record: str, code: str, mail: str, token: str | None = None
    ) -> None:
        source = connection.partition("_")[2].rstrip("2")
        payload: dict[str, Any] = {
            KEYS[source]: record,
            "timestamp": "2025-06-10T04:00:00.123Z" if source == "ses" else AT,
            "code": code,
            "token": token,
            "message_id": mail,
            "link": None,
            "agent_class": None,
            "is_machine": False,
        }
        self.raw.land(source, "events", connection, record, payload)

    def declared(self, company: str, token: str, mail: str) -> None:
        payload = {
            "company_id": company,
            "token": token,
            "application_id": "1",
            "sent_at": "2025-06-10T04:00:00Z",
            "message_id": mail,
        }
        self.raw.land("operator", "mails", f"{company}_operator", token, payload)


@pytest.fixture(scope="module")
def built(project: Project, raw: Raw) -> Raw:
    """Two companies; the first has two accounts at SendGrid. One event of each code is enough."""
    for company in ("aozora", "hinata"):
        raw.company(company)
    for name in ("aozora_sendgrid", "aozora_sendgrid2", "aozora_mailgun", "aozora_ses"):
        source = name.partition("_")[2].rstrip("2")
        raw.connection.execute(
            "insert into landing.connections values (%s, 'aozora', %s)", [name, source]
        )
    raw.connection.execute("insert into landing.connections values ('hinata_ses', 'hinata', 'ses')")
    landing = _Landing(raw)
    # one mail of which one event has no token
    landing.event("aozora_sendgrid", "e1", "processed", "m1.recvd-1.a.0", "t1")
    landing.event("aozora_sendgrid", "e2", "delivered", "m1.recvd-2.b.0")
    # a mail of another account with the same id
    landing.event("aozora_sendgrid2", "e3", "delivered", "m1.recvd-3.c.0")
    # mails that only the companies' own logs give a token, by their ids
    landing.event("aozora_mailgun", "e4", "delivered", "<m2@x>")
    landing.event("aozora_mailgun", "e5", "failed:temporary", "m2@x")
    landing.event("hinata_ses", "e6", "Delivery", "m2@x")
    landing.event("aozora_ses", "e7", "Bounce:Transient", "m3")
    landing.declared("aozora", "t2", "<m2@x>")
    landing.declared("hinata", "h2", "m2@x")
    landing.declared("aozora", "t9", "<m1>")
    raw.check("2025-06-24T00:00:00Z")
    only = ("--exclude-resource-type", "unit_test", "test")
    project.run("build", "--select", "+int_mail_events_unioned", *only)
    return raw


def test_an_event_of_each_provider_is_one_row_of_one_mail(built: Raw) -> None:
    """SendGrid's ids of a mail end differently from event to event, Mailgun's may have brackets."""
    found = built.rows(
        "select split_part(event_id, ':', 2), event_type, message_key, occurred_at::date::text"
        " from intermediate.int_mail_events_unioned order by 1"
    )
    day = "2025-06-10"
    assert found == [
        ("e1", "sent", "m1", day),
        ("e2", "delivered", "m1", day),
        ("e3", "delivered", "m1", day),
        ("e4", "delivered", "m2@x", day),
        ("e5", "deferred", "m2@x", day),
        ("e6", "delivered", "m2@x", day),
        ("e7", "deferred", "m3", day),
    ]


def test_the_token_of_a_mail_is_its_own_accounts_or_companys(built: Raw) -> None:
    """What another event of the mail says goes before what the company declares."""
    found = built.rows(
        "select split_part(event_id, ':', 2), token"
        " from intermediate.int_mail_events_unioned order by 1"
    )
    assert found == [
        ("e1", "t1"),
        ("e2", "t1"),
        ("e3", "t9"),
        ("e4", "t2"),
        ("e5", "t2"),
        ("e6", "h2"),
        ("e7", None),
    ]
