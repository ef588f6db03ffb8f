"""How vendors sign their webhooks, checked over the body as it came.

Facts: Typeform ``Typeform-Signature: sha256=`` + base64 HMAC-SHA256; Greenhouse Recruiting
``Signature: sha256 `` + hex HMAC-SHA256; Tally ``Tally-Signature:`` base64 HMAC-SHA256; SendGrid
ECDSA P-256 over timestamp + body, the public key as base64 DER; SES by way of SNS (inbox/sns.py).
HMAC schemes know no time: a webhook sent again by somebody who saw it is one that the vendor sent
twice, and lands once.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

MAX_AGE = 25 * 3600.0
"""Seconds that a signed time may be old. Vendors try again for a day, SendGrid among them."""
MAX_AHEAD = 300.0
"""Seconds that a signed time may be ahead of this machine's clock."""


class Refused(Exception):
    """The signature is absent, wrong, or too old. Says nothing more: nobody is to learn from it."""


class Unverifiable(Exception):
    """Whether the signature is right cannot be told now; the vendor is to try again."""


class SchemeError(ValueError):
    """The connection's extra lacks what the scheme needs; the text says what."""


class Scheme(Protocol):
    """``keeps`` names the headers, in lower case, that are stored with the body."""

    keeps: tuple[str, ...]

    async def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises Refused or Unverifiable. ``headers`` have lower-case names."""

    async def stored(self, body: bytes) -> None:
        """What the vendor expects besides the answer, once the event is stored."""


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """An HMAC-SHA256 of the body in one header. Several secrets are valid while one replaces the
    other."""

    secrets: tuple[bytes, ...]
    header: str
    prefix: str
    encoding: Literal["hex", "base64"]
    keeps: tuple[str, ...] = ()

    async def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        given = headers.get(self.header, "").encode("latin-1", "replace")
        found = [hmac.compare_digest(given, self._expected(key, body)) for key in self.secrets]
        if not any(found):
            raise Refused

    async def stored(self, body: bytes) -> None:
        return None

    def _expected(self, key: bytes, body: bytes) -> bytes:
        digest = hmac.digest(key, body, "sha256")
        text = digest.hex().encode() if self.encoding == "hex" else base64.b64encode(digest)
        return self.prefix.encode() + text


@dataclass(frozen=True, slots=True)
class SendGrid:
    """Signed with the account's key over the time in a header and the body."""

    keys: tuple[EllipticCurvePublicKey, ...]
    clock: Callable[[], float] = time.time
    keeps: tuple[str, ...] = ("x-twilio-email-event-webhook-timestamp",)

    async def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        sent = headers.get("x-twilio-email-event-webhook-timestamp", "")
        try:
            signature = base64.b64decode(
                headers.get("x-twilio-email-event-webhook-signature", ""), validate=True
            )
        except (binascii.Error, ValueError):
            raise Refused from None
        if not any(_is_signed(key, signature, sent.encode() + body) for key in self.keys):
            raise Refused
        if not sent.isdecimal():
            raise Refused
        recent(float(sent), self.clock())

    async def stored(self, body: bytes) -> None:
        return None


def recent(sent: float, now: float) -> None:
    """Raises Refused for a signed time, in seconds since 1970, that is too old or ahead."""
    if not now - MAX_AGE <= sent <= now + MAX_AHEAD:
        raise Refused


def scheme_of(source: str, extra: Mapping[str, Any]) -> Scheme:
    """The scheme of a source with the secrets of a connection's extra. Raises SchemeError."""
    from inbox.sns import sns  # which needs this module

    if source in SHARED:
        header, prefix, encoding, keeps = SHARED[source]
        secrets = tuple(secret.encode() for secret in _texts(extra, "webhook_secret"))
        return SharedSecret(secrets, header, prefix, encoding, keeps)
    if source == "sendgrid":
        return SendGrid(tuple(map(_public_key, _texts(extra, "webhook_public_key"))))
    if source == "ses":
        (topic,) = _texts(extra, "topic_arn")[:1]
        return sns(topic, str(extra.get("sns_url") or ""))
    raise SchemeError(f"{source} sends no webhooks that the inbox knows")


SHARED: Mapping[str, tuple[str, str, Literal["hex", "base64"], tuple[str, ...]]] = {
    "typeform": ("typeform-signature", "sha256=", "base64", ()),
    "greenhouse": ("signature", "sha256 ", "hex", ("greenhouse-event-id",)),
    "tally": ("tally-signature", "", "base64", ()),
}
"""The sources that share a secret: their header, what stands in it before the signature, how that
is written, and what is kept."""


def _texts(extra: Mapping[str, Any], name: str) -> list[str]:
    """One text or a list of them, none empty: an empty secret would be everybody's."""
    value = extra.get(name)
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise SchemeError(f"its extra has no {name}")
    return [text.strip() for text in texts]


def _public_key(text: str) -> EllipticCurvePublicKey:
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        raise SchemeError("webhook_public_key is no key in base64") from None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise SchemeError("webhook_public_key is no key on the curve P-256")
    return key


def _is_signed(key: EllipticCurvePublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
