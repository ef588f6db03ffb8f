"""What a client of somebody else believes to be outside: the vendor's host, the clock, waiting.

Its own code stays as it was installed. A request for a host named in `routes` is sent to the
sandbox instead, whatever library sends it; any other host does not exist. The clock is the
sandbox's, and waiting moves it: a client that is told to wait an hour is done at once, and how long
it waited is known.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import requests.adapters
import time_machine


class Outside:
    """The world of one client; `waited` in seconds, `answers` by HTTP status."""

    def __init__(self, routes: dict[str, str], clock: str) -> None:
        self.waited = 0.0
        self.answers: Counter[int] = Counter()
        self.nowhere: set[str] = set()
        self._routes = routes
        travel = time_machine.travel(datetime.fromisoformat(clock), tick=True)
        self._clock = travel.start()
        self._replace()

    def _replace(self) -> None:
        send = requests.adapters.HTTPAdapter.send
        receive = httpx.AsyncHTTPTransport.handle_async_request
        yield_once = asyncio.sleep

        def routed(adapter: Any, request: Any, *args: Any, **options: Any) -> Any:
            url = self._route(request.url)
            if url is None:
                raise requests.ConnectionError(f"no such host: {request.url}")
            request.url, options["proxies"] = url, {}
            response = send(adapter, request, *args, **options)
            self.answers[response.status_code] += 1
            return response

        async def routed_async(transport: Any, request: Any) -> Any:
            url = self._route(str(request.url))
            if url is None:
                raise httpx.ConnectError(f"no such host: {request.url}")
            request.url = httpx.URL(url)
            request.headers["host"] = request.url.netloc.decode()
            response = await receive(transport, request)
            self.answers[response.status_code] += 1
            return response

        async def wait(seconds: float, result: Any = None) -> Any:
            self._wait(seconds)
            return await yield_once(0, result)

        requests.adapters.HTTPAdapter.send = routed  # type: ignore[assignment,method-assign]
        httpx.AsyncHTTPTransport.handle_async_request = routed_async  # type: ignore[assignment,method-assign]
        time.sleep = self._wait
        asyncio.sleep = wait  # type: ignore[assignment]

    def _wait(self, seconds: float) -> None:
        # what libraries poll their own threads with is no waiting for a vendor
        if seconds >= 0.5:
            self.waited += seconds
            self._clock.shift(seconds)

    def _route(self, url: str) -> str | None:
        """Where a request goes: longest beginning first; the sandbox's own links go through."""
        for host in sorted(self._routes, key=len, reverse=True):
            if url.startswith(host):
                return self._routes[host] + url[len(host) :]
        parts = urlsplit(url)
        if parts.hostname == "127.0.0.1":
            return urlunsplit(parts)
        self.nowhere.add(f"{parts.scheme}://{parts.hostname}")
        return None
