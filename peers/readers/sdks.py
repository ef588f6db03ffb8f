"""Libraries made for one vendor, used as their own documentation shows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from peers.readers.report import serve


class Failed(Exception):
    """What a library returns instead of raising."""


def ashby(task: dict[str, Any], stream: str, field: str) -> Iterator[Any]:
    """ashby (ashby_sdk): `client.<stream>.list()`."""
    from ashby_sdk import AshbyClient

    client = AshbyClient(task["config"]["api_key"])
    for record in getattr(client, stream).list():
        yield getattr(record, field)


def greenhouse(task: dict[str, Any], stream: str, field: str) -> Iterator[Any]:
    """open-greenhouse-mcp: its client of Harvest v3, every page of a list."""
    from greenhouse_mcp.client import GreenhouseClient

    client = GreenhouseClient(**task["config"])
    if stream.endswith(", written"):
        yield from asyncio.run(_written(client, stream.partition("s,")[0]))
        return
    query = {"per_page": 100, **task["params"].get(stream, {})}
    found = asyncio.run(client.harvest_get(f"/{stream}", params=query, paginate="all"))
    yield from (record[field] for record in found.get("items", ()))
    if "error" in found:
        raise Failed(str(found["error"]))


async def _written(client: Any, of: str) -> list[int]:
    """Gives one record a value of each custom field, one tool's call after the other; the ids of
    those that it has then."""
    from greenhouse_mcp.harvest.applications import update_application
    from greenhouse_mcp.harvest.candidates import update_candidate

    tool = {"candidate": update_candidate, "application": update_application}[of]
    fields = (await client.harvest_get("/custom_fields", paginate="all"))["items"]
    mine = {field["name_key"]: field["id"] for field in fields if field["field_type"] == of}
    [record] = (await client.harvest_get(f"/{of}s", params={"per_page": 1}))["items"]
    for key in mine:
        entry = [{"name_key": key, "value": "1"}]
        answer = await tool(client, **{f"{of}_id": record["id"]}, custom_fields=entry)
        if "error" in answer:
            raise Failed(str(answer["error"]))
    held = (await client.harvest_get_by_id(f"/{of}s", record["id"]))["custom_fields"]
    return [mine[key] for key in mine if key in held]


def typeform(task: dict[str, Any], stream: str, field: str) -> Iterator[Any]:
    """typeform: pages by `before`, as its `responses.list` offers them."""
    from typeform import Typeform

    responses = Typeform(task["config"]["token"]).responses
    before = None
    while True:
        page = responses.list(task["config"]["form_id"], pageSize=20, before=before)
        yield from (record[field] for record in page["items"])
        if not page["items"]:
            return
        before = page["items"][-1]["token"]


def read(task: dict[str, Any], stream: str, field: str) -> Iterator[Any]:
    """Every record of one stream."""
    return {"ashby": ashby, "greenhouse_mcp": greenhouse, "typeform": typeform}[task["package"]](
        task, stream, field
    )


if __name__ == "__main__":
    serve(read)
