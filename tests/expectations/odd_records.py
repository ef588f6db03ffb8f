"""Records of which one thing is odd: whether the gate holds them back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from expectations import validate
from tests.expectations.landings import Lander
from tests.expectations.records import record

Changes = Mapping[str, Mapping[str, Any]]
"""What is odd about a record, by a name of it, which begins with ! where it is held back."""
GOOD = 300
"""So many that odd ones do not stop the stream."""


def check_held(session: psycopg.Connection, account: Lander, stream: str, changes: Changes) -> None:
    """Of the odd records exactly those that are marked are held back."""
    good = [record(account.source, stream)] * GOOD
    odd = [record(account.source, stream, **fields) for fields in changes.values()]
    account.land(stream, good + odd, ids=[*map(str, range(GOOD)), *changes])

    [result] = validate(account.connection, [stream]).results

    assert not result.stopped, result.message
    assert result.rows_checked == GOOD + len(changes)
    found = session.execute(
        "select distinct record_id from gate.quarantine where connection = %s and status = 'open'",
        [account.connection],
    ).fetchall()
    assert {name for (name,) in found} == {name for name in changes if name.startswith("!")}
