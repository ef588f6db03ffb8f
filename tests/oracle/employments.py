"""Everybody who was hired, through the operator or not, and what is known of their leaving."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tests.oracle.clock import jst_date
from tests.oracle.truth import Attestation, Hire, Join, Truth

LONGEST_HORIZON = 365
GAP = 120
"""Days after which somebody whom a feed no longer mentions has vanished from it."""


@dataclass(frozen=True)
class Employment:
    """A join or a hire. ``feed`` is the list of statements that knows of it."""

    key: str
    company_id: str
    feed: str
    route: str
    introduction_key: str | None
    application_id: int | None
    joined_on: date
    employment_type: str
    annual_salary_yen: int | None
    left_on: date | None
    leave_type: str | None
    employed_on: date | None
    mentioned_on: date | None
    is_known_to_have_left: bool
    feed_observed_on: date | None
    has_started: bool

    @property
    def fiscal_year(self) -> int:
        return fiscal_year(self.joined_on)

    def state(self, horizon: date) -> str:
        """What is known of a day after joining."""
        if self.feed_observed_on is None or horizon > self.feed_observed_on:
            return "immature"
        if self.left_on is not None:
            return "left" if self.left_on < horizon else "retained"
        seen = self.employed_on is not None and self.employed_on >= horizon
        return "retained" if seen else "unknown"


def fiscal_year(day: date) -> int:
    """April to March."""
    return day.year - (day.month < 4)


def employments(truth: Truth, covered: set[str]) -> list[Employment]:
    """All of them; ``covered`` are the keys of the introductions that a slot pays for."""
    own: dict[str, list[Attestation]] = defaultdict(list)
    observed: dict[str, date] = {}
    for attestation in truth.attestations:
        own[f"{attestation.company_id}:{attestation.join_id}"].append(attestation)
        known = observed.get(attestation.company_id, attestation.observed_on)
        observed[attestation.company_id] = max(known, attestation.observed_on)
    listed: dict[str, date] = {}
    for hire in truth.hires:
        listed[hire.company_id] = max(
            listed.get(hire.company_id, hire.observed_on), hire.observed_on
        )
    today = jst_date(truth.as_of)
    return [
        *(_join(j, own[j.key], observed.get(j.company_id), covered, today) for j in truth.joins),
        *(_hire(hire, listed[hire.company_id], today) for hire in truth.hires),
    ]


def _join(
    join: Join,
    own: Sequence[Attestation],
    observed_on: date | None,
    covered: set[str],
    today: date,
) -> Employment:
    leavings = [a for a in own if a.left_on is not None]
    leaving = max(leavings, key=lambda a: (a.observed_on, a.month), default=None)
    yes = max((a.observed_on for a in own if a.employed == "yes"), default=None)
    no = max((a.observed_on for a in own if a.employed == "no"), default=None)
    introduction = f"{join.company_id}:{join.introduction_id}"
    return Employment(
        key=f"join:{join.key}",
        company_id=join.company_id,
        feed="joins",
        route="slot" if introduction in covered else "paid_introduction",
        introduction_key=introduction,
        application_id=None,
        joined_on=join.joined_on,
        employment_type=join.employment_type,
        annual_salary_yen=join.annual_salary_yen,
        left_on=leaving.left_on if leaving else None,
        leave_type=leaving.leave_type if leaving else None,
        employed_on=yes,
        mentioned_on=max((a.observed_on for a in own), default=None),
        is_known_to_have_left=bool(leaving) or (no is not None and (yes is None or yes < no)),
        feed_observed_on=observed_on,
        has_started=join.joined_on <= today,
    )


def _hire(hire: Hire, observed_on: date, today: date) -> Employment:
    has_left = hire.left_on is not None or hire.leave_type is not None
    return Employment(
        key=f"hire:{hire.key}",
        company_id=hire.company_id,
        feed="hires",
        route="other_channel",
        introduction_key=None,
        application_id=None if hire.application_id is None else int(hire.application_id),
        joined_on=hire.joined_on,
        employment_type=hire.employment_type,
        annual_salary_yen=hire.annual_salary_yen,
        left_on=hire.left_on,
        leave_type=hire.leave_type if hire.left_on is not None else None,
        employed_on=None if has_left else hire.observed_on,
        mentioned_on=hire.observed_on,
        is_known_to_have_left=has_left,
        feed_observed_on=observed_on,
        has_started=hire.joined_on <= today,
    )


def suspects(hired: Iterable[Employment]) -> set[tuple[str, str]]:
    """Company and feed of the lists that leave out those who left."""
    with_leavers: set[tuple[str, str]] = set()
    with_vanished: set[tuple[str, str]] = set()
    for employment in hired:
        if not employment.has_started:
            continue
        feed = (employment.company_id, employment.feed)
        last = employment.mentioned_on or employment.joined_on
        if employment.is_known_to_have_left:
            with_leavers.add(feed)
        elif (
            employment.feed_observed_on is not None
            and last + timedelta(days=GAP) < employment.feed_observed_on
            and last < employment.joined_on + timedelta(days=LONGEST_HORIZON)
        ):
            with_vanished.add(feed)
    return with_vanished - with_leavers
