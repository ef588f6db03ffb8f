"""``agg_registration_by_attribute`` without the adjusted rates, which a regression makes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from statsmodels.stats.proportion import proportion_confint

from tests.oracle.applications import selections
from tests.oracle.clock import jst_date, month_of
from tests.oracle.dimensions import employment_type
from tests.oracle.funnel import Way, ways
from tests.oracle.monthly import NONE, is_mature
from tests.oracle.people import person_of_candidates
from tests.oracle.rows import Row
from tests.oracle.shares import ratio, rounded
from tests.oracle.truth import Truth

MINIMUM_CELL = 5
LEVEL = 0.05
ALL = ("all", "all")
BANDS = ((0, 6), (7, 13), (14, 29), (30, 59))

CellKey = tuple[str, str, str]  # company, attribute, value


@dataclass(frozen=True)
class Rejection:
    """An application rejected in a mature month, with what was known of it before."""

    company_id: str
    person_id: str
    is_registered: bool
    attributes: dict[str, str]


@dataclass(frozen=True)
class Cell:
    """The applications of one value."""

    applications: int
    people: int
    registered: int
    is_suppressed: bool
    lift: Fraction | None


def rejections(truth: Truth) -> list[Rejection]:
    """The rejections of mature months."""
    today = jst_date(truth.as_of)
    people = person_of_candidates(truth)
    first_applied: dict[str, datetime] = {}
    for selection in selections(truth).values():
        application = selection.application
        person_id, at = people[application.candidate_id], application.applied_at
        first_applied[person_id] = min(at, first_applied.get(person_id, at))
    return [
        Rejection(
            way.selection.application.company_id,
            way.person_id,
            way.registration is not None,
            _attributes(way, first_applied[way.person_id]),
        )
        for way in ways(truth)
        if is_mature(month_of(jst_date(way.rejected_at)), today)
    ]


def _attributes(way: Way, first_applied: datetime) -> dict[str, str]:
    application = way.selection.application
    rejected_on = jst_date(way.rejected_at)
    values = {
        "stage_reached": way.selection.stage_reached,
        "department": way.job.department if way.job else None,
        "employment_type": employment_type(way.job.employment_type) if way.job else None,
        "channel": application.channel,
        "rejection_reason": way.selection.rejection_reason,
        "mail_state": way.mail_state,
        "repeat_applicant": "yes" if first_applied < application.applied_at else "no",
        "days_in_selection": _band((rejected_on - jst_date(application.applied_at)).days),
        "rejection_month": f"{rejected_on:%Y-%m}",
    }
    return {attribute: NONE if value is None else value for attribute, value in values.items()}


def _band(days: int) -> str:
    for first, last in BANDS:
        if days <= last:
            return f"{first:02}-{last:02}"
    return "60+"


def cells(found: Iterable[Rejection]) -> dict[CellKey, Cell]:
    """Each value's cell, and the whole company's."""
    members: dict[CellKey, list[Rejection]] = defaultdict(list)
    for rejection in found:
        for attribute, value in [ALL, *rejection.attributes.items()]:
            members[rejection.company_id, attribute, value].append(rejection)
    people = {key: {one.person_id for one in own} for key, own in members.items()}
    registered = {
        key: {one.person_id for one in own if one.is_registered} for key, own in members.items()
    }
    hidden = _hidden({key: len(own) for key, own in people.items()})
    shares = {key: Fraction(len(registered[key]), len(people[key])) for key in members}
    return {
        key: Cell(
            len(own),
            len(people[key]),
            len(registered[key]),
            key in hidden,
            shares[key] / shares[key[0], *ALL] if shares[key[0], *ALL] else None,
        )
        for key, own in members.items()
    }


def _hidden(sizes: dict[CellKey, int]) -> set[CellKey]:
    """Cells of few people, and the next smallest where one of an attribute would stand alone."""
    of_attribute: dict[tuple[str, str], list[CellKey]] = defaultdict(list)
    for key in sizes:
        of_attribute[key[:2]].append(key)
    hidden = set()
    for keys in of_attribute.values():
        keys.sort(key=lambda key: (sizes[key], key[2].encode()))
        small = sum(sizes[key] < MINIMUM_CELL for key in keys)
        hidden.update(keys[: 2 if small == 1 else small])
    return hidden


def rows(truth: Truth) -> list[Row]:
    """The expected rows, but for the adjusted rates."""
    return [_row(key, cell) for key, cell in cells(rejections(truth)).items()]


def _row(key: CellKey, cell: Cell) -> Row:
    shown: Row = {"company_id": key[0], "attribute": key[1], "value": key[2]}
    shown["is_suppressed"] = cell.is_suppressed
    names = ("applications", "people", "registered", "registration_rate", "rate_lower")
    if cell.is_suppressed:
        return shown | dict.fromkeys((*names, "rate_upper", "lift"))
    lower, upper = proportion_confint(cell.registered, cell.people, alpha=LEVEL, method="wilson")
    return shown | {
        "applications": cell.applications,
        "people": cell.people,
        "registered": cell.registered,
        "registration_rate": ratio(cell.registered, cell.people),
        "rate_lower": float(lower),
        "rate_upper": float(upper),
        "lift": None if cell.lift is None else rounded(cell.lift, 6),
    }
