"""What became of mailed links, as far as the company's provider of mail tells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.oracle.once import once
from tests.oracle.openings import Link, Opening, openings
from tests.oracle.truth import MailEvent, Truth

AT_ONCE = timedelta(seconds=10)
MANY_LINKS = 3
LANDING_WITHIN = timedelta(seconds=60)


@dataclass(frozen=True)
class Outcome:
    """Of one link: when its mail arrived or bounced, and when it was followed by whom."""

    delivered_at: datetime | None = None
    bounced_at: datetime | None = None
    clicked_at: datetime | None = None
    human_clicked_at: datetime | None = None

    @property
    def state(self) -> str:
        """What is known of the mail beyond that it was sent."""
        if self.delivered_at is not None:
            return "delivered"
        return "sent" if self.bounced_at is None else "bounced"


@once
def outcomes(truth: Truth) -> dict[Link, Outcome]:
    """The outcome of every link that a provider tells of."""
    events: dict[Link, list[MailEvent]] = defaultdict(list)
    for event in truth.mail_events:
        events[event.company_id, event.token].append(event)
    landings = _landings(truth)
    return {link: _outcome(found, landings.get(link, [])) for link, found in events.items()}


def _landings(truth: Truth) -> dict[Link, list[Opening]]:
    """The openings of a form by the links that they may have come from: their own, and those that
    were mailed to their application."""
    applications = {a.application_id: a for a in truth.applications}
    mailed: dict[int, list[str]] = defaultdict(list)
    for event in truth.events:
        if event.kind == "mail_sent" and event.token:
            mailed[event.application_id].append(event.token)
    found: dict[Link, list[Opening]] = defaultdict(list)
    for opening in openings(truth):
        if not opening.is_dated:
            continue
        tokens = set(mailed[opening.application_id]) if opening.application_id else set()
        if opening.response.token:
            tokens.add(opening.response.token)
        for token in tokens:
            found[opening.response.company_id, token].append(opening)
        assert opening.application_id is None or opening.application_id in applications
    return found


def _outcome(events: Sequence[MailEvent], landings: Sequence[Opening]) -> Outcome:
    times = {
        kind: min((event.at for event in events if event.kind == kind), default=None)
        for kind in ("accepted", "delivered", "bounced", "clicked")
    }
    bounced_at, arrived_at = times["bounced"], times["delivered"] or times["accepted"]
    human = (
        event.at
        for event in events
        if event.kind == "clicked" and _is_human(event, events, landings, arrived_at)
    )
    return Outcome(
        times["delivered"] if bounced_at is None else None,
        bounced_at,
        times["clicked"],
        min(human, default=None),
    )


def _is_human(
    click: MailEvent,
    events: Sequence[MailEvent],
    landings: Sequence[Opening],
    arrived_at: datetime | None,
) -> bool:
    """Whether a form that a person opened followed at once, or no sign speaks for a machine."""
    led_to = [
        landing for landing in landings if timedelta(0) <= landing.at - click.at <= LANDING_WITHIN
    ]
    if any(landing.is_human for landing in led_to):
        return True
    if led_to or click.is_machine or click.agent_class in ("scanner", "library"):
        return False
    if arrived_at is not None and abs(click.at - arrived_at) <= AT_ONCE:
        return False
    near = {e.link for e in events if e.kind == "clicked" and abs(e.at - click.at) <= AT_ONCE}
    return len(near) < MANY_LINKS
