"""Who opened each form, and for which application: people and probable machines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.oracle.registrations import Registration
from tests.oracle.truth import FormSession, Response, Truth

HASTE = timedelta(seconds=10)  # nobody reads a mail and opens its link within it
GAP = timedelta(seconds=30)  # the longest between two links of one burst
BURST = 3  # different links that make one
NO_VERSION = "(none)"


@dataclass(frozen=True)
class Opening:
    """One response of a form; `bot_reason` is None for a person."""

    response: Response
    session: FormSession | None
    application_id: int | None
    bot_reason: str | None

    @property
    def state(self) -> str:
        if self.response.submitted_at is not None:
            return "completed"
        return "partial" if self.last_question else "opened"

    @property
    def last_question(self) -> str | None:
        """The last question answered when the form was put aside, if it was."""
        put_aside = self.response.partial_at is not None
        return self.session.last_question if self.session and put_aside else None

    @property
    def device(self) -> str:
        return self.session.device if self.session else "unknown"

    @property
    def form_version(self) -> str:
        return self.session.form_version if self.session else NO_VERSION


def openings(truth: Truth, found: Iterable[Registration]) -> list[Opening]:
    """Every response that is visible.

    A response opens the application of its token, unless it is a registration that is matched
    to another application; a registration always opens the application it is matched to.
    """
    known = {a.application_id for a in truth.applications if not a.is_prospect}
    companies = {a.application_id: a.company_id for a in truth.applications}
    owners: dict[tuple[str, str], int] = {}
    mailed: dict[tuple[str, str], datetime] = {}
    for event in truth.events:
        if event.kind != "mail_sent" or not event.token:
            continue
        link = companies[event.application_id], event.token
        mailed[link] = min(event.at, mailed.get(link, event.at))
        if event.application_id in known:
            owners.setdefault(link, event.application_id)
    matched = {r.response.key: r.application_id for r in found}
    sessions = {s.response_id: s for s in truth.sessions}
    bursts = _bursts(truth, sessions)
    result = []
    for response in truth.responses:
        link = response.company_id, response.token or ""
        target = matched.get(response.key) or owners.get(link)
        session = sessions.get(response.response_id)
        reason = _bot_reason(response, session, mailed.get(link), bursts)
        result.append(Opening(response, session, target, reason))
    return result


def _bot_reason(
    response: Response,
    session: FormSession | None,
    mailed_at: datetime | None,
    bursts: set[str],
) -> str | None:
    """Whoever answered anything is a person; else the first reason."""
    if response.submitted_at is not None or response.partial_at is not None:
        return None
    agent_class = session.agent_class if session else "unknown"
    if agent_class in ("scanner", "library"):
        return f"{agent_class}_agent"
    if mailed_at is not None and abs(response.landed_at - mailed_at) <= HASTE:
        return "seconds_after_mail"
    return "burst" if response.response_id in bursts else None


def _bursts(truth: Truth, sessions: Mapping[str, FormSession]) -> set[str]:
    """Ids of the responses that are part of a burst."""
    networks: dict[tuple[str, str], list[Response]] = defaultdict(list)
    for response in truth.responses:
        session = sessions.get(response.response_id)
        if session is not None:
            networks[response.company_id, session.network].append(response)
    found: set[str] = set()
    for members in networks.values():
        run: list[Response] = []
        for response in sorted(members, key=lambda r: r.landed_at):
            if run and response.landed_at - run[-1].landed_at > GAP:
                found |= _burst(run)
                run = []
            run.append(response)
        found |= _burst(run)
    return found


def _burst(run: list[Response]) -> set[str]:
    links = {response.token for response in run if response.token}
    return {response.response_id for response in run} if len(links) >= BURST else set()
