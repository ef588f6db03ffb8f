"""Forms landed: requests of a first load and after little has changed, edits, deletions, keys."""

from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest
from psycopg import sql

from extractors.registry import SOURCES
from extractors.run import run_connection
from extractors.stream import Connection, parse_time
from sandbox import store
from sandbox.forms import FORMS
from sandbox.world_tally import event
from tests import inbox_events
from tests.extractors.landings import fetch, keys, requests_made, rows
from tests.sandbox import small_google_forms, small_tally
from tests.sandbox.small import put, remove, setting

_numbers = count(1)
PAGES = {"google_forms": 5000, "tally": 50}
ACCESS_TOKEN = {"google_forms": 1, "tally": 0}
JUST_NOW = 260_095
"""Minutes from the first day to five before the clock."""


@dataclass(frozen=True)
class Form:
    """A form's account, its connection, and the rows behind it."""

    home: Path
    connection: Connection
    stream: str
    rows: int

    def run(self) -> int:
        """The requests of one run."""
        return requests_made(run_connection(self.connection, run_id="run"))[self.stream]


@pytest.fixture
def form(
    request: pytest.FixtureRequest,
    running: tuple[Path, str],
    monkeypatch: pytest.MonkeyPatch,
    warehouse_url: str,
) -> Form:
    home, url = running
    source: str = request.param
    account: store.Account
    if source == "google_forms":
        account, options = small_google_forms.account(), small_google_forms.FIELDS
        small_google_forms.fill(home)
        listed = small_google_forms.RESPONSES
    else:
        account, options = small_tally.ACCOUNT, dict(small_tally.FIELDS)
        small_tally.fill(home)
        setting(home, "tally_rate_limit", 100_000)
        listed = small_tally.SUBMISSIONS
    stored = FORMS[source].credentials(account, url)
    name = f"{source}_{next(_numbers)}"
    monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", orjson.dumps(stored).decode())
    model = SOURCES[source].options_model
    given: dict[str, Any] = {"start_date": "2025-12-01", "fields": options}
    connection = Connection(name, "aozora", source, name, model.model_validate(given))
    return Form(home, connection, SOURCES[source].streams[0].name, listed)


each_form = pytest.mark.parametrize("form", ["google_forms", "tally"], indirect=True)


@each_form
def test_requests_are_the_least_possible(form: Form) -> None:
    source = form.connection.source
    least = -(-form.rows // PAGES[source]) + ACCESS_TOKEN[source]
    first = form.run()
    assert first == least
    assert len(rows(form.connection, form.stream)) == form.rows
    changed = max(1, form.rows // 100)
    for number in range(1, changed + 1):
        if source == "google_forms":
            put(form.home, small_google_forms.response(number, edited=JUST_NOW))
        else:
            put(form.home, small_tally.submission(number, at=JUST_NOW))
    again = form.run()
    print(
        f"{source}: {first} requests for {form.rows} rows (least {least}), "
        f"{again} after {changed} changed (least {1 + ACCESS_TOKEN[source]})"
    )
    assert again == 1 + ACCESS_TOKEN[source]
    assert len(rows(form.connection, form.stream)) == form.rows + changed
    assert form.run() == 1 + ACCESS_TOKEN[source]
    assert len(rows(form.connection, form.stream)) == form.rows + changed


@each_form
def test_what_was_deleted_is_seen_by_a_full_scan_only(form: Form) -> None:
    form.run()
    remove(form.home, 5)
    form.run()
    assert _deleted(form) == []
    results = run_connection(form.connection, full=True, run_id="run")
    assert requests_made(results)
    assert _deleted(form) == ["r005" if form.stream == "responses" else "s005"]


@pytest.mark.parametrize("form", ["google_forms"], indirect=True)
def test_an_edit_is_a_version_with_its_own_keys(form: Form) -> None:
    form.run()
    answers = small_google_forms.answers(q1="佐藤", q3="new@example.jp", q4="同意しない")
    put(form.home, small_google_forms.response(1, edited=JUST_NOW, answers=answers))
    form.run()
    landed = [row for row in rows(form.connection, form.stream) if row[0] == "r001"]
    assert len(landed) == 2
    versions = [payload for _, payload, _ in landed]
    assert {version["createTime"] for version in versions} == {small_google_forms.stamp(1)}
    assert [at.replace(microsecond=0) for _, _, at in landed] == [
        parse_time(small_google_forms.stamp(minute)) for minute in (1, JUST_NOW)
    ]
    now = fetch_newest(form)["r001"]
    assert now["answers"][-1] == {"field": {"ref": "consent"}, "boolean": False}
    emails = [
        key for record, kind, key in keys(form.connection) if (record, kind) == ("r001", "email")
    ]
    assert len(emails) == 2


@pytest.mark.parametrize("form", ["tally"], indirect=True)
@pytest.mark.parametrize("hook_first", [False, True])
def test_a_submission_that_came_both_ways_is_one_record(form: Form, hook_first: bool) -> None:
    """Also when the webhook comes again, later, and when the list is late to show it."""
    options = form.connection.options.model_copy(update={"webhooks": True})
    both = replace(form, connection=replace(form.connection, options=options))
    questions = {question: meaning for meaning, question in small_tally.FIELDS.items()}
    sent = [small_tally.submission(number, at=JUST_NOW) for number in (201, 202)]
    hooks = [event(orjson.loads(row[-1]), questions) for row in sent]
    if hook_first:
        for hook in hooks:
            inbox_events.put(both.connection, hook)
        both.run()
        assert len(rows(both.connection, both.stream)) == both.rows + 2
    put(form.home, *sent)
    both.run()
    for hook in (*hooks, hooks[0]):
        inbox_events.put(both.connection, hook)
    both.run()
    landed = [payload for _, payload, _ in rows(both.connection, both.stream)]
    assert len(landed) == both.rows + 2
    assert {"s201", "s202"} <= {payload["id"] for payload in landed}
    found = [record for record, kind, _ in keys(both.connection) if kind == "email"]
    assert found.count("s201") == 1


def fetch_newest(form: Form) -> dict[str, Any]:
    """The newest payload of each record."""
    return {record: payload for record, payload, _ in rows(form.connection, form.stream)}


def _deleted(form: Form) -> list[str]:
    statement = sql.SQL("select record_id from {} where connection = %s and is_deleted").format(
        sql.Identifier(f"raw_{form.connection.source}", form.stream)
    )
    return [record for (record,) in fetch(statement, [form.connection.name])]
