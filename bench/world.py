"""The benchmark's ground: one world, one sandbox server, one Postgres, below RELAY_HOME/bench."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from extractors.credentials import Credentials, resolve
from sandbox import config, server, store, world
from warehouse import embedded, migrate

APPLICATIONS = 200_000
SEED = 1
STREAM = "applications"
CONNECTION = "aozora_greenhouse"


@dataclass(frozen=True)
class Bench:
    """A running sandbox and warehouse, and the environment that extraction needs."""

    home: Path
    world: Path
    url: str
    env: dict[str, str]

    @property
    def credentials(self) -> Credentials:
        """What the extraction's connection resolves to."""
        return resolve(CONNECTION)


@contextmanager
def prepared(home: Path, applications: int, say: Callable[[str], None]) -> Iterator[Bench]:
    """Make the world (kept for the next run), start Postgres and the sandbox, stop both after."""
    world_home = home / f"world-{SEED}-{applications}"
    complete = world_home / f"complete-{store.LAYOUT}"
    if not complete.exists():
        say(f"making a world of {applications:,} applications (once) ...")
        world.make(world_home, seed=SEED, applications=applications, companies=1)
        complete.touch()
    embedded.start()
    try:
        migrate.migrate()
        with server.running(world_home) as url:
            os.environ.update(config.connections_env(world_home, url))
            os.environ["RELAY_CONFIG"] = str(config.write_config(world_home, url))
            yield Bench(home, world_home, url, dict(os.environ))
    finally:
        embedded.stop()


def limit(bench: Bench, requests: int) -> None:
    """Set the account's allowance per 30 seconds."""
    with closing(store.open_world(bench.world)) as opened, store.transaction(opened):
        store.set_meta(opened, "rate_limit", str(requests))
