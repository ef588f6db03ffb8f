"""Refresh tokens that are good once: each use brings the next one, and the one sent is used up.

The number of the refresh and its time stand in table meta, so that a token that was used up stays
so while servers come and go.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from sandbox import store
from sandbox.reader import World
from sandbox.store import Account


def refresh_token(account: Account, refreshes: int) -> str:
    """The refresh token that the n-th refresh gave, from 0: that of the authorisation."""
    return sha256(f"{account.secret}:refresh:{refreshes}".encode()).hexdigest()


def refreshes(world: World, account: Account) -> int:
    """How often the account's tokens have been refreshed."""
    return int(world.setting(f"{account.vendor}_refreshes", "0", account.account))


def refreshed_at(world: World, account: Account) -> datetime | None:
    """When they were last refreshed, by the sandbox's clock."""
    at = world.setting(f"{account.vendor}_refreshed_at", "", account.account)
    return datetime.fromisoformat(at) if at else None


def rotate(world: World, account: Account) -> int:
    """Use up the present refresh token; the number of the refresh that this is."""
    number = refreshes(world, account) + 1
    with store.transaction(store.open_world(world.home)) as db:
        for name, value in (("refreshes", str(number)), ("refreshed_at", world.clock.isoformat())):
            store.set_meta(db, f"{account.vendor}_{name}:{account.account}", value)
    world.refresh()
    return number
