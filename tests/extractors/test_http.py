"""The client against a vendor that misbehaves: what is tried again, what is an error, what it says.

Waits are real but short; the order of faults is the order in which requests draw them.
"""

import socket
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from extractors.errors import (
    CredentialsError,
    PermissionMissing,
    RelayError,
    SourceError,
    Unreachable,
)
from tests.extractors.conftest import Vendor
from tests.sandbox.small_world import APPLICATIONS, HARVEST

PASSING = ["500", "503", "cut", "truncated", "html", "reset"]


@pytest.mark.parametrize("kind", PASSING)
def test_what_passes_is_tried_again_and_nothing_is_lost(harvest: Vendor, kind: str) -> None:
    harvest.fault("applications", kind, after=2)
    scan = harvest.scan("applications", page_size=100, window_days=400)
    records = [record for _, found in harvest.batches(scan) for record in found]
    assert len(records) == len({record["id"] for record in records}) == APPLICATIONS
    assert scan.counters.retried == 1


@pytest.mark.parametrize("kind", ["html", "truncated", "cut"])
def test_a_success_that_is_none_is_never_zero_records(harvest: Vendor, kind: str) -> None:
    harvest.fault("applications", kind, times=None)
    with pytest.raises(SourceError, match=r"Greenhouse .* 2 times\. Remedy: "):
        harvest.records("applications", attempts=2)


def test_a_wrong_shape_is_an_error_at_once(harvest: Vendor, form: Vendor) -> None:
    harvest.fault("applications", "shape")
    with pytest.raises(SourceError, match=r"expected a list of records, got an object with keys"):
        harvest.records("applications")
    form.fault("responses_completed", "shape")
    with pytest.raises(SourceError, match="expected an object with total_items and items"):
        form.records("responses_completed")


def test_retry_after_is_obeyed_and_counted(harvest: Vendor) -> None:
    harvest.fault("applications", "429", retry_after=2)
    scan = harvest.scan("applications")
    started = time.monotonic()
    assert harvest.batches(scan)
    assert 2 <= time.monotonic() - started < 4
    assert (scan.counters.throttled, scan.counters.retried) == (1, 0)


def test_retry_after_is_obeyed_where_no_header_tells_the_allowance(form: Vendor) -> None:
    """However much longer than any back-off it is."""
    assert form.records("responses_completed")
    channel = form.shared["channel"]
    channel.limits = replace(channel.limits, longest_backoff=0.5)
    form.fault("responses_completed", "429", retry_after=2)
    started = time.monotonic()
    assert form.records("responses_completed")
    assert time.monotonic() - started >= 2


def test_waits_that_a_vendor_asks_for_are_no_failures_until_they_are_too_long(
    harvest: Vendor,
) -> None:
    harvest.fault("applications", "429", times=4, retry_after=0)
    assert harvest.records("applications", window_days=400, attempts=1)
    harvest.fault("applications", "429", retry_after=3601)
    started = time.monotonic()
    with pytest.raises(SourceError, match="asks to wait beyond 3600 s"):
        harvest.records("applications", window_days=400)
    assert time.monotonic() - started < 60


def test_a_silent_vendor_is_given_up_after_the_read_timeout(harvest: Vendor) -> None:
    harvest.fault("applications", "timeout", seconds=3)
    scan = harvest.scan("applications", read_timeout=0.3)
    started = time.monotonic()
    assert harvest.batches(scan)
    assert scan.counters.retried == 1
    assert time.monotonic() - started < 2.5


def test_a_dripping_answer_is_given_up_at_the_deadline(harvest: Vendor) -> None:
    harvest.fault("applications", "drip", seconds=4, pieces=40)
    scan = harvest.scan("applications", request_deadline=0.5)
    started = time.monotonic()
    assert harvest.batches(scan)
    assert scan.counters.retried == 1
    assert time.monotonic() - started < 3


def test_an_expired_token_is_renewed_once(harvest: Vendor) -> None:
    harvest.fault("applications", "expired", after=1)
    assert len(harvest.records("applications", page_size=100)) == APPLICATIONS


def test_tokens_are_renewed_before_they_end(
    harvest: Vendor, setting: Callable[[str, object], None]
) -> None:
    setting("token_lifetime_s", 3600)
    harvest.records("users")
    first = harvest.shared["channel"].auth
    token = first.authorization(lambda *_: pytest.fail("not needed"))
    first._ends_at = time.monotonic() + 30
    harvest.records("users")
    assert harvest.shared["channel"].auth is first
    assert first.authorization(lambda *_: (0, b"")) != token


def test_a_refused_credential_is_one_clear_error(
    harvest: Vendor, form: Vendor, login: Callable[..., None]
) -> None:
    login(HARVEST.account, password="wrong-secret")
    with pytest.raises(CredentialsError, match="HTTP 401, invalid_client") as refused:
        harvest.records("applications")
    assert "wrong-secret" not in str(refused.value)
    login(form.account, password="wrong-key")
    with pytest.raises(CredentialsError, match=r"refuses the credential .HTTP 401.") as refused:
        form.records("responses_completed")
    assert "wrong-key" not in str(refused.value)


def test_a_token_that_stays_refused_is_a_credentials_error(harvest: Vendor) -> None:
    harvest.fault("applications", "expired", times=None)
    with pytest.raises(CredentialsError, match="Remedy"):
        harvest.records("applications")


def test_missing_parts_of_a_credential_are_named(
    harvest: Vendor, form: Vendor, login: Callable[..., None]
) -> None:
    login(HARVEST.account, login="")
    with pytest.raises(CredentialsError, match="lacks a login or a password"):
        harvest.records("applications")
    login(form.account, password="")
    with pytest.raises(CredentialsError, match="no password"):
        form.records("responses_completed")


def test_a_missing_permission_names_the_scope(harvest: Vendor) -> None:
    with pytest.raises(PermissionMissing, match="harvest:offers:list"):
        harvest.records("offers")


def test_an_unknown_form_is_an_error_with_remedy(form: Vendor) -> None:
    with pytest.raises(SourceError, match=r"HTTP 404.*Remedy: check host, and the ids"):
        form.records("responses_completed", form_id="another")


def test_a_closed_port_and_an_unknown_host_are_told_apart(
    harvest: Vendor, login: Callable[..., None]
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    host = f"http://127.0.0.1:{port}"
    login(HARVEST.account, host=host, extra={"token_url": f"{host}/token"})
    with pytest.raises(Unreachable, match=f"refuses connections at 127.0.0.1:{port}"):
        harvest.records("applications", attempts=2)
    unknown = "http://ats.invalid"
    login(HARVEST.account, host=unknown, extra={"token_url": f"{unknown}/token"})
    with pytest.raises(Unreachable, match=r"unknown host name: ats\.invalid"):
        Vendor(harvest.home, harvest.source, harvest.account).records("applications", attempts=2)


@pytest.mark.parametrize("host", ["htp://ats.example", "https://a b"])
def test_a_host_that_is_no_address_is_named(
    form: Vendor, login: Callable[..., None], host: str
) -> None:
    login(form.account, host=host)
    with pytest.raises(CredentialsError, match=r"Remedy: write host .* as https://name"):
        form.records("responses_completed")


def test_a_host_without_tls_is_mentioned(form: Vendor, login: Callable[..., None]) -> None:
    login(form.account, host="http://form.invalid")
    with pytest.raises(Unreachable):
        form.records("responses_completed", attempts=1)
    assert "travel unencrypted to form.invalid" in form.notices[0]


def test_a_token_endpoint_that_passes_out_is_tried_again(harvest: Vendor) -> None:
    harvest.fault("token", "html")
    harvest.fault("token", "503", after=1)
    assert harvest.records("users")


def test_an_expired_cursor_says_what_to_change(
    harvest: Vendor, setting: Callable[[str, object], None]
) -> None:
    setting("cursor_lifetime_s", -1)
    with pytest.raises(SourceError, match=r"HTTP 422.*window_days"):
        harvest.records("applications", page_size=100, window_days=400)


def test_a_cursor_that_does_not_advance_is_noticed(harvest: Vendor) -> None:
    harvest.fault("applications", "repeat", times=None, rows=50)
    with pytest.raises(SourceError, match="does not advance"):
        harvest.records("applications", page_size=50, window_days=400)


def test_repeated_records_are_read_once(harvest: Vendor) -> None:
    harvest.fault("applications", "repeat", times=None, rows=10)
    ids = [
        record["id"] for record in harvest.records("applications", page_size=50, window_days=400)
    ]
    assert sorted(ids) == list(range(1, APPLICATIONS + 1))


def test_messages_hold_neither_query_nor_token(harvest: Vendor) -> None:
    harvest.fault("applications", "500", times=None)
    with pytest.raises(RelayError) as raised:
        harvest.records("applications", attempts=2)
    text = str(raised.value)
    assert text.startswith("aozora_greenhouse.applications: Greenhouse answered HTTP 500")
    assert "\n" not in text
    for secret in (HARVEST.secret, HARVEST.client_id, "updated_at", "per_page", "Bearer"):
        assert str(secret) not in text
