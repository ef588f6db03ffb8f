"""`python -m traps`: take the handling of each trap away and see a test fail.

Works on copies of the project, never on the project itself. First the tests run as the project
stands and must pass; then each trap's tests run without its handling and must fail. Prints a line
per trap. Exit 1 when a trap's tests pass without its handling, or could not say.
"""

from __future__ import annotations

import argparse
import os
import queue
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from traps.catalog import ROOT, Trap, pages
from traps.forked import run


@dataclass(frozen=True)
class Trial:
    """What came of one trap. ``verdict`` is `caught`, `missed` (every test passes without the
    handling) or `unclear` (the tests did not run as they should)."""

    page: str
    trap: Trap
    verdict: str
    told: str
    seconds: float


def main() -> int:
    """Try the traps; exit 0 when each is caught."""
    parser = argparse.ArgumentParser(prog="python -m traps", description=__doc__)
    parser.add_argument("--page", action="append", help="only the traps of traps/PAGE.toml")
    parser.add_argument("--trap", default="", help="only traps whose name has this")
    parser.add_argument("--copies", type=int, default=2, help="how many are tried at once")
    asked = parser.parse_args()
    chosen = [
        (name, trap)
        for name, page in pages().items()
        for trap in page.trap
        if (not asked.page or name in asked.page) and asked.trap in trap.name
    ]
    if not chosen:
        parser.error("no trap is named so; remedy: see the names in traps/*.toml")
    if faults := [f"{p}: {t.name}: {fault}" for p, t in chosen for fault in t.faults()]:
        parser.error("\n  ".join(["these cannot be tried:", *faults]))
    with ExitStack() as stack:
        copies = [stack.enter_context(_copy()) for _ in range(asked.copies)]
        tests = list(dict.fromkeys(test for _, trap in chosen for test in trap.tests))
        print(f"{len(tests)} tests of {len(chosen)} traps, as the project stands ...", flush=True)
        parallel = ("-n", str(asked.copies), "--dist", "loadfile")
        status, counts, output = run(copies[0], tests, *parallel)
        if status != 0 or not counts.get("passed"):
            print(output, f"They must pass before a handling is removed: {counts}", sep="\n")
            return 1
        return _report(_trials(chosen, copies), len(chosen))


def _report(trials: Iterator[Trial], total: int) -> int:
    bad = []
    for number, trial in enumerate(trials, start=1):
        print(
            f"{number:>4}/{total}  {trial.verdict:<7}  {trial.page:<12}  {trial.trap.name}"
            f"  [{trial.told}, {trial.seconds:.0f} s]",
            flush=True,
        )
        if trial.verdict != "caught":
            bad.append(trial)
    print(f"{total - len(bad)} of {total} traps: a test fails when the handling is removed.")
    for trial in bad:
        print(f"{trial.verdict}: {trial.page}: {trial.trap.name} ({trial.trap.file})")
    return 1 if bad else 0


def _trials(chosen: Sequence[tuple[str, Trap]], copies: Sequence[Path]) -> Iterator[Trial]:
    free: queue.SimpleQueue[Path] = queue.SimpleQueue()
    for copy in copies:
        free.put(copy)

    def tried(page: str, trap: Trap) -> Trial:
        copy = free.get()
        try:
            return _try(copy, page, trap)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as pool:
        for future in as_completed([pool.submit(tried, page, trap) for page, trap in chosen]):
            yield future.result()


def _try(copy: Path, page: str, trap: Trap) -> Trial:
    path, start = copy / trap.file, time.monotonic()
    whole = path.read_text("utf-8")
    path.write_text(whole.replace(trap.handling, trap.without), "utf-8")
    try:
        _, counts, output = run(copy, trap.tests)
    finally:
        path.write_text(whole, "utf-8")
    told = ", ".join(f"{number} {word}" for word, number in counts.items()) or output[-200:]
    if counts.get("failed"):
        verdict = "caught"
    else:
        verdict = "missed" if set(counts) == {"passed"} else "unclear"
    return Trial(page, trap, verdict, told, time.monotonic() - start)


@contextmanager
def _copy() -> Iterator[Path]:
    """The project's files as they are now, without what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    with TemporaryDirectory(prefix="relay-traps-", ignore_cleanup_errors=True) as folder:
        project = Path(folder) / "project"
        for name in filter(None, listed.split(b"\0")):
            source, target = ROOT / os.fsdecode(name), project / os.fsdecode(name)
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        yield project


if __name__ == "__main__":
    sys.exit(main())
