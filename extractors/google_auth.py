"""Google's access tokens: for a service account (RFC 7523, a signed JWT) or by a refresh token.

Facts (developers.google.com/identity/protocols/oauth2/service-account): the assertion is signed
with the account's key by RS256, names the account, the scope, the token endpoint and at most an
hour, and with ``sub`` a user of the domain on whose behalf the account acts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import msgspec

from extractors.auth import RENEW_BEFORE, Auth, Post, token_end
from extractors.credentials import Credentials
from extractors.errors import CredentialsError
from extractors.stream import Connection

TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFE = 3600
"""Seconds of an assertion, the most that Google takes."""
CLOCK_SKEW = 30
"""Seconds that an assertion is dated back, as Google takes none from the future."""


class GoogleTokens(Auth):
    """Access tokens for ``scope``, fetched anew before they end.

    A service account: ``login`` is its e-mail address and ``password`` its private key (PEM), or
    ``extra.service_account`` is its key file (JSON). Else ``extra.refresh_token`` with the OAuth
    client's id and secret as ``login`` and ``password``. ``extra.token_url`` replaces Google's
    token endpoint, ``extra.sub`` names the user on whose behalf a service account acts.
    """

    def __init__(self, connection: Connection, credentials: Credentials, scope: str) -> None:
        self._connection = connection
        key_file = _object(credentials.extra.get("service_account"))
        login = credentials.login or str(key_file.get("client_email") or "")
        secret = credentials.password or str(key_file.get("private_key") or "")
        if not (login and secret):
            raise CredentialsError(
                f"{connection.name}: connection id {connection.conn_id!r} lacks a login or a "
                "password. Remedy: store the service account's e-mail address as login and its "
                "private key as password, or its key file as extra.service_account."
            )
        own = credentials.extra.get("token_url") or key_file.get("token_uri")
        self._url = str(own or TOKEN_URL)
        sub = credentials.extra.get("sub")
        refresh = credentials.extra.get("refresh_token")
        self._form: Callable[[], dict[str, str]] = (
            (lambda: _refreshing(login, secret, str(refresh)))
            if refresh
            else (lambda: self._asserting(login, secret, scope, str(sub) if sub else None))
        )
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
        asked_at = time.monotonic()
        status, content = post(self._url, "", urlencode(self._form()))
        try:
            answer = msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError):
            answer = None
        if not isinstance(answer, dict):
            raise self._refused(f"HTTP {status} without a JSON object")
        token = answer.get("access_token")
        if status != 200 or not isinstance(token, str) or not token:
            error = answer.get("error")
            raise self._refused(f"HTTP {status}, {error if isinstance(error, str) else 'no token'}")
        self._token = token
        self._ends_at = token_end(answer.get("expires_in"), asked_at)

    def _asserting(self, email: str, key: str, scope: str, sub: str | None) -> dict[str, str]:
        import jwt  # slow to load, and only tasks that read Google need it

        now = int(time.time()) - CLOCK_SKEW
        claims = {"iss": email, "scope": scope, "aud": self._url, "iat": now, "exp": now + LIFE}
        try:
            assertion = jwt.encode({**claims, "sub": sub} if sub else claims, _pem(key), "RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            raise CredentialsError(
                f"{self._connection.name}: the password of connection id "
                f"{self._connection.conn_id!r} is no private key. Remedy: store private_key of the "
                "service account's key file, from -----BEGIN to END----- with its line breaks."
            ) from None
        return {"grant_type": JWT_BEARER, "assertion": assertion}

    def _refused(self, came: str) -> CredentialsError:
        return CredentialsError(
            f"{self._connection.name}: expected an access token, the token endpoint answered "
            f"{came}. Remedy: check login, password and extra (sub, refresh_token, token_url) of "
            f"connection id {self._connection.conn_id!r}, that the key was not deleted, and that "
            "this machine's clock is right."
        )


def _refreshing(client_id: str, secret: str, refresh_token: str) -> dict[str, str]:
    return {
        "grant_type": "refresh_token",
        "client_id": client_id,
        "client_secret": secret,
        "refresh_token": refresh_token,
    }


def _pem(key: str) -> str:
    r"""The key with its line breaks, which environments often hold as \n in two characters."""
    return key.replace("\\n", "\n")


def _object(value: Any) -> dict[str, Any]:
    """A key file as an object, also when it was stored as its text."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return {}
    return value if isinstance(value, dict) else {}
