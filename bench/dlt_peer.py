"""The peer: dlt's REST client landing the same Greenhouse stream into the same Postgres.

Runs in an environment of its own (bench/requirements.lock). Configured in dlt's favour: nested
values stay JSON columns (`max_table_nesting=0`), append instead of merge, pages of 500, progress
and telemetry off. Prints one JSON line: {"rows": n}.

Usage: python bench/dlt_peer.py BASE_URL TOKEN_URL CLIENT_ID CLIENT_SECRET STREAM POSTGRES_URL
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

os.environ.update(
    RUNTIME__DLTHUB_TELEMETRY="false",
    RUNTIME__LOG_LEVEL="CRITICAL",
    DLT_DATA_DIR=tempfile.mkdtemp(prefix="dlt-"),
)

import dlt
import requests
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.paginators import HeaderLinkPaginator


def main(base: str, token_url: str, login: str, secret: str, stream: str, postgres: str) -> None:
    """Land `stream` once into schema `dlt_peer` of `postgres`."""
    token = requests.post(
        token_url, auth=(login, secret), data={"grant_type": "client_credentials"}, timeout=30
    ).json()["access_token"]
    client = RESTClient(
        base_url=base, auth=BearerTokenAuth(token=token), paginator=HeaderLinkPaginator()
    )

    @dlt.resource(name=stream, write_disposition="append", max_table_nesting=0)
    def records() -> Iterator[Any]:
        yield from client.paginate(f"/v3/{stream}", params={"per_page": 500})

    pipeline = dlt.pipeline(
        pipeline_name="peer",
        destination=dlt.destinations.postgres(postgres),
        dataset_name="dlt_peer",
    )
    pipeline.run(records())
    counts = pipeline.last_trace.last_normalize_info.row_counts
    print(json.dumps({"rows": counts[stream]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
