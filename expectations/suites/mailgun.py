"""Mailgun: what its events have to satisfy."""

from __future__ import annotations

from collections.abc import Mapping

from expectations.columns import text
from expectations.rules import second_rules
from expectations.suites.mail_events import events
from expectations.suites.suite import Suite

SUITES: Mapping[str, Suite] = {
    "events": events("mailgun", "id timestamp", text("id"), *second_rules("timestamp")),
}
