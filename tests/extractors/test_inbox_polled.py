"""Forms that are polled and send webhooks too: what comes both ways is one record."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest
from psycopg import sql

from extractors.errors import CredentialsError
from extractors.registry import SOURCES
from sandbox import store
from tests.extractors.conftest import Vendor
from tests.extractors.landings import fetch, new_connection, rows, state
from tests.inbox_events import put, run

pytestmark = pytest.mark.usefixtures("warehouse_url")


class Form:
    """A Typeform connection of the small world that also takes webhooks."""

    def __init__(self, vendor: Vendor) -> None:
        options = vendor.connection(webhooks=True).options
        self.vendor = vendor
        base = new_connection("typeform")
        self.connection = replace(base, conn_id=vendor.account, options=options)

    def response(self, response_id: str, **fields: Any) -> dict[str, Any]:
        """The webhook of a response that the API shows too."""
        (found,) = (
            record
            for record in self.vendor.records("responses_completed")
            if record["response_id"] == response_id
        )
        hidden = ("response_id", "response_type", "metadata", "landing_id")
        assert isinstance(found, dict)
        shown = {name: value for name, value in found.items() if name not in hidden}
        return {"event_id": "01E", "event_type": "form_response", "form_response": shown | fields}

    def versions(self, response_id: str) -> list[dict[str, Any]]:
        return [
            payload
            for record_id, payload, _ in rows(self.connection, "responses_completed")
            if record_id == response_id
        ]


@pytest.fixture
def both(form: Vendor) -> Form:
    """One of the small world's responses has answers, and a browser that only the API tells of."""
    told = {
        "response_id": "c001",
        "token": "c001",
        "landing_id": "c001",
        "response_type": "completed",
        "landed_at": "2026-01-01T00:00:00Z",
        "submitted_at": "2026-01-01T00:01:00Z",
        "metadata": {"user_agent": "Mozilla/5.0 (iPhone)", "network_id": "n1"},
        "hidden": {"token": "t1"},
        "calculated": {"score": 0},
        "answers": [
            {
                "field": {"id": "1", "type": "email", "ref": "email"},
                "type": "email",
                "email": "taro@example.com",
            }
        ],
    }
    with store.transaction(store.open_world(form.home)) as world:
        world.execute("update records set body = ? where key = 'c001'", [orjson.dumps(told)])
    return Form(form)


def test_a_response_by_both_ways_is_one_record_and_loses_nothing(both: Form) -> None:
    put(both.connection, both.response("c001"))
    run(both.connection, "responses_completed")
    (version,) = both.versions("c001")
    assert version["client"]
    put(both.connection, both.response("c001"))
    run(both.connection, "responses_completed")
    position = state(both.connection, "responses_completed")["inbox"]
    run(both.connection, "responses_completed")
    assert state(both.connection, "responses_completed")["inbox"] == position > 0
    run(both.connection, "responses_completed", full=True)
    assert both.versions("c001") == [version]


def test_a_response_that_the_api_does_not_show_yet_comes_from_the_webhook(both: Form) -> None:
    later = both.response("c001", token="c999", submitted_at="2026-01-01T00:58:00Z")
    put(both.connection, later)
    run(both.connection, "responses_completed")
    (version,) = both.versions("c999")
    assert version.keys() <= SOURCES["typeform"].stream("responses_completed").fields  # type: ignore[operator]
    assert (version["response_id"], version["response_type"]) == ("c999", "completed")
    polled = both.versions("c001")[0]
    assert version["answers"] == polled["answers"]
    assert version["hidden"] == polled["hidden"]


def test_the_person_of_a_webhook_is_keyed_like_the_polled_one(both: Form) -> None:
    put(both.connection, both.response("c001", token="c999"))
    run(both.connection, "responses_completed")
    statement = sql.SQL(
        "select kind, key from vault.identity_keys where connection = %s and record_id = %s"
        " and kind <> 'network' order by kind, key"
    )
    polled, pushed = (
        fetch(statement, [both.connection.name, response_id]) for response_id in ("c001", "c999")
    )
    assert polled == pushed
    assert polled


def test_a_vendor_that_refuses_does_not_hold_up_its_webhooks(
    both: Form, login: Callable[..., None]
) -> None:
    put(both.connection, both.response("c001"))
    run(both.connection, "responses_completed")
    before = state(both.connection, "responses_completed")
    put(both.connection, both.response("c001", token="c999"))
    login(both.vendor.account, password="")
    with pytest.raises(CredentialsError):
        run(both.connection, "responses_completed")
    assert len(both.versions("c999")) == 1
    after = state(both.connection, "responses_completed")
    assert after["until"] == before["until"]
    assert after["inbox"] > before["inbox"]


def test_the_vendors_clock_stays_known(both: Form) -> None:
    put(both.connection, both.response("c001"))
    run(both.connection, "responses_completed")
    statement = sql.SQL("select observed_at from landing.sync_state where connection = %s")
    assert fetch(statement, [both.connection.name])[0][0] is not None
