"""Messages of Amazon SNS: signed over some of their fields, with a certificate of Amazon's.

Facts: docs.aws.amazon.com/sns, "Verifying the signatures of Amazon SNS messages": name and value of
fixed fields, each with a line feed; version 1 signs SHA-1, version 2 SHA-256; the certificate's URL
is in the message. Anybody can send a message, so nothing in it decides where this service connects
to: the host follows from the configured topic, only the certificate's file name is taken from the
message, and a subscription is confirmed by an address that is put together here.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import load_pem_x509_certificate

from inbox.schemes import Refused, SchemeError, Unverifiable, recent

TIMEOUT = 5.0
MAX_CERTIFICATE = 20_000
RETRY_AFTER = 30.0
"""Seconds in which a certificate that could not be had is not asked for again."""
MAX_KEYS, MAX_FAILED = 16, 1_000
"""Certificates, and names of some that could not be had, that are remembered: anybody can name one
after the other."""
_TOPIC = re.compile(r"arn:(aws|aws-cn|aws-us-gov):sns:([a-z0-9-]{1,40}):\d{12}:[\w.-]{1,256}")
_FILE = re.compile(r"/SimpleNotificationService-[0-9a-f]{8,64}\.pem")
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_SUBSCRIPTION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    "Notification": _NOTIFICATION,
    "SubscriptionConfirmation": _SUBSCRIPTION,
    "UnsubscribeConfirmation": _SUBSCRIPTION,
}
_HASHES = {"1": SHA1, "2": SHA256}


def sns(topic: str, url: str = "") -> Sns:
    """The scheme of one topic; ``url`` replaces Amazon's address. Raises SchemeError."""
    found = _TOPIC.fullmatch(topic)
    if not found:
        raise SchemeError("topic_arn is no ARN of an SNS topic")
    end = ".cn" if found[1] == "aws-cn" else ""
    return Sns(topic, url.rstrip("/") or f"https://sns.{found[2]}.amazonaws.com{end}")


@dataclass(slots=True)
class Sns:
    """One topic. ``origin`` is the only address that is ever connected to."""

    topic: str
    origin: str
    clock: Callable[[], float] = time.time
    keeps: tuple[str, ...] = ("x-amz-sns-message-type", "x-amz-sns-message-id")
    _keys: dict[str, RSAPublicKey] = field(default_factory=dict)
    _failed: dict[str, float] = field(default_factory=dict)
    _fetching: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        message = _message(body)
        if message.get("TopicArn") != self.topic:
            raise Refused
        try:
            signature = base64.b64decode(message["Signature"], validate=True)
            signed = _canonical(message)
            algorithm = _HASHES[message["SignatureVersion"]]()
            sent = datetime.fromisoformat(message["Timestamp"]).astimezone(UTC).timestamp()
        except (KeyError, ValueError, TypeError, OverflowError, binascii.Error):
            raise Refused from None
        key = await self._key(self._file(message.get("SigningCertURL")))
        try:
            key.verify(signature, signed, PKCS1v15(), algorithm)
        except InvalidSignature:
            raise Refused from None
        recent(sent, self.clock())

    async def stored(self, body: bytes) -> None:
        """Confirms a subscription. Raises Unverifiable when that fails: SNS sends it again."""
        message = _message(body)
        if message.get("Type") == "SubscriptionConfirmation":
            await asyncio.to_thread(self._confirm, str(message["Token"]))

    def _file(self, url: object) -> str:
        """The certificate's path, if its address is the one of the topic's region."""
        try:
            parts = urlsplit(url if isinstance(url, str) else "")
        except ValueError:
            raise Refused from None
        if f"{parts.scheme}://{parts.netloc}" != self.origin or not _FILE.fullmatch(parts.path):
            raise Refused
        if parts.query or parts.fragment:
            raise Refused
        return parts.path

    async def _key(self, path: str) -> RSAPublicKey:
        """Fetched once, one at a time: unsigned messages must not make us ask without end."""
        if path in self._keys:
            return self._keys[path]
        async with self._fetching:
            if path in self._keys:
                return self._keys[path]
            if self.clock() < self._failed.get(path, 0.0):
                raise Unverifiable
            try:
                key = await asyncio.to_thread(self._fetched, path)
            except (requests.RequestException, ValueError):
                if len(self._failed) >= MAX_FAILED:
                    self._failed.clear()
                self._failed[path] = self.clock() + RETRY_AFTER
                raise Unverifiable from None
            if len(self._keys) >= MAX_KEYS:
                self._keys.clear()
            self._keys[path] = key
            return key

    def _fetched(self, path: str) -> RSAPublicKey:
        """Raises ValueError for what is no valid certificate."""
        with _get(f"{self.origin}{path}", {}) as answer:
            text = answer.raw.read(MAX_CERTIFICATE + 1, decode_content=True)
        certificate = load_pem_x509_certificate(text[:MAX_CERTIFICATE])
        now = datetime.fromtimestamp(self.clock(), UTC)
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise ValueError("not valid now")
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey):
            raise ValueError("not an RSA key")
        return key

    def _confirm(self, token: str) -> None:
        query = {"Action": "ConfirmSubscription", "TopicArn": self.topic, "Token": token}
        try:
            _get(f"{self.origin}/", query).close()
        except (requests.RequestException, ValueError):
            raise Unverifiable from None


def _get(url: str, query: Mapping[str, str]) -> requests.Response:
    """Never along a redirect; ValueError for any answer but 200."""
    answer = requests.get(url, query, timeout=TIMEOUT, allow_redirects=False, stream=True)
    if answer.status_code != 200:
        answer.close()
        raise ValueError(f"answered {answer.status_code}")
    return answer


def _message(body: bytes) -> dict[str, Any]:
    try:
        message = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        raise Refused from None
    if not isinstance(message, dict):
        raise Refused
    return message


def _canonical(message: Mapping[str, Any]) -> bytes:
    """What is signed; ``Subject`` only if there is one. Raises KeyError, TypeError."""
    lines = []
    for name in _SIGNED[message["Type"]]:
        if name == "Subject" and message.get(name) is None:
            continue
        if not isinstance(message[name], str):
            raise TypeError(name)
        lines.append(f"{name}\n{message[name]}\n")
    return "".join(lines).encode()
