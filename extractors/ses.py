"""Amazon SES events over SNS: what became of the mails with a registration link.

Facts (docs.aws.amazon.com/ses, event publishing to SNS): SNS delivers at least once, an envelope
with ``MessageId`` and the event as text in ``Message``; with raw delivery the event is the body
and the id stands in a header. Events of a configuration set say ``eventType`` and carry the mail's
tags; without one a notification says ``notificationType`` and carries none. A bounce is for good
only when it is Permanent: a Transient one may be an absence note. There is no list to ask for what
was missed. Assumed: the id of a raw delivery is in ``x-amz-sns-message-id``.

Stored is of an event what ``extractors.mails`` says; the recipients' addresses only as keyed hashes
in the vault, the address of who clicked not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec
from pydantic import BaseModel

from extractors.erasure import without
from extractors.inbox import InboxOnly
from extractors.mails import STORED, MailOptions, agent_of, bare_link
from extractors.stream import Fields, IdentityValue, InboxEvent, Source, Stream, narrowed

SECTIONS = {"Rendering Failure": "failure", "DeliveryDelay": "deliveryDelay"}


class SesOptions(MailOptions):
    """``variable`` is the tag of the mail that holds the link's token."""


def _unpack(options: MailOptions, event: InboxEvent) -> Iterator[Fields]:
    """The event of a notification, if its mail carries a token or all are asked for; nothing of
    what SNS says of the subscription itself."""
    body = event.json()
    identifier = event.headers.get("x-amz-sns-message-id") or event.body_hash
    if "Type" in body:
        if body["Type"] != "Notification":
            return
        identifier = body["MessageId"]
        body = msgspec.json.decode(body["Message"])
    if "mail" not in body:  # SES announces itself in words when a topic is chosen
        return
    tags = body["mail"].get("tags") or {}
    token = next(iter(tags.get(options.variable) or ()), None)
    if token or options.untagged:
        yield {**body, "sns_id": identifier, "token": token}


def _prepare(event: Fields) -> Fields:
    """The event with its fields under the names that all providers' have."""
    kind = event.get("eventType") or event["notificationType"]
    section = _section(event, kind)
    return {
        **event,
        "code": f"{kind}:{section.get('bounceType')}" if kind == "Bounce" else kind,
        "timestamp": section.get("timestamp") or event["mail"]["timestamp"],
        "message_id": event["mail"]["messageId"],
        "link": bare_link(section.get("link")),
        "agent_class": agent_of(section.get("userAgent")),
        "is_machine": False,
    }


def _section(event: Fields, kind: str) -> dict[str, Any]:
    found = event.get(SECTIONS.get(kind, kind.lower()))
    return found if isinstance(found, dict) else {}


def _recipients(event: Fields) -> Iterator[IdentityValue]:
    for address in event["mail"].get("destination") or ():
        yield "email", address


def _bound(stream: Stream, options: BaseModel) -> Stream:
    return replace(stream, inbox=partial(_unpack, narrowed(options, SesOptions)))


SOURCE = Source(
    name="ses",
    title="Amazon SES",
    options_model=SesOptions,
    reader=InboxOnly(),
    streams=(
        Stream(
            "events",
            key=("sns_id",),
            inbox=partial(_unpack, SesOptions()),
            prepare=_prepare,
            fields=STORED | {"sns_id", "timestamp"},
            identity=_recipients,
            erase=without(""),  # of the recipient keys alone are kept
            adapt=_bound,
        ),
    ),
)
