"""dlt's REST client: its paginators and its retries, told of an API by a few settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth, HttpBasicAuth
from dlt.sources.helpers.rest_client.paginators import (
    BasePaginator,
    HeaderLinkPaginator,
    JSONLinkPaginator,
    JSONResponseCursorPaginator,
    PageNumberPaginator,
)

from peers.readers.report import serve

PAGINATORS: dict[str, type[BasePaginator]] = {
    "header_link": HeaderLinkPaginator,
    "json_link": JSONLinkPaginator,
    "cursor": JSONResponseCursorPaginator,
    "page": PageNumberPaginator,
}


def read(task: dict[str, Any], stream: str, field: str) -> Iterator[Any]:
    """Every record of one list."""
    config = task["config"]
    auth = (
        BearerTokenAuth(token=config["token"])
        if "token" in config
        else HttpBasicAuth(config["user"], "")
    )
    kind, options = config["paginator"]
    client = RESTClient(config["base_url"], auth=auth, paginator=PAGINATORS[kind](**options))
    listed = config["lists"][stream]
    for page in client.paginate(
        listed["path"], params=listed.get("params"), data_selector=listed["at"]
    ):
        yield from (record[field] for record in page)


if __name__ == "__main__":
    serve(read)
