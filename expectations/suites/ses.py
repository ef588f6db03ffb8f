"""Amazon SES: what its events have to satisfy."""

from __future__ import annotations

from collections.abc import Mapping

from expectations.columns import text
from expectations.rules import moment_rules
from expectations.suites.mail_events import events
from expectations.suites.suite import Suite

SUITES: Mapping[str, Suite] = {
    "events": events(
        "ses",
        "sns_id timestamp",
        text("sns_id"),
        *moment_rules("timestamp", needed=True, key=True),
    ),
}
