"""Who registers: the attributes of each mature rejection, and the rates of their values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from tests.oracle import applications, dimensions, funnel
from tests.oracle.clock import jst_date, month_end
from tests.oracle.truth import Truth

MATURE_AFTER = timedelta(days=60)
MINIMUM_PEOPLE = 5
BANDS = ((7, "00-06"), (14, "07-13"), (30, "14-29"), (60, "30-59"))
NO_VALUE = "(none)"

CellKey = tuple[str, str, str]
"""Company, attribute, value."""


@dataclass(frozen=True)
class Rejection:
    """One application rejected in a mature month; `attributes` by name."""

    application_id: str
    company_id: str
    person_id: str
    is_registered: bool
    attributes: dict[str, str]


@dataclass(frozen=True)
class Cell:
    """A value of an attribute: its numbers, and whether they may be shown."""

    applications: int
    people: int
    registered: int
    lift: Fraction | None
    is_suppressed: bool


def rejections(truth: Truth) -> list[Rejection]:
    """Every rejected application whose month ended at least sixty days ago."""
    today = jst_date(truth.as_of)
    described = {str(row["application_id"]): row for row in applications.rows(truth)}
    jobs = {str(row["job_id"]): row for row in dimensions.job_rows(truth)}
    first: dict[object, datetime] = {}
    for row in described.values():
        person, applied = (row["company_id"], row["person_id"]), _time(row["applied_at"])
        first[person] = min(applied, first.get(person, applied))
    found = []
    for row in funnel.rows(truth):
        own = described[str(row["application_id"])]
        job = jobs.get(str(row["job_id"]), {})
        month, rejected_date = _day(row["cohort_month"]), _day(row["rejected_date"])
        if month_end(month) + MATURE_AFTER > today:
            continue
        applied = _time(own["applied_at"])
        earlier = first[row["company_id"], row["person_id"]]
        known = {
            "stage_reached": own["stage_reached"],
            "department": job.get("department_name"),
            "employment_type": job.get("employment_type"),
            "channel": own["channel"],
            "rejection_reason": own["rejection_reason"],
            "mail_state": row["mail_state"],
            "repeat_applicant": "yes" if earlier < applied else "no",
            "days_in_selection": _band((rejected_date - jst_date(applied)).days),
            "rejection_month": f"{month:%Y-%m}",
        }
        found.append(
            Rejection(
                str(row["application_id"]),
                str(row["company_id"]),
                str(row["person_id"]),
                row["registered_at"] is not None,
                {name: str(value or NO_VALUE) for name, value in known.items()},
            )
        )
    return found


def cells(found: Iterable[Rejection]) -> dict[CellKey, Cell]:
    """The rates of every value, and of each company as the value `all`."""
    members: dict[CellKey, list[Rejection]] = defaultdict(list)
    for one in found:
        for name, value in {**one.attributes, "all": "all"}.items():
            members[one.company_id, name, value].append(one)
    sizes = {key: len(_people(own)) for key, own in members.items()}
    hidden = {key for key, size in sizes.items() if size < MINIMUM_PEOPLE}
    for whole in {key[:2] for key in members}:
        inside = [key for key in members if key[:2] == whole]
        if len(hidden.intersection(inside)) == 1:
            rest = [key for key in inside if key not in hidden]
            if rest:
                hidden.add(min(rest, key=lambda key: (sizes[key], key[2].encode())))
    return {
        key: Cell(
            len(own),
            sizes[key],
            len(_registered(own)),
            _lift(own, members[key[0], "all", "all"]),
            key in hidden,
        )
        for key, own in members.items()
    }


def _people(own: Iterable[Rejection]) -> set[str]:
    return {one.person_id for one in own}


def _registered(own: Iterable[Rejection]) -> set[str]:
    return {one.person_id for one in own if one.is_registered}


def _lift(own: list[Rejection], everybody: list[Rejection]) -> Fraction | None:
    whole = Fraction(len(_registered(everybody)), len(_people(everybody)))
    return Fraction(len(_registered(own)), len(_people(own))) / whole if whole else None


def _band(days: int) -> str:
    return next((name for limit, name in BANDS if days < limit), "60+")


def _time(value: object) -> datetime:
    assert isinstance(value, datetime)
    return value


def _day(value: object) -> date:
    assert isinstance(value, date)
    return value
