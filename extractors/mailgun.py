"""Mailgun Events API: what became of the mails with a registration link.

Facts (documentation.mailgun.com, events and event polling): Basic authentication as user ``api``
with the key; limit 300 at most; ``next`` is followed until a page is empty. Events come late and
are inserted where their time belongs, also into pages that were read before: a page can be
trusted once its last event is half an hour old. So each run reads the last 30 minutes of the one
before again (``lag_minutes``), and an event that it knows is not landed twice. How long events are
kept depends on the plan (copies of the documentation disagree: 3 or 30 days): run daily. The API is
marked for replacement by the Logs API, without a day.

A mail carries nothing of its applicant but the link's token, in a user variable. The recipient's
address is not stored: its keyed hash ties a mail to a candidate whose token nothing else knows.
Of a click stay the link without its query, and what the client calls itself as a class.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel, Field

from extractors.api import ApiOptions, HttpApi, Window
from extractors.auth import BasicKey
from extractors.erasure import without
from extractors.mails import STORED, agent_of, bare_link
from extractors.paginate import place_next
from extractors.stream import Cursor, Fields, IdentityValue, Scan, Source, Stream, narrowed

PAGE_SIZE = 300
HOSTS = {"us": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}


class MailgunOptions(ApiOptions):
    """``domain`` is the one that mails are sent from; ``region`` where the account lives."""

    domain: str = Field(pattern=r"^[A-Za-z0-9.-]+$")
    region: Literal["us", "eu"] = "us"
    variable: str = "token"
    """The user variable that holds the link's token."""
    tag: str | None = None
    """Only events of mails with this tag."""
    page_size: int = Field(default=PAGE_SIZE, ge=1, le=PAGE_SIZE)
    lag_minutes: int = Field(default=30, ge=30, le=10_080)


def _query(scan: Scan, window: Window | None) -> dict[str, str]:
    options = narrowed(scan.connection.options, MailgunOptions)
    query = {"ascending": "yes", "limit": str(options.page_size)}
    if options.tag:
        query["tags"] = options.tag
    if window is None:
        return query
    return query | {"begin": str(int(window.lower.timestamp()))}


def _base_url(options: BaseModel) -> str:
    return HOSTS[narrowed(options, MailgunOptions).region]


def _cut_for(variable: str, event: Fields) -> Fields:
    """The event with what is needed of its nested fields under names of our own."""
    client = _object(event.get("client-info"))
    headers = _object(_object(event.get("message")).get("headers"))
    kind = event["event"]
    return {
        **event,
        "code": f"{kind}:{event.get('severity')}" if kind == "failed" else kind,
        "token": _object(event.get("user-variables")).get(variable),
        "message_id": headers.get("message-id"),
        "link": bare_link(event.get("url")),
        "agent_class": agent_of(client.get("user-agent")),
        "is_machine": bool(client.get("bot")),
    }


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _recipient(event: Fields) -> Iterator[IdentityValue]:
    if event.get("recipient"):
        yield "email", event["recipient"]


def _with_variable(stream: Stream, options: BaseModel) -> Stream:
    variable = narrowed(options, MailgunOptions).variable
    return replace(stream, prepare=partial(_cut_for, variable))


SOURCE = Source(
    name="mailgun",
    title="Mailgun",
    options_model=MailgunOptions,
    reader=HttpApi(
        title="Mailgun",
        base_url=_base_url,
        auth=partial(BasicKey, user="api"),
        paginate=place_next,
        query=_query,
    ),
    streams=(
        Stream(
            "events",
            path="/v3/{domain}/events",
            cursor=Cursor("timestamp", unit="s", open_ended=True),
            fields=STORED | {"id", "timestamp"},
            identity=_recipient,
            erase=without(""),  # of the recipient keys alone are kept
            required_scope="a key that may read the domain's events",
            adapt=_with_variable,
        ),
    ),
)
