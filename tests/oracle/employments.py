"""People who were hired: whom the operator introduced (``joins``), and all others (``hires``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tests.oracle import staff
from tests.oracle.clock import jst_date
from tests.oracle.dimensions import employment_type
from tests.oracle.staff import employed_on, matches, omitting
from tests.oracle.statements import Attestation
from tests.oracle.truth import Employee, Truth

JOINS, HIRES = staff.JOINS, staff.HIRES
SLOT, PAID, OTHER, ALL = "slot", "paid_introduction", "other_channel", "all"
ROUTES = (SLOT, PAID, OTHER, ALL)
HORIZONS = (30, 90, 180, 365)
LONGEST_HORIZON = max(HORIZONS)
FEED_GAP = timedelta(days=120)


@dataclass(frozen=True)
class Word:
    """What the attestations say of one join.

    ``gone_on`` stands for a day of leaving that nobody states: the first "no" after the last "yes".
    """

    left_on: date | None = None
    leave_type: str | None = None
    employed_on: date | None = None
    observed_on: date | None = None
    mentioned_on: date | None = None
    gone_on: date | None = None


@dataclass(frozen=True)
class Employment:
    """One person's employment, as its feed shows it.

    ``employed_on`` is the last day attested, ``mentioned_on`` the last on which the feed named the
    person at all, ``feed_observed_on`` the last on which it named anybody of the company.
    """

    key: str
    company_id: str
    feed: str
    route: str
    introduction_key: str | None
    application_id: str | None
    joined_on: date
    employment_type: str
    annual_salary_yen: int | None
    left_on: date | None
    leave_type: str | None
    employed_on: date | None
    mentioned_on: date | None
    feed_observed_on: date | None
    has_started: bool
    gone_on: date | None = None
    observer: str = ""  # an HR system's connection; else the feed itself
    observed_on: date | None = None
    is_system_suspect: bool = False

    @property
    def watched(self) -> tuple[str, str]:
        """The company and its feed, or the part of it that an HR system observes."""
        feed = f"{self.feed} in {self.observer}" if self.observer else self.feed
        return self.company_id, feed

    @property
    def leaving_on(self) -> date | None:
        """The day of leaving, or the latest it can be; it may be announced for later."""
        return self.left_on or self.gone_on

    @property
    def has_left(self) -> bool:
        """Whether the leaving has been observed."""
        day, feed = self.leaving_on, self.feed_observed_on
        return day is not None and feed is not None and day <= feed

    @property
    def fiscal_year(self) -> int:
        """The year of joining, from April to March."""
        return fiscal_year(self.joined_on)

    def state_at(self, horizon: date) -> str:
        """retained, left, unknown or immature on the day of a horizon."""
        return state(horizon, self.feed_observed_on, self.left_on, self.employed_on, self.gone_on)


def state(
    horizon: date,
    feed_observed_on: date | None,
    left_on: date | None,
    employed_on: date | None,
    gone_on: date | None,
) -> str:
    """What is known of a horizon; nothing, while it lies after the feed's last word on anybody."""
    if feed_observed_on is None or horizon > feed_observed_on:
        return "immature"
    if left_on is not None:
        return "left" if left_on < horizon else "retained"
    if employed_on is not None and employed_on >= horizon:
        return "retained"
    return "left" if gone_on is not None and gone_on < horizon else "unknown"


def fiscal_year(day: date) -> int:
    """The year in whose April the fiscal year of ``day`` began."""
    return day.year if day.month >= 4 else day.year - 1


def words(truth: Truth) -> dict[tuple[str, str], Word]:
    """What is attested of every join, by company and join."""
    said: dict[tuple[str, str], list[Attestation]] = defaultdict(list)
    for attestation in truth.attestations:
        said[attestation.company_id, attestation.join_id].append(attestation)
    return {key: _word(own) for key, own in said.items()}


def _word(said: Iterable[Attestation]) -> Word:
    ordered = sorted(said, key=lambda a: (a.observed_on, a.month))
    days = {answer: [a.observed_on for a in ordered if a.employed == answer] for answer in ANSWERS}
    leaving = [a for a in ordered if a.left_on is not None]
    last = leaving[-1] if leaving else None
    employed_on = max(days["yes"], default=None)
    # Somebody who is there again after a "no" was not gone for good.
    gone = [day for day in days["no"] if employed_on is None or day > employed_on]
    return Word(
        left_on=last.left_on if last else None,
        leave_type=last.leave_type if last else None,
        employed_on=employed_on,
        observed_on=max(days["yes"] + days["no"], default=None),
        mentioned_on=ordered[-1].observed_on,
        gone_on=min(gone, default=None) if last is None else None,
    )


ANSWERS = ("yes", "no", "unknown")


def last_attested(truth: Truth) -> dict[str, date]:
    """Per company, the day of its newest attestation, whatever it says."""
    found: dict[str, date] = {}
    for attestation in truth.attestations:
        known = found.get(attestation.company_id, attestation.observed_on)
        found[attestation.company_id] = max(known, attestation.observed_on)
    return found


def employments(truth: Truth, covered: Collection[str]) -> list[Employment]:
    """Everybody of both feeds, as the HR system knows who is matched there; ``covered`` are the
    introductions that a slot pays for."""
    matched, today, suspected = matches(truth), jst_date(truth.as_of), omitting(truth)
    return [
        _employed(one, matched[one.key], today, suspected) if one.key in matched else one
        for one in (*_joined(truth, covered), *_hired(truth))
    ]


def _employed(
    stated: Employment, who: Employee, today: date, suspected: Collection[str]
) -> Employment:
    """The employment as the company's own system has it, read whole on ``today``."""
    is_there = who.deleted_on is None
    return replace(
        stated,
        joined_on=who.joined_on,
        left_on=who.left_on,
        leave_type=(who.left_type or stated.leave_type) if who.left_on is not None else None,
        employed_on=employed_on(who, today),
        mentioned_on=today if is_there else None,
        observed_on=today if is_there else None,
        feed_observed_on=today,
        has_started=who.joined_on <= today,
        gone_on=None,
        observer=who.connection,
        is_system_suspect=who.connection in suspected,
    )


def _joined(truth: Truth, covered: Collection[str]) -> Iterable[Employment]:
    said, last = words(truth), last_attested(truth)
    today = jst_date(truth.as_of)
    for join in truth.joins:
        word = said.get((join.company_id, join.join_id), Word())
        introduction = f"{join.company_id}:{join.introduction_id}"
        feed = last.get(join.company_id)
        yield Employment(
            key=f"join:{join.key}",
            company_id=join.company_id,
            feed=JOINS,
            route=SLOT if introduction in covered else PAID,
            introduction_key=introduction,
            application_id=None,
            joined_on=join.joined_on,
            employment_type=str(employment_type(join.employment_type)),
            annual_salary_yen=join.annual_salary_yen,
            left_on=word.left_on,
            leave_type=word.leave_type,
            employed_on=word.employed_on,
            mentioned_on=word.mentioned_on,
            feed_observed_on=feed,
            has_started=join.joined_on <= today,
            gone_on=word.gone_on,
            observed_on=word.observed_on,
        )


def _hired(truth: Truth) -> Iterable[Employment]:
    last: dict[str, date] = {}
    for hire in truth.hires:
        last[hire.company_id] = max(last.get(hire.company_id, hire.observed_on), hire.observed_on)
    today = jst_date(truth.as_of)
    for hire in truth.hires:
        feed = last[hire.company_id]
        is_there = hire.left_on is None and hire.leave_type is None
        yield Employment(
            key=f"hire:{hire.key}",
            company_id=hire.company_id,
            feed=HIRES,
            route=OTHER,
            introduction_key=None,
            application_id=hire.application_id,
            joined_on=hire.joined_on,
            employment_type=str(employment_type(hire.employment_type)),
            annual_salary_yen=hire.annual_salary_yen,
            left_on=hire.left_on,
            leave_type=hire.leave_type if hire.left_on is not None else None,
            employed_on=hire.observed_on if is_there else None,
            mentioned_on=hire.observed_on,
            feed_observed_on=feed,
            has_started=hire.joined_on <= today,
            gone_on=hire.observed_on if hire.left_on is None and not is_there else None,
        )


def suspects(hired: Iterable[Employment]) -> set[tuple[str, str]]:
    """Feeds, by company, that seem to leave out who left; see ``Employment.watched``.

    No leaving is named in them, not even one to come, and somebody was last mentioned within the
    longest horizon of joining, more than the gap before the feed's newest word. HR systems are
    judged by all their people.
    """
    left: set[tuple[str, str]] = set()
    lost: set[tuple[str, str]] = set()
    for one in hired:
        if one.observer:
            lost |= {one.watched} if one.is_system_suspect else set()
        elif one.has_started and one.leaving_on is not None:
            left.add(one.watched)
        elif one.has_started and _is_lost(one):
            lost.add(one.watched)
    return lost - left


def is_suspect(company_id: str, suspect: Iterable[tuple[str, str]]) -> bool:
    """Whether anything that observes the company's joins is suspect."""
    return any(company == company_id and feed.startswith(JOINS) for company, feed in suspect)


def _is_lost(one: Employment) -> bool:
    named_on, newest = one.mentioned_on or one.joined_on, one.feed_observed_on
    is_followed = named_on < one.joined_on + timedelta(days=LONGEST_HORIZON)
    return is_followed and newest is not None and named_on + FEED_GAP < newest
