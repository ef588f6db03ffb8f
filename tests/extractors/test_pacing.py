"""The pace against a vendor whose window is simulated: no sleeping, every clock a number.

The vendor's clock is off from ours by hours; its headers carry whole seconds.
"""

from email.utils import formatdate
from math import ceil, floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.pacing import Pacer, RateHeaders, TokenBucket, retry_after, vendor_time

WINDOW = 30.0
LIMIT = 50
SKEW = 1_750_000_000.0
"""The vendor's epoch at our monotonic 0."""


class Account:
    """A fixed window of LIMIT requests in WINDOW seconds that starts at ``phase``."""

    def __init__(self, phase: float, *, cut: bool) -> None:
        self.phase = phase
        self.cut = cut
        self.used: dict[int, int] = {}
        self.refused = 0

    def request(self, now: float) -> tuple[dict[str, str], bool]:
        window = floor((now - self.phase) / WINDOW)
        end = self.phase + (window + 1) * WINDOW + SKEW
        used = self.used.get(window, 0)
        refused = used >= LIMIT
        self.used[window] = min(used + 1, LIMIT)
        self.refused += refused
        headers = {
            "Date": formatdate(floor(now + SKEW), usegmt=True),
            "X-RateLimit-Limit": str(LIMIT),
            "X-RateLimit-Remaining": str(LIMIT - self.used[window]),
            "X-RateLimit-Reset": str(floor(end) if self.cut else ceil(end)),
        }
        if refused:
            headers["Retry-After"] = str(ceil(end - now - SKEW))
        return headers, refused

    def share(self, windows: int) -> float:
        """Of the allowance in whole windows after the first."""
        return sum(self.used.get(n, 0) for n in range(1, windows + 1)) / (LIMIT * windows)


def drive(account: Account, clients: int, latency: float, until: float) -> int:
    """Requests until ``until`` by clients that take turns; the number sent."""
    pacers = [Pacer(RateHeaders()) for _ in range(clients)]
    ready = [0.001 * n for n in range(clients)]
    sent = 0
    while min(ready) < until:
        who = ready.index(min(ready))
        pacer, now = pacers[who], ready[who]
        if (delay := pacer.delay(now)) > 0:
            ready[who] = now + delay
            continue
        headers, refused = account.request(now)
        sent += 1
        pacer.observe(headers, now + latency, refused=refused)
        ready[who] = now + latency + (float(headers["Retry-After"]) if refused else 0)
    return sent


@settings(max_examples=25, deadline=None)
@given(
    phase=st.floats(0, WINDOW),
    latency=st.floats(0.005, 0.4),
    cut=st.booleans(),
)
def test_one_client_spends_the_allowance_and_is_hardly_refused(
    phase: float, latency: float, cut: bool
) -> None:
    account = Account(phase, cut=cut)
    windows = 10
    sent = drive(account, 1, latency, (windows + 2) * WINDOW)
    assert account.share(windows) >= 0.95
    assert account.refused <= max(2, sent * 0.01)


@pytest.mark.parametrize("clients", [2, 3])
def test_several_processes_share_an_account(clients: int) -> None:
    account = Account(7.3, cut=False)
    sent = drive(account, clients, 0.05, 22 * WINDOW)
    assert account.share(20) >= 0.95
    assert account.refused <= sent * 0.01


def test_without_headers_there_is_no_pace() -> None:
    pacer = Pacer(RateHeaders())
    pacer.observe({"Date": formatdate(SKEW, usegmt=True)}, 1.0)
    pacer.observe({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99"}, 1.0)
    assert pacer.delay(1.0) == 0


def test_a_spent_allowance_waits_to_the_reset_on_the_vendors_clock() -> None:
    pacer = Pacer(RateHeaders())
    headers = {
        "Date": formatdate(SKEW, usegmt=True),
        "X-RateLimit-Limit": "50",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(SKEW) + 12),
    }
    pacer.observe(headers, 100.0)
    assert pacer.delay(100.0) == pytest.approx(12, abs=0.2)
    assert pacer.delay(113.0) == 0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        (formatdate(SKEW + 90, usegmt=True), 90.0),
        (formatdate(SKEW - 5, usegmt=True), 0.0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    headers = {"Retry-After": value, "Date": formatdate(SKEW, usegmt=True)}
    assert retry_after(headers) == seconds


def test_a_date_to_wait_for_needs_the_vendors_clock() -> None:
    assert retry_after({"Retry-After": formatdate(SKEW, usegmt=True)}) is None
    assert vendor_time({"Date": "yesterday"}) is None


@pytest.mark.parametrize(
    ("form", "reset"),
    [("epoch", "1750000012"), ("seconds", "12"), ("iso", "2025-06-16T00:06:52+09:00")],
)
def test_a_reset_is_read_in_the_vendors_own_form(form: str, reset: str) -> None:
    headers = {
        "Date": formatdate(1_750_000_000, usegmt=True),
        "Left": "0",
        "Renewed": reset,
    }
    pace = RateHeaders("Limit", "Left", "Renewed", form=form).pace()  # type: ignore[arg-type]
    pace.observe(headers, 100.0)
    assert 12 <= pace.delay(100.0) <= 12.1
    assert pace.delay(113.0) == 0


@pytest.mark.parametrize(
    ("form", "reset"),
    [("seconds", "1750000012"), ("seconds", "inf"), ("epoch", "1750000012000"), ("iso", "12")],
)
def test_a_reset_in_another_form_is_not_waited_for(form: str, reset: str) -> None:
    headers = {"Date": formatdate(1_750_000_000, usegmt=True), "Left": "0", "Renewed": reset}
    pace = RateHeaders("Limit", "Left", "Renewed", form=form).pace()  # type: ignore[arg-type]
    pace.observe(headers, 100.0)
    assert pace.delay(100.0) == 0


@given(st.lists(st.floats(0, 0.5), min_size=50, max_size=200))
@settings(deadline=None)
def test_a_token_bucket_is_never_overdrawn(pauses: list[float]) -> None:
    """In any span of time no more than the burst and what flows in meanwhile is sent."""
    pace = TokenBucket(per_second=10, burst=20).pace()
    now, sent = 0.0, list[float]()
    for pause in pauses:
        now += pause
        now += pace.delay(now)
        pace.observe({}, now)
        sent.append(now)
    for first in range(0, len(sent), 7):
        for last in range(first, len(sent), 5):
            assert last - first + 1 <= 20 + 10 * (sent[last] - sent[first]) + 1e-6


def test_a_refused_request_empties_the_bucket() -> None:
    pace = TokenBucket(per_second=10, burst=20).pace()
    pace.observe({}, 5.0, refused=True)
    assert pace.delay(5.0) == pytest.approx(0.1)
