"""Mails' events as Amazon SES publishes them over SNS for a configuration set."""

from __future__ import annotations

from random import Random
from typing import Any

from sandbox.store import Account
from sandbox.world_company import Company
from sandbox.world_mail import ACCEPTED, BOUNCED, CLICKED, DEFERRED, DELIVERED, OPENED, MailEvent
from sandbox.world_mailgun import URLS
from sandbox.world_time import iso_ms
from sandbox.world_typeform import AGENTS

NAMES = {
    ACCEPTED: "Send",
    DELIVERED: "Delivery",
    BOUNCED: "Bounce",
    DEFERRED: "DeliveryDelay",
    OPENED: "Open",
    CLICKED: "Click",
}


def event(company: Company, event: MailEvent) -> dict[str, Any]:
    """What stands in an SNS message. Only the token is among the mail's own tags."""
    section: dict[str, Any] = {"timestamp": iso_ms(event.at)}
    if event.kind == BOUNCED:
        address = {"emailAddress": event.recipient, "status": "5.1.1"}
        section |= {"bounceType": "Permanent", "bouncedRecipients": [address]}
    if event.kind == DELIVERED:
        section["recipients"] = [event.recipient]
    if event.kind in (OPENED, CLICKED):
        section |= {"userAgent": AGENTS[event.agent][0], "ipAddress": "198.51.100.7"}
    if event.kind == CLICKED:
        section["link"] = URLS[event.link].format(
            company_id=company.company_id, form_id=company.form_id, token=event.token
        )
    name = NAMES[event.kind]
    return {
        "eventType": name,
        "mail": {
            "timestamp": iso_ms(event.sent_at),
            "messageId": event.message_id,
            "source": f"recruit@{company.company_id}.example",
            "destination": [event.recipient],
            "tags": {"ses:configuration-set": ["relay"], "token": [event.token]},
        },
        name[0].lower() + name[1:]: {} if event.kind == ACCEPTED else section,
    }


def account(company: Company, rng: Random) -> Account:
    """The account; its client id is the topic that its events are published to."""
    topic = f"arn:aws:sns:ap-northeast-1:{rng.randrange(10**11, 10**12)}:{company.company_id}"
    return Account(company.mail_account, "ses", company.company_id, topic, "none", (), None, None)


def options(account: Account) -> dict[str, str]:
    return {}


def credentials(account: Account, url: str) -> dict[str, Any]:
    return {"conn_type": "generic", "extra": {"topic_arn": account.client_id}}
