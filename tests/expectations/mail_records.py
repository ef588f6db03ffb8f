"""One good event of each provider of mail, in the shape that extraction stores."""

from __future__ import annotations

from extractors.stream import Fields

EVENT: Fields = {
    "token": "abc",
    "message_id": "m1.recvd-1.0",
    "link": "https://form.example/to/x",
    "agent_class": "human",
    "is_machine": False,
}
MAILGUN: dict[str, Fields] = {
    "events": {"id": "e1", "timestamp": 1782208800.25, "code": "clicked", **EVENT}
}
SENDGRID: dict[str, Fields] = {
    "events": {"sg_event_id": "e1", "timestamp": 1782208800, "code": "click", **EVENT}
}
SES: dict[str, Fields] = {
    "events": {"sns_id": "e1", "timestamp": "2026-06-23T10:00:00.123Z", "code": "Click", **EVENT}
}
MAIL_KEYS = {"mailgun": "id", "sendgrid": "sg_event_id", "ses": "sns_id"}
