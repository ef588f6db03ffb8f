"""How the sandbox delivers webhooks, seen by a service that takes them."""

from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler

import pytest

from sandbox.webhooks import Webhook, deliver
from tests.loopback import listening

MANY = [Webhook("acme", {}, str(number).encode()) for number in range(100)]


class Service:
    """Answers what it is told to, then 204; remembers the bodies in the order of their arrival."""

    def __init__(self) -> None:
        self.url = ""
        self.taken: list[bytes] = []
        self.answers: list[int] = []

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.taken.append(request.rfile.read(int(request.headers["Content-Length"])))
        status = self.answers.pop(0) if self.answers else 204
        if status:
            request.send_response(status)
            request.end_headers()


@pytest.fixture
def service() -> Iterator[Service]:
    served = Service()
    with listening(served.answer) as served.url:
        yield served


def test_some_webhooks_come_twice_and_none_in_order(service: Service) -> None:
    assert set(deliver(MANY, service.url, 1)) == {204}
    first = list(dict.fromkeys(map(int, service.taken)))
    assert sorted(first) == list(range(100))
    assert 105 <= len(service.taken) <= 150
    assert sum(abs(place - number) > 20 for place, number in enumerate(first)) > 30


@pytest.mark.parametrize("answers", [[429], [500, 503], [0]])
def test_what_was_not_taken_is_sent_again(service: Service, answers: Sequence[int]) -> None:
    service.answers = list(answers)
    told = deliver(MANY[:1], service.url, 1, pause=0.01)
    assert [told[status] for status in dict.fromkeys(answers)] == [1] * len(answers)
    assert told[204] >= 1


def test_what_was_refused_is_not(service: Service) -> None:
    service.answers = [401] * 100
    assert set(deliver(MANY[:20], service.url, 1, pause=0.01)) == {401}
    assert len(service.taken) < 40
