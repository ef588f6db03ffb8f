"""`python -m inbox`: serve the webhook inbox until SIGINT or SIGTERM.

Exit codes: 0 stopped, 2 bad usage or configuration. relay.toml, credentials and passwords are read
once, at the start.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

import uvicorn

import warehouse
from extractors.config import load
from extractors.errors import RelayError
from inbox.app import Limits, application
from inbox.hooks import hooks_of
from inbox.limits import Allowance
from inbox.store import Store

CONNECTIONS = 200
"""Open at the same time; with ``--max-bytes`` it bounds the memory that bodies can take."""


def main(argv: Sequence[str] | None = None) -> int:
    """Serve; returns the exit code."""
    options = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        hooks = hooks_of(load().connections)
        warehouse.url("relay_inbox")
    except (RelayError, warehouse.WarehouseError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if not hooks:
        print(
            "error: no connection takes webhooks. Remedy: set `webhooks = true` in the options of "
            "one in relay.toml.",
            file=sys.stderr,
        )
        return 2
    limits = Limits(
        max_bytes=options.max_bytes, allowance=Allowance(options.per_second, options.burst)
    )
    store = Store(lambda: warehouse.url("relay_inbox"))
    logging.info("taking webhooks for %s", ", ".join(sorted(hooks)))
    uvicorn.run(
        application(hooks, store, limits),
        host=options.host,
        port=options.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=15,
    )
    return 0


def defaults() -> argparse.Namespace:
    """The options as they are without any argument."""
    return _parser().parse_args([])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8095)
    parser.add_argument("--max-bytes", type=int, default=2_000_000, help="of a body")
    parser.add_argument("--per-second", type=float, default=50, help="events of a connection")
    parser.add_argument("--burst", type=int, default=500, help="events of a connection at once")
    return parser


if __name__ == "__main__":
    sys.exit(main())
