"""How much of a vendor's allowance is used, and how often the vendor has to refuse.

The sandbox allows 50 requests in fixed windows of 30 seconds on the real clock and counts its own
answers; they are read at the window boundaries, so only whole windows count.
"""

from __future__ import annotations

import subprocess
import sys
import time

import requests

from bench.landing import Say, forget
from bench.world import CONNECTION, STREAM, Bench, limit

ALLOWANCE = 50
WINDOW_SECONDS = 30
WINDOWS = 3


def measure(bench: Bench, say: Say) -> dict[str, float]:
    """Share of the allowance used over three whole windows, and share of answers that were 429."""
    say(f"pacing at {ALLOWANCE} requests per {WINDOW_SECONDS} s, {WINDOWS} windows ...")
    forget()
    limit(bench, ALLOWANCE)
    command = [sys.executable, "-m", "extractors", "run", CONNECTION, "--stream", STREAM]
    child = subprocess.Popen(  # noqa: S603 - the benchmark's own command
        command, env=bench.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _sleep_to_boundary()
        before = _answers(bench)
        for _ in range(WINDOWS):
            _sleep_to_boundary()
        after = _answers(bench)
        if child.poll() is not None:
            raise RuntimeError("the scan ended before the windows did; use more applications")
    finally:
        child.kill()
        child.wait()
        limit(bench, 100_000)
    served = after.get("200", 0) - before.get("200", 0)
    refused = after.get("429", 0) - before.get("429", 0)
    return {
        "allowance_used": served / (ALLOWANCE * WINDOWS),
        "throttled_share": refused / max(1, served + refused),
    }


def _sleep_to_boundary() -> None:
    time.sleep(WINDOW_SECONDS - time.time() % WINDOW_SECONDS)


def _answers(bench: Bench) -> dict[str, int]:
    """Answers of the vendor's lists so far, by status."""
    counts = requests.get(f"{bench.url}/_sandbox/requests", timeout=10).json()
    return dict(counts[f"greenhouse:{CONNECTION}"])
