"""One HTTP server for every simulated vendor, on loopback unless told otherwise.

Each is under a path of its name (/greenhouse, /typeform); the account is chosen by the credentials.
`Date` is the sandbox's clock. For operators of the sandbox itself: /_sandbox/health,
/_sandbox/clock and /_sandbox/requests (answers so far per vendor, account and status).
`<home>/server.json` ({"url", "pid"}) exists while the server runs.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from sandbox import faults
from sandbox.ats import ATS
from sandbox.exchange import Answer, Call, Endpoint, Fault, Vendor
from sandbox.reader import World
from sandbox.store import NoWorldError, open_world
from sandbox.typeform import Typeform
from sandbox.world_hr_records import HR

VENDORS: tuple[Callable[[World], Vendor], ...] = (
    *(ats.simulator for ats in ATS.values()),
    *(hr.simulator for hr in HR.values()),
    Typeform,
)
SERVER_FILE, LOG_FILE = "server.json", "server.log"
START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0
PAGING_PARAMS = frozenset({"cursor", "before", "after", "offset"})
REPOSITORY = Path(__file__).resolve().parent.parent

Lifespan = Callable[[Starlette], contextlib.AbstractAsyncContextManager[None]]
Delivery = Response | faults.SpoiltDelivery
_transports: dict[tuple[str, int], asyncio.Transport] = {}


class ServerError(RuntimeError):
    """The server cannot be started; the message holds the remedy."""


class _Protocol(AutoHTTPProtocol):  # type: ignore[misc,valid-type]
    """uvicorn's protocol, with its transport where faults can reach it by the client's address."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        _transports[transport.get_extra_info("peername")[:2]] = transport
        self._peer = transport.get_extra_info("peername")[:2]

    def connection_lost(self, exc: Exception | None) -> None:
        _transports.pop(self._peer, None)
        super().connection_lost(exc)


class _Server:
    """The application over one world."""

    def __init__(self, home: Path) -> None:
        self._world = World(home)
        self._answers: dict[str, Counter[str]] = {}

    def application(
        self, lifespan: Callable[[Starlette], contextlib.AbstractAsyncContextManager[None]]
    ) -> Starlette:
        """Routes of the vendors and of the sandbox itself."""
        vendors = [make(self._world) for make in VENDORS]
        routes = [
            Route(endpoint.path, self._serve(vendor, endpoint), methods=[endpoint.method])
            for vendor in vendors
            for endpoint in vendor.endpoints
        ]
        routes += [
            Route("/_sandbox/health", self._health),
            Route("/_sandbox/clock", self._clock),
            Route("/_sandbox/requests", self._requests),
        ]
        return Starlette(routes=routes, lifespan=lifespan)

    def _serve(
        self, vendor: Vendor, endpoint: Endpoint
    ) -> Callable[[Request], Awaitable[Delivery]]:
        async def handle(request: Request) -> Delivery:
            body = await request.body()
            self._world.refresh()
            account, stream = vendor.identify(request), endpoint.stream(request)
            name = account.account if account else None
            fault = None
            if self._world.has_faults:
                query = request.query_params
                paged = query.get("page", "1") != "1" or not PAGING_PARAMS.isdisjoint(
                    {*query, *_names(body)}
                )
                fault = faults.draw(self._world.home, vendor.name, stream, name, paged=paged)
            form = dict(parse_qsl(body.decode("latin-1")))
            call = Call(request, stream, account, form, fault, body)
            if fault and fault.kind in faults.REFUSALS:
                answer = vendor.refuse(call, fault.kind)
            else:
                answer = faults.rewrite(endpoint.handler(call), fault)
            self._answers.setdefault(f"{vendor.name}:{name}", Counter())[str(answer.status)] += 1
            return self._deliver(request, answer, fault)

        return handle

    def _deliver(self, request: Request, answer: Answer, fault: Fault | None) -> Delivery:
        headers = [("Date", self._date()), ("Content-Type", answer.media_type), *answer.headers]
        if fault is None or fault.kind not in faults.DELIVERIES or request.client is None:
            return Response(answer.body, answer.status, dict(headers))
        headers.append(("Content-Length", str(len(answer.body))))
        return faults.SpoiltDelivery(answer, headers, fault, _transports[request.client])

    def _date(self) -> str:
        return format_datetime(self._world.clock, usegmt=True)

    async def _health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok", "pid": os.getpid()})

    async def _clock(self, request: Request) -> Response:
        self._world.refresh()
        clock = self._world.clock.strftime("%Y-%m-%dT%H:%M:%SZ")
        return JSONResponse({"clock": clock}, headers={"Date": self._date()})

    async def _requests(self, request: Request) -> Response:
        return JSONResponse(self._answers)


def serve(
    home: Path,
    port: int = 0,
    host: str = "127.0.0.1",
    *,
    announce: Callable[[str], None] = print,
    while_parent: int | None = None,
) -> None:
    """Serve the world in `home` until SIGINT or SIGTERM; port 0 takes a free one.

    `announce` gets the URL once requests are answered. With `while_parent` the server also ends
    when that process is no longer its parent. Raises NoWorldError, or ServerError if the port or
    the home is taken.
    """
    server = _Server(home)
    if url := running_at(home):
        raise ServerError(f"{home} is already served at {url}: stop that server first")
    listener = _listen(host, port)
    url = f"http://{host}:{listener.getsockname()[1]}"

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        watch = asyncio.create_task(_leave_with(while_parent))
        file = home / SERVER_FILE
        file.write_text(json.dumps({"url": url, "pid": os.getpid()}), encoding="utf-8")
        announce(url)
        yield
        watch.cancel()
        file.unlink(missing_ok=True)

    config = uvicorn.Config(
        server.application(lifespan),
        http=_Protocol,
        log_level="error",
        access_log=False,
        date_header=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=120,
        timeout_graceful_shutdown=1,
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


@contextlib.contextmanager
def running(home: Path, port: int = 0) -> Iterator[str]:
    """The server in a child process; yields its URL, and stops it at the end.

    Raises NoWorldError, or ServerError with the child's own words if it does not become healthy
    within 20 s. What it says later is in `<home>/server.log`.
    """
    open_world(home).close()
    command = [sys.executable, "-m", "sandbox.server", str(home.resolve()), str(port)]
    with open(home / LOG_FILE, "w+", encoding="utf-8") as log:
        child = subprocess.Popen(  # noqa: S603
            [*command, str(os.getpid())],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        try:
            yield _wait_until_healthy(home, child)
        finally:
            _stop(home, child)


def _names(body: bytes) -> Iterator[str]:
    """What a JSON body asks for by name."""
    with contextlib.suppress(ValueError):
        asked = json.loads(body)
        if isinstance(asked, dict):
            yield from asked


def _stop(home: Path, child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        (home / SERVER_FILE).unlink(missing_ok=True)


def _wait_until_healthy(home: Path, child: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if child.poll() is not None:
            said = (home / LOG_FILE).read_text(encoding="utf-8").strip()
            raise ServerError(f"the sandbox server did not start: {said}")
        if url := running_at(home, pid=child.pid):
            return url
        time.sleep(0.02)
    raise ServerError(
        f"the sandbox server for {home} was not healthy after {START_TIMEOUT_S:g} s;"
        f" see {home / LOG_FILE}"
    )


def running_at(home: Path, pid: int | None = None) -> str | None:
    """The URL of the server of that home, None if there is none (or it is not process `pid`)."""
    try:
        noted = json.loads((home / SERVER_FILE).read_text(encoding="utf-8"))
        with urllib.request.urlopen(f"{noted['url']}/_sandbox/health", timeout=5) as answer:  # noqa: S310
            healthy = json.load(answer)
    except (OSError, ValueError, KeyError):
        return None
    url: str = noted["url"]
    return url if healthy.get("pid") == noted["pid"] == (pid or noted["pid"]) else None


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as problem:
        listener.close()
        raise ServerError(
            f"cannot listen on {host}:{port}: {problem.strerror}; choose another --port"
        ) from problem
    return listener


async def _leave_with(parent: int | None) -> None:
    """End this process once `parent` has gone, so that a killed caller leaves no server."""
    while parent is None or os.getppid() == parent:
        await asyncio.sleep(1)
    os.kill(os.getpid(), 15)


def main() -> int:
    """`python -m sandbox.server HOME PORT PARENT`: the child that `running` starts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("parent", type=int)
    asked = parser.parse_args()
    try:
        serve(asked.home, asked.port, while_parent=asked.parent)
    except (ServerError, NoWorldError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
