"""SendGrid and Amazon SES of a world post their signed webhooks to the service over HTTP; every
event lands once, whatever came how often in which order."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import orjson
import pytest
import requests

from extractors.registry import SOURCES
from extractors.run import run_stream
from extractors.stream import Connection
from sandbox import signing, store, world
from sandbox.mail_webhooks import Posted, posts
from tests.inbox.service import hook, serving, stored
from tests.loopback import listening

ACCOUNTS = {"sendgrid": "aozora_sendgrid", "ses": "hinata_ses"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("world")
    world.make(made, 5, 200, 2, mail=tuple(ACCOUNTS))
    return made


@contextmanager
def certificates(sent: list[bytes]) -> Iterator[str]:
    """The URL of what serves the certificate of a topic, once there is one."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(sent[0])

    with listening(answer) as url:
        yield url


class Providers:
    """Both, with their keys."""

    def __init__(self, home: Path, certificates_at: str) -> None:
        with closing(store.open_world(home)) as opened:
            topics = {one.account: one.client_id or "" for one in store.accounts(opened)}
        self.sendgrid = signing.SendGrid()
        self.sns = signing.Sns(topics[ACCOUNTS["ses"]], certificates_at)

    def signed(self, post: Posted) -> tuple[bytes, Mapping[str, str]]:
        """A body and its headers."""
        if post.account.vendor == "sendgrid":
            return post.body, self.sendgrid.headers(post.body, time.time())
        text = post.body.decode()
        message = partial(self.sns.message, "Notification", text, datetime.now(UTC))
        return orjson.dumps(message(MessageId=post.message_id)), {}


def connection(source: str) -> Connection:
    name = ACCOUNTS[source]
    return Connection(name, "aozora", source, name, SOURCES[source].options_model())


def test_signed_webhooks_land_once(home: Path, warehouse_url: str) -> None:
    certificate: list[bytes] = []
    with certificates(certificate) as address:
        providers = Providers(home, address)
        certificate.append(providers.sns.certificate)
        hooks = {
            ACCOUNTS["sendgrid"]: hook(
                ACCOUNTS["sendgrid"], "sendgrid", webhook_public_key=providers.sendgrid.public_key
            ),
            ACCOUNTS["ses"]: hook(
                ACCOUNTS["ses"], "ses", topic_arn=providers.sns.topic, sns_url=address
            ),
        }
        found = posts(home, 1)
        with serving(hooks) as url, requests.Session() as session:
            for post in found:
                body, headers = providers.signed(post)
                answer = session.post(
                    f"{url}/hooks/{post.account.account}", body, headers=dict(headers), timeout=30
                )
                assert answer.ok, answer.status_code
            forged = {**headers, "X-Twilio-Email-Event-Webhook-Signature": "Zm9yZ2Vk"}
            for name in ACCOUNTS.values():
                refused = session.post(f"{url}/hooks/{name}", b"[]", headers=forged, timeout=30)
                assert 400 <= refused.status_code < 500
    with closing(store.open_world(home)) as opened:
        shown = dict(
            opened.execute(
                "select vendor, count(*) from records where stream = 'events' group by 1"
            )
        )
    for source, name in ACCOUNTS.items():
        assert len(stored(name)) == sum(post.account.account == name for post in found)
        landed = run_stream(connection(source), "events", run_id="run").landed
        assert landed == shown[source] > 0
