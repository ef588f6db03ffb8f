"""SendGrid: what its events have to satisfy."""

from __future__ import annotations

from collections.abc import Mapping

from expectations.columns import text
from expectations.rules import second_rules
from expectations.suites.mail_events import events
from expectations.suites.suite import Suite

SUITES: Mapping[str, Suite] = {
    "events": events(
        "sendgrid", "sg_event_id timestamp", text("sg_event_id"), *second_rules("timestamp")
    ),
}
