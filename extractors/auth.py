"""How a client proves who it is: a fixed key, or tokens by OAuth 2.0: by client credentials, or
by refresh tokens that rotate.

An ``Auth`` gives the Authorization header and may renew it once after a 401. Secrets stay inside
these objects: no repr, message or log shows them.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import urlencode

import msgspec
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error

from extractors.credentials import Credentials
from extractors.errors import CredentialsError
from extractors.stream import Connection
from warehouse import Rotating, home, rotating

RENEW_BEFORE = 60.0
"""Seconds before its end at which a token is replaced, more than one request may take to start."""

SHORTEST_TOKEN_LIFE = 300.0
"""Seconds assumed for a token whose answer does not say how long it lives."""

Post = Callable[[str, str, str], tuple[int, bytes]]
"""(url, authorization, form) -> (status, body); the client's retries and time limits apply."""


class Auth(Protocol):
    """The Authorization header of a client's requests."""

    def authorization(self, post: Post) -> str: ...

    def renew(self) -> bool:
        """Forget a refused token; False when there is nothing newer to get."""
        return False

    def warning(self) -> str:
        """What to tell before the credential is dead; empty when there is nothing to tell."""
        return ""


class BearerKey(Auth):
    """A fixed key, sent as a bearer token."""

    def __init__(self, connection: Connection, credentials: Credentials) -> None:
        if not credentials.password:
            raise CredentialsError(
                f"{connection.name}: connection id {connection.conn_id!r} has no password. "
                "Remedy: store the API key as its password."
            )
        self._key = credentials.password

    def authorization(self, post: Post) -> str:
        return f"Bearer {self._key}"


class BasicKey(Auth):
    """A fixed key, sent as the user of Basic authentication without a password, or as the password
    of a user that the vendor names."""

    def __init__(self, connection: Connection, credentials: Credentials, user: str = "") -> None:
        key = credentials.password or credentials.login
        if not key:
            raise CredentialsError(
                f"{connection.name}: connection id {connection.conn_id!r} has no password. "
                "Remedy: store the API key as its password."
            )
        pair = f"{user}:{key}" if user else f"{key}:"
        self._basic = f"Basic {b64encode(pair.encode()).decode()}"

    def authorization(self, post: Post) -> str:
        return self._basic


class ClientCredentials(Auth):
    """Tokens by the client credentials grant (RFC 6749 4.4), fetched anew before they end.

    ``login`` and ``password`` are client id and secret; ``extra.token_url`` replaces the vendor's
    token endpoint, ``extra.sub`` names the user on whose behalf the token acts.
    """

    def __init__(self, connection: Connection, credentials: Credentials, token_url: str) -> None:
        if not (credentials.login and credentials.password):
            raise CredentialsError(
                f"{connection.name}: connection id {connection.conn_id!r} lacks a login or a "
                "password. Remedy: store the client id as login and the secret as password."
            )
        self._connection = connection
        self._url = str(credentials.extra.get("token_url") or token_url)
        pair = f"{credentials.login}:{credentials.password}"
        self._basic = f"Basic {b64encode(pair.encode()).decode()}"
        self._client = BackendApplicationClient(credentials.login)
        sub = credentials.extra.get("sub")
        self._parameters = {"sub": str(sub)} if sub else {}
        self._token = ""
        self._ends_at = 0.0

    def authorization(self, post: Post) -> str:
        if not self._token or time.monotonic() >= self._ends_at - RENEW_BEFORE:
            self._fetch(post)
        return f"Bearer {self._token}"

    def renew(self) -> bool:
        self._token = ""
        return True

    def _fetch(self, post: Post) -> None:
        body = self._client.prepare_request_body(**self._parameters)
        asked_at = time.monotonic()
        status, content = post(self._url, self._basic, body)
        try:
            answer = msgspec.json.decode(content)
            token = self._client.parse_request_body_response(content)
        except (ValueError, AttributeError):
            raise self._refused(f"HTTP {status} without a JSON object") from None
        except OAuth2Error as error:
            raise self._refused(f"HTTP {status}, {error.error}") from None
        self._token = token["access_token"]
        self._ends_at = token_end(answer.get("expires_in"), asked_at)

    def _refused(self, came: str) -> CredentialsError:
        return CredentialsError(
            f"{self._connection.name}: expected an access token, the token endpoint answered "
            f"{came}. Remedy: check login (client id), password (secret) and extra.token_url of "
            f"connection id {self._connection.conn_id!r}, and that the credential is active."
        )


class RefreshTokens(Auth):
    """Tokens by the refresh token grant (RFC 6749 6) of a vendor that gives a new refresh token
    with every access token, and takes each once.

    ``login`` and ``password`` are client id and secret, ``extra.refresh_token`` the first refresh
    token; those that follow are kept in RELAY_HOME. ``extra.token_url`` replaces the endpoint.
    A refresh token that is not used for ``life`` is dead. ``basic``: the endpoint takes the client
    by Basic authentication, else in the form.
    """

    def __init__(
        self,
        connection: Connection,
        credentials: Credentials,
        token_url: str,
        *,
        life: timedelta,
        basic: bool = False,
    ) -> None:
        self._first = str(credentials.extra.get("refresh_token") or "")
        if not (credentials.login and credentials.password and self._first):
            raise CredentialsError(
                f"{connection.name}: connection id {connection.conn_id!r} lacks a login, a "
                "password or extra.refresh_token. Remedy: store the client id as login, the client "
                "secret as password, and the refresh token of the app's authorisation in extra."
            )
        self._connection = connection
        self._url = str(credentials.extra.get("token_url") or token_url)
        self._life = life
        pair = f"{credentials.login}:{credentials.password}"
        self._basic = f"Basic {b64encode(pair.encode()).decode()}" if basic else ""
        client = {"client_id": credentials.login, "client_secret": credentials.password}
        self._client = {} if basic else client
        self._token = ""
        self._ends_at = 0.0

    def warning(self) -> str:
        """What to tell before a refresh token dies: that it was left unused for half of its life,
        or empty."""
        with self._kept() as kept:
            age = _age(kept)
        if age is None or age < self._life / 2:
            return ""
        return (
            f"{self._connection.name}: the refresh token was not used for {_span(age)} and would "
            f"be dead after {_span(self._life)}; schedule the connection more often"
        )

    def authorization(self, post: Post) -> str:
        if not self._token or time.monotonic() >= self._ends_at - RENEW_BEFORE:
            with self._kept() as kept:
                self._fetch(post, kept)
        return f"Bearer {self._token}"

    def renew(self) -> bool:
        self._token = ""
        return True

    def _kept(self) -> AbstractContextManager[Rotating]:
        return rotating(home(), self._connection.conn_id, self._first)

    def _fetch(self, post: Post, kept: Rotating) -> None:
        form = {"grant_type": "refresh_token", "refresh_token": kept.present, **self._client}
        asked_at = time.monotonic()
        status, content = post(self._url, self._basic, urlencode(form))
        try:
            answer = msgspec.json.decode(content)
        except (ValueError, UnicodeDecodeError):
            answer = None
        fields = answer if isinstance(answer, dict) else {}
        token, following = fields.get("access_token"), fields.get("refresh_token")
        if not (status == 200 and token and following):
            raise self._refused(status, fields.get("error"), kept)
        kept.replace(str(following))
        self._token = str(token)
        self._ends_at = token_end(fields.get("expires_in"), asked_at)

    def _refused(self, status: int, error: object, kept: Rotating) -> CredentialsError:
        code = f", {error}" if isinstance(error, str) else " without them"
        anew = (
            "authorise the app anew and store its refresh token in extra.refresh_token of "
            f"connection id {self._connection.conn_id!r}"
        )
        remedy = (
            f"check login (client id) and password (secret), else {anew}"
            if error in ("invalid_client", "unauthorized_client")
            else f"{anew}; check login and password too"
        )
        return CredentialsError(
            f"{self._connection.name}: expected an access token and the next refresh token, the "
            f"token endpoint answered HTTP {status}{code}. A refresh token is taken once, and dead "
            f"when it is not used for {_span(self._life)}; {self._told(_age(kept))}. "
            f"Remedy: {remedy}."
        )

    def _told(self, age: timedelta | None) -> str:
        """What a refused refresh token's age says."""
        if age is None:
            return "how old this one is, is not known"
        if age < self._life:
            return (
                f"this one is {_span(age)} old, so something else uses the same authorisation, or "
                "the answer to its use was lost"
            )
        return f"this one is {_span(age)} old, so schedule the connection more often"


def _age(kept: Rotating) -> timedelta | None:
    """How long a refresh token has been kept, by this machine's clock; None for the first one."""
    return None if kept.since is None else datetime.now(UTC) - kept.since


def _span(span: timedelta) -> str:
    hours = int(span.total_seconds() // 3600)
    return f"{hours} hours" if hours < 72 else f"{hours // 24} days"


def token_end(life: object, asked_at: float) -> float:
    """When a token ends, in seconds of the clock by which it was asked for.

    One whose ``expires_in`` is missing is taken for short-lived; a shorter one than can be renewed
    in time is kept a while, or every request would ask for another.
    """
    seconds = float(life) if isinstance(life, int | float) else SHORTEST_TOKEN_LIFE
    return asked_at + max(seconds, 2 * RENEW_BEFORE)
