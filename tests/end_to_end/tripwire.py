"""A loopback TCP relay that does something once after a given number of response bytes.

It stands between an extractor and the sandbox, so that a process can be killed at a chosen point
of its reading and not at a moment that depends on how fast the machine is.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

BLOCK = 16_384


@dataclass
class Tripwire:
    """Counts the bytes that servers send; at ``limit`` it calls ``action``, once."""

    target: tuple[str, int]
    listener: socket.socket
    passed: int = 0
    limit: int | None = None
    action: Callable[[], None] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """The address that clients use instead of the target's."""
        host, port = self.listener.getsockname()[:2]
        return f"http://{host}:{port}"

    def arm(self, after: int, action: Callable[[], None]) -> None:
        """Call ``action`` when ``after`` more bytes have passed."""
        with self.lock:
            self.limit, self.action = self.passed + after, action

    def serve(self) -> None:
        """Accept clients until the listener is closed."""
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.target)
                self._spawn(client, server, lambda _: None)
                self._spawn(server, client, self._count)

    def _spawn(
        self, source: socket.socket, sink: socket.socket, seen: Callable[[int], None]
    ) -> None:
        threading.Thread(target=_pump, args=(source, sink, seen), daemon=True).start()

    def _count(self, size: int) -> None:
        with self.lock:
            self.passed += size
            if self.limit is None or self.passed < self.limit:
                return
            action, self.limit, self.action = self.action, None, None
        if action is not None:
            action()


def _pump(source: socket.socket, sink: socket.socket, seen: Callable[[int], None]) -> None:
    """Copy one direction until either side is gone."""
    with contextlib.suppress(OSError):
        while block := source.recv(BLOCK):
            seen(len(block))
            sink.sendall(block)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def tripwire(url: str) -> Iterator[Tripwire]:
    """A relay to the server of ``url``."""
    parts = urlsplit(url)
    listener = socket.create_server(("127.0.0.1", 0))
    wire = Tripwire((parts.hostname or "127.0.0.1", parts.port or 80), listener)
    thread = threading.Thread(target=wire.serve, daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=5)
