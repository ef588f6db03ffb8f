"""What the page of the webhook inbox says of its limits and schemes is what the code does."""

import re

from extractors.inbox import InboxOptions
from inbox import schemes
from inbox.__main__ import CONNECTIONS, defaults
from inbox.app import Limits
from tests.docs.pages import ROOT, prose, rows, section, spans

PAGE = ROOT / "docs" / "inbox.md"


def test_the_limits_are_told() -> None:
    told = {row[0]: row[1] for row in rows(section(PAGE, "Answers"))}
    limits, given = Limits(), defaults()
    assert given.max_bytes == limits.max_bytes
    assert (given.per_second, given.burst) == (limits.allowance.per_second, limits.allowance.burst)
    assert f"{limits.body_seconds:g} seconds" in told["408, 413"]
    assert f"{limits.max_bytes // 1_000_000} MB" in told["408, 413"]
    assert f"{given.per_second:g} a second on average, {given.burst} at once" in told["429"]
    assert f"{CONNECTIONS} connections" in told["503"]


def test_the_schemes_are_told() -> None:
    table = {spans(row[0])[0]: spans(row[1])[0] for row in rows(section(PAGE, "Setting up"))[1:]}
    extra = {
        "webhook_secret": "s",
        "topic_arn": "arn:aws:sns:ap-northeast-1:123456789012:mail",
    }
    for source, name in table.items():
        if source != "sendgrid":
            assert schemes.scheme_of(source, {name: extra[name]}).keeps is not None
    assert table["sendgrid"] == "webhook_public_key"
    assert table.keys() == {*schemes.SHARED, "sendgrid", "ses"}


def test_the_times_are_told() -> None:
    text = re.sub(r"\s+", " ", prose(PAGE))
    assert f"older than {schemes.MAX_AGE / 3600:g} hours" in text
    days = InboxOptions.model_fields["inbox_days"].default
    assert f"after `inbox_days` ({days})" in text
