"""What the server and a vendor's simulator say to each other: a `Call` in, an `Answer` out."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import orjson
from starlette.requests import Request

from sandbox.store import Account


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response before it is delivered; `headers` leave out what the server adds."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = "application/json"

    def with_headers(self, headers: Iterable[tuple[str, str]]) -> Answer:
        """The answer with more headers."""
        return replace(self, headers=(*self.headers, *headers))


def json_answer(status: int, content: Any, *headers: tuple[str, str]) -> Answer:
    """`content` as JSON."""
    return Answer(status, orjson.dumps(content), headers)


class Refused(Exception):
    """The vendor's own refusal, raised from wherever the request turns out to be bad."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault that the present request has drawn; see `sandbox.faults` for the kinds."""

    kind: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `stream` is what faults aim at, `form` the url-encoded body of a POST, `body`
    whatever its body is."""

    request: Request
    stream: str
    account: Account | None
    form: Mapping[str, str]
    fault: Fault | None
    body: bytes = b""

    @property
    def params(self) -> list[tuple[str, str]]:
        """The query as sent: in order, duplicates kept."""
        return self.request.query_params.multi_items()

    def drew(self, kind: str) -> Fault | None:
        """The fault of this request, if it is of that kind."""
        return self.fault if self.fault is not None and self.fault.kind == kind else None


def bearer(request: Request) -> str:
    """The token of a Bearer authorization; empty without one."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value if scheme.lower() == "bearer" else ""


def basic(request: Request) -> tuple[str, str]:
    """User and password of a Basic authorization; empty without one that can be read."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password


def stream_of_path(request: Request) -> str:
    """What a request asks for where the path names it."""
    return str(request.path_params["stream"])


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One route. `stream` tells what a request asks for, as faults name it."""

    method: str
    path: str
    handler: Handler
    stream: Callable[[Request], str]


class Vendor(Protocol):
    """What the server needs of a simulated vendor."""

    @property
    def name(self) -> str:
        """As accounts and faults name it."""

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """Its routes."""

    def identify(self, request: Request) -> Account | None:
        """The account that the request's credentials stand for; None if they are not valid."""

    def refuse(self, call: Call, kind: str) -> Answer:
        """The vendor's own answer for an injected 429, 500, 503, expired or forbidden."""
