"""What sources of mail events share: how much is kept of an event."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field

from extractors.clients import agent_class
from extractors.inbox import InboxOptions

LONGEST_LINK = 300
STORED = frozenset({"code", "token", "message_id", "link", "agent_class", "is_machine"})
"""What is kept of an event besides its id and its time: the fields of the provider's own shape
are not."""


class MailOptions(InboxOptions):
    """Options of a provider whose events come by webhook only."""

    webhooks: bool = True
    variable: str = Field(default="token", min_length=1)
    untagged: bool = False
    """Whether events of mails without a token are kept too: for senders that attach none and
    declare the provider's id of each mail instead. Otherwise only the programme's mails are."""


def bare_link(url: object) -> str | None:
    """A link without its query, which holds the token, and without a login or a fragment."""
    if not isinstance(url, str) or not url:
        return None
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"[:LONGEST_LINK]
    except ValueError:
        return None


def agent_of(user_agent: object) -> str | None:
    """The class of what a client calls itself; None when nothing is said."""
    return agent_class(user_agent) if isinstance(user_agent, str) else None
