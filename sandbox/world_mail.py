"""What becomes of the rejection mails that a company sends by itself, not through its ATS.

Told after the stories, from streams of its own: hand-over, delivery or bounce, who (or what)
opens the mail and follows its links. What opened a form was led there by a click, moments before;
security gateways follow every link of a mail, mail programs load its pictures before anybody
reads it. A few events reach the provider's list up to 29 minutes late.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from sandbox.world_clicks import BROWSER, CLASSES, NAMELESS, SCANNER
from sandbox.world_company import Company
from sandbox.world_story import Application, Event, Response, Story
from sandbox.world_time import DAY, HOUR, MINUTE, iso

MOST_EVENTS = 64
"""Record numbers kept free for the events of an application's mails."""
LOG = "log"
"""How a company sends mails of which only its own log tells."""
LINKS = ("form", "company", "privacy")
LATEST = 29 * MINUTE

ACCEPTED, DELIVERED, BOUNCED = "accepted", "delivered", "bounced"
DEFERRED, OPENED, CLICKED = "deferred", "opened", "clicked"


@dataclass(frozen=True, slots=True)
class MailEvent:
    """One event of one mail. ``agent`` is a place in world_typeform.AGENTS, ``link`` which of the
    mail's LINKS was followed, ``is_machine`` what the provider itself says of who did it."""

    number: int
    message_id: str
    token: str
    recipient: str
    kind: str
    at: int
    visible_at: int
    sent_at: int
    agent: int = NAMELESS
    link: str = ""
    is_machine: bool = False


def tell(seed: int, company: Company, stories: list[Story]) -> None:
    """Add the events of their mails to the stories of a company that sends them by a provider."""
    if company.mail in ("", LOG):
        return
    for story in stories:
        for application in story.applications:
            sent = [event for event in application.events if event.token is not None]
            first = company.base_id + MOST_EVENTS * (application.application_id - company.base_id)
            for event in sent:
                rng = Random(f"{seed}:mail:{event.token}")
                for made in _events(rng, story, application, event, first):
                    first = made.number + 1
                    story.mail_events.append(made)


def _events(
    rng: Random, story: Story, application: Application, mail: Event, number: int
) -> Iterator[MailEvent]:
    """A mail's events, numbered from ``number``."""
    message_id, token = f"{rng.getrandbits(96):024x}", mail.token or ""
    landings = [each for each in story.responses if each.hidden_token == token]
    happened = [(ACCEPTED, mail.at, NAMELESS, "", False)]
    bounces = rng.random() < 0.12 and not landings
    arrived_at = mail.at + rng.randint(1, 4)
    if rng.random() < 0.05:
        happened.append((DEFERRED, arrived_at, NAMELESS, "", False))
        arrived_at += rng.randint(1, 20)
    happened.append((BOUNCED if bounces else DELIVERED, arrived_at, NAMELESS, "", False))
    if not bounces:
        happened += _followed(rng, arrived_at, landings)
    for place, (kind, at, agent, link, is_machine) in enumerate(happened):
        late = kind != ACCEPTED and rng.random() < 0.1
        yield MailEvent(
            number + place,
            message_id,
            token,
            _address(application, mail.at),
            kind,
            at,
            at + (rng.randint(MINUTE, LATEST) if late else 0),
            mail.at,
            agent,
            link,
            is_machine,
        )


Happened = tuple[str, int, int, str, bool]


def _followed(rng: Random, at: int, landings: list[Response]) -> Iterator[Happened]:
    """Openings and clicks of a mail that arrived at ``at``."""
    if rng.random() < 0.4:
        yield OPENED, at + rng.randint(1, 3), NAMELESS, "", True
    if rng.random() < 0.5:
        yield OPENED, at + rng.randint(HOUR, 3 * DAY), rng.randint(0, 3), "", False
    drawn = rng.random()
    if drawn < 0.05:  # a gateway that says what it is
        yield CLICKED, at + rng.randint(HOUR, 2 * HOUR), SCANNER, LINKS[0], False
    elif drawn < 0.1:  # one that poses as a browser, at once
        yield CLICKED, at + rng.randint(1, 6), BROWSER, LINKS[0], False
    elif drawn < 0.15:  # one that follows every link, later
        began = at + rng.randint(HOUR, DAY)
        for place, link in enumerate(LINKS):
            yield CLICKED, began + 2 * place, BROWSER, link, False
    elif drawn < 0.18:  # a person whose form never loads
        yield CLICKED, at + rng.randint(HOUR, 2 * DAY), rng.randint(0, 3), LINKS[0], False
    for landing in landings:
        clicked_at = max(at, landing.landed_at - rng.randint(1, 2))
        yield CLICKED, clicked_at, landing.agent, LINKS[0], False


def _address(application: Application, at: int) -> str:
    """The candidate's address as the ATS has it when the mail goes out."""
    candidate = application.candidate
    is_corrected = candidate.corrected_at is None or candidate.corrected_at <= at
    return candidate.email if is_corrected else candidate.first_email or candidate.email


def truth_rows(company: Company, story: Story) -> list[tuple]:
    """The events of a story's mails, as rows of mail_event."""
    return [
        (
            company.company_id,
            event.number,
            event.token,
            event.message_id,
            event.kind,
            iso(event.at),
            iso(event.visible_at),
            CLASSES[event.agent][1],
            event.link,
            int(event.is_machine),
        )
        for event in story.mail_events
    ]
