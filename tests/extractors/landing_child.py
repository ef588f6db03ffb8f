"""A run to be killed: lands numbered batches of candidates, going on from the state it finds.

    python -m tests.extractors.landing_child CONNECTION BATCHES ROWS [PAUSE]

Says "ready" once it has the lock. PAUSE are seconds slept before each page, as a vendor's answer
takes. Prints the greatest resident memory in MB when it has come to the end.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from extractors.stream import Connection, Page
from tests.extractors.landings import NoOptions, candidate, landing

PAGE = 500


def main(name: str, batches: int, rows: int, pause: float = 0.0) -> None:
    connection = Connection(name, "aozora", "greenhouse", name, NoOptions())
    with landing(connection, run_id="child") as opened:
        print("ready", flush=True)
        done = (opened.state or {}).get("batches", 0)
        for batch in range(done, batches):
            opened.land(_pages(batch * rows, rows, pause), {"batches": batch + 1})
    print(_peak_memory())


def _peak_memory() -> int:
    """Megabytes. getrusage would count what the parent had before it started this program."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def _pages(first: int, rows: int, pause: float) -> Iterator[Page]:
    for start in range(first, first + rows, PAGE):
        time.sleep(pause)
        end = min(start + PAGE, first + rows)
        yield Page([candidate(number, tags=["x" * 100] * 8) for number in range(start, end)])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), *map(float, sys.argv[4:]))
