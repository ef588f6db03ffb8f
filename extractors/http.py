"""The one polite HTTP client: time limits, retry of what is retryable, the vendor's pace, tokens.

Facts it rests on: a 429 or 503 may ask for any wait (Retry-After), an answer with status 200 may
be an HTML page or cut off, a token may end at any request. An error is one line that names the
connection, the stream, what came and the remedy; it holds no query, header, body or secret.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import requests
from requests import exceptions as failures
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from extractors.answers import (
    ANY,
    RETRYABLE_STATUS,
    Answer,
    Decoder,
    Retryable,
    Throttled,
    Unauthorized,
    decode,
    host_of,
    interrupted,
    read_body,
    refused,
    retryable,
)
from extractors.auth import Auth
from extractors.errors import CredentialsError, SourceError, Unreachable
from extractors.pacing import RateHeaders, RateHeaderSets, TokenBucket
from extractors.paginate import Query
from extractors.stream import Scan

T = TypeVar("T")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
USER_AGENT = "career-relay-pipeline/0.1 (python-requests)"


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and counts. ``total`` bounds one attempt from its start to its last byte,
    ``patience`` all that is waited for one request to succeed."""

    connect: float = 10.0
    read: float = 60.0
    total: float = 300.0
    attempts: int = 6
    longest_backoff: float = 30.0
    patience: float = 3600.0


class Channel:
    """What the streams of one run share: the address, TCP connections, the token, the pace.

    ``method`` is how lists are asked for: GET with a query, or POST with the same as JSON.
    ``if_refused`` is the vendor's usual cause of a refused credential, and what to do then.
    """

    def __init__(
        self,
        title: str,
        base_url: str,
        auth: Auth,
        rate: RateHeaders | RateHeaderSets | TokenBucket,
        limits: Limits | None = None,
        method: Literal["GET", "POST"] = "GET",
        if_refused: str = "",
    ) -> None:
        self.title = title
        self.base_url = base_url.rstrip("/")
        self.auth = auth
        self.pacer = rate.pace()
        self.limits = limits or Limits()
        self.method = method
        self.if_refused = if_refused
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
        self._environment: dict[str, Mapping[str, Any]] = {}

    def send(self, method: str, url: str, **options: Any) -> requests.Response:
        """One request as it is; the body is not read yet. Raises RequestException.

        What the environment says of proxies and certificates is looked up once for each host:
        requests would read every variable of it for every page.
        """
        host = host_of(url)
        if host not in self._environment:
            self._session.trust_env = True
            self._environment[host] = self._session.merge_environment_settings(
                url, {}, True, None, None
            )
            self._session.trust_env = False
        return self._session.request(
            method, url, allow_redirects=False, **self._environment[host], **options
        )


class Client:
    """The requests of one scan over a shared channel; used by one thread at a time.

    ``decoder`` reads the answers to ``get``; it may be changed between two of them.
    """

    def __init__(self, channel: Channel, scan: Scan, decoder: Decoder = ANY) -> None:
        self._channel = channel
        self._scan = scan
        self.decoder = decoder

    def get(self, path: str, query: Query) -> Answer:
        """The decoded answer of the list at ``path``. Raises SourceError or CredentialsError."""
        try:
            return self._get(path, query)
        except Unauthorized:
            renewed = self._channel.auth.renew()
        if renewed:
            try:
                return self._get(path, query)
            except Unauthorized:
                pass
        raise CredentialsError(
            f"{self._scan.where}: {self._channel.title} refuses the credential (HTTP 401). "
            f"Remedy: check that the one of connection id {self._scan.connection.conn_id!r} is "
            f"active, or store the present one.{self._channel.if_refused}"
        )

    def error(self, came: str, remedy: str) -> SourceError:
        """An error of this scan in the form that every error has."""
        return SourceError(f"{self._scan.where}: {self._channel.title} {came}. Remedy: {remedy}.")

    def _get(self, path: str, query: Query) -> Answer:
        auth = _Header(self._channel.auth.authorization(self._post))
        asked = query if isinstance(query, str) else dict(query)
        pacer, method = self._channel.pacer, self._channel.method
        sent = {"json" if method == "POST" else "params": asked}

        def attempt() -> Answer:
            self._pause(pacer.delay(time.monotonic()), "its allowance is spent")
            response, content = self._send(method, self._channel.base_url + path, auth=auth, **sent)
            status, headers = response.status_code, response.headers
            pacer.observe(headers, time.monotonic(), refused=status == 429)
            if status == 200:
                return Answer(decode(headers, content, self.decoder), headers)
            if status == 401:
                raise Unauthorized
            if status in RETRYABLE_STATUS:
                raise retryable(status, headers)
            continued = isinstance(query, str)
            title = self._channel.title
            raise refused(self._scan, title, status, headers, content, continued=continued)

        return self._persist(attempt)

    def _post(self, url: str, authorization: str, form: str) -> tuple[int, bytes]:
        """A form sent to a token endpoint, which has a host of its own and is not paced."""

        def attempt() -> tuple[int, bytes]:
            auth = _Header(authorization) if authorization else None
            response, content = self._send("POST", url, data=form, headers=FORM, auth=auth)
            if response.status_code in RETRYABLE_STATUS:
                raise retryable(response.status_code, response.headers)
            if response.status_code == 200:
                decode(response.headers, content)
            return response.status_code, content

        return self._persist(attempt)

    def _send(self, method: str, url: str, **options: Any) -> tuple[requests.Response, bytes]:
        """One attempt within its time limits, with the whole body. Raises Retryable."""
        limits = self._channel.limits
        self._scan.counters.requests += 1
        deadline = time.monotonic() + limits.total
        try:
            timeout = (limits.connect, limits.read)
            with self._channel.send(method, url, timeout=timeout, **options) as response:
                return response, read_body(response, limits.total, deadline)
        except failures.SSLError:
            raise Unreachable(
                f"{self._scan.where}: {host_of(url)} shows no valid TLS certificate. Remedy: check "
                "host and its scheme, or the certificates that this machine trusts."
            ) from None
        except (failures.InvalidURL, failures.InvalidSchema, failures.MissingSchema):
            raise CredentialsError(
                f"{self._scan.where}: no request can be sent to {host_of(url) or 'this host'}. "
                "Remedy: write host (and extra.token_url) of connection id "
                f"{self._scan.connection.conn_id!r} as https://name[:port][/path]."
            ) from None
        except failures.RequestException as error:
            raise interrupted(error, url) from None

    def _persist(self, attempt: Callable[[], T]) -> T:
        """The result of the first attempt that succeeds, waiting as asked in between."""
        patience = _Patience(self._channel.limits)
        retrying = Retrying(
            retry=retry_if_exception_type(Retryable),
            wait=patience.wait,
            stop=patience.is_over,
            before_sleep=self._count,
            sleep=lambda seconds: self._pause(seconds, patience.reason),
            reraise=True,
        )
        try:
            return retrying(attempt)
        except Retryable as last:
            kind = Unreachable if last.unreachable else SourceError
            raise kind(
                f"{self._scan.where}: {self._channel.title} {last.came}{patience.summary()}. "
                f"Remedy: {last.remedy}."
            ) from None

    def _count(self, state: RetryCallState) -> None:
        failure = _failure(state)
        if isinstance(failure, Throttled):
            self._scan.counters.throttled += 1
            return
        self._scan.counters.retried += 1
        self._scan.notice(f"{self._scan.where}: {self._channel.title} {failure.came}; trying again")

    def _pause(self, seconds: float, reason: str) -> None:
        """Sleep, counted; waits that a user would wonder about are said."""
        if seconds <= 0:
            return
        if seconds >= 5:
            self._scan.notice(f"{self._scan.where}: waiting {seconds:.0f} s, {reason}")
        self._scan.counters.waited += seconds
        time.sleep(seconds)


class _Header(AuthBase):
    """Sets Authorization as an auth object, so that requests does not look into ~/.netrc."""

    def __init__(self, authorization: str) -> None:
        self._value = authorization

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._value:
            request.headers["Authorization"] = self._value
        return request


class _Patience:
    """How long one request may be tried. A vendor's wait is obeyed as long as patience lasts;
    otherwise exponential back-off with full jitter, so that several processes do not march in step.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._backoff = wait_random_exponential(multiplier=0.5, max=limits.longest_backoff)
        self._failures = 0
        self._attempts = 0
        self._waited = 0.0
        self.reason = ""

    def wait(self, state: RetryCallState) -> float:
        failure = _failure(state)
        self._attempts += 1
        self._failures += not isinstance(failure, Throttled)
        self.reason = f"the vendor {failure.came}"
        if failure.wait is not None:
            return failure.wait + float(self._backoff(state)) / 60
        return float(self._backoff(state))

    def is_over(self, state: RetryCallState) -> bool:
        self._waited += state.upcoming_sleep
        return self._failures >= self._limits.attempts or self._waited > self._limits.patience

    def summary(self) -> str:
        if self._waited > self._limits.patience:
            return f" and asks to wait beyond {self._limits.patience:g} s"
        return f", {self._attempts} times" if self._attempts > 1 else ""


def _failure(state: RetryCallState) -> Retryable:
    """The failure of the attempt that has just ended."""
    failure = state.outcome.exception() if state.outcome else None
    if not isinstance(failure, Retryable):
        raise TypeError("only a Retryable is ever waited for")
    return failure
