"""Ports on loopback: the one asked for, else the one of last time, else a free one."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from sandbox.processes import ServiceError

HOST = "127.0.0.1"


def choose(variable: str, noted: Path, preferred: int) -> int:
    """The port of a service that does not run now; kept in `noted` so that addresses stay.

    `variable` names the environment variable that decides. Raises ServiceError if that port is in
    use or is not a port.
    """
    if wanted := os.environ.get(variable):
        port = _asked(variable, wanted)
        if not _is_free(port):
            raise ServiceError(
                f"Port {port} on {HOST} is in use by another program. Remedy: stop that program, "
                f"or set {variable} to a free port."
            )
    else:
        port = next((one for one in (_known(noted), preferred) if one and _is_free(one)), _any())
    noted.parent.mkdir(parents=True, exist_ok=True)
    noted.write_text(f"{port}\n", encoding="utf-8")
    return port


def _asked(variable: str, text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ServiceError(
            f"{variable} is {text!r}. Expected: a number from 1 to 65535. Remedy: correct or "
            "unset it."
        )
    return int(text)


def _known(noted: Path) -> int | None:
    try:
        return int(noted.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _any() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
