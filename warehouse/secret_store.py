"""Passwords and the HMAC key: from the environment, else generated once into RELAY_HOME.

`RELAY_HOME/secrets.json` (mode 0600) is the only place where generated values are kept, and
`RELAY_HOME/rotating.json` that of tokens which a vendor replaces at every use. Losing it
means setting new role passwords (`python -m warehouse migrate` does) and, for the HMAC key, that
identity keys already in the vault match nothing that is landed from then on.
"""

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from warehouse.errors import WarehouseError

HMAC_KEY = "hmac_key"


def environment_name(name: str) -> str:
    """`loader_password` -> `RELAY_LOADER_PASSWORD`."""
    return f"RELAY_{name.upper()}"


def secret(home: Path, name: str) -> str:
    """The value of `name`: RELAY_<NAME> if set, else the stored one, made at the first request."""
    given = os.environ.get(environment_name(name))
    if given:
        return given
    with file_lock(home / "secrets.lock"):
        known = _read(home / "secrets.json")
        if name not in known:
            known[name] = secrets.token_hex(32 if name == HMAC_KEY else 20)
            _write(home / "secrets.json", known)
        return known[name]


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold an exclusive lock among all processes of this machine; waits without a limit."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("a")
    except OSError as error:
        raise WarehouseError(
            f"RELAY_HOME {path.parent} cannot be written ({type(error).__name__}). Remedy: run as "
            "the user that made it, or set RELAY_HOME to a folder of this user's."
        ) from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _read(path: Path) -> dict[str, str]:
    try:
        return dict(json.loads(path.read_text()))
    except FileNotFoundError:
        return {}
    except (PermissionError, ValueError) as error:
        raise WarehouseError(
            f"{path} cannot be read ({type(error).__name__}). Expected: a JSON object of secrets, "
            "readable by this user. Remedy: run as the user that made it, or restore it."
        ) from error


def _write(path: Path, values: dict[str, str]) -> None:
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        json.dump(values, handle, indent=1, sort_keys=True)
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(path)


@dataclass
class Rotating:
    """A secret that its issuer replaces at every use. ``since`` is when this one was kept, by this
    machine's clock; None for one that people stored."""

    present: str
    since: datetime | None
    _keep: Callable[[str, datetime], None]

    def replace(self, following: str) -> None:
        """Keep the one that follows; once this returns, a crash does not lose it."""
        now = datetime.now(UTC)
        self._keep(following, now)
        self.present, self.since = following, now


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@contextmanager
def rotating(home: Path, name: str, given: str) -> Iterator[Rotating]:
    """The present secret of that name. `given` is the one that people stored; a new one begins
    anew. Whoever asks for the same name waits until the block ends, so that none uses up what
    another holds; other names are not waited for, however long their issuer takes.
    """
    path = home / "rotating.json"
    begun = f"{name}:{_digest(given)}"
    since = f"{begun}:since"

    def keep(following: str, now: datetime) -> None:
        with file_lock(home / "rotating.lock"):
            known = _read(path).items()
            others = {key: value for key, value in known if key.partition(":")[0] != name}
            _write(path, {**others, begun: following, since: now.isoformat(timespec="seconds")})

    with file_lock(home / f"rotating-{_digest(name)}.lock"):
        known = _read(path)
        at = known.get(since)
        yield Rotating(known.get(begun, given), datetime.fromisoformat(at) if at else None, keep)
