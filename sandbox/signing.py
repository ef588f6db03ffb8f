"""How the vendors sign webhooks: what the inbox checks, done from the other side."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

Headers = dict[str, str]
CERTIFICATE = "/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"


def typeform(secret: str, body: bytes) -> Headers:
    return {"Typeform-Signature": f"sha256={_base64(_hmac(secret, body))}"}


def greenhouse(secret: str, body: bytes, event_id: str = "1") -> Headers:
    return {"Signature": f"sha256 {_hmac(secret, body).hex()}", "Greenhouse-Event-ID": event_id}


def tally(secret: str, body: bytes) -> Headers:
    return {"Tally-Signature": _base64(_hmac(secret, body))}


SHARED: dict[str, Callable[[str, bytes], Headers]] = {
    "typeform": typeform,
    "greenhouse": greenhouse,
    "tally": tally,
}
"""The vendors that share a secret: (secret, body) -> headers."""


class SendGrid:
    """An account's signing key. ``public_key`` is shown as SendGrid's settings show it."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        der = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.public_key = _base64(der)

    def headers(self, body: bytes, at: float) -> Headers:
        return self.signed(body, str(int(at)))

    def signed(self, body: bytes, sent: str) -> Headers:
        """With whatever stands in the place of the time."""
        signature = self._key.sign(sent.encode() + body, ec.ECDSA(SHA256()))
        return {
            "X-Twilio-Email-Event-Webhook-Timestamp": sent,
            "X-Twilio-Email-Event-Webhook-Signature": _base64(signature),
        }


class Sns:
    """A topic of Amazon SNS at an address of its own; ``certificate`` is served at CERTIFICATE."""

    def __init__(self, topic: str, url: str, *, days: int = 365) -> None:
        self.topic = topic
        self.url = url
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.certificate = certificate(self._key, days)

    def message(
        self,
        kind: str,
        text: str,
        at: datetime,
        *,
        version: str = "2",
        subject: str | None = None,
        **fields: str,
    ) -> dict[str, str]:
        """A signed message; ``fields`` replace or add to what it holds before it is signed."""
        message = {
            "Type": kind,
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": self.topic,
            "Message": text,
            "Timestamp": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "SignatureVersion": version,
            "SigningCertURL": f"{self.url}{CERTIFICATE}",
        }
        if subject is not None:
            message["Subject"] = subject
        if kind != "Notification":
            message |= {"Token": "2336412f37", "SubscribeURL": f"{self.url}/?Action=elsewhere"}
        message |= fields
        algorithm = {"1": SHA1, "2": SHA256}[version]()
        signature = self._key.sign(_signed(message), PKCS1v15(), algorithm)
        return message | {"Signature": _base64(signature)}


def certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, days: int = 365) -> bytes:
    """A certificate of a key, valid for some days from now, as PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    issued = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, SHA256())
    )
    return issued.public_bytes(Encoding.PEM)


def encoded(message: Mapping[str, object]) -> bytes:
    """JSON as vendors write it: not as we would."""
    return json.dumps(message, indent=2, ensure_ascii=True).encode()


def _signed(message: Mapping[str, str]) -> bytes:
    fields = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if message["Type"] != "Notification":
        fields = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    return "".join(f"{name}\n{message[name]}\n" for name in fields if name in message).encode()


def _hmac(secret: str, body: bytes) -> bytes:
    return hmac.digest(secret.encode(), body, "sha256")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
