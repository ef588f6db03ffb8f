"""Every mart against the oracle, row by row, where every company keeps another ATS.

Two of these are files that somebody exports. The rejection mails go out through the ATS, of which
only Greenhouse logs them, or a provider or the company's own log tells of them. People register by
one of three forms, and some companies keep an HR system. What the systems do not tell (who was
mailed, phones, reasons, times, the stages between two runs, who opened a form) is missing or told
otherwise in the marts by the rules of ``tests.oracle.vendors``, ``forms`` and ``staff``. After the
first run the companies delete, merge and anonymise candidates in their ATSs.

Besides the marts: what of these systems is stored, and how many requests it takes.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from math import ceil
from typing import Any, LiteralString

import pytest
from psycopg.rows import dict_row

import warehouse
from sandbox.world_catalog import COMPANIES
from tests.end_to_end.scenario import Played, Scenario, play
from tests.oracle.applications import selections
from tests.oracle.employments import employments
from tests.oracle.forms import FORMS as FORM_TELLS
from tests.oracle.registrations import counted, registrations
from tests.oracle.rows import Row
from tests.oracle.staff import matches
from tests.oracle.truth import Truth
from tests.oracle.vendors import ATS
from tests.oracle.visible import at

pytestmark = pytest.mark.long

SEED = 28
APPLICATIONS_OF_EACH = 150  # with fewer, a slot taken back has been used before it is granted anew
SYSTEMS = tuple(ATS)
MAIL = ("ats", "log", "mailgun", "sendgrid", "ses")
FORMS = ("typeform", "google_forms", "tally")
HR = ("smarthr", "freee", "none", "freee", "smarthr")


def _of(names: tuple[str, ...]) -> dict[str, str]:
    """What the company with each ATS uses."""
    return {ats: names[place % len(names)] for place, ats in enumerate(SYSTEMS)}


COMPANY_OF = {ats: company_id for ats, (company_id, _) in zip(SYSTEMS, COMPANIES, strict=False)}
MAIL_OF, FORM_OF, HR_OF = _of(MAIL), _of(FORMS), _of(HR)
PROVIDED = {f"{COMPANY_OF[a]}_{m}": m for a, m in MAIL_OF.items() if m not in ("ats", "log")}
FORMED = {f"{COMPANY_OF[a]}_{form}": form for a, form in FORM_OF.items()}
STAFFED = {f"{COMPANY_OF[a]}_{hr}": hr for a, hr in HR_OF.items() if hr != "none"}
EMPLOYEES = {"smarthr": "crews", "freee": "employees"}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, warehouse_url: str) -> Played:
    """The scenario, played once; its warehouse stays as the last build left it."""
    return play(
        tmp_path_factory.mktemp("world"),
        SEED,
        companies=len(SYSTEMS),
        applications=len(SYSTEMS) * APPLICATIONS_OF_EACH,
        ats=SYSTEMS,
        mail=MAIL,
        form=FORMS,
        hr=HR,
        removing=True,
    )


@pytest.fixture(scope="module")
def view(played: Played) -> Truth:
    """What the systems show at the last clock."""
    return at(played.truth, played.clocks[-1], played.clocks[:-1])


@pytest.fixture(scope="module")
def matched(played: Played) -> list[dict[str, Any]]:
    """Which employee each join and hire is, at the last clock."""
    return _rows("select * from marts.fct_employment_matches")


def _rows(query: LiteralString) -> list[dict[str, Any]]:
    with warehouse.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query).fetchall()


def _by(connections: Mapping[str, str], rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of the companies that have some systems, by system."""
    systems = {name.partition("_")[0]: system for name, system in connections.items()}
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if str(row["company_id"]) in systems:
            found[systems[str(row["company_id"])]].append(row)
    return found


def _without(truth: Truth, kind: str) -> Truth:
    """The truth without one kind of removals."""
    return replace(truth, removals=tuple(one for one in truth.removals if one.kind != kind))


def _counting(view: Truth) -> set[str]:
    return {one.registration_id for one in counted(registrations(view, selections(view)))}


class TestMarts(Scenario):
    def test_every_system_has_its_own_company(self, played: Played) -> None:
        connections = {str(row["connection"]) for row in played.actual[-1]["fct_applications"]}
        assert sorted(name.partition("_")[2] for name in connections) == sorted(SYSTEMS)

    def test_registrations_are_matched_at_every_system(self, played: Played) -> None:
        """By the link where anything tells of the mail, by who the person is everywhere else."""
        methods: dict[str, set[object]] = {name: set() for name in SYSTEMS}
        for row in played.actual[-1]["fct_relay_funnel"]:
            if row["match_method"] is not None:
                methods[str(row["connection"]).partition("_")[2]].add(row["match_method"])
        for name, found in methods.items():
            assert ("token" in found) == (ATS[name].mails or MAIL_OF[name] != "ats"), name
            assert "email" in found, name
            assert "phone" not in found or ATS[name].phones, name

    def test_slots_are_earned_at_every_system(self, played: Played) -> None:
        slots = {row["company_id"] for row in played.actual[-1]["fct_slots"]}
        assert slots == {row["company_id"] for row in played.actual[-1]["dim_companies"]}


class TestRemovals:
    def test_every_system_plays_what_it_can(self, played: Played) -> None:
        systems = {company: ats for ats, company in COMPANY_OF.items()}
        kinds: dict[str, set[str]] = defaultdict(set)
        for removal in played.truth.removals:
            kinds[systems[removal.company_id]].add(removal.kind)
        every = {"deleted", "merged", "anonymised"}
        assert kinds == {
            **dict.fromkeys(("greenhouse", "lever", "ashby"), every),
            "workable": {"anonymised"},
            **{ats: {"deleted"} for ats in ("herp", "talentio", "hrmos", "jobcan")},
        }

    def test_the_figures_are_others_with_them(self, played: Played) -> None:
        """So the comparison holds something: in the run after it other registrations would count
        without any one kind of removal, more without deletions and without merges."""
        first, clock, *_ = played.clocks
        counting = {
            kind: _counting(at(_without(played.truth, kind), clock, [first]))
            for kind in ("", "deleted", "merged", "anonymised")
        }
        assert counting["deleted"] - counting[""]
        assert counting["merged"] - counting[""]
        assert counting["anonymised"] != counting[""]

    def test_the_anonymous_stay_counted(self, played: Played) -> None:
        """Also those whose mail only the provider's address tied to them."""
        anonymous = {
            removal.candidate_id
            for removal in played.truth.removals
            if removal.kind == "anonymised"
        }
        own = {a.key for a in played.truth.applications if a.candidate_id in anonymous}
        told = ("application_id", "mailed_at", "registered_at", "match_method", "counted_at")
        first, last = (
            [
                [row[name] for name in told]
                for row in sorted(marts["fct_relay_funnel"], key=lambda r: str(r["application_id"]))
                if row["application_id"] in own and row["counted_at"] is not None
            ]
            for marts in (played.actual[0], played.actual[-1])
        )
        assert len(first) >= 8
        assert first == last


class TestMails:
    def test_mails_are_known_as_far_as_anything_tells_of_them(self, played: Played) -> None:
        states: dict[str, set[object]] = {name: set() for name in SYSTEMS}
        for row in played.actual[-1]["fct_relay_funnel"]:
            states[str(row["connection"]).partition("_")[2]].add(row["mail_state"])
        for name, found in states.items():
            if MAIL_OF[name] not in ("ats", "log"):
                assert found == {"delivered", "bounced", "unknown"}, name
            elif MAIL_OF[name] == "log" or ATS[name].mails:
                assert found == {"sent", "unknown"}, name
            else:
                assert found == {"unknown"}, name

    def test_people_and_machines_follow_the_links(self, played: Played) -> None:
        funnel = played.actual[-1]["fct_relay_funnel"]
        assert "mail_bounced" in {row["stopped_because"] for row in funnel}
        clicked = [row for row in funnel if row["clicked_at"] is not None]
        assert {row["human_clicked_at"] is None for row in clicked} == {True, False}

    def test_every_event_lands_once_however_often_it_is_posted(self, view: Truth) -> None:
        found = _rows(
            "select connection, count(*) as n from intermediate.int_mail_events_unioned group by 1"
        )
        read = {row["connection"]: row["n"] for row in found}
        shown = Counter(event.company_id for event in view.mail_events)
        for connection in PROVIDED:
            assert read[connection] == shown[connection.partition("_")[0]] > 0, connection

    def test_no_request_is_made_that_need_not_be(self, played: Played, view: Truth) -> None:
        """Of Mailgun: every page once, and the empty page that says it was the last."""
        for connection, provider in PROVIDED.items():
            new = [
                event
                for event in view.mail_events
                if event.company_id == connection.partition("_")[0]
                and event.visible_at > played.clocks[-2]
            ]
            least = 1 + ceil(len(new) / 300) if provider == "mailgun" else 0
            made = played.requests[-1][connection]["events"]
            print(f"{connection}: {made} requests for {len(new)} events, least {least}")
            assert made == least


class TestForms:
    def test_people_register_and_refuse_by_every_form(self, played: Played) -> None:
        funnel = _by(FORMED, played.actual[-1]["fct_relay_funnel"])
        assert funnel.keys() == set(FORMS)
        for form, rows in funnel.items():
            answers = {row["has_consent"] for row in rows if row["registered_at"] is not None}
            assert answers == {True, False}, form
            assert {row["match_method"] for row in rows} >= {"token", "email", None}, form

    def test_forms_are_shown_as_far_as_they_tell_of_them(self, played: Played) -> None:
        sessions = _by(FORMED, played.actual[-1]["fct_form_sessions"])
        for form, rows in sessions.items():
            assert {row["state"] for row in rows} == FORM_TELLS[form].shows, form

    def test_nothing_is_said_of_where_people_left_a_form_that_does_not_tell(
        self, played: Played
    ) -> None:
        friction = _by(FORMED, played.actual[-1]["agg_form_friction"])
        assert friction.keys() == {form for form in FORMS if FORM_TELLS[form].openings}

    def test_no_request_is_made_that_need_not_be(self, played: Played) -> None:
        """Of Google: the access token and a page, which holds everything. Of Tally: the pages, of
        which one has all that is new in thirty days."""
        shown = Counter(row["connection"] for row in played.actual[0]["fct_form_sessions"])
        for connection, form in FORMED.items():
            first, *_, last = (requests[connection] for requests in played.requests)
            print(f"{connection}: requests {first}, then {last}")
            if form == "google_forms":
                assert first == last == {"responses": 2}
            if form == "tally":
                assert first == {"submissions": ceil(shown[connection] / 50)}
                assert last == {"submissions": 1}


class TestStaff:
    def test_nobody_is_guessed(self, view: Truth, matched: list[dict[str, Any]]) -> None:
        found = {row["employment_id"]: row["employee_id"] for row in matched}
        expected = {key: one.employee_id for key, one in matches(view).items()}
        assert {key: who for key, who in found.items() if who} == expected
        staffed = {connection.partition("_")[0] for connection in STAFFED}
        listed = {one.key for one in employments(view, ()) if one.company_id in staffed}
        assert found.keys() == listed

    def test_the_world_holds_every_kind_of_match(self, matched: list[dict[str, Any]]) -> None:
        states = {row["match_state"] for row in matched}
        assert states == {"matched", "ambiguous", "dates_disagree", "not_found"}
        sure = [row for row in matched if row["employee_id"]]
        assert {(row["match_method"], row["match_tier"]) for row in sure} == {
            ("employee_number", None),
            ("identity", 2),
            ("identity", 3),
        }
        assert {row["feed"] for row in sure} == {"joins", "hires"}
        assert any(row["is_join_disputed"] for row in sure)
        assert {row["is_leaving_disputed"] for row in sure} == {True, False}

    def test_every_system_tells_of_somebody(self, view: Truth) -> None:
        """By the lists alone retention would be another: the comparison holds something."""
        assert {one.observer for one in employments(view, ())} == {"", *STAFFED}

    def test_nothing_personal_is_stored(self, played: Played) -> None:
        stored = _rows(
            "select string_agg(payload::text, '') as text from raw_smarthr.crews"
            " union all select string_agg(payload::text, '') from raw_freee.employees"
        )
        with closing(sqlite3.connect(played.home / "truth.db")) as truth:
            people = [json.loads(text) for (text,) in truth.execute("select person from employee")]
        personal = {person[name] for person in people for name in ("kana", "phone", "email")}
        assert len(personal) > 500
        texts = [row["text"] for row in stored]
        assert all(len(text) > 10_000 for text in texts)
        assert [value for value in personal if value and any(value in t for t in texts)] == []

    def test_no_request_is_made_that_need_not_be(self, played: Played) -> None:
        """Neither filters by change: the least is every page once. freee does not say how many rows
        there are, so a full last page is followed by an empty one; one request is its token's."""
        with closing(sqlite3.connect(played.home / "world.db")) as world:
            shown = dict(world.execute("select account, count(*) from records group by account"))
        for connection, system in STAFFED.items():
            rows = shown[connection]
            least = ceil(rows / 100) if system == "smarthr" else rows // 100 + 2
            made = played.requests[-1][connection][EMPLOYEES[system]]
            print(f"{connection}: {made} requests for {rows} records, least {least}")
            assert rows > 100
            assert made == least
