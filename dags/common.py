"""What every DAG of the pipeline has in common. Read at parse time, so it imports little."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import Asset

ROOT = Path(__file__).resolve().parent.parent
OWNER = "career-relay"

TAGS = frozenset(
    {"ingest", "transform"}
    | {"greenhouse", "lever", "ashby", "workable", "herp", "talentio", "files"}
    | {"typeform", "google_forms", "tally"}
    | {"mailgun", "sendgrid", "ses"}
    | {"smarthr", "freee"}
    | {"operator"}
)
"""The closed set of tags: what a DAG does, and the source that it reads."""

POOL_SLOTS = 2
"""Streams of one connection that are read at the same time; they share the vendor's allowance."""

TRANSFORM_POOL, TRANSFORM_SLOTS = "relay_transform", 3
"""dbt itself and the tasks that show its nodes; of four slots one is left for the ingest DAGs."""

RETRIES: dict[str, Any] = {
    "retries": 3,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=15),
}
"""For tasks that talk to a vendor or to the warehouse."""

NO_RETRY: dict[str, Any] = {"retries": 0}
"""For tasks whose failure is a finding: trying again would find the same."""


def raw_asset(connection: str) -> Asset:
    """The asset that says: new rows of this connection passed the gate."""
    from airflow.sdk import Asset  # seconds to import; the services only need the pools

    return Asset(name=f"raw/{connection}", uri=f"x-relay://raw/{connection}", group="raw")


def pool(connection: str) -> str:
    """The Airflow pool that bounds how many streams of a connection are read at once."""
    return f"relay_{connection}"


def manifest() -> Path:
    """dbt's manifest, made by `dbt parse` when the services start or the image is built."""
    named = os.environ.get("RELAY_DBT_MANIFEST")
    return Path(named) if named else ROOT / "dbt_project" / "target" / "manifest.json"


def triage(*rows: tuple[str, str, str]) -> str:
    """A Markdown table for a DAG's page: what failed, what it means, what to do."""
    head = ("what failed", "what it means", "what to do")
    lines = [" | ".join(row) for row in (head, ("---",) * 3, *rows)]
    return "\n".join(f"| {line} |" for line in lines)
