"""Run one program and watch it: wall time and resident memory over its life."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import psutil

SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Watched:
    """What one program did. `rss` holds (seconds since start, bytes) samples."""

    seconds: float
    output: str
    rss: list[tuple[float, int]]

    @property
    def peak_mb(self) -> float:
        """Highest resident memory, in MB (10^6 bytes)."""
        return max(size for _, size in self.rss) / 1e6

    @property
    def growth(self) -> float:
        """Peak of the last quarter of the run over the peak of its second quarter: 1.0 is flat."""
        quarter = self.seconds / 4
        second = [size for at, size in self.rss if quarter <= at < 2 * quarter]
        last = [size for at, size in self.rss if at >= 3 * quarter]
        return max(last) / max(second)


def watch(command: Sequence[str], env: Mapping[str, str]) -> Watched:
    """Run `command` to its end; RuntimeError with its last output when it fails."""
    with tempfile.TemporaryFile("w+") as log:
        start = time.monotonic()
        child = subprocess.Popen(  # noqa: S603 - the benchmark's own commands
            command, env=dict(env), stdout=log, stderr=subprocess.STDOUT
        )
        with ThreadPoolExecutor(1) as sampler:
            rss = sampler.submit(_sample, child.pid, start)
            child.wait()
            seconds = time.monotonic() - start
        log.seek(0)
        output = log.read()
    if child.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} failed:\n{output[-2000:]}")
    return Watched(seconds, output, rss.result())


def _sample(pid: int, start: float) -> list[tuple[float, int]]:
    rss: list[tuple[float, int]] = []
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        while process.status() != psutil.STATUS_ZOMBIE:
            rss.append((time.monotonic() - start, process.memory_info().rss))
            time.sleep(SAMPLE_SECONDS)
    return rss
