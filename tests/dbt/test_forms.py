"""Google Forms and Tally beside Typeform: edits, lost tokens, what such a form cannot know."""

from typing import Any

import pytest

from tests.dbt.project import Project
from tests.dbt.raw import Company, Raw

pytestmark = pytest.mark.long

BUILT_SOURCES = ("google_forms", "tally")
REJECTED = "2025-06-10T03:00:00Z"
MAILED = "2025-06-10T04:00:00Z"
SENT = "2025-06-11T00:00:00Z"
AS_OF = "2025-07-24T00:00:00Z"
BUILD = ["build", "--exclude", "test_type:unit"]


def _connected(raw: Raw, name: str, source: str) -> Company:
    company = raw.company(name)
    company.reference()
    raw.connection.execute(
        "insert into landing.connections values (%s, %s, %s)", [f"{name}_{source}", name, source]
    )
    company.contract("v1", "2025-01-01", threshold=1)
    for number in range(1, 6):
        company.candidate(number, email=f"e{number}", name=f"n{number}")
        company.rejected(number, number, REJECTED)
        company.mail(number, number, f"token-{number}", MAILED)
    return company


def _payload(answers: dict[str, Any], token: str | None) -> dict[str, Any]:
    listed = []
    for ref, value in answers.items():
        kind = {"consent": {"boolean": value}, "wish_location": {"choice": {"label": value}}}
        listed.append({"field": {"ref": ref}, **kind.get(ref, {"text": value})})
    return {"hidden": {"token": token}, "answers": listed}


def _google(
    raw: Raw, number: int, token: str | None, *, last: str = SENT, consent: bool = True, **keys: str
) -> None:
    answers = {**keys, "consent": consent}
    payload = {
        "responseId": f"g{number}",
        "createTime": SENT,
        "lastSubmittedTime": last,
        **_payload(answers, token),
    }
    raw.land(
        "google_forms", "responses", "googly_google_forms", f"g{number}", payload, keys.items()
    )


def _tally(raw: Raw, number: int, token: str | None, *, done: bool = True, **keys: str) -> None:
    answers: dict[str, Any] = {**keys, **({"consent": True} if done else {})}
    payload = {
        "id": f"t{number}",
        "isCompleted": done,
        "submittedAt": SENT,
        **_payload(answers, token),
    }
    raw.land("tally", "submissions", "tallied_tally", f"t{number}", payload, keys.items())


@pytest.fixture(scope="module")
def built(project: Project, raw: Raw) -> Raw:
    """A company by Google Forms, one by Tally, one by Typeform; then some answers are edited."""
    _connected(raw, "googly", "google_forms")
    _google(raw, 1, "token-1", email="e1", name="n1")
    _google(raw, 2, "nekot-2", email="e2", name="n2")  # mangled: matches by who it is
    _google(raw, 3, "nekot-3", email="x3", name="x3")  # mangled, and nobody that is known
    _google(raw, 4, None, email="x4", name="x4")
    _connected(raw, "tallied", "tally")
    _tally(raw, 1, "token-1", email="e1", name="n1")
    _tally(raw, 2, "token-2", done=False, email="e2")
    typed = raw.company("typed")
    typed.reference()
    typed.candidate(1, email="e1", name="n1")
    typed.rejected(1, 1, REJECTED)
    typed.response("r1", landed=SENT, token=None, kind="started")
    mapped_wrongly = raw.company("mapped")
    mapped_wrongly.reference()
    for number in range(20):
        mapped_wrongly.response(f"m{number}", landed=SENT, submitted=SENT, name=f"m{number}")
    raw.check(AS_OF)
    project.run(*BUILD)
    _google(raw, 1, "token-1", last="2025-06-20T00:00:00Z", consent=False, email="e1", name="n1")
    _google(raw, 4, None, last="2025-06-21T00:00:00Z", email="e4", name="n4")
    raw.check(AS_OF)
    results = project.run(*BUILD)
    assert results["assert_forms_say_who_registers"]["status"] == "warn"
    return raw


def _registrations(built: Raw, company: str) -> dict[str, tuple[Any, ...]]:
    found = built.rows(
        "select registration_id, application_id, match_method, has_consent,"
        " submitted_at = '2025-06-11 00:00:00+00' from intermediate.int_registrations_matched"
        f" where company_id = '{company}'"
    )
    return {row[0].rpartition(":")[2]: (row[1] and row[1][-1], *row[2:]) for row in found}


def test_an_edited_response_is_one_registration_of_its_first_time(built: Raw) -> None:
    assert _registrations(built, "googly") == {
        "g1": ("1", "token", False, True),
        "g2": ("2", "email", True, True),
        "g3": (None, None, True, True),
        "g4": ("4", "email", True, True),  # by the address that was corrected
    }


def test_a_withdrawn_consent_takes_the_point_back(built: Raw) -> None:
    postings = built.rows(
        "select cause, quantity from marts.fct_slot_ledger"
        " where posting_key = 'count:googly_google_forms:g1/points' order by cause"
    )
    assert postings == [("registration_counted", 1), ("reversal", -1)]


def test_a_partial_submission_is_no_registration(built: Raw) -> None:
    assert _registrations(built, "tallied") == {"t1": ("1", "token", True, True)}


@pytest.mark.parametrize("company", ["googly", "tallied"])
def test_friction_of_a_form_without_openings_is_unknown_not_zero(built: Raw, company: str) -> None:
    count = "select count(*) from marts.agg_form_friction where company_id = "
    assert built.rows(f"{count} '{company}'") == [(0,)]
    assert built.rows(f"{count} 'typed'")[0][0] > 0


def test_who_opened_is_unknown_where_nobody_tells(built: Raw) -> None:
    found = built.rows(
        "select company_id, split_part(application_id, ':', 2)::int, open_state, stopped_because"
        " from marts.fct_relay_funnel order by 1, 2"
    )
    assert found == [
        ("googly", 1, "human", "consent_refused"),
        ("googly", 2, "human", None),
        ("googly", 3, "unknown", "opening_not_recorded"),
        ("googly", 4, "human", None),
        ("googly", 5, "unknown", "opening_not_recorded"),
        ("tallied", 1, "human", None),
        ("tallied", 2, "human", "form_abandoned"),
        ("tallied", 3, "unknown", "opening_not_recorded"),
        ("tallied", 4, "unknown", "opening_not_recorded"),
        ("tallied", 5, "unknown", "opening_not_recorded"),
        ("typed", 1, "not_opened", "mail_not_recorded"),
    ]
    times = "select count(human_opened_at), count(registered_at) from marts.fct_relay_funnel"
    assert built.rows(f"{times} where company_id = 'googly'") == [(0, 3)]


def test_no_way_to_an_opening_that_nobody_records_is_waited_for(built: Raw) -> None:
    found = built.rows(
        "select distinct transitions_at_risk from marts.agg_funnel_monthly where step = 'opened'"
        " and company_id = 'googly'"
    )
    assert found == [(0,)]


def test_what_was_left_half_way_is_seen(built: Raw) -> None:
    found = built.rows(
        "select state, answered_count, last_question, submitted_at is null"
        " from marts.fct_form_sessions where company_id = 'tallied' order by state"
    )
    assert found == [("completed", 3, "consent", False), ("partial", 1, "email", True)]
