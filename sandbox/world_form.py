"""What makes a registration form in the sandbox; ``sandbox.forms`` lists those there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any
from zlib import crc32

from sandbox.exchange import Vendor
from sandbox.reader import World
from sandbox.store import Account
from sandbox.world_ats import Emit
from sandbox.world_company import Company
from sandbox.world_story import Story


@dataclass(frozen=True)
class Form:
    """A form. Every function is pure: the same company, story and clock give the same records.

    simulator    its API
    streams      its lists; a response is told anew in them whenever the clock moves
    project      emits a record for each response of a story that the API shows at a clock
    account      the company's account, its secrets drawn from the generator
    options      its options in relay.toml, as TOML values
    credentials  (account, server's URL) -> an Airflow connection
    """

    name: str
    simulator: Callable[[World], Vendor]
    streams: tuple[str, ...]
    project: Callable[[Company, int, Emit, Story], None]
    account: Callable[[Company, Random], Account]
    options: Callable[[Account], dict[str, str]]
    credentials: Callable[[Account, str], dict[str, Any]]


def question_number(form_id: str | None, ref: str) -> int:
    """The number behind a question's id, the same in every world."""
    return crc32(f"{form_id}:{ref}".encode())
