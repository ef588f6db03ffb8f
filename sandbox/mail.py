"""How companies of the sandbox may send their rejection mails, one line each.

``ats``: through their ATS, as without any; ``log``: by hand, with a log of their own
(``sandbox.send_log``); the others: a provider, whose events are a list that can be read
(``simulator``) or go to a webhook (``sandbox.mail_webhooks``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import orjson

from sandbox import world_mailgun, world_sendgrid, world_ses
from sandbox.exchange import Vendor
from sandbox.mailgun import Mailgun
from sandbox.reader import World
from sandbox.store import Account, Record
from sandbox.world_company import Company
from sandbox.world_mail import LOG, MailEvent
from sandbox.world_story import Story
from sandbox.world_time import iso_ms


@dataclass(frozen=True)
class Provider:
    """A provider of mail.

    event        a mail's event as the provider writes it
    account      the company's account, its secrets drawn from the generator
    options      its options in relay.toml, as TOML values
    credentials  (account, server's URL) -> an Airflow connection
    simulator    its API; None of one that only calls a webhook
    """

    name: str
    event: Callable[[Company, MailEvent], dict[str, Any]]
    account: Callable[[Company, Random], Account]
    options: Callable[[Account], dict[str, str]]
    credentials: Callable[[Account, str], dict[str, Any]]
    simulator: Callable[[World], Vendor] | None = None


PROVIDERS: dict[str, Provider] = {
    "mailgun": Provider(
        "mailgun",
        world_mailgun.event,
        world_mailgun.account,
        world_mailgun.options,
        world_mailgun.credentials,
        Mailgun,
    ),
    "sendgrid": Provider(
        "sendgrid",
        world_sendgrid.event,
        world_sendgrid.account,
        world_sendgrid.options,
        world_sendgrid.credentials,
    ),
    "ses": Provider(
        "ses", world_ses.event, world_ses.account, world_ses.options, world_ses.credentials
    ),
}
THE_ATS = "ats"
MAIL = (THE_ATS, LOG, *PROVIDERS)


def accounts(company: Company, seed: int) -> list[Account]:
    """The company's account at its provider of mail, if it has one."""
    if company.mail not in PROVIDERS:
        return []
    rng = Random(f"{seed}:{company.company_id}:mail_account")
    return [PROVIDERS[company.mail].account(company, rng)]


def project(company: Company, clock: int, emit: Callable[[Record], None], story: Story) -> None:
    """Emit a record for each event of a story's mails that the provider shows at `clock`."""
    if company.mail not in PROVIDERS:
        return
    event_of = PROVIDERS[company.mail].event
    for event in story.mail_events:
        if event.visible_at <= clock:
            emit(
                (
                    company.mail_account,
                    company.mail,
                    "events",
                    event.number,
                    f"{event.message_id}{event.number:x}",
                    iso_ms(event.visible_at),
                    iso_ms(event.at),
                    iso_ms(event.at),
                    "",
                    orjson.dumps(event_of(company, event)),
                )
            )
