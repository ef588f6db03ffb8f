"""What a view keeps of the responses when the company's form does not tell everything."""

from __future__ import annotations

import pytest

import sandbox.forms
from tests.oracle.form_friction import rows as friction_rows
from tests.oracle.form_friction import session_rows
from tests.oracle.forms import FORMS
from tests.oracle.funnel import rows as funnel_rows
from tests.oracle.monthly import rows as monthly_rows
from tests.oracle.rows import Row
from tests.oracle.story import FAR, Story, jst
from tests.oracle.truth import FormSession, Truth
from tests.oracle.visible import at

LANDED, SAVED, SENT = "2026-01-10 10:00", "2026-01-10 10:05", "2026-01-10 10:20"


def told(form: str) -> Truth:
    """Four who were mailed: one registers, one stops half-way, one only opens the form."""
    story = Story(form=form)
    story.contract()
    for number in (1, 2, 3, 4):
        story.applies(number, f"p{number}")
        story.rejects(number, "2026-01-05 10:00")
    found = {"token": "tok1", "method": "token", "application": 1, "candidates": (1,)}
    story.answers("r1", "p1", LANDED, SENT, **found)  # type: ignore[arg-type]
    story.answers("r2", "p2", LANDED, None, token="tok2", partial=SAVED)
    story.answers("r3", "p3", LANDED, None, token="tok3")
    story.sessions += [
        FormSession(name, "mobile", "human", f"n-{name}", "2", last, None)
        for name, last in (("r1", None), ("r2", "name"), ("r3", None))
    ]
    return at(story.truth(), jst(FAR))


def ways(form: str, column: str) -> list[object]:
    found: list[Row] = sorted(funnel_rows(told(form)), key=lambda row: str(row["application_id"]))
    return [row[column] for row in found]


def test_every_form_of_the_sandbox_has_an_entry() -> None:
    assert set(FORMS) == set(sandbox.forms.FORMS)


@pytest.mark.parametrize(
    ("form", "states", "landed"),
    [
        ("typeform", ["completed", "partial", "opened"], [LANDED, LANDED, LANDED]),
        ("tally", ["completed", "partial"], [SENT, SAVED]),
        ("google_forms", ["completed"], [SENT]),
    ],
)
def test_what_is_shown_of_who_opened_a_form(
    form: str, states: list[str], landed: list[str]
) -> None:
    rows = session_rows(told(form))
    assert [row["state"] for row in rows] == states
    assert [row["landed_at"] for row in rows] == [jst(moment) for moment in landed]
    assert {row["connection"] for row in rows} == {f"c_{form}"}
    assert {row["device"] for row in rows} == {"mobile" if form == "typeform" else "unknown"}
    assert {row["form_version"] for row in rows} == {"(none)" if form == "google_forms" else "2"}


@pytest.mark.parametrize(
    ("form", "open_states", "reasons"),
    [
        ("typeform", "human human human not_opened", "form_abandoned form_abandoned"
                                                     " form_not_opened"),
        ("tally", "human human unknown unknown", "form_abandoned opening_not_recorded"
                                                 " opening_not_recorded"),
        ("google_forms", "human unknown unknown unknown", "opening_not_recorded"
                                                          " opening_not_recorded"
                                                          " opening_not_recorded"),
    ],
)  # fmt: skip
def test_what_nobody_tells_is_unknown(form: str, open_states: str, reasons: str) -> None:
    assert " ".join(map(str, ways(form, "open_state"))) == open_states
    assert " ".join(map(str, ways(form, "stopped_because")[1:])) == reasons


def test_a_form_that_was_only_seen_sent_was_opened_at_no_known_time() -> None:
    assert ways("typeform", "human_opened_at")[:2] == [jst(LANDED), jst(LANDED)]
    assert ways("tally", "human_opened_at")[:2] == [None, jst(SAVED)]
    assert ways("google_forms", "opened_at") == [None] * 4


def test_the_last_question_goes_by_the_order_that_is_known() -> None:
    """Version 2 asks for the name in the fourth place, relay.toml lists it first."""
    for form, last in (("typeform", "name"), ("tally", "wish_location")):
        partial = next(row for row in session_rows(told(form)) if row["state"] == "partial")
        assert (partial["answered_count"], partial["last_question"]) == (4, last)


def test_nothing_is_said_of_where_people_left_a_silent_form() -> None:
    assert friction_rows(told("typeform"))
    assert not friction_rows(told("tally"))
    assert not friction_rows(told("google_forms"))


def test_no_way_from_a_mail_to_a_silent_form_has_an_end() -> None:
    for form, at_risk in (("typeform", 4), ("tally", 0), ("google_forms", 0)):
        (row,) = (
            row
            for row in monthly_rows(told(form))
            if (row["basis"], row["segment_type"], row["step"]) == ("cohort", "all", "opened")
        )
        assert row["transitions_at_risk"] == at_risk, form


def test_a_count_is_of_a_registration_of_the_companys_form() -> None:
    story = Story(form="tally")
    story.says_counted("r1", "2026-01-10")
    (line,) = at(story.truth(), jst(FAR)).counted_statements
    assert line.key == "c_tally:r1"
