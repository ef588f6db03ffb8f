"""Mails' events as Mailgun's Events API lists them."""

from __future__ import annotations

from random import Random
from typing import Any

from sandbox.store import Account
from sandbox.world_company import Company
from sandbox.world_mail import BOUNCED, CLICKED, DEFERRED, OPENED, MailEvent
from sandbox.world_time import START, tokyo_date
from sandbox.world_typeform import AGENTS

DOMAIN = "mail.{company_id}.example"
URLS = {
    "form": "https://form.career-relay.example/to/{form_id}?token={token}",
    "company": "https://www.{company_id}.example/",
    "privacy": "https://www.{company_id}.example/privacy",
}
NAMES = {BOUNCED: "failed", DEFERRED: "failed"}


def event(company: Company, event: MailEvent) -> dict[str, Any]:
    """One item of the list. Only the token is among the user's variables."""
    domain = DOMAIN.format(company_id=company.company_id)
    item: dict[str, Any] = {
        "id": f"{event.message_id}{event.number:x}",
        "timestamp": float(event.at),
        "event": NAMES.get(event.kind, event.kind),
        "log-level": "error" if event.kind == BOUNCED else "info",
        "recipient": event.recipient,
        "recipient-domain": event.recipient.rpartition("@")[2],
        "tags": ["rejection"],
        "campaigns": [],
        "user-variables": {"token": event.token},
        "message": {
            "headers": {
                "message-id": f"{event.message_id}@{domain}",
                "to": event.recipient,
                "from": f"recruit@{domain}",
                "subject": "選考結果のご連絡",
            },
            "attachments": [],
            "size": 2048,
        },
    }
    if event.kind in (BOUNCED, DEFERRED):
        item["severity"] = "permanent" if event.kind == BOUNCED else "temporary"
        item["reason"] = "bounce" if event.kind == BOUNCED else "greylisted"
        item["delivery-status"] = {"code": 550 if event.kind == BOUNCED else 451}
    if event.kind in (OPENED, CLICKED):
        item["ip"] = "198.51.100.7"
        item["geolocation"] = {"country": "JP", "region": "13", "city": "Tokyo"}
        item["client-info"] = {
            "client-type": "browser",
            "device-type": "unknown",
            "user-agent": AGENTS[event.agent][0],
            "bot": "apple" if event.is_machine else "",
        }
    if event.kind == CLICKED:
        item["url"] = URLS[event.link].format(
            company_id=company.company_id, form_id=company.form_id, token=event.token
        )
    return item


def account(company: Company, rng: Random) -> Account:
    """The account; its client id is the sending domain."""
    domain = DOMAIN.format(company_id=company.company_id)
    key = f"key-{rng.getrandbits(128):032x}"
    return Account(company.mail_account, "mailgun", company.company_id, domain, key, (), None, None)


def options(account: Account) -> dict[str, str]:
    return {"start_date": tokyo_date(START), "domain": f'"{account.client_id}"'}


def credentials(account: Account, url: str) -> dict[str, Any]:
    return {"conn_type": "http", "host": f"{url}/mailgun", "password": account.secret}
