"""What became of mails, from hand-written events: whose a mail was, and how far it got."""

from __future__ import annotations

from typing import Any

import pytest

from extractors.erasure import erase_on_request
from extractors.registry import SOURCES
from extractors.stream import Connection
from tests.dbt.project import Project
from tests.dbt.raw import Company, Raw
from tests.extractors.landings import NoOptions

pytestmark = pytest.mark.long

BUILT_SOURCES = ("sendgrid",)
REJECTED = "2025-06-10T03:00:00Z"
SENT = 1749528000  # 2025-06-10 04:00:00 UTC
AS_OF = "2025-06-24T00:00:00Z"


def _rejected(company: Company, number: int) -> None:
    company.candidate(number, email=f"e{number}", name=f"n{number}")
    company.rejected(number, number, REJECTED)


def _declared(
    raw: Raw, token: str, application: str, message_id: str | None, company: str = "aozora"
) -> None:
    payload = {
        "company_id": company,
        "token": token,
        "application_id": application,
        "sent_at": "2025-06-10T04:00:00Z",
        "message_id": message_id,
    }
    raw.land("operator", "mails", f"{company}_operator", token, payload)


class _Events:
    """SendGrid's events of one mail; the suffix of its id differs from event to event."""

    def __init__(
        self, raw: Raw, mail: str, token: str | None, address: str, company: str = "aozora"
    ) -> None:
        self.raw, self.mail, self.token, self.address = raw, mail, token, address
        self.connection = f"{company}_sendgrid"

    def add(self, code: str, after: int, link: str | None = None, **fields: Any) -> None:
        payload = {
            "sg_event_id": f"{self.mail}-{code}-{after}",
            "timestamp": SENT + after,
            "code": code,
            "token": self.token,
            "message_id": f"{self.mail}.recvd-{after}.{code}.0",
            "link": link,
            "agent_class": "human" if link else None,
            "is_machine": False,
            **fields,
        }
        event = payload["sg_event_id"]
        keys = [("email", self.address)]
        self.raw.land("sendgrid", "events", self.connection, str(event), payload, keys)


@pytest.fixture(scope="module")
def built(project: Project, raw: Raw) -> Raw:
    """Six rejected applicants, each with a mail of another kind, or none."""
    company = raw.company("aozora")
    company.reference()
    for name in ("aozora", "hinata"):
        raw.connection.execute(
            "insert into landing.connections values (%s, %s, 'sendgrid')",
            [f"{name}_sendgrid", name],
        )
    for number in range(1, 7):
        _rejected(company, number)
    # the mail carries no token: the log names the provider's id of it; a gateway follows its links
    _declared(raw, "t1", "1", "<abc>")
    untagged = _Events(raw, "abc", None, "nobody")
    untagged.add("delivered", 2)
    for place, link in enumerate(("form", "home", "privacy")):
        untagged.add("click", 3600 + place, link)
    # no log: the recipient's address tells whose it was; it bounces
    bounced = _Events(raw, "m2", "t2", "e2")
    bounced.add("processed", 0)
    bounced.add("deferred", 1)
    bounced.add("bounce", 60)
    # a log and nothing else
    _declared(raw, "t3", "3", None)
    # a machine, then a person, who registers under another address; one event lacks the token
    mail = _Events(raw, "m5", "t5", "e5")
    mail.add("processed", 0)
    mail.add("delivered", 3, token=None)
    mail.add("open", 4, is_machine=True)
    mail.add("click", 5, "form")
    mail.add("click", 7200, "form")
    company.response(
        "r5", landed="2025-06-10T06:00:02Z", submitted="2025-06-10T06:10:00Z", token="t5",
        email="other", name="n5",
    )  # fmt: skip
    # the log names another application than the address would, and takes m5 for this mail
    _declared(raw, "t6", "6", "<m5>")
    _Events(raw, "m6", "t6", "e4").add("delivered", 2)
    # a mail to nobody that the ATS knows
    _Events(raw, "m9", "t9", "stranger").add("processed", 0)
    _another_company(raw)
    raw.check(AS_OF)
    project.transform()
    return raw


def _another_company(raw: Raw) -> None:
    """Its mails have ids and an address that the first company's have too."""
    company = raw.company("hinata")
    company.reference()
    _rejected(company, 1)
    _declared(raw, "h1", "1", "<m2>", "hinata")
    _declared(raw, "h2", "1", "<abc>", "hinata")
    _Events(raw, "m2", None, "e2", "hinata").add("delivered", 7)
    _Events(raw, "abc", "h9", "e3", "hinata").add("delivered", 8)


def test_how_far_each_mail_got(built: Raw) -> None:
    found = built.rows(
        "select split_part(application_id, ':', 2)::int, mail_state, stopped_because,"
        " to_char(mailed_at, 'HH24:MI:SS'), to_char(delivered_at, 'HH24:MI:SS'),"
        " to_char(bounced_at, 'HH24:MI:SS'), to_char(clicked_at, 'HH24:MI:SS'),"
        " to_char(human_clicked_at, 'HH24:MI:SS'), match_method"
        " from marts.fct_relay_funnel where company_id = 'aozora' order by 1"
    )
    sent, got = "04:00:00", "form_not_opened"
    assert found == [
        (1, "delivered", got, sent, "04:00:02", None, "05:00:00", None, None),
        (2, "bounced", "mail_bounced", sent, None, "04:01:00", None, None, None),
        (3, "sent", got, sent, None, None, None, None, None),
        (4, "unknown", "mail_not_recorded", None, None, None, None, None, None),
        (5, "delivered", None, sent, "04:00:03", None, "04:00:05", "06:00:00", "token"),
        (6, "delivered", got, sent, "04:00:02", None, None, None, None),
    ]


def test_a_company_knows_its_own_mails_alone(built: Raw) -> None:
    """Whatever ids and addresses they share with another one's."""
    assert built.rows(
        "select company_id, token, split_part(mail_id, ':', 2), application_id"
        " from intermediate.int_mails_evented where mail_id similar to '%:(abc|m2)' order by 1, 2"
    ) == [
        ("aozora", "t1", "abc", "aozora_greenhouse:1"),
        ("aozora", "t2", "m2", "aozora_greenhouse:2"),
        ("hinata", "h1", "m2", "hinata_greenhouse:1"),
        ("hinata", "h9", "abc", None),
    ]


def test_an_event_is_one_row(built: Raw) -> None:
    """Codes of several providers are the same words."""
    assert built.rows(
        "select count(*) - count(distinct event_id) from intermediate.int_mail_events_unioned"
    ) == [(0,)]


def test_a_mail_to_a_stranger_belongs_to_nobody(built: Raw) -> None:
    assert built.rows(
        "select application_id from intermediate.int_mails_evented where token = 't9'"
    ) == [(None,)]


def test_no_key_of_a_recipient_leaves_the_vault(built: Raw) -> None:
    columns = built.rows(
        "select table_schema, table_name from information_schema.columns"
        " where column_name in ('key_value', 'recipient', 'email')"
        " and (table_name like '%mail%' or table_name like '%sendgrid%')"
        " and table_schema in ('staging', 'intermediate', 'marts')"
    )
    assert columns == []


def test_mails_of_who_is_erased_stay_theirs(built: Raw, project: Project) -> None:
    """Also those that nothing but the recipient's address tied to an application."""
    mails = "select mail_id, application_id from intermediate.int_mails_evented order by 1"
    funnel = "select * from marts.fct_relay_funnel order by application_id"
    before = built.rows(mails), built.rows(funnel)
    connection = Connection("aozora_greenhouse", "aozora", "greenhouse", "c", NoOptions())
    stream = SOURCES["greenhouse"].stream("candidates")
    assert erase_on_request(connection, stream, ["2", "5"], "suzuki") == 2
    project.run("run", "--select", "+fct_relay_funnel")
    assert (built.rows(mails), built.rows(funnel)) == before
    left = built.rows(
        "select distinct split_part(record_id, '-', 1), left(key, 1) from vault.identity_keys"
        " where kind = 'email' and (key in ('e2', 'e5') or key like '~%%')"
        " and stream in ('candidates', 'events') and connection like 'aozora%%' order by 1, 2"
    )
    mine, theirs = [("2", "~"), ("5", "~")], [("m2", "e"), ("m2", "~"), ("m5", "e"), ("m5", "~")]
    assert left == mine + theirs
