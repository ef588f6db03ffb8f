"""Amazon SNS's signature and subscriptions, over HTTP, with an Amazon on loopback."""

import base64
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import inbox.sns
from inbox.schemes import MAX_AGE, SchemeError, scheme_of
from inbox.sns import sns
from sandbox.signing import CERTIFICATE, Sns, certificate, encoded
from tests.extractors.landings import execute
from tests.inbox.service import hook, serving, stored
from tests.loopback import listening

pytestmark = pytest.mark.usefixtures("warehouse_url")

TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:mail-events"


def shown(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """A public key as a vendor's settings show it."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


OTHER_CURVE = shown(ec.generate_private_key(ec.SECP384R1()))
NO_CURVE = shown(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def post(url: str, body: bytes, headers: dict[str, str] | None = None) -> int:
    return requests.post(url, data=body, headers=headers, timeout=30).status_code


class Amazon:
    """Serves certificates and takes confirmations; remembers what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        self.status = 200
        self.certificate = b""
        self.seconds = 0.0

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request.path)
        time.sleep(self.seconds)
        body = self.certificate if request.path.endswith(".pem") else b"<Confirmed/>"
        request.send_response(self.status)
        if self.status == 302:
            request.send_header("Location", f"{self.url}/elsewhere")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


@pytest.fixture
def amazon() -> Iterator[Amazon]:
    served = Amazon()
    with listening(served.answer) as served.url:
        yield served


@pytest.fixture
def topic(amazon: Amazon) -> Sns:
    topic = Sns(TOPIC, amazon.url)
    amazon.certificate = topic.certificate
    return topic


@pytest.fixture
def url(amazon: Amazon) -> Iterator[str]:
    signed = hook("ses", "ses", topic_arn=TOPIC, sns_url=amazon.url)
    with serving({"ses": signed}) as address:
        yield f"{address}/hooks/ses"


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [None, "Amazon SES Email Event Notification"])
def test_a_notification_is_stored(
    url: str, topic: Sns, amazon: Amazon, version: str, subject: str | None
) -> None:
    message = topic.message(
        "Notification", "太郎\n1", datetime.now(UTC), version=version, subject=subject
    )
    body = encoded(message)
    headers = {"x-amz-sns-message-type": "Notification", "x-amz-sns-rawdelivery": "false"}
    assert [post(url, body, headers) for _ in range(2)] == [204, 204]
    assert stored("ses")[-1] == ("ses", {"x-amz-sns-message-type": "Notification"}, body)
    assert amazon.asked == [CERTIFICATE]


@pytest.mark.parametrize(
    "changes",
    [
        {"Message": "other"},
        {"Subject": "added"},
        {"SignatureVersion": "1"},
        {"SignatureVersion": "3"},
        {"SignatureVersion": []},
        {"Signature": "AAAA"},
        {"Signature": None},
        {"Type": "Other"},
        {"Timestamp": "yesterday"},
        {"TopicArn": "arn:aws:sns:ap-northeast-1:123456789012:another"},
    ],
)
def test_a_forged_message_is_refused(url: str, topic: Sns, changes: dict[str, object]) -> None:
    message = topic.message("Notification", "text", datetime.now(UTC)) | changes
    before = stored("ses")
    assert post(url, encoded(message)) == 401
    assert stored("ses") == before


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b"[" * 50_000, b"{}"])
def test_what_is_no_message_is_refused(url: str, body: bytes, amazon: Amazon) -> None:
    assert post(url, body) == 401
    assert amazon.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/SimpleNotificationService-0123456789abcdef.pem",
        "{url}.evil.example/SimpleNotificationService-0123456789abcdef.pem",
        "{url}@evil.example/SimpleNotificationService-0123456789abcdef.pem",
        "{url}/latest/meta-data",
        "{url}/../SimpleNotificationService-0123456789abcdef.pem/x",
        "{url}/SimpleNotificationService-0123456789abcdef.pem?next=http://evil.example",
        "file:///etc/passwd",
        "http://[",
        "",
    ],
)
def test_no_other_address_is_asked_for_a_certificate(
    url: str, topic: Sns, amazon: Amazon, address: str
) -> None:
    changed = {"SigningCertURL": address.format(url=amazon.url)}
    message = topic.message("Notification", "text", datetime.now(UTC), **changed)
    assert post(url, encoded(message)) == 401
    assert amazon.asked == []


def test_another_topic_of_the_same_account_is_refused(url: str, amazon: Amazon) -> None:
    other = Sns(TOPIC + "2", amazon.url)
    amazon.certificate = other.certificate
    for kind in ("Notification", "SubscriptionConfirmation"):
        assert post(url, encoded(other.message(kind, "text", datetime.now(UTC)))) == 401
    assert amazon.asked == []


def test_a_subscription_is_confirmed_where_the_topic_is(
    url: str, topic: Sns, amazon: Amazon
) -> None:
    elsewhere = Amazon()
    with listening(elsewhere.answer) as elsewhere.url:
        named = {"SubscribeURL": f"{elsewhere.url}/latest/meta-data"}
        message = topic.message("SubscriptionConfirmation", "text", datetime.now(UTC), **named)
        assert post(url, encoded(message)) == 204
    assert elsewhere.asked == []
    fetched, confirmed = amazon.asked
    assert fetched == CERTIFICATE
    assert urlsplit(confirmed).path == "/"
    assert parse_qs(urlsplit(confirmed).query) == {
        "Action": ["ConfirmSubscription"],
        "TopicArn": [TOPIC],
        "Token": ["2336412f37"],
    }
    assert stored("ses")[-1][2] == encoded(message)


@pytest.mark.parametrize("status", [302, 403, 500])
def test_a_subscription_that_cannot_be_confirmed_is_sent_again(
    url: str, topic: Sns, amazon: Amazon, status: int
) -> None:
    assert post(url, encoded(topic.message("Notification", "1", datetime.now(UTC)))) == 204
    amazon.status = status
    message = topic.message("SubscriptionConfirmation", "text", datetime.now(UTC))
    assert post(url, encoded(message)) == 503
    assert "/elsewhere" not in amazon.asked


def test_the_end_of_a_subscription_is_stored_and_nothing_done(
    url: str, topic: Sns, amazon: Amazon
) -> None:
    message = topic.message("UnsubscribeConfirmation", "text", datetime.now(UTC))
    assert post(url, encoded(message)) == 204
    assert amazon.asked == [CERTIFICATE]


def test_a_certificate_that_cannot_be_had_is_not_asked_for_without_end(
    url: str, topic: Sns, amazon: Amazon
) -> None:
    amazon.status = 302
    body = encoded(topic.message("Notification", "text", datetime.now(UTC)))
    assert [post(url, body) for _ in range(3)] == [503] * 3
    assert amazon.asked == [CERTIFICATE]


def test_a_certificate_that_was_away_is_asked_for_again(
    url: str, topic: Sns, amazon: Amazon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox.sns, "RETRY_AFTER", 0.2)
    amazon.status = 500
    body = encoded(topic.message("Notification", "text", datetime.now(UTC)))
    assert post(url, body) == 503
    amazon.status = 200
    time.sleep(0.3)
    assert post(url, body) == 204


def test_many_messages_at_once_ask_for_their_certificate_once(
    url: str, topic: Sns, amazon: Amazon
) -> None:
    amazon.seconds = 0.5
    body = encoded(topic.message("Notification", "text", datetime.now(UTC)))
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: post(url, body), range(8))) == {204}
    assert amazon.asked == [CERTIFICATE]


@pytest.mark.parametrize(("status", "answer"), [(200, 204), (500, 503)])
def test_certificates_that_anybody_names_are_not_all_remembered(
    url: str,
    topic: Sns,
    amazon: Amazon,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    answer: int,
) -> None:
    """The first is asked for again after some others; the last is known."""
    monkeypatch.setattr(inbox.sns, "MAX_KEYS", 2)
    monkeypatch.setattr(inbox.sns, "MAX_FAILED", 2)
    amazon.status = status
    files = [f"/SimpleNotificationService-{number:08}.pem" for number in (1, 2, 3, 1, 1)]
    for file in files:
        message = topic.message(
            "Notification", "text", datetime.now(UTC), SigningCertURL=f"{amazon.url}{file}"
        )
        assert post(url, encoded(message)) == answer
    assert amazon.asked == files[:4]


@pytest.mark.parametrize("key", ["ec", "long"])
def test_a_certificate_of_another_kind_is_not_believed(
    url: str, topic: Sns, amazon: Amazon, key: str
) -> None:
    """Amazon's are of RSA keys and short; what follows the first bytes is not even read."""
    amazon.certificate = (
        certificate(ec.generate_private_key(ec.SECP256R1()))
        if key == "ec"
        else b"#" * 30_000 + b"\n" + topic.certificate
    )
    assert post(url, encoded(topic.message("Notification", "text", datetime.now(UTC)))) == 503


def test_a_subscription_is_confirmed_only_once_it_is_stored(
    url: str, topic: Sns, amazon: Amazon
) -> None:
    message = topic.message("SubscriptionConfirmation", "text", datetime.now(UTC))
    execute("revoke insert (body) on inbox.events from relay_inbox")
    try:
        assert post(url, encoded(message)) == 503
    finally:
        execute("grant insert (body) on inbox.events to relay_inbox")
    assert amazon.asked == [CERTIFICATE]
    assert post(url, encoded(message)) == 204
    assert len(amazon.asked) == 2


def test_a_certificate_that_is_over_is_not_believed(url: str, amazon: Amazon) -> None:
    over = Sns(TOPIC, amazon.url, days=-1)
    amazon.certificate = over.certificate
    assert post(url, encoded(over.message("Notification", "text", datetime.now(UTC)))) == 503


def test_an_old_message_is_refused(url: str, topic: Sns) -> None:
    at = datetime.now(UTC) - timedelta(seconds=MAX_AGE + 60)
    assert post(url, encoded(topic.message("Notification", "text", at))) == 401


@pytest.mark.parametrize(
    ("topic", "origin"),
    [
        (TOPIC, "https://sns.ap-northeast-1.amazonaws.com"),
        (
            "arn:aws-cn:sns:cn-north-1:123456789012:mail",
            "https://sns.cn-north-1.amazonaws.com.cn",
        ),
    ],
)
def test_the_topic_says_where_its_certificate_is(topic: str, origin: str) -> None:
    assert sns(topic).origin == origin


@pytest.mark.parametrize(
    ("source", "extra", "message"),
    [
        ("typeform", {}, "no webhook_secret"),
        ("typeform", {"webhook_secret": " "}, "no webhook_secret"),
        ("greenhouse", {"webhook_secret": []}, "no webhook_secret"),
        ("tally", {"webhook_secret": ["a", ""]}, "no webhook_secret"),
        ("sendgrid", {"webhook_public_key": "AAAA"}, "no key in base64"),
        ("sendgrid", {"webhook_public_key": OTHER_CURVE}, "no key on the curve"),
        ("sendgrid", {"webhook_public_key": NO_CURVE}, "no key on the curve"),
        ("sendgrid", {}, "no webhook_public_key"),
        ("ses", {"topic_arn": "arn:aws:sqs:ap-northeast-1:123456789012:q"}, "no ARN"),
        ("ses", {"topic_arn": "arn:aws:sns:evil.example/:123456789012:q"}, "no ARN"),
        ("ses", {}, "no topic_arn"),
        ("operator", {}, "sends no webhooks"),
    ],
)
def test_a_secret_that_is_missing_is_told(
    source: str, extra: dict[str, object], message: str
) -> None:
    with pytest.raises(SchemeError, match=message):
        scheme_of(source, extra)
