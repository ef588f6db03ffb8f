"""Marts over a small story that gives every metric something to count."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dbt.conftest import owner, project, raw, target
from tests.dbt.project import Project
from tests.dbt.raw import Company, Raw
from tests.semantic.metricflow import MetricFlow

__all__ = ["owner", "project", "raw", "target"]

AS_OF = "2026-12-31T15:00:00Z"


def _applicant(company: Company, number: int, rejected: str, registered: str | None) -> None:
    person: dict[str, Any] = {"email": f"e{number}", "name": f"n{number}"}
    company.candidate(number, **person)
    company.rejected(number, number, rejected)
    company.mail(number, number, f"t{number}", rejected)
    if registered:
        company.response(
            f"r{number:03}", landed=registered, submitted=registered, token=f"t{number}", **person
        )


def _company(raw: Raw, name: str, applicants: int) -> Company:
    """Rejections around two ends of a month in Tokyo, every third without a registration."""
    company = raw.company(name)
    company.reference()
    company.contract("v1", "2025-01-01", threshold=3, slot_valid_days=60)
    for number in range(1, applicants + 1):
        month = 5 + number % 3
        rejected = f"2025-{month:02}-{28 + number % 3:02}T1{4 + number % 2}:59:00Z"
        registered = f"2025-{month + 1:02}-{1 + number % 27:02}T15:30:00Z" if number % 3 else None
        _applicant(company, number, rejected, registered)
    # on a slot, with everything up to the join; declined; without a slot
    company.introduction(
        "i1", 1, "2025-07-05", interview_on="2025-07-10", offered_on="2025-07-31",
        accepted_on="2025-08-01",
    )  # fmt: skip
    company.introduction("i2", None, "2025-07-31", interview_on="2025-08-01",
                         declined_on="2025-08-31")  # fmt: skip
    company.introduction("i3", None, "2025-08-01", accepted_on="2025-08-20")
    for introduction in ("i4", "i5", "i6"):
        company.introduction(introduction, None, "2025-08-01", accepted_on="2025-08-20")
    company.introduction("i7", 2, "2025-09-01", accepted_on="2025-09-02")
    for join, day in (("1", 1), ("3", 2), ("4", 3), ("5", 30), ("6", 30), ("7", 9)):
        company.join(f"j{join}", f"i{join}", f"2025-09-{day:02}")
    company.attestation("j1", "2026-11", "2026-11-30", "yes")
    company.attestation("j3", "2025-10", "2025-10-31", "no", left_on="2025-10-10",
                        leave_type="voluntary")  # fmt: skip
    company.attestation("j4", "2026-11", "2026-11-30", "no", left_on="2026-02-01",
                        leave_type="dismissal")  # fmt: skip
    company.attestation("j6", "2026-11", "2026-11-30", "yes")
    return company


def _selection(company: Company) -> None:
    """One who withdrew, one who declined an offer, one hired; and a form that two left, one of
    them a machine."""
    company.rejected(101, 1, "2025-06-01T00:00:00Z", by="candidate")
    company.rejected(102, 1, "2025-06-01T00:00:00Z", by="candidate")
    company.offer(102, 102, version=1, status="Rejected", sent_on="2025-05-20",
                  resolved_at="2025-05-25T00:00:00Z")  # fmt: skip
    company.application(103, 1, status="hired")
    company.offer(103, 103, version=1, status="Accepted", sent_on="2025-06-01",
                  resolved_at="2025-06-02T00:00:00Z")  # fmt: skip
    company.response("p1", landed="2025-07-05T00:00:00Z", kind="partial", token="t3",
                     answered=("name", "kana"))  # fmt: skip
    company.response("s1", landed="2025-07-05T00:00:00Z", kind="started", token="t6",
                     client={"agent_class": "scanner", "device": "desktop"})  # fmt: skip
    # the link of the first, filled in by somebody else
    company.response("f1", landed="2025-09-05T00:00:00Z", submitted="2025-09-05T00:10:00Z",
                     token="t1", email="other", name="nobody", phone="9")  # fmt: skip


def _return(company: Company) -> None:
    """Fees and costs over two fiscal years, hires through another channel, lines that differ."""
    company.fee_terms("2025-04-01", 30, refund_steps="180:50")
    for number, month in enumerate(("2025-07", "2025-09", "2026-04")):
        company.cost(f"{number}", month, 100_000 + number)
    company.cost("x", "2025-12", 60_000, kind="external", is_programme="no")
    company.hire("h1", "2025-09-01", "2026-11-30")
    company.hire("h2", "2025-09-01", "2026-11-30", left_on="2025-09-20", leave_type="voluntary")
    # a slot whose person left early, and one that is still open
    company.introduction("i9", 3, "2025-08-25", accepted_on="2025-09-10")
    company.join("j9", "i9", "2025-10-05")
    company.attestation("j9", "2025-12", "2025-12-31", "no", left_on="2025-11-30",
                        leave_type="voluntary")  # fmt: skip
    company.introduction("i8", 4, "2025-09-10", interview_on="2025-09-20")
    company.stated_slot(1, "2025-07-05", used_on="2025-07-05", introduction_id="i1")
    company.stated_slot(99, "2025-07-05")


@pytest.fixture(scope="module")
def marts(raw: Raw, project: Project) -> Raw:
    """Two companies' marts, built; of the second nobody states a fee, a cost or a hire."""
    _return(_company(raw, "aozora", 24))
    _selection(_company(raw, "hinata", 13))
    raw.check(AS_OF)
    project.transform()
    return raw


@pytest.fixture(scope="module")
def metricflow(marts: Raw, project: Project) -> MetricFlow:
    """MetricFlow on what that build left."""
    return MetricFlow(project.target)
