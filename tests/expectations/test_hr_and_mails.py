"""The gate on HR systems and mail providers: what it holds back, and what looks odd and passes."""

from __future__ import annotations

import psycopg
import pytest

from expectations.seeds import SEEDS
from tests.expectations.conftest import MakeLander
from tests.expectations.mail_records import MAIL_KEYS
from tests.expectations.odd_records import Changes, check_held

STREAMS = {"smarthr": "crews", "freee": "employees", **dict.fromkeys(MAIL_KEYS, "events")}
NAMED_AGENT = {"agent_class": "Mozilla/5.0 (iPhone)"}
CREWS: Changes = {
    "absent": {"emp_status": "absent", "resigned_at": None, "leave_type": None},
    "leaving ahead": {"emp_status": "employed", "resigned_at": "2027-03-31"},
    "retired, no day": {"emp_status": "retired", "resigned_at": None},
    "first day ahead": {"entered_at": "2027-04-01", "resigned_at": None},
    "no first day": {"entered_at": None},
    "no number": {"emp_code": None},
    "of long standing": {"entered_at": "1961-04-01"},
    "! on leave": {"emp_status": "on_leave"},
    "! no status": {"emp_status": None},
    "! left before": {"entered_at": "2026-06-21"},
    "! of no calendar": {"resigned_at": "2026-06-31"},
    "! before any": {"entered_at": "1926-12-25"},
    "! after any": {"entered_at": "2206-04-01", "resigned_at": None},
    "! another type": {"leave_type": "moved"},
    "! no id": {"id": None},
}
STAFF: Changes = {
    "leaving ahead": {"retire_date": "2027-03-31"},
    "there": {"retire_date": None},
    "no number": {"num": None},
    "of long standing": {"entry_date": "1961-04-01"},
    "! no first day": {"entry_date": None},
    "! left before": {"entry_date": "2026-06-21"},
    "! of no calendar": {"retire_date": "2026-06-31"},
    "! before any": {"entry_date": "1926-12-25"},
    "! no id": {"id": None},
}
MAILS: Changes = {
    "no token": {"token": None},
    "no link": {"link": None, "agent_class": None},
    "a scanner": {"agent_class": "scanner"},
    "a machine": {"is_machine": True},
    "! no mail": {"message_id": None},
    "! blank mail": {"message_id": " "},
    "! no code": {"code": None},
    "! a new code": {"code": "teleported"},
    "! named agent": NAMED_AGENT,
    "! machine in words": {"is_machine": "true"},
    "! machine unknown": {"is_machine": None},
    "! no time": {"timestamp": None},
}
MILLISECONDS = {"! milliseconds": {"timestamp": 1782208800250}}
PROVIDERS: dict[str, Changes] = {
    "mailgun": {
        "! failed somehow": {"code": "failed:None"},
        "! of another": {"code": "processed"},
        **MILLISECONDS,
    },
    "sendgrid": {"! of another": {"code": "accepted"}, **MILLISECONDS},
    "ses": {
        "! bounced somehow": {"code": "Bounce:None"},
        "! of another": {"code": "accepted"},
        "! seconds": {"timestamp": 1782208800},
    },
}


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        ("smarthr", CREWS),
        ("freee", STAFF),
        *((source, {**MAILS, **own}) for source, own in PROVIDERS.items()),
    ],
)
def test_what_is_held_back(
    lander: MakeLander, session: psycopg.Connection, source: str, changes: Changes
) -> None:
    check_held(session, lander(source), STREAMS[source], changes)


def test_what_each_code_of_a_provider_means() -> None:
    """Of a bounce that passes, an absence note or a delay nothing follows; every refusal for good
    is a bounce, also one that the provider itself made; a complaint came after the mail arrived."""
    lines = (SEEDS / "mail_event_map.csv").read_text(encoding="utf-8").splitlines()[1:]
    found: dict[tuple[str, str], set[str]] = {}
    for source, code, kind in (line.split(",") for line in lines):
        found.setdefault((source, kind), set()).add(code)
    assert found == {
        ("mailgun", "sent"): {"accepted"},
        ("mailgun", "delivered"): {"delivered"},
        ("mailgun", "deferred"): {"failed:temporary"},
        ("mailgun", "bounced"): {"failed:permanent", "rejected"},
        ("mailgun", "opened"): {"opened"},
        ("mailgun", "clicked"): {"clicked"},
        ("mailgun", "other"): {"unsubscribed", "complained", "stored"},
        ("sendgrid", "sent"): {"processed"},
        ("sendgrid", "delivered"): {"delivered"},
        ("sendgrid", "deferred"): {"deferred"},
        ("sendgrid", "bounced"): {"bounce", "dropped"},
        ("sendgrid", "opened"): {"open"},
        ("sendgrid", "clicked"): {"click"},
        ("sendgrid", "other"): {
            "spamreport", "unsubscribe", "group_unsubscribe", "group_resubscribe",
        },
        ("ses", "sent"): {"Send"},
        ("ses", "delivered"): {"Delivery"},
        ("ses", "deferred"): {"DeliveryDelay", "Bounce:Transient", "Bounce:Undetermined"},
        ("ses", "bounced"): {"Bounce:Permanent", "Reject", "Rendering Failure"},
        ("ses", "opened"): {"Open"},
        ("ses", "clicked"): {"Click"},
        ("ses", "other"): {"Complaint", "Subscription"},
    }  # fmt: skip
