"""Who opened which form: an application's person, somebody unknown, or probably a machine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from tests.oracle.applications import selections
from tests.oracle.clock import jst_date
from tests.oracle.once import once
from tests.oracle.registrations import Registration, registrations
from tests.oracle.truth import FormSession, Response, State, Truth

SECONDS_AFTER_MAIL = timedelta(seconds=10)
BURST_GAP = timedelta(seconds=30)
BURST_LINKS = 3
# What stands for a response of which nothing but its times is known.
NAMELESS = FormSession("", "unknown", "unknown", "", "(none)", None, None)

Link = tuple[str, str]  # company, token


class Mail(NamedTuple):
    """A mail that carries a link."""

    at: datetime
    application_id: int
    is_prospect: bool


@dataclass(frozen=True)
class Opening:
    """One landing on a form; ``application_id`` is the application whose form it is."""

    response: Response
    session: FormSession
    application_id: int | None
    bot_reason: str | None

    @property
    def at(self) -> datetime:
        """When the form was opened."""
        return self.response.landed_at

    @property
    def day(self) -> date:
        """The same as a day in Tokyo."""
        return jst_date(self.at)

    @property
    def state(self) -> State:
        """How far it has come at the clock."""
        return self.response.state

    @property
    def is_dated(self) -> bool:
        """Whether it is known to have been open at some time before it was sent."""
        return self.response.is_opening_told or self.state != "completed"

    @property
    def is_human(self) -> bool:
        """Whether no sign speaks for a machine."""
        return self.bot_reason is None


@once
def registered(truth: Truth) -> list[Registration]:
    """Every form that was sent."""
    return registrations(truth, selections(truth))


@once
def openings(truth: Truth) -> list[Opening]:
    """Every opening of a form that shows at the clock."""
    sessions = {session.response_id: session for session in truth.sessions}
    owners = {
        registration.response.key: registration.application_id
        for registration in registered(truth)
        if registration.application_id is not None
    }
    mails = _mails_of_links(truth)
    bursts = _bursts(truth.responses, sessions)
    found = []
    for response in truth.responses:
        session = sessions.get(response.response_id, NAMELESS)
        mailed = mails.get(_link(response), [])
        of_token = next((mail.application_id for mail in mailed if not mail.is_prospect), None)
        found.append(
            Opening(
                response,
                session,
                owners.get(response.key, of_token),
                _bot_reason(response, session, mailed, bursts),
            )
        )
    return found


def _link(response: Response) -> Link:
    return response.company_id, response.token or ""


def _mails_of_links(truth: Truth) -> dict[Link, list[Mail]]:
    """The mails that carry each link of a company, the first one first."""
    applications = {a.application_id: a for a in truth.applications}
    mails: dict[Link, list[Mail]] = defaultdict(list)
    for event in truth.events:
        if event.kind == "mail_sent" and event.token:
            application = applications[event.application_id]
            mail = Mail(event.at, event.application_id, application.is_prospect)
            mails[application.company_id, event.token].append(mail)
    return {link: sorted(sent) for link, sent in mails.items()}


def _bot_reason(
    response: Response, session: FormSession, mailed: Iterable[Mail], bursts: set[str]
) -> str | None:
    """The first sign of a machine; whoever answered anything is a person."""
    if response.submitted_at is not None or response.partial_at is not None:
        return None
    if session.agent_class == "scanner":
        return "scanner_agent"
    if session.agent_class == "library":
        return "library_agent"
    if any(abs(response.landed_at - mail.at) <= SECONDS_AFTER_MAIL for mail in mailed):
        return "seconds_after_mail"
    return "burst" if response.response_id in bursts else None


def _bursts(responses: Iterable[Response], sessions: Mapping[str, FormSession]) -> set[str]:
    """Openings of a company's form in a run of one network that holds enough different links."""
    of_network: dict[tuple[str, str], list[Response]] = defaultdict(list)
    for response in responses:
        session = sessions.get(response.response_id)
        if session is not None and session.network:
            of_network[response.company_id, session.network].append(response)
    found: set[str] = set()
    for own in of_network.values():
        own.sort(key=lambda response: response.landed_at)
        for chain in _chains(own):
            if len({response.token for response in chain if response.token}) >= BURST_LINKS:
                found.update(response.response_id for response in chain)
    return found


def _chains(ordered: Sequence[Response]) -> list[list[Response]]:
    """Runs of openings with no gap longer than a burst allows."""
    chains = [[ordered[0]]]
    for before, after in pairwise(ordered):
        if after.landed_at - before.landed_at > BURST_GAP:
            chains.append([])
        chains[-1].append(after)
    return chains
