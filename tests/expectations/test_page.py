"""The page: self-contained, escaped, the worst first."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

from expectations import validate
from expectations.page import page_path, render
from expectations.results import Held, Latest, NewField
from tests.expectations.conftest import MakeLander
from tests.expectations.records import record

NOW = datetime(2026, 7, 1, tzinfo=UTC)
VOID = {"meta", "i"}


class Balanced(HTMLParser):
    """Fails on a closing tag that does not fit."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _latest(stream: str, *, stopped: bool = False, held: int = 0) -> Latest:
    rule = {
        "rule": "name_present",
        "expectation": "expect_column_values_to_not_be_null",
        "critical": False,
        "success": not held,
        "checked": 12,
        "failed": held,
    }
    return Latest(
        connection="aozora_greenhouse",
        source="greenhouse",
        stream=stream,
        checked_at=NOW,
        run_id="r",
        rows_checked=12,
        rows_quarantined=held,
        success=not held and not stopped,
        stopped=stopped,
        message=f"aozora_greenhouse.{stream}: <script>alert(1)</script>",
        statistics={"rules": [rule]},
        held=held,
    )


def test_it_is_one_balanced_file_without_anything_from_elsewhere() -> None:
    held = Held("aozora_greenhouse", "jobs", "name_present", "name <is> missing", 3, NOW)
    new = NewField("aozora_greenhouse", "greenhouse", "jobs", "<i>pronouns", 7, NOW)
    html = render([_latest("jobs", held=3), _latest("offers", stopped=True)], [held], [new], NOW)

    page = Balanced()
    page.feed(html)
    assert page.open == []
    assert "<script" not in html
    assert "name &lt;is&gt; missing" in html
    assert "&lt;i&gt;pronouns" in html
    assert not re.search(r"https?://|src=|@import|url\(", html)
    assert "<!-- " not in html
    assert html.index("offers") < html.index("jobs")


def test_a_check_writes_it_and_shows_every_stream(lander: MakeLander) -> None:
    account = lander("greenhouse")
    account.land("offices", [record("greenhouse", "offices", 1, name=None)])
    report = validate(account.connection)

    html = page_path().read_text()
    section = html[html.index(f"<h2>{account.connection}") :]
    for result in report.results:
        assert f"<b>{result.stream}</b>" in section
    assert "name is missing or not readable. Remedy: correct the record at the vendor" in section
    assert [path.name for path in page_path().parent.iterdir()] == ["index.html"]


def test_an_empty_warehouse_gives_a_page_too() -> None:
    assert "Nothing has been checked yet." in render([], [], [], NOW)
