"""People and machines at the form, where people leave it, and where applications leave."""

from decimal import Decimal
from typing import Any

import pytest

from tests.dbt.project import Project
from tests.dbt.raw import Company, Raw

pytestmark = pytest.mark.long

REJECTED = "2025-06-10T03:00:00Z"
MAILED = "2025-06-10T04:00:00Z"
AS_OF = "2025-06-24T00:00:00Z"
PHONE = {"device": "mobile", "agent_class": "human"}
DESKTOP = {"device": "desktop", "agent_class": "human"}


def _rejected(company: Company, number: int) -> None:
    company.candidate(number, email=f"e{number}", name=f"n{number}")
    company.rejected(number, number, REJECTED)
    company.mail(number, number, f"t{number}", MAILED)


def _opened(company: Company, number: int, landed: str, **response: Any) -> None:
    company.response(
        f"r{number}-{landed}",
        **{
            "landed": f"2025-06-{landed}Z",
            "token": f"t{number}",
            "kind": "started",
            "client": PHONE,
            "version": "2",
            **response,
        },
    )


@pytest.fixture(scope="module")
def built(project: Project, raw: Raw) -> Raw:
    """Ten rejected applicants; their mails are of 10 June, the form is looked at on the 24th."""
    company = raw.company("aozora")
    company.reference()
    for number in range(1, 11):
        _rejected(company, number)
    # machines, each by one sign
    _opened(company, 1, "11T00:00:00", client={"device": "unknown", "agent_class": "scanner"})
    _opened(company, 2, "11T00:00:00", client={"device": "unknown", "agent_class": "library"})
    _opened(company, 3, "10T04:00:10")
    for number, landed in ((4, "12T18:00:00"), (5, "12T18:00:30"), (6, "12T18:01:00")):
        _opened(company, number, landed, network="gateway")
    # the same network, two links only; and a link opened twice
    _opened(company, 1, "13T18:00:00", network="office")
    _opened(company, 2, "13T18:00:20", network="office")
    _opened(company, 2, "13T18:00:40", network="office")
    # a person in a hurry, whom a machine came before
    _opened(company, 7, "10T04:00:01")
    _opened(
        company, 7, "10T04:00:05", kind="completed", submitted="2025-06-10T04:10:05Z",
        email="e7", name="n7",
    )  # fmt: skip
    # left at the third and the last question of version 2, and just opened
    _opened(company, 8, "10T16:00:00", kind="partial", answered=("wish_job_type", "wish_location"))
    _opened(
        company, 9, "10T14:59:59", kind="partial",
        answered=("wish_job_type", "wish_location", "email", "name", "kana", "phone", "birth_date",
                  "consent"),
    )  # fmt: skip
    _opened(company, 10, "24T00:00:00", client=DESKTOP)
    # ends without a rejection by the company
    for number, by in ((11, "candidate"), (12, "candidate")):
        company.candidate(number, email=f"e{number}", name=f"n{number}")
        company.rejected(number, number, REJECTED, by=by)
    company.offer(1, 12, version=1, status="Rejected", sent_on="2025-06-01", resolved_at=REJECTED)
    company.raw.land(
        "greenhouse", "application_stages", "aozora_greenhouse", "99",
        {"id": 99, "application_id": 12, "job_interview_stage_id": 2,
         "entered_at": "2025-05-02T00:00:00Z"},
    )  # fmt: skip
    company.application(13, 1, status="hired")
    raw.check(AS_OF)
    project.transform()
    return raw


def test_machines_are_kept_with_the_sign_that_gave_them_away(built: Raw) -> None:
    found = built.rows(
        "select split_part(split_part(response_id, ':r', 2), 'T', 1), bot_reason"
        " from marts.fct_form_sessions where is_probable_bot order by 1"
    )
    assert found == [
        ("1-11", "scanner_agent"),
        ("2-11", "library_agent"),
        ("3-10", "seconds_after_mail"),
        ("4-12", "burst"),
        ("5-12", "burst"),
        ("6-12", "burst"),
        ("7-10", "seconds_after_mail"),
    ]


def test_only_people_open(built: Raw) -> None:
    found = built.rows(
        "select split_part(application_id, ':', 2)::int, open_state, stopped_because,"
        " to_char(opened_at, 'DD HH24:MI:SS'), to_char(human_opened_at, 'DD HH24:MI:SS')"
        " from marts.fct_relay_funnel order by 1"
    )
    assert found == [
        (1, "human", "form_abandoned", "11 00:00:00", "13 18:00:00"),
        (2, "human", "form_abandoned", "11 00:00:00", "13 18:00:20"),
        (3, "probable_bot", "form_not_opened", "10 04:00:10", None),
        (4, "probable_bot", "form_not_opened", "12 18:00:00", None),
        (5, "probable_bot", "form_not_opened", "12 18:00:30", None),
        (6, "probable_bot", "form_not_opened", "12 18:01:00", None),
        (7, "human", None, "10 04:00:01", "10 04:00:05"),
        (8, "human", "form_abandoned", "10 16:00:00", "10 16:00:00"),
        (9, "human", "form_abandoned", "10 14:59:59", "10 14:59:59"),
        (10, "human", "form_abandoned", "24 00:00:00", "24 00:00:00"),
    ]
    assert built.rows(
        "select step, reached, transitions_at_risk, median_days_from_previous"
        " from marts.agg_funnel_monthly where basis = 'cohort' and segment_type = 'all'"
        " order by step_order"
    )[2:] == [
        # six of ten: the fifth came 3 days, 14 hours and 20 seconds after the mail
        ("opened", 6, 10, Decimal("3.5836")),
        ("registered", 1, 6, None),
        ("counted", 1, 1, 0),
    ]


def test_where_people_leave_the_form(built: Raw) -> None:
    found = built.rows(
        "select question, reached, abandoned, still_open from marts.agg_form_friction"
        " where device = 'all' order by question_order"
    )
    assert found == [
        # 7 opened by people; 9 on 10 June of Tokyo, 14 days ago, all others later
        ("wish_job_type", 7, 0, 4),
        ("wish_location", 3, 0, 0),
        ("email", 3, 0, 1),
        ("name", 2, 0, 0),
        ("kana", 2, 0, 0),
        ("phone", 2, 0, 0),
        ("birth_date", 2, 0, 0),
        ("consent", 2, 0, 0),
        ("(submit)", 2, 1, 0),
    ]
    whole = built.rows(
        "select device, opened, started, completed, completion_rate::text, probable_bots,"
        " median_minutes_to_complete, registration_rate::text from marts.agg_form_friction"
        " where question = 'email' order by 1"
    )
    assert whole == [
        ("all", 7, 3, 1, "0.142857", 7, None, "0.100000"),
        ("desktop", 1, 0, 0, "0.000000", 0, None, "0.100000"),
        ("mobile", 6, 3, 1, "0.166667", 5, None, "0.100000"),
        ("unknown", 0, 0, 0, None, 2, None, "0.100000"),
    ]


def test_where_applications_leave_the_selection(built: Raw) -> None:
    found = built.rows(
        "select stage, left_as, reached, left_here, share_of_reached::text, mailed, registered,"
        " registration_rate::text from marts.agg_stage_dropoff"
        " where left_here > 0 or stage = '(none)' and left_as = 'rejected' order by 1, 2"
    )
    assert found == [
        ("(none)", "rejected", 1, 0, "0.000000", 0, 0, None),
        ("Interview", "offer_declined", 1, 1, "1.000000", None, None, None),
        ("Screening", "rejected", 12, 10, "0.833333", 10, 1, "0.100000"),
        ("Screening", "withdrawn", 12, 1, "0.083333", None, None, None),
    ]


def test_the_key_of_a_network_stays_in_the_vault(built: Raw) -> None:
    columns = built.rows(
        "select table_schema, table_name from information_schema.columns"
        " where column_name like '%network%' and table_schema in ('staging', 'intermediate',"
        " 'marts')"
    )
    assert columns == []
