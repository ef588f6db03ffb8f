"""The connections that the inbox takes webhooks for, from relay.toml and the environment."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from extractors import credentials
from extractors.errors import CredentialsError
from extractors.inbox import takes_webhooks
from extractors.stream import Connection
from inbox.schemes import Scheme, SchemeError, scheme_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hook:
    """One connection. Without a scheme its secret is missing: nothing of it can be verified."""

    connection: str
    source: str
    scheme: Scheme | None


def hooks_of(connections: Iterable[Connection]) -> dict[str, Hook]:
    """The hooks by connection. One whose secret is missing is logged with the remedy, and answered
    with 503 until the service is started with it, so that its vendor sends everything again."""
    found = {}
    for connection in connections:
        if not takes_webhooks(connection):
            continue
        scheme = None
        try:
            extra = credentials.resolve(connection.conn_id).extra
            scheme = scheme_of(connection.source, extra)
        except (CredentialsError, SchemeError) as error:
            _log.error(
                "%s: webhooks are refused: %s. Remedy: see docs/inbox.md, then start the inbox "
                "again.",
                connection.name,
                str(error).rstrip("."),
            )
        found[connection.name] = Hook(connection.name, connection.source, scheme)
    return found
