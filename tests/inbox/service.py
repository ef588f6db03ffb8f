"""The service on loopback, over a real socket and a real database."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import uvicorn
from psycopg import sql

import warehouse
from inbox.app import Limits, application
from inbox.hooks import Hook
from inbox.schemes import scheme_of
from inbox.store import Store
from tests.extractors.landings import fetch

SECRET = "a secret of the vendor's"
SIGNED = {"typeform": "Typeform-Signature", "greenhouse": "Signature", "tally": "Tally-Signature"}


def hook(connection: str, source: str, **extra: object) -> Hook:
    """A hook with the scheme of its source."""
    return Hook(connection, source, scheme_of(source, extra or {"webhook_secret": SECRET}))


@contextmanager
def serving(hooks: Mapping[str, Hook], limits: Limits | None = None) -> Iterator[str]:
    """The URL of a service that takes webhooks for these hooks."""
    store = Store(lambda: warehouse.url("relay_inbox"))
    config = uvicorn.Config(
        application(hooks, store, limits or Limits()), port=0, log_level="error", access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(30)


def stored(connection: str) -> list[tuple[str, dict[str, str], bytes]]:
    """(source, headers, body) of a connection's events, in the order of their ids."""
    statement = sql.SQL(
        "select source, headers, body from inbox.events where connection = %s order by event_id"
    )
    return fetch(statement, [connection])  # type: ignore[return-value]
