"""SendGrid Event Webhook: what became of the mails with a registration link.

Facts (twilio.com/docs/sendgrid, tracking events): a webhook is a list of events; one may be
delivered many times (46 were seen), so ``sg_event_id`` is the key; ``sg_message_id`` is the
X-Message-ID of the answer to the sender, a dot, and a suffix that differs from event to event. A
bounce that comes back after the delivery has neither it nor custom arguments (sendgrid/docs#5177).
``sg_machine_open`` marks openings by Apple's mail privacy. Custom arguments stand in every event
beside its own fields; SendGrid keeps them for long and cannot remove them: nothing but the opaque
token may be in them. There is no list to ask for what a webhook has missed, but for a paid one.

Stored is of an event what ``extractors.mails`` says; the recipient's address only as keyed hashes
in the vault, the address of who clicked not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from pydantic import BaseModel

from extractors.erasure import without
from extractors.inbox import InboxOnly
from extractors.mails import STORED, MailOptions, agent_of, bare_link
from extractors.stream import Fields, IdentityValue, InboxEvent, Source, Stream, narrowed


class SendGridOptions(MailOptions):
    """``variable`` is the custom argument that holds the link's token."""


def _unpack(options: MailOptions, event: InboxEvent) -> Iterator[Fields]:
    """The events of a webhook: those of mails that carry a token, unless all are asked for."""
    events = event.json()
    if not isinstance(events, list):
        raise TypeError("no list of events")
    for each in events:
        token = each.get(options.variable)
        if token or options.untagged:
            yield {**each, "token": token}


def _prepare(event: Fields) -> Fields:
    """The event with its fields under the names that all providers' have."""
    return {
        **event,
        "code": event["event"],
        "message_id": event.get("sg_message_id") or None,
        "link": bare_link(event.get("url")),
        "agent_class": agent_of(event.get("useragent")),
        "is_machine": event.get("sg_machine_open") is True,
    }


def _recipient(event: Fields) -> Iterator[IdentityValue]:
    if event.get("email"):
        yield "email", event["email"]


def _bound(stream: Stream, options: BaseModel) -> Stream:
    return replace(stream, inbox=partial(_unpack, narrowed(options, SendGridOptions)))


SOURCE = Source(
    name="sendgrid",
    title="SendGrid",
    options_model=SendGridOptions,
    reader=InboxOnly(),
    streams=(
        Stream(
            "events",
            key=("sg_event_id",),
            inbox=partial(_unpack, SendGridOptions()),
            prepare=_prepare,
            fields=STORED | {"sg_event_id", "timestamp"},
            identity=_recipient,
            erase=without(""),  # of the recipient keys alone are kept
            adapt=_bound,
        ),
    ),
)
