"""What goes wrong between a vendor and its customers while one list is read."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from peers.compare import Read, patience, records, refusal
from sandbox import faults

WAIT_S = 120
"""Retry-After of the refusal that clients meet."""
LATER_S = 600
"""How long after a client has begun rows change: longer than any takes to start, whose clock goes
on meanwhile."""

EVERYBODY = frozenset({"greenhouse", "lever", "ashby", "workable", "herp", "talentio", "typeform"})
UNHEADED = frozenset({"lever"})
"""Vendors whose 429 says nothing of how long to wait."""

Check = Callable[[Collection[str], Read], str | None]


@dataclass(frozen=True)
class Scenario:
    """A fault on order, and what of it a client must not get wrong. `only`: the vendors of which
    it is told."""

    kind: str
    check: Check
    times: int | None = 1
    params: dict[str, Any] = field(default_factory=dict)
    only: frozenset[str] = EVERYBODY

    def order(self, home: Path, vendor: str, stream: str, **params: Any) -> None:
        """Let the next readers of the list meet it."""
        faults.inject(home, vendor, stream, self.kind, self.times, **self.params | params)


def patiently(seconds: float) -> Check:
    """Everything, and no request before the time that Retry-After names."""
    return lambda due, got: records(due, got) or patience(got, seconds)


def _told(_: Collection[str], got: Read) -> str | None:
    return refusal(got)


SCENARIOS = {
    "429, wait": Scenario(
        "429",
        patiently(WAIT_S),
        params={"after": 1, "retry_after": WAIT_S},
        only=EVERYBODY - UNHEADED,
    ),
    "429 three times": Scenario("429", records, 3, {"after": 1}, UNHEADED),
    "500 once": Scenario("500", records, params={"after": 1}),
    "403": Scenario("forbidden", _told, None),
    "200 that fails": Scenario(
        "forbidden",
        _told,
        None,
        {"status": 200, "code": "internal_error"},
        frozenset({"ashby"}),
    ),
    "rows change": Scenario("mutate", records, params={"after": 1, "count": 3, "seconds": LATER_S}),
    "rows repeat": Scenario("repeat", records, params={"rows": 10}),
}
