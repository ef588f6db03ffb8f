"""Google Forms API v1: the token endpoint and the responses of a form.

Facts from developers.google.com (forms.responses.list, service accounts): a JWT signed by the
account's key is exchanged for an access token; ``filter`` is ``timestamp >`` or ``>=`` an RFC 3339
time with Z and nothing else; 5,000 responses a page; a page token is refused with another filter;
an empty list is left out. Not published, so assumed: responses come in the order of their ids (so
that an edit moves none), the filter looks at ``lastSubmittedTime`` (table meta's
google_forms_filter says ``created`` instead), unknown parameters are refused, no Retry-After.
"""

from __future__ import annotations

import re
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from hashlib import sha256

import jwt
import orjson
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from starlette.requests import Request

from sandbox.exchange import Answer, Call, Endpoint, Refused, bearer, json_answer
from sandbox.reader import World
from sandbox.store import Account

SCOPE = "https://www.googleapis.com/auth/forms.responses.readonly"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PAGE_SIZE_MAX = 5000
KNOWN = {"filter", "pageSize", "pageToken"}
TOKEN_LIFETIME_S, FILTERED = "3600", "last"  # defaults of the settings in table meta
_FILTER = re.compile(r"timestamp (>=?) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?Z")


class GoogleForms:
    """The vendor, with the tokens it has issued (a restart forgets them)."""

    name = "google_forms"

    def __init__(self, world: World) -> None:
        self._world = world
        self._grants: dict[str, tuple[str, float]] = {}
        self.endpoints = (
            Endpoint("POST", "/google_forms/token", self.token, lambda _: "token"),
            Endpoint(
                "GET",
                "/google_forms/v1/forms/{form_id}/responses",
                self.responses,
                lambda _: "responses",
            ),
        )

    def identify(self, request: Request) -> Account | None:
        """By access token."""
        name, ends_at = self._grants.get(bearer(request), ("", 0.0))
        mine = (account for account in self._accounts() if account.account == name)
        return next(mine, None) if time.time() < ends_at else None

    def refuse(self, call: Call, kind: str) -> Answer:
        """Injected refusals."""
        if call.stream == "token" and kind in ("expired", "forbidden"):
            return _grant_refused("invalid_grant")
        if kind == "expired":
            self._grants.pop(bearer(call.request), None)
        wait = str((call.fault.params if call.fault else {}).get("retry_after", 45))
        return {
            "429": _error(429, "RESOURCE_EXHAUSTED", ("Retry-After", wait)),
            "500": _error(500, "INTERNAL"),
            "503": _error(503, "UNAVAILABLE"),
            "expired": _error(401, "UNAUTHENTICATED"),
            "forbidden": _error(403, "PERMISSION_DENIED"),
        }[kind]

    def token(self, call: Call) -> Answer:
        """An access token for a signed assertion or a refresh token; errors as RFC 6749."""
        kind = call.form.get("grant_type")
        if kind == JWT_BEARER:
            account = self._asserted(call)
        elif kind == "refresh_token":
            account = self._refreshed(call)
        else:
            return _grant_refused("unsupported_grant_type")
        if account is None:
            return _grant_refused("invalid_grant")
        lifetime = int(self._world.setting("google_forms_token_s", TOKEN_LIFETIME_S))
        token = f"ya29.{secrets.token_urlsafe(32)}"
        self._grants[token] = (account.account, time.time() + lifetime)
        return json_answer(
            200, {"access_token": token, "expires_in": lifetime, "token_type": "Bearer"}
        )

    def responses(self, call: Call) -> Answer:
        """One page of a form's responses."""
        account = call.account
        if account is None:
            return _error(401, "UNAUTHENTICATED")
        if SCOPE not in account.scopes:
            return _error(403, "PERMISSION_DENIED")
        if call.request.path_params["form_id"] != account.form_id:
            return _error(404, "NOT_FOUND")
        try:
            return self._page(account.account, call)
        except Refused as refused:
            return refused.answer

    def _page(self, account: str, call: Call) -> Answer:
        params = dict(call.params)
        if params.keys() - KNOWN:
            raise Refused(_error(400, "INVALID_ARGUMENT"))
        size = _size(params.get("pageSize", "0"))
        wanted = params.get("filter", "")
        ids = self._ids(account, wanted)
        after = _after(params["pageToken"], wanted) if "pageToken" in params else -1
        due = [number for number in ids if number > after]
        found = self._world.bodies(account, "responses", due[:size])
        body = [b'"responses":[' + b",".join(found[n] for n in due[:size] if n in found) + b"]"]
        if not due:
            body = []
        if len(due) > size:
            body.append(b'"nextPageToken":' + orjson.dumps(_page_token(due[size - 1], wanted)))
        return Answer(200, b"{" + b",".join(body) + b"}")

    def _ids(self, account: str, wanted: str) -> list[int]:
        """The numbers of the responses that a filter takes, ascending."""
        operator, since = ">=", "0000"
        if wanted:
            match = _FILTER.fullmatch(wanted)
            if match is None:
                raise Refused(_error(400, "INVALID_ARGUMENT"))
            operator, since = match[1], f"{match[2]}{(match[3] or '.000')[:4]:0<4}Z"
        setting = self._world.setting("google_forms_filter", FILTERED, account)
        column = "created_at" if setting == "created" else "sort_at"
        sql = (
            "select id from records where account = ? and stream = 'responses'"
            f" and {column} {operator} ? order by id"
        )

        def collect() -> list[int]:
            return [number for (number,) in self._world.rows(sql, (account, since))]

        return self._world.cached((account, sql, since), collect)

    def _accounts(self) -> list[Account]:
        return [account for account in self._world.accounts if account.vendor == self.name]

    def _asserted(self, call: Call) -> Account | None:
        """The service account that signed the assertion for this endpoint and scope."""
        text = call.form.get("assertion", "")
        try:
            said = jwt.decode(text, options={"verify_signature": False})
            account = next(a for a in self._accounts() if a.client_id == said.get("iss"))
            key = load_pem_private_key(account.secret.encode(), None).public_key()
            wanted = str(call.request.url)
            claims = jwt.decode(text, key, ["RS256"], audience=wanted)  # type: ignore[arg-type]
        except (jwt.PyJWTError, StopIteration):
            return None
        lasts = claims["exp"] - claims["iat"] <= 3600
        # a form that only a user of the domain may read is read on behalf of that user
        user = self._world.setting("google_forms_user", "", account.account) or None
        asked = (claims.get("scope"), claims.get("sub"))
        return account if lasts and asked == (SCOPE, user) else None

    def _refreshed(self, call: Call) -> Account | None:
        """The account whose user let the OAuth client read (see world_google_forms)."""
        for account in self._accounts():
            digest = sha256(account.secret.encode()).hexdigest()
            given = (call.form.get("refresh_token"), call.form.get("client_secret"))
            if given == (digest[:32], digest[32:]):
                return account
        return None


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise Refused(_error(400, "INVALID_ARGUMENT"))
    return min(int(text) or PAGE_SIZE_MAX, PAGE_SIZE_MAX)


def _page_token(last: int, wanted: str) -> str:
    return urlsafe_b64encode(orjson.dumps([last, wanted])).decode()


def _after(token: str, wanted: str) -> int:
    """The last number of the page before; 400 for a token that was made for another filter."""
    try:
        last, made_for = orjson.loads(urlsafe_b64decode(token))
    except (Base64Error, orjson.JSONDecodeError, ValueError):
        raise Refused(_error(400, "INVALID_ARGUMENT")) from None
    if made_for != wanted:
        raise Refused(_error(400, "INVALID_ARGUMENT"))
    return int(last)


def _error(code: int, status: str, *headers: tuple[str, str]) -> Answer:
    body = {"error": {"code": code, "message": status.replace("_", " "), "status": status}}
    return json_answer(code, body, *headers)


def _grant_refused(error: str) -> Answer:
    return json_answer(400, {"error": error, "error_description": "Bad Request"})
