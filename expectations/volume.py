"""Volume: whether what was read is plausible next to what the last runs read.

What is read whole can be judged: a statement file that holds less than a tenth of what the files
before it held is taken for a broken export. (A month's statement holds what the month brought, so
halves are ordinary.) A stream that is read by windows of time may bring nothing at all: that is an
uneventful day and passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

import psycopg

from expectations.batch import Stream

COMPARED = 5
"""Files before the newest that make the usual size."""
LEAST_SHARE = 0.1
LEAST_ROWS = 20
"""Below this usual size any size is ordinary."""


@dataclass(frozen=True, slots=True)
class Volume:
    """Rows of the newest file and the median of those before it; ``usual`` is None when there is
    nothing to compare with."""

    rows: int
    usual: float | None

    @property
    def collapsed(self) -> bool:
        return (
            self.usual is not None
            and self.usual >= LEAST_ROWS
            and self.rows < self.usual * LEAST_SHARE
        )


def of_files(connection: psycopg.Connection, stream: Stream) -> Volume | None:
    """The newest file of the stream that no check has accepted yet, against those before it; None
    without a new file."""
    rows = connection.execute(
        """
        select f.row_count, f.landed_at > coalesce(w.checked_at, '-infinity')
        from landing.files f
        left join gate.watermarks w on w.connection = f.connection and w.stream = f.stream
        where f.connection = %s and f.stream = %s
        order by f.landed_at desc, f.path desc
        limit %s
        """,
        [stream.connection, stream.name, COMPARED + 1],
    ).fetchall()
    if not rows or not rows[0][1]:
        return None
    before = [count for count, _ in rows[1:]]
    return Volume(rows[0][0], median(before) if before else None)
