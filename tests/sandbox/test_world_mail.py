"""Worlds whose companies send their rejection mails themselves."""

from __future__ import annotations

import csv
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from sandbox import mail_webhooks, world
from sandbox.mail_webhooks import MOST_REPEATS, posts
from sandbox.world import WorldError

MAIL = ("log", "mailgun", "sendgrid", "ses")
COMPANIES = ("aozora", "hinata", "minato", "yamabiko")
APPLICATIONS = 480
Row = tuple[Any, ...]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("mail")
    world.make(made, 3, APPLICATIONS, 4, mail=MAIL)
    return made


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same world, whose ATS sends the mails."""
    made = tmp_path_factory.mktemp("usual")
    world.make(made, 3, APPLICATIONS, 4)
    return made


def rows(home: Path, query: str, database: str = "truth.db") -> list[Row]:
    with closing(sqlite3.connect(home / database)) as connection:
        return connection.execute(query).fetchall()


def test_companies_may_leave_their_mails_to_the_ats(tmp_path: Path, usual: Path) -> None:
    world.make(tmp_path, 3, APPLICATIONS, 4, mail=("ats", "log"))
    assert rows(tmp_path, "select * from mail_source") == [("hinata", "log"), ("yamabiko", "log")]
    query = "select * from records where account like 'aozora%' order by account, stream, id"
    assert rows(tmp_path, query, "world.db") == rows(usual, query, "world.db")


def test_only_the_record_of_the_mails_differs(home: Path, usual: Path) -> None:
    """The people, what they do and what the form shows are the same; the ATS has no such note."""
    for vendor in ("greenhouse", "typeform"):
        query = f"select account, stream, id, body from records where vendor = '{vendor}'"
        of_mail, of_usual = (set(rows(one, query, "world.db")) for one in (home, usual))
        assert of_mail <= of_usual
        gone = of_usual - of_mail
        assert bool(gone) == (vendor == "greenhouse")
        for _, stream, _, body in gone:
            assert stream == "notes"
            assert orjson.loads(body)["type"] == "EMAIL"
    for table in ("application_event", "response", "form_session", "candidate"):
        query = f"select * from {table} order by 1, 2, 3"
        assert rows(home, query) == rows(usual, query)
    assert rows(usual, "select * from mail_event") == []


def logged(home: Path) -> set[tuple[str, str]]:
    """(application, token) of every line of the log."""
    found = set()
    for path in (home / "operator" / "aozora").glob("mails_*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            found |= {(row["application_id"], row["token"]) for row in csv.DictReader(file)}
    return found


def mailed(home: Path, until: str) -> set[tuple[str, str]]:
    return {
        (str(application), str(token))
        for application, token in rows(
            home,
            "select application_id, token from application_event join application"
            f" using (application_id) where company_id = 'aozora' and at <= '{until}'"
            " and token is not null",
        )
    }


def test_the_log_holds_what_was_mailed_and_is_written_on(tmp_path: Path) -> None:
    world.make(tmp_path, 3, 100, 1, mail=("log",))
    assert logged(tmp_path) == mailed(tmp_path, "2026-06-30T15:00:00Z")
    before = len(logged(tmp_path))
    after = world.advance(tmp_path, 45)
    assert logged(tmp_path) == mailed(tmp_path, after)
    assert len(logged(tmp_path)) > before


def test_the_clock_may_move_in_steps(tmp_path: Path) -> None:
    query = "select * from records where stream = 'events' order by account, id"
    found = []
    for name, steps in (("one", (40,)), ("two", (13, 27))):
        (tmp_path / name).mkdir()
        world.make(tmp_path / name, 3, 100, 1, mail=("ses",))
        for days in steps:
            world.advance(tmp_path / name, days)
        found.append(rows(tmp_path / name, query, "world.db"))
    assert found[0] == found[1] != []


def events_of(post: mail_webhooks.Posted) -> Iterator[tuple[str, str]]:
    """(account, event) of what is posted."""
    body = orjson.loads(post.body)
    if post.account.vendor == "sendgrid":
        for event in body:
            yield post.account.account, event["sg_event_id"]
    else:
        yield post.account.account, post.message_id


def test_webhooks_come_often_and_in_any_order_and_none_is_missing(home: Path) -> None:
    found = posts(home, 1)
    times = Counter(event for post in found for event in events_of(post))
    shown = rows(
        home,
        "select account, count(*) from records where stream = 'events' and vendor <> 'mailgun'"
        " group by 1 order by 1",
        "world.db",
    )
    distinct = Counter(account for account, _ in times)
    assert sorted(distinct.items()) == shown
    assert max(times.values()) >= MOST_REPEATS
    order = [
        event["timestamp"]
        for post in found
        if post.account.vendor == "sendgrid"
        for event in orjson.loads(post.body)
    ]
    assert order != sorted(order)


def test_the_second_time_only_what_is_new_is_posted(tmp_path: Path) -> None:
    world.make(tmp_path, 3, 100, 1, mail=("sendgrid",))
    first = {event for post in posts(tmp_path, 1) for event in events_of(post)}
    world.advance(tmp_path, 30)
    later = posts(tmp_path, 1, after="2026-06-30T15:00:00Z")
    second = {event for post in later for event in events_of(post)}
    assert second
    assert not first & second


def test_only_the_token_is_attached_to_a_mail(home: Path) -> None:
    own = {
        "email", "timestamp", "smtp-id", "event", "category", "sg_event_id", "sg_message_id",
        "type", "status", "reason", "useragent", "ip", "sg_machine_open", "url", "url_offset",
    }  # fmt: skip
    tokens = {token for (token,) in rows(home, "select distinct token from mail_event")}
    bodies = rows(home, "select vendor, body from records where stream = 'events'", "world.db")
    for vendor, body in bodies:
        event = orjson.loads(body)
        if vendor == "sendgrid":
            attached = {name: value for name, value in event.items() if name not in own}
        elif vendor == "ses":
            attached = {
                name: value[0]
                for name, value in event["mail"]["tags"].items()
                if not name.startswith("ses:")
            }
        else:
            attached = event["user-variables"]
        assert attached.keys() == {"token"}
        assert attached["token"] in tokens


def test_what_makes_events_hard_to_read_is_in_the_world(home: Path) -> None:
    """Ids of one mail that end differently, late events, machines that a provider names."""
    bodies = rows(home, "select vendor, body from records where stream = 'events'", "world.db")
    events = [(vendor, orjson.loads(body)) for vendor, body in bodies]
    posted = [event for vendor, event in events if vendor == "sendgrid"]
    ids = {event["sg_message_id"] for event in posted}
    assert len(ids) > 1.5 * len({each.partition(".")[0] for each in ids})
    opened = [event for event in posted if event["event"] == "open"]
    assert {event["sg_machine_open"] for event in opened} == {True, False}
    late = "select count(*) from records where stream = 'events' and created_at > sort_at"
    [(found,)] = rows(home, late, "world.db")
    assert 0.02 * len(events) < found < 0.2 * len(events)


def test_a_provider_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="mail: expected some of ats, log, mailgun"):
        world.make(tmp_path, 1, 100, 1, mail=("postmark",))
