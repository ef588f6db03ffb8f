"""SendGrid's and Amazon SES's webhooks as they are unpacked: what is kept, once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import pytest

import warehouse
from extractors import sendgrid, ses
from extractors.mails import agent_of, bare_link
from extractors.run import run_stream
from extractors.stream import Connection, Fields, Source
from tests.inbox_events import put

SEEN = 1_780_000_000
ADDRESS = "hanako@example.com"


def connection(source: Source, name: str, **options: Any) -> Connection:
    return Connection(name, "aozora", source.name, name, source.options_model(**options))


def landed(connection: Connection) -> list[tuple[str, Fields]]:
    """(record_id, payload) of every version, in the order of landing."""
    with warehouse.connect() as owner:
        return owner.execute(
            f"select record_id, payload from raw_{connection.source}.events"
            " where connection = %s order by seq",
            [connection.name],
        ).fetchall()


def held(connection: Connection) -> list[str]:
    with warehouse.connect() as owner:
        found = owner.execute(
            "select rule from gate.quarantine where connection = %s and status = 'open'",
            [connection.name],
        ).fetchall()
    return [rule for (rule,) in found]


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://me:secret@form.example:8443/to/x?token=t1#top", "https://form.example/to/x"),
        (f"https://form.example/{'x' * 400}", f"https://form.example/{'x' * 279}"),
        ("https://[form.example/x?mail=hanako", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_of_a_link_stays_where_it_leads(url: object, link: str | None) -> None:
    assert bare_link(url) == link


def test_who_says_nothing_of_itself_is_of_no_class() -> None:
    assert agent_of(None) is None
    assert agent_of("") == "unknown"


def sent(number: int, event: str = "delivered", **fields: Any) -> Fields:
    """An event as SendGrid posts it; the suffix of sg_message_id differs from event to event."""
    return {
        "email": ADDRESS,
        "timestamp": SEEN + number,
        "smtp-id": "<14c5d75ce93@ismtpd>",
        "event": event,
        "category": ["rejection"],
        "sg_event_id": f"e{number}",
        "sg_message_id": f"abc.recvd-{number}.0",
        "ip": "198.51.100.7",
        "token": "t1",
        **fields,
    }


def test_a_webhook_that_comes_again_and_again_lands_once(warehouse_url: str) -> None:
    """Repeats, batches cut differently and the wrong order: every event is one record."""
    one = connection(sendgrid.SOURCE, "sg_repeats")
    events = [sent(number) for number in range(5)]
    for batch in ([events[3], events[1]], events, events[::-1], *([events] * 43)):
        put(one, batch)
    assert run_stream(one, "events", run_id="first").landed == 5
    put(one, events[:2])
    again = run_stream(one, "events", run_id="second")
    assert (again.read, again.landed) == (2, 0)
    assert sorted(record_id for record_id, _ in landed(one)) == [f"e{n}" for n in range(5)]


def test_what_is_stored_of_sendgrid_is_nothing_personal(warehouse_url: str) -> None:
    one = connection(sendgrid.SOURCE, "sg_stored")
    click = {"url": "https://form.example/to/x?token=t1&mail=hanako#top", "useragent": "curl/8.1"}
    put(one, [sent(1, "open", sg_machine_open=True), sent(2, "click", **click)])
    put(one, [sent(3, "open", sg_machine_open=False)])
    run_stream(one, "events", run_id="run")
    found = dict(landed(one))
    assert found["e2"] == {
        "sg_event_id": "e2",
        "timestamp": SEEN + 2,
        "code": "click",
        "token": "t1",
        "message_id": "abc.recvd-2.0",
        "link": "https://form.example/to/x",
        "agent_class": "library",
        "is_machine": False,
    }
    assert (found["e1"]["is_machine"], found["e3"]["is_machine"]) == (True, False)
    with warehouse.connect() as owner:
        (keys,) = owner.execute(
            "select count(*) from vault.identity_keys where connection = %s and kind = 'email'",
            [one.name],
        ).fetchone() or (0,)
    assert keys == 3


@pytest.mark.parametrize(("untagged", "expected"), [(False, ["e1"]), (True, ["e1", "e2"])])
def test_other_mails_are_left_out_unless_asked_for(
    warehouse_url: str, untagged: bool, expected: Sequence[str]
) -> None:
    one = connection(
        sendgrid.SOURCE, f"sg_other_{untagged}".lower(), variable="relay_token", untagged=untagged
    )
    put(one, [sent(1, relay_token="t9"), sent(2)])
    run_stream(one, "events", run_id="run")
    assert [record_id for record_id, _ in landed(one)] == expected
    assert dict(landed(one))["e1"]["token"] == "t9"


@pytest.mark.parametrize("untagged", [False, True])
def test_a_bounce_that_names_no_mail(warehouse_url: str, untagged: bool) -> None:
    """One that comes back later carries no custom argument, and no id of the mail or a blank one:
    it is no mail of ours; where all are asked for, the gate holds it for want of the id alone."""
    one = connection(sendgrid.SOURCE, f"sg_late_{untagged}".lower(), untagged=untagged)
    late = [sent(number, "bounce", token=None) for number in (1, 2)]
    del late[0]["sg_message_id"]
    put(one, [{**late[0]}, {**late[1], "sg_message_id": ""}, sent(3)])
    run_stream(one, "events", run_id="run")
    found = dict(landed(one))
    assert sorted(found) == (["e1", "e2", "e3"] if untagged else ["e3"])
    assert {found[name]["code"] for name in found} == (
        {"bounce", "delivered"} if untagged else {"delivered"}
    )
    assert {found[name]["message_id"] for name in found if name != "e3"} <= {None}


@pytest.mark.parametrize("body", [b'{"event": "open"}', b"{}", b"[1]", b"not json"])
def test_a_webhook_that_is_none_is_held(warehouse_url: str, body: bytes) -> None:
    one = connection(sendgrid.SOURCE, f"sg_held_{len(body)}")
    put(one, body)
    put(one, [sent(1)])
    run_stream(one, "events", run_id="run")
    assert [record_id for record_id, _ in landed(one)] == ["e1"]
    assert held(one) == ["inbox_event"]


def noted(kind: str, number: int = 1, *, name: str = "eventType", **section: Any) -> Fields:
    """An event of SES; its mail's tags are those of a configuration set."""
    own = {"Rendering Failure": "failure", "DeliveryDelay": "deliveryDelay"}.get(kind, kind.lower())
    body: Fields = {
        name: kind,
        "mail": {
            "timestamp": "2026-06-30T01:00:00.000Z",
            "messageId": f"m{number}",
            "destination": [ADDRESS],
            "tags": {"token": ["t1"], "ses:configuration-set": ["relay"]},
        },
    }
    if section or kind not in ("Send", "Reject"):
        body[own] = {"timestamp": "2026-06-30T01:00:05.123Z", **section}
    return body


def over_sns(body: Fields, identifier: str = "s1", kind: str = "Notification") -> Fields:
    return {
        "Type": kind,
        "MessageId": identifier,
        "TopicArn": "arn:aws:sns:ap-northeast-1:1:relay",
        "Message": orjson.dumps(body).decode(),
        "Timestamp": "2026-06-30T01:00:06.000Z",
    }


def test_every_kind_of_ses_event_is_unpacked(warehouse_url: str) -> None:
    one = connection(ses.SOURCE, "ses_kinds")
    kinds: list[tuple[str, dict[str, Any], str]] = [
        ("Send", {}, "Send"),
        ("Delivery", {"recipients": [ADDRESS]}, "Delivery"),
        ("Bounce", {"bounceType": "Permanent"}, "Bounce:Permanent"),
        ("Bounce", {"bounceType": "Transient"}, "Bounce:Transient"),
        ("Click", {"link": "https://f.example/x?t=1", "userAgent": "Mozilla/5.0 X"}, "Click"),
        ("DeliveryDelay", {"delayType": "MailboxFull"}, "DeliveryDelay"),
        ("Rendering Failure", {"errorMessage": "x"}, "Rendering Failure"),
    ]
    for number, (kind, section, _) in enumerate(kinds):
        put(one, over_sns(noted(kind, **section), f"s{number}"))
    run_stream(one, "events", run_id="run")
    found = [payload for _, payload in landed(one)]
    assert [payload["code"] for payload in found] == [code for *_, code in kinds]
    assert found[0]["timestamp"] == "2026-06-30T01:00:00.000Z"
    assert {payload["timestamp"] for payload in found[1:]} == {"2026-06-30T01:00:05.123Z"}
    assert found[4] == {
        "sns_id": "s4",
        "timestamp": "2026-06-30T01:00:05.123Z",
        "code": "Click",
        "token": "t1",
        "message_id": "m1",
        "link": "https://f.example/x",
        "agent_class": "human",
        "is_machine": False,
    }


def test_ses_says_one_thing_in_three_shapes(warehouse_url: str) -> None:
    """Delivered twice, delivered raw, and as a notification without a configuration set."""
    one = connection(ses.SOURCE, "ses_shapes", untagged=True)
    delivery = noted("Delivery")
    put(one, over_sns(delivery))
    put(one, over_sns(delivery))
    put(one, delivery, {"x-amz-sns-message-id": "s2"})
    plain = noted("Delivery", name="notificationType")
    del plain["mail"]["tags"]
    put(one, over_sns(plain, "s3"))
    words = "You have chosen to deactivate subscription arn:aws:sns:ap-northeast-1:1:relay:x."
    put(one, {**over_sns({}, "s4", "UnsubscribeConfirmation"), "Message": words})
    put(one, over_sns({"text": "Successfully validated SNS topic"}, "s5"))
    run_stream(one, "events", run_id="run")
    found = landed(one)
    assert [record_id for record_id, _ in found] == ["s1", "s2", "s3"]
    assert {payload["code"] for _, payload in found} == {"Delivery"}
    assert [payload["token"] for _, payload in found] == ["t1", "t1", None]
    assert held(one) == []


def test_a_raw_message_without_its_id_is_known_by_its_words(warehouse_url: str) -> None:
    one = connection(ses.SOURCE, "ses_raw")
    for number in (1, 1, 2):
        put(one, noted("Delivery", number))
    run_stream(one, "events", run_id="run")
    assert [payload["message_id"] for _, payload in landed(one)] == ["m1", "m2"]
    assert held(one) == []


def test_everybody_whom_a_mail_went_to_is_keyed() -> None:
    identity = ses.SOURCE.stream("events").identity
    assert identity
    both = {"mail": {"destination": [ADDRESS, "taro@example.com"]}}
    assert list(identity(both)) == [("email", ADDRESS), ("email", "taro@example.com")]
    assert list(identity({"mail": {}})) == []


def test_ses_mails_of_others_are_left_out(warehouse_url: str) -> None:
    one = connection(ses.SOURCE, "ses_other")
    other = noted("Delivery")
    other["mail"]["tags"] = {"campaign": ["sale"]}
    put(one, over_sns(other))
    put(one, over_sns({"mail": {}, "eventType": "Send"}, "s2"))
    put(one, over_sns(noted("Send"), "s3"))
    run_stream(one, "events", run_id="run")
    assert [record_id for record_id, _ in landed(one)] == ["s3"]
