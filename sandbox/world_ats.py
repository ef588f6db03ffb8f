"""What makes an applicant tracking system in the sandbox; ``sandbox.ats`` lists those there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from sandbox.exchange import Vendor
from sandbox.reader import World
from sandbox.store import Account, Record
from sandbox.world_company import Company
from sandbox.world_story import Story

Emit = Callable[[Record], None]


@dataclass(frozen=True)
class Ats:
    """An ATS. Every function is pure: the same company, story and clock give the same records.

    simulator    its API; None of one that only exports files
    vendor_id    how it writes the id of a candidate, application, job or stage
    records      the account's configuration (jobs, stages, staff ...) at a clock
    projector    (company, clock, emit) -> what takes each story and emits its records
    account      the company's account, its secrets drawn from the generator
    options      its options in relay.toml, as TOML values, for the n-th company
    credentials  (account, server's URL) -> an Airflow connection
    export       (folder, the company's number, its applications, day) -> writes that day's export
    """

    name: str
    simulator: Callable[[World], Vendor] | None
    vendor_id: Callable[[int], str]
    records: Callable[[Company, int], Iterator[Record]]
    projector: Callable[[Company, int, Emit], Callable[[Story], None]]
    account: Callable[[Company, Random], Account]
    options: Callable[[int], dict[str, str]]
    credentials: Callable[[Account, str], dict[str, Any]]
    export: Callable[[Path, int, list[dict[str, Any]], str], None] | None = None

    @property
    def source(self) -> str:
        """The source in relay.toml that reads it."""
        return "files" if self.export else self.name
