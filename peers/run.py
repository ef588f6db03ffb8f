"""Let one client read the sandbox, and see what is due."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import requests

from peers.clients import Client, List_
from peers.compare import Read
from sandbox import store

REPOSITORY = Path(__file__).resolve().parent.parent
TIMEOUT_S = 300


class ReaderError(RuntimeError):
    """The reader itself broke, not its client."""


def account_of(home: Path, vendor: str) -> store.Account:
    """The first account of the vendor in the world."""
    with closing(store.open_world(home)) as world:
        return next(a for a in store.accounts(world) if a.vendor == vendor)


def due(home: Path, account: str, listed: List_) -> set[str]:
    """Ids of the records that the vendor shows for what the client asks."""
    sql = (
        "select coalesce(key, id) from records"
        f" where account = :account and stream = :stream and {listed.where}"
    )
    with closing(store.open_world(home)) as world:
        rows = world.execute(sql, {"account": account, "stream": listed.of}).fetchall()
    return {str(id_) for (id_,) in rows}


def read(
    client: Client, home: Path, url: str, python: Path, streams: Iterable[str]
) -> dict[str, Read]:
    """What the client gets of each stream, in a process of its own."""
    account = account_of(home, client.vendor)
    with closing(store.open_world(home)) as world:
        clock = store.clock(world)
    task: dict[str, Any] = client.task(account, _bearer(url, account)) | {
        "routes": {
            host.format(company=account.company_id): f"{url}{path}"
            for host, path in client.routes.items()
        },
        "clock": clock,
        "streams": {name: client.lists[name].id for name in streams},
    }
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        done = subprocess.run(  # noqa: S603 - our own reader, in the environment that was named
            [str(python), "-m", f"peers.readers.{client.reader}", str(result)],
            input=json.dumps(task),
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        if done.returncode or not result.exists():
            raise ReaderError(f"{client.name}: {(done.stderr or done.stdout)[-2000:]}")
        told = json.loads(result.read_text(encoding="utf-8"))
    return {
        name: Read(found["ids"], found["error"], told["waited"])
        for name, found in told["streams"].items()
    }


def _bearer(url: str, account: store.Account) -> str:
    """A token of the vendor that issues them."""
    if account.vendor != "greenhouse":
        return ""
    answer = requests.post(
        f"{url}/greenhouse/token",
        auth=(account.client_id or "", account.secret),
        data={"grant_type": "client_credentials"},
        timeout=30,
    )
    token: str = answer.json()["access_token"]
    return token
