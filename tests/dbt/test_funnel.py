"""One rejected application per way through the funnel, and what the marts say of it."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.dbt.project import Project
from tests.dbt.raw import Company, Raw

REJECTED = "2025-06-10T03:00:00Z"
AS_OF = "2025-09-15T00:00:00Z"


def _person(number: int) -> dict[str, Any]:
    return {"email": f"e{number}", "phone": f"p{number}", "name": f"n{number}"}


def _story(company: Company, number: int, **response: Any) -> None:
    """A rejected application with a mail and, if given, a registration with its token."""
    company.candidate(number, **_person(number))
    company.rejected(number, number, REJECTED)
    company.mail(number, number, f"t{number}", "2025-06-10T04:00:00Z")
    if response:
        company.response(
            f"r{number}",
            **{
                "landed": "2025-06-11T00:00:00Z",
                "submitted": "2025-06-11T00:10:00Z",
                "token": f"t{number}",
                **response,
            },
        )


@pytest.fixture(scope="module")
def funnel(project: Project, raw: Raw) -> Mapping[str, dict[str, Any]]:
    """The rows of fct_relay_funnel by application number."""
    company = raw.company("aozora")
    company.reference()
    _story(company, 1, email="e1", name="n1")
    _story(company, 2, email="other", name="n2")
    _story(company, 3, token=None, email="e3", phone="p3")
    _story(company, 4, token=None, phone="p4", name="n4")
    _story(company, 5, token=None, name="n5")
    _story(company, 6, email="outsider", phone="outsider", name="outsider")
    _story(company, 7, token="t1", **_person(7))
    _story(company, 8, consent=False, **_person(8))
    _story(company, 9, consent=None, **_person(9))
    _story(company, 10, kind="started", submitted=None)
    _story(company, 11)
    company.candidate(12, **_person(12))
    company.rejected(12, 12, REJECTED)
    # one person, two records, both registered: the second is the duplicate
    _story(company, 13, **_person(13))
    company.candidate(14, email="e13", name="n13")
    company.rejected(14, 14, REJECTED)
    company.mail(14, 14, "t14", "2025-06-10T04:00:00Z")
    company.response(
        "r14", landed="2025-06-12T00:00:00Z", submitted="2025-06-12T00:10:00Z", token="t14",
        **_person(13),
    )  # fmt: skip
    # registered before the rejection that stands
    _story(company, 15, submitted="2025-06-10T02:59:59Z", landed="2025-06-10T02:00:00Z",
           **_person(15))  # fmt: skip
    # the same form sent twice; the second is late in the day of Tokyo
    _story(company, 16, **_person(16))
    company.response("r16b", landed="2025-06-11T15:00:00Z", submitted="2025-06-11T15:30:00Z",
                     token="t16", **_person(16))  # fmt: skip
    # a response that went through all three lists counts once
    _story(company, 17, **_person(17))
    for kind in ("started", "partial"):
        company.response("r17", landed="2025-06-01T00:00:00Z", token="t17", kind=kind)
    # mailed long before the rejection: some other mail
    company.candidate(18, **_person(18))
    company.rejected(18, 18, REJECTED)
    company.mail(18, 18, "t18", "2025-06-09T02:59:59Z")
    raw.check(AS_OF)
    project.build()
    columns = (
        "application_id, mail_state, registration_id, match_method, has_consent, counted_at,"
        " counted_date, stopped_because, opened_at, person_id"
    )
    names = columns.replace(" ", "").split(",")
    found = raw.rows(f"select {columns} from marts.fct_relay_funnel")
    return {row[0].partition(":")[2]: dict(zip(names, row, strict=True)) for row in found}


@pytest.mark.parametrize(
    ("number", "method", "stopped"),
    [
        (1, "token", None),
        (2, "token", None),
        (3, "email", None),
        (4, "phone", None),
        (5, None, "form_not_opened"),
        (6, None, "form_abandoned"),
        (7, "email", None),
        (8, "token", "consent_refused"),
        (9, "token", "consent_refused"),
        (10, None, "form_abandoned"),
        (11, None, "form_not_opened"),
        (12, None, "mail_not_recorded"),
        (13, "token", None),
        (14, "token", "duplicate_person"),
        (15, "token", "not_eligible"),
        (16, "token", None),
        (17, "token", None),
        (18, None, "mail_not_recorded"),
    ],
)
def test_where_an_application_stops(
    funnel: Mapping[str, dict[str, Any]], number: int, method: str | None, stopped: str | None
) -> None:
    row = funnel[str(number)]
    assert (row["match_method"], row["stopped_because"]) == (method, stopped)
    assert (row["counted_at"] is not None) == (stopped is None)


def test_a_forwarded_token_opens_only_the_form_of_its_own_person(
    funnel: Mapping[str, dict[str, Any]],
) -> None:
    assert funnel["7"]["registration_id"] == "aozora_typeform:r7"
    assert funnel["1"]["registration_id"] == "aozora_typeform:r1"


def test_the_first_of_two_forms_counts(funnel: Mapping[str, dict[str, Any]]) -> None:
    assert funnel["16"]["registration_id"] == "aozora_typeform:r16"
    assert str(funnel["16"]["counted_date"]) == "2025-06-11"


def test_the_most_advanced_response_gives_the_times(funnel: Mapping[str, dict[str, Any]]) -> None:
    assert funnel["17"]["opened_at"].isoformat() == "2025-06-11T00:00:00+00:00"


def test_two_records_of_one_person(funnel: Mapping[str, dict[str, Any]]) -> None:
    people = {funnel["13"]["person_id"], funnel["14"]["person_id"]}
    assert people == {"aozora_greenhouse:13"}


def test_the_month_adds_up(funnel: Mapping[str, dict[str, Any]], raw: Raw) -> None:
    steps = raw.rows(
        "select step, reached, previous_reached, is_mature from marts.agg_funnel_monthly"
        " where basis = 'cohort' and segment_type = 'all' order by step_order"
    )
    assert steps == [
        ("rejected", 18, None, True),
        ("mailed", 16, 18, True),
        ("opened", 14, 16, True),
        ("registered", 12, 14, True),
        ("counted", 8, 12, True),
    ]
    assert raw.rows(
        "select distinct segment_value from marts.agg_funnel_monthly"
        " where segment_type in ('stage_reached', 'department', 'employment_type', 'channel')"
        " order by 1"
    ) == [("Development",), ("Referral",), ("Screening",), ("permanent",)]


def test_outcomes(raw: Raw, project: Project, funnel: Mapping[str, dict[str, Any]]) -> None:
    company = Company(raw, "aozora")
    for number in (31, 32):
        company.rejected(number, 1, REJECTED, by="candidate")
    company.offer(1, 32, version=1, status="Rejected", sent_on="2025-06-01", resolved_at=REJECTED)
    company.rejected(33, 1, REJECTED)
    company.application(33, 1)  # un-rejected: its rejection details are still there
    company.application(34, 1, prospect=True)
    company.application(35, 1, status="hired")
    for version, at in ((1, "2025-06-01T00:00:00Z"), (2, "2025-06-02T00:00:00Z")):
        company.offer(version + 1, 35, version=version, status="Accepted", sent_on="2025-06-01",
                      resolved_at=at)  # fmt: skip
    raw.check(AS_OF)
    project.transform()
    found = raw.rows(
        "select split_part(application_id, ':', 2), outcome, ended_at is not null,"
        " rejection_reason is not null, hired_at::text from marts.fct_applications"
        " where application_id like '%:3_' order by 1"
    )
    assert found == [
        ("31", "withdrawn_by_candidate", True, True, None),
        ("32", "offer_declined", True, True, None),
        ("33", "in_process", False, False, None),
        ("35", "hired", False, False, "2025-06-02 00:00:00+00"),
    ]
