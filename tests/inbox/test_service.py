"""What the service answers, and what it has stored by then."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

import warehouse
from inbox import app, store
from inbox.app import Limits
from inbox.hooks import Hook
from inbox.limits import Allowance
from sandbox import signing
from tests.extractors.landings import execute
from tests.inbox.service import SECRET, SIGNED, hook, serving, stored

pytestmark = pytest.mark.usefixtures("warehouse_url")

BODY = b'{ "name": "\\u592a\\u90ce",  "n": 1.0 }\n'
"""Not as any encoder would write it again."""


@pytest.fixture(scope="module")
def url(warehouse_url: str) -> Iterator[str]:
    hooks = {source: hook(source, source) for source in SIGNED}
    hooks["misconfigured"] = Hook("misconfigured", "typeform", None)
    with serving(hooks, Limits(max_bytes=1_000_000, body_seconds=1.0)) as address:
        yield address


def post(
    url: str, name: str, headers: dict[str, str] | None = None, body: bytes = BODY
) -> requests.Response:
    return requests.post(f"{url}/hooks/{name}", data=body, headers=headers, timeout=30)


def signed(source: str, body: bytes = BODY, secret: str = SECRET) -> dict[str, str]:
    return signing.SHARED[source](secret, body)


@pytest.mark.parametrize("source", SIGNED)
def test_a_signed_body_is_stored_as_it_came(url: str, source: str) -> None:
    answer = post(url, source, signed(source) | {"X-Other": "1", "Cookie": "c=1"})
    assert (answer.status_code, answer.content) == (204, b"")
    kept = {"greenhouse-event-id": "1"} if source == "greenhouse" else {}
    assert stored(source)[-1] == (source, kept, BODY)


@pytest.mark.parametrize("source", SIGNED)
@pytest.mark.parametrize(
    "forged",
    ["absent", "empty", "other secret", "other body", "cut", "of JSON written again", "hash only"],
)
def test_what_is_not_signed_so_is_refused_without_a_word(
    url: str, source: str, forged: str
) -> None:
    before = stored(source)
    name, right = SIGNED[source], signed(source)[SIGNED[source]]
    value = {
        "absent": None,
        "empty": "",
        "other secret": signed(source, secret="another")[name],
        "other body": signed(source, BODY + b" ")[name],
        "cut": right[:-1],
        "of JSON written again": signed(source, json.dumps(json.loads(BODY)).encode())[name],
        "hash only": right.removeprefix("sha256").lstrip("= ") if "sha256" in right else right * 2,
    }[forged]
    answer = post(url, source, None if value is None else {name: value})
    assert (answer.status_code, answer.content) == (401, b"")
    assert stored(source) == before


@pytest.mark.parametrize("position", [0, len(BODY) // 2, len(BODY) - 1])
def test_one_byte_changed_is_refused(url: str, position: int) -> None:
    changed = bytearray(BODY)
    changed[position] ^= 1
    answer = post(url, "typeform", signed("typeform"), bytes(changed))
    assert answer.status_code == 401


def test_a_new_secret_is_valid_beside_the_old_one() -> None:
    both = hook("rotating", "greenhouse", webhook_secret=["old", "new"])
    with serving({"rotating": both}) as url:
        answers = [
            post(url, "rotating", signed("greenhouse", secret=secret)).status_code
            for secret in ("old", "new", "older")
        ]
    assert answers == [204, 204, 401]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/hooks/unknown", 404),
        ("POST", "/hooks/", 404),
        ("POST", "/hooks/typeform/", 404),
        ("POST", "/hooks/TYPEFORM", 404),
        ("POST", "/", 404),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
        ("GET", "/hooks/typeform", 405),
        ("GET", "/health", 204),
    ],
)
def test_there_is_nothing_else(url: str, method: str, path: str, status: int) -> None:
    answer = requests.request(method, url + path, data=BODY, timeout=30, allow_redirects=False)
    assert answer.status_code == status


def test_a_connection_without_its_secret_is_tried_again_later(url: str) -> None:
    answer = post(url, "misconfigured", signed("typeform"))
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def sent_slowly(url: str, head: dict[str, str], chunks: Iterator[bytes]) -> tuple[int, int]:
    """(status, bytes that were sent) of a request whose body is only sent until it is answered."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
    connection.putrequest("POST", "/hooks/typeform")
    for name, value in head.items():
        connection.putheader(name, value)
    connection.endheaders()
    sent = 0
    assert connection.sock
    connection.sock.settimeout(0.05)
    for chunk in chunks:
        try:
            if connection.sock.recv(1, socket.MSG_PEEK):
                break
        except TimeoutError:
            pass
        connection.sock.settimeout(30)
        connection.send(chunk)
        connection.sock.settimeout(0.02)
        sent += len(chunk)
    connection.sock.settimeout(15)
    return connection.getresponse().status, sent


def test_ten_megabytes_are_refused_by_their_length_alone(url: str) -> None:
    status, sent = sent_slowly(url, {"Content-Length": "10000000"}, iter([b""] * 100))
    assert (status, sent) == (413, 0)


def test_ten_megabytes_without_a_length_are_refused_on_the_way(url: str) -> None:
    size = 50_000
    chunk = b"%x\r\n" % size + b"a" * size + b"\r\n"
    status, sent = sent_slowly(url, {"Transfer-Encoding": "chunked"}, iter([chunk] * 200))
    assert status == 413
    assert 1_000_000 < sent < 3_000_000


def test_a_body_that_does_not_come_is_given_up(url: str) -> None:
    begun = time.monotonic()
    status, _ = sent_slowly(url, {"Content-Length": "100"}, iter([b"a"]))
    assert status == 408
    assert time.monotonic() - begun < 20


def test_the_largest_body_is_taken(url: str) -> None:
    body = b"a" * 1_000_000
    assert post(url, "typeform", signed("typeform", body), body).status_code == 204


def test_a_flood_is_slowed_down_and_forgeries_do_not_count() -> None:
    allowance = Allowance(per_second=0.5, burst=5, clock=lambda: 100.0)
    hooks = {name: hook(name, "tally") for name in ("flooded", "calm")}
    with serving(hooks, Limits(allowance=allowance)) as url:
        for _ in range(20):
            assert post(url, "flooded", {"Tally-Signature": "forged"}).status_code == 401
        answers = [post(url, "flooded", signed("tally")) for _ in range(8)]
        assert [answer.status_code for answer in answers] == [204] * 5 + [429] * 3
        assert answers[-1].headers["Retry-After"] == "2"
        assert post(url, "calm", signed("tally")).status_code == 204
    assert len(stored("flooded")) == 5


def test_many_at_once_are_all_stored(url: str) -> None:
    before = len(stored("tally"))

    def send(number: int) -> int:
        body = b'{"n": %d}' % number
        return post(url, "tally", signed("tally", body), body).status_code

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(send, range(200)))
    assert answers == [204] * 200
    bodies = [body for _, _, body in stored("tally")[before:]]
    assert sorted(bodies) == sorted(b'{"n": %d}' % number for number in range(200))


def test_repeated_and_disordered_events_are_all_taken(url: str) -> None:
    before = len(stored("tally"))
    bodies = [b'{"at": %d}' % at for at in (3, 1, 3, 2, 1)]
    assert {post(url, "tally", signed("tally", body), body).status_code for body in bodies} == {204}
    assert [body for _, _, body in stored("tally")[before:]] == bodies


def test_a_session_that_died_is_replaced_unnoticed(url: str) -> None:
    assert post(url, "tally", signed("tally")).status_code == 204
    execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'relay_inbox'")
    assert post(url, "tally", signed("tally")).status_code == 204


@pytest.fixture
def away() -> Iterator[None]:
    """The database refuses the service while this is in use."""
    execute("alter role relay_inbox nologin")
    execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'relay_inbox'")
    yield
    execute("alter role relay_inbox login")


def test_a_database_that_is_away_is_not_answered_for(
    url: str, away: None, caplog: pytest.LogCaptureFixture
) -> None:
    before = stored("tally")
    answer = post(url, "tally", signed("tally"))
    assert (answer.status_code, answer.content) == (503, b"")
    assert int(answer.headers["Retry-After"]) > 0
    assert requests.get(f"{url}/health", timeout=30).status_code == 503
    assert post(url, "tally").status_code == 401
    execute("alter role relay_inbox login")
    assert post(url, "tally", signed("tally")).status_code == 204
    assert requests.get(f"{url}/health", timeout=30).status_code == 204
    assert len(stored("tally")) == len(before) + 1
    assert SECRET not in caplog.text


def test_a_table_that_refuses_is_not_answered_for(url: str) -> None:
    execute("revoke insert (body) on inbox.events from relay_inbox")
    try:
        assert post(url, "tally", signed("tally")).status_code == 503
    finally:
        execute("grant insert (body) on inbox.events to relay_inbox")
    assert post(url, "tally", signed("tally")).status_code == 204


def test_nothing_is_answered_before_it_is_committed(url: str) -> None:
    """While another writer has not committed, this one waits; then both are there."""
    with warehouse.connect() as owner, ThreadPoolExecutor(1) as pool:
        owner.execute("select pg_advisory_xact_lock(hashtextextended('relay inbox', 0))")
        sending = pool.submit(post, url, "tally", signed("tally"))
        time.sleep(0.5)
        assert not sending.done()
        owner.commit()
        assert sending.result().status_code == 204


def refusing(url: str, headers: dict[str, str], declared: int) -> bytes:
    """What comes back, to its end, to one who announces a body and waits."""
    parts = urlsplit(url)
    head = {"Host": "x", "Content-Length": str(declared), **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    with socket.create_connection((str(parts.hostname), parts.port or 0), 10) as connection:
        connection.sendall(f"POST {parts.path} HTTP/1.1\r\n{lines}\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize(
    ("path", "declared", "status"),
    [("unknown", 100, 404), ("typeform", 10_000_000, 413), ("misconfigured", 100, 503)],
)
def test_what_is_left_of_a_refused_body_is_not_waited_for(
    url: str, path: str, declared: int, status: int
) -> None:
    """The answer comes, and the connection is closed: it would be read to its end else."""
    begun = time.monotonic()
    answer = refusing(f"{url}/hooks/{path}", signed("typeform"), declared)
    assert answer.startswith(b"HTTP/1.1 %d" % status)
    assert b"connection: close" in answer.lower()
    assert time.monotonic() - begun < 5


def test_more_than_can_wait_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what waited is stored; nobody is told that it was not."""
    monkeypatch.setattr(store, "MAX_WAITING", 2)
    with (
        serving({"crowded": hook("crowded", "tally")}) as url,
        warehouse.connect() as owner,
        ThreadPoolExecutor(8) as pool,
    ):
        assert post(url, "crowded", signed("tally")).status_code == 204
        owner.execute("select pg_advisory_xact_lock(hashtextextended('relay inbox', 0))")
        sent = [pool.submit(post, url, "crowded", signed("tally")) for _ in range(8)]
        time.sleep(1.0)
        owner.commit()
        answers = [future.result() for future in sent]
    found = sorted(answer.status_code for answer in answers)
    assert set(found) == {204, 503}
    assert len(stored("crowded")) == 1 + found.count(204)
    refused = [answer for answer in answers if answer.status_code == 503]
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)


def test_what_takes_too_long_is_given_up_and_the_next_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving({"late": hook("late", "tally")}) as url:
        assert post(url, "late", signed("tally")).status_code == 204
        monkeypatch.setattr(store, "TIMEOUT", 0.5)
        with warehouse.connect() as owner:
            owner.execute("select pg_advisory_xact_lock(hashtextextended('relay inbox', 0))")
            begun = time.monotonic()
            assert post(url, "late", signed("tally")).status_code == 503
            assert time.monotonic() - begun < 5
        monkeypatch.undo()
        assert post(url, "late", signed("tally")).status_code == 204


def test_an_allowance_comes_back_with_time() -> None:
    now = [100.0]
    allowance = Allowance(per_second=2, burst=3, clock=lambda: now[0])
    for _ in range(3):
        assert allowance.wait("a") == 0
        allowance.take("a")
    assert allowance.wait("a") == 0.5
    now[0] += 0.5
    assert allowance.wait("a") == 0
    now[0] += 1000  # a quiet day is no larger burst
    for _ in range(3):
        allowance.take("a")
    assert allowance.wait("a") == 0.5


def test_long_and_unprintable_headers_are_cut(url: str) -> None:
    headers = signed("greenhouse") | {"Greenhouse-Event-ID": "a\tb" + "9" * 2000}
    assert post(url, "greenhouse", headers).status_code == 204
    ((_, kept, _),) = stored("greenhouse")[-1:]
    assert kept == {"greenhouse-event-id": ("ab" + "9" * 2000)[: app.MAX_HEADER]}


def test_a_flood_of_forgeries_does_not_flood_the_log(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with serving({"told_once": hook("told_once", "tally")}) as address:
        for _ in range(10):
            assert post(address, "told_once").status_code == 401
    told = [record for record in caplog.records if "told_once" in record.getMessage()]
    assert [record.getMessage() for record in told] == ["told_once: answered 401, 1 times"]


def test_many_who_ask_for_its_health_wait_for_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever asks a thousand times would take the place of a thousand events."""
    monkeypatch.setattr(store, "MAX_WAITING", 3)
    with (
        serving({"healthy": hook("healthy", "tally")}) as url,
        warehouse.connect() as owner,
        ThreadPoolExecutor(16) as pool,
    ):
        owner.execute("lock table inbox.events")
        sending = [pool.submit(post, url, "healthy", signed("tally"))]
        time.sleep(0.5)
        asked = [pool.submit(requests.get, f"{url}/health", timeout=30) for _ in range(10)]
        time.sleep(0.5)
        sending.append(pool.submit(post, url, "healthy", signed("tally")))
        time.sleep(0.5)
        owner.rollback()
        assert [future.result().status_code for future in sending] == [204, 204]
        assert {future.result().status_code for future in asked} == {204}


def test_one_who_hangs_up_leaves_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """But one line of the log, as everybody who is refused."""
    with serving({"gone": hook("gone", "typeform"), "next": hook("next", "tally")}) as url:
        parts = urlsplit(url)
        with socket.create_connection((str(parts.hostname), parts.port or 0)) as connection:
            connection.sendall(
                b"POST /hooks/gone HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na"
            )
        assert post(url, "next", signed("tally")).status_code == 204
    assert stored("gone") == []
    told = [record.getMessage() for record in caplog.records]
    assert told == ["gone: answered 408, 1 times"]
