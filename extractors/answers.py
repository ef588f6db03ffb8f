"""What an answer means: success, a reason to try again, or an error with its remedy.

Nothing of an answer reaches a message except its status, its media type, the shape of its JSON
and, for refused requests, the vendor's own words with addresses, numbers and keys masked.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
from requests import exceptions as failures
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
)

from extractors.errors import NotFoundError, PermissionMissing, RelayError, SourceError
from extractors.pacing import retry_after, vendor_time
from extractors.stream import Scan

RETRYABLE_STATUS = frozenset({429, 500, 502, 503, 504})
Decoder = msgspec.json.Decoder[Any]
ANY: Decoder = msgspec.json.Decoder()
_CHUNK = 1 << 16
_MASKED = re.compile(r"\S*@\S*|[\w-]*\d[\w-]{5,}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer, decoded."""

    body: Any
    headers: Mapping[str, str]

    @property
    def date(self) -> datetime | None:
        """The vendor's clock when it answered, whole seconds, UTC."""
        return vendor_time(self.headers)


class Retryable(Exception):
    """One attempt failed in a way that may pass. ``wait`` is what the vendor asked for, seconds;
    ``unreachable`` says that no server answered at all."""

    def __init__(
        self,
        came: str,
        remedy: str = "run again later; what has landed is kept",
        *,
        wait: float | None = None,
        unreachable: bool = False,
    ) -> None:
        super().__init__(came)
        self.came = came
        self.remedy = remedy
        self.wait = wait
        self.unreachable = unreachable


class Throttled(Retryable):
    """HTTP 429: not a failure, a request to wait."""


class Unauthorized(Exception):
    """HTTP 401; the client renews its token once."""


def read_body(response: requests.Response, seconds: float, deadline: float) -> bytes:
    """The whole body. Retryable when it is cut off, or not complete at ``deadline`` (monotonic).

    Read piece by piece: the socket's own timeout starts again with every byte that drips in.
    """
    pieces = []
    try:
        while piece := response.raw.read1(_CHUNK, decode_content=True):
            pieces.append(piece)
            if time.monotonic() > deadline:
                raise Retryable(f"did not finish its answer within {seconds:g} s")
    except ReadTimeoutError:
        raise Retryable("stopped in the middle of its answer") from None
    except (HTTPError, OSError):
        raise Retryable("broke off in the middle of its answer") from None
    return b"".join(pieces)


def decode(headers: Mapping[str, str], content: bytes, decoder: Decoder = ANY) -> Any:
    """The JSON of an answer with status 200; Retryable when it is none.

    A body that has not the shape that ``decoder`` expects is decoded as it is, for the paginator
    to say what came instead.
    """
    try:
        try:
            return decoder.decode(content)
        except msgspec.ValidationError:
            return ANY.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        media = headers.get("Content-Type", "an unnamed type").split(";")[0]
        raise Retryable(
            f"answered HTTP 200 with {len(content)} bytes of {media} that are not complete JSON",
            "check that host is the API's own address, then run again; what has landed is kept",
        ) from None


def interrupted(error: failures.RequestException, url: str) -> Retryable:
    """A transport failure as what it means to a user; the URL's query is never shown."""
    cause = _cause(error)
    host = host_of(url)
    if isinstance(cause, NameResolutionError):
        return Retryable(
            f"has an unknown host name: {host}",
            "correct host (and extra.token_url) of the connection, or the machine's DNS",
            unreachable=True,
        )
    if isinstance(cause, NewConnectionError):
        return Retryable(
            f"refuses connections at {host}",
            "check host and port of the connection, and that the service runs",
            unreachable=True,
        )
    if isinstance(cause, ConnectTimeoutError):
        return Retryable(
            f"did not accept a connection at {host} in time",
            "check host of the connection, firewall and proxy",
            unreachable=True,
        )
    if isinstance(error, failures.ReadTimeout):
        return Retryable("did not answer in time")
    return Retryable(f"broke the connection ({type(error).__name__})")


def retryable(status: int, headers: Mapping[str, str]) -> Retryable:
    """A status that another attempt may change."""
    kind = Throttled if status == 429 else Retryable
    return kind(f"answered HTTP {status}", wait=retry_after(headers))


def refused(
    scan: Scan,
    title: str,
    status: int,
    headers: Mapping[str, str],
    content: bytes,
    *,
    continued: bool,
) -> RelayError:
    """The error for a status that another attempt would not change.

    ``continued`` says that the request was for a later page, by a cursor of the vendor's.
    """
    conn_id = scan.connection.conn_id
    if status == 403:
        scope = scan.stream.required_scope or "reading of this list"
        return PermissionMissing(
            f"{scan.where}: {title} refuses this list (HTTP 403); it needs the permission "
            f"{scope}. Remedy: grant it to the credential of connection id {conn_id!r}, and "
            "check the rights of the user on whose behalf it acts."
        )
    if status == 404:
        return NotFoundError(
            f"{scan.where}: {title} does not know this list (HTTP 404). Remedy: check host, and "
            f"the ids in options and extra, of connection id {conn_id!r}."
        )
    if 300 <= status < 400:
        target = host_of(headers.get("Location", "")) or "another page"
        came = f"redirects (HTTP {status}) to {target}"
        remedy = f"set host of connection id {conn_id!r} to the address of the API itself"
    else:
        came = f"refused the request (HTTP {status}{_words(content)})"
        remedy = "check the options of the connection"
        if continued:
            remedy = "run again; if cursors expire, read fewer days at a time with window_days"
    return SourceError(f"{scan.where}: {title} {came}. Remedy: {remedy}.")


def host_of(url: str) -> str:
    """host:port of a URL, without anything that could hold a secret."""
    return urlsplit(url).netloc.rpartition("@")[2]


def masked(words: str) -> str:
    """A vendor's words in at most 160 characters, without addresses, numbers and keys."""
    return _MASKED.sub("…", words)[:160]


def _words(content: bytes) -> str:
    """The vendor's own reason in at most 160 characters, masked; empty when there is none."""
    try:
        body = ANY.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    if not isinstance(body, dict):
        return ""
    said = next((body[key] for key in ("errors", "message", "description") if body.get(key)), None)
    first = said[0] if isinstance(said, list) else said
    if isinstance(first, dict):
        first = first.get("message")
    return f", {masked(first)}" if isinstance(first, str) else ""


def _cause(error: BaseException) -> object:
    """The urllib3 error inside a requests error (ConnectionError -> MaxRetryError -> reason)."""
    inner = error.args[0] if error.args else None
    return getattr(inner, "reason", inner)
