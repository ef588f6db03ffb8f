"""Mails' events as SendGrid's Event Webhook posts them."""

from __future__ import annotations

from random import Random
from typing import Any

from sandbox.store import Account
from sandbox.world_company import Company
from sandbox.world_mail import ACCEPTED, BOUNCED, CLICKED, DEFERRED, DELIVERED, OPENED, MailEvent
from sandbox.world_mailgun import URLS
from sandbox.world_typeform import AGENTS

NAMES = {
    ACCEPTED: "processed",
    DELIVERED: "delivered",
    BOUNCED: "bounce",
    DEFERRED: "deferred",
    OPENED: "open",
    CLICKED: "click",
}


def event(company: Company, event: MailEvent) -> dict[str, Any]:
    """One event. Its sg_message_id is the mail's with a suffix of the event's own; only the token
    is among the custom arguments."""
    item: dict[str, Any] = {
        "email": event.recipient,
        "timestamp": event.at,
        "smtp-id": f"<{event.message_id}@ismtpd0001p1.sendgrid.net>",
        "event": NAMES[event.kind],
        "category": ["rejection"],
        "sg_event_id": f"{event.message_id}{event.number:x}",
        "sg_message_id": f"{event.message_id}.recvd-{event.number % 7}.{event.at}.0",
        "token": event.token,
    }
    if event.kind == BOUNCED:
        item |= {"type": "bounce", "status": "5.1.1", "reason": "550 unknown user"}
    if event.kind in (OPENED, CLICKED):
        item |= {"useragent": AGENTS[event.agent][0], "ip": "198.51.100.7"}
    if event.kind == OPENED:
        item["sg_machine_open"] = event.is_machine
    if event.kind == CLICKED:
        item["url"] = URLS[event.link].format(
            company_id=company.company_id, form_id=company.form_id, token=event.token
        )
        item["url_offset"] = {"index": 0, "type": "html"}
    return item


def account(company: Company, rng: Random) -> Account:
    """The account; its secret signs nothing, see ``sandbox.mail_webhooks``."""
    secret = f"SG.{rng.getrandbits(160):040x}"
    return Account(
        company.mail_account, "sendgrid", company.company_id, None, secret, (), None, None
    )


def options(account: Account) -> dict[str, str]:
    return {}


def credentials(account: Account, url: str) -> dict[str, Any]:
    return {"conn_type": "generic"}
