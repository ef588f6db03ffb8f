"""Reading a list by what is new since the last scan, and in full once in a while.

For lists that can be asked for what came after a time, but tell neither what was deleted nor for
certain what was changed: every ``full_scan_days`` everything is read, and what that no longer shows
is deleted. There is no upper bound, so no request is spent on the vendor's clock: the Date of the
first page is the scan's now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from extractors.api import HttpApi, Window, iso
from extractors.form_answers import FormOptions
from extractors.stream import Batch, Scan, State, narrowed, parse_time


@dataclass(frozen=True, slots=True)
class Rescans:
    """Reads every stream of a source by ``api``, whose query asks for what is not older than the
    window's lower bound. state: {"until": the last scan, "scanned_at": the last full one}."""

    api: HttpApi

    def batches(self, scan: Scan) -> Iterator[Batch]:
        """One batch: what is new, or everything when the scan before came so late that it is due.
        That is known without a request."""
        options = narrowed(scan.connection.options, FormOptions)
        state = scan.state or {}
        if not self._is_due(state, options):
            since = parse_time(state["until"]) - timedelta(minutes=options.lag_minutes)
            now, pages = self.api.opened(scan, Window(since))
            kept = {"until": iso(now), "scanned_at": state["scanned_at"]}
            yield Batch(f"since {iso(since)}", pages, kept, now)
            return
        start = datetime.combine(options.start_date, time(), ZoneInfo(scan.connection.timezone))
        since = start.astimezone(UTC)
        now, pages = self.api.opened(scan, Window(since))
        yield Batch("all", pages, {"until": iso(now), "scanned_at": iso(now)}, now, complete=True)

    def _is_due(self, state: State, options: FormOptions) -> bool:
        if not (state.get("until") and state.get("scanned_at")):
            return True
        age = parse_time(state["until"]) - parse_time(state["scanned_at"])
        return age >= timedelta(days=options.full_scan_days)
