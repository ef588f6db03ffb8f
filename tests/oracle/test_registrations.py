"""Which registrations count, when, and why the others do not: stories worked out by hand."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from tests.oracle.applications import selections
from tests.oracle.ledger import accounts, desired
from tests.oracle.registrations import Registration, registrations
from tests.oracle.story import FAR, Story, jst
from tests.oracle.visible import at


def judged(story: Story, clock: str = FAR) -> dict[str, Registration]:
    """Every registration of the story by its response."""
    view = at(story.truth(), jst(clock))
    return {r.response.response_id: r for r in registrations(view, selections(view))}


def verdicts(story: Story, clock: str = FAR) -> dict[str, str | None]:
    return {name: found.refused_because for name, found in judged(story, clock).items()}


@pytest.mark.parametrize(
    ("event", "consent", "counted_at", "reason"),
    [
        ("registered", False, "2026-01-10 10:00", None),
        ("consented", False, None, "no_consent"),
        ("consented", True, "2026-01-10 10:00", None),
        ("verified", True, "2026-01-12 00:00", None),
        ("verified", False, None, "no_consent"),
        ("referred", True, None, "not_yet"),
    ],
)
def test_the_event_that_counts(
    event: str, consent: bool, counted_at: str | None, reason: str | None
) -> None:
    story = Story()
    story.contract(event=event)
    story.applies(1, "p1")
    story.rejects(1, "2026-01-05 10:00")
    at_ten = "2026-01-10 10:00"
    story.answers(
        "r1", "p1", at_ten, at_ten, token="tok1", consent=consent, method="token", application=1
    )
    story.becomes("r1", "verified", "2026-01-12")
    found = judged(story)["r1"]
    assert found.counted_at == (jst(counted_at) if counted_at else None)
    assert found.refused_because == reason


def test_an_event_on_the_day_of_the_form_counts_when_the_form_came() -> None:
    story = Story()
    story.contract(event="verified")
    story.counts(1, "2026-01-10 10:00")
    story.becomes("r1", "verified", "2026-01-10")
    assert judged(story)["r1"].counted_at == jst("2026-01-10 10:00")


def test_the_contract_of_the_day_of_the_event_decides() -> None:
    """v1 counts consent until the end of 13 January in Tokyo, v2 verification from the 14th."""
    story = Story()
    story.contract("v1")
    story.contract("v2", since="2026-01-14", event="verified")
    story.counts(1, "2026-01-13 23:59")
    story.counts(2, "2026-01-14 00:00")
    story.becomes("r1", "verified", "2026-01-20")
    story.becomes("r2", "verified", "2026-01-20")
    found = judged(story)
    assert [(found[r].counted_at, found[r].contract.version) for r in ("r1", "r2")] == [  # type: ignore[union-attr]
        (jst("2026-01-13 23:59"), "v1"),
        (jst("2026-01-20 00:00"), "v2"),
    ]


def test_a_version_never_acts_before_it_was_agreed() -> None:
    story = Story()
    story.contract("v1", since="2026-01-11")
    story.contract("v2", since="2026-01-12", stated="2026-01-15", published="2026-01-15 09:00")
    for number, day in enumerate((10, 11, 14, 15), start=1):
        story.counts(number, f"2026-01-{day} 10:00")
    versions = [r.contract.version for r in judged(story).values() if r.contract]
    assert versions == ["default", "v1", "v1", "v2"]


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({}, None),
        ({"eligible_stages": "一次面接|二次面接"}, "not_eligible_stage"),
        ({"eligible_stages": "書類選考|一次面接"}, None),
        ({"eligible_channels": "紹介"}, "not_eligible_channel"),
        ({"excluded_channels": "求人サイト|紹介"}, "not_eligible_channel"),
        ({"eligible_channels": "求人サイト", "excluded_channels": "紹介"}, None),
        ({"eligible_employment_types": "contract"}, "not_eligible_employment_type"),
        ({"eligible_employment_types": "contract|permanent"}, None),
    ],
)
def test_the_lists_of_a_contract(terms: dict[str, Any], reason: str | None) -> None:
    story = Story()
    story.contract(**terms)
    story.counts(1, "2026-01-10 10:00")
    story.event(1, "2026-01-01 09:00", "stage_entered", stage_id=1)
    assert verdicts(story) == {"r1": reason}


def test_a_person_counts_again_after_the_window() -> None:
    story = Story()
    story.contract(dedupe_window_days=30)
    for number, moment in enumerate(
        ("2026-01-10 10:00", "2026-02-09 09:59", "2026-02-09 10:00", "2026-02-20 10:00"), start=1
    ):
        story.counts(number, moment, person="p")
    assert verdicts(story) == {
        "r1": None,
        "r2": "duplicate_person",
        "r3": None,
        "r4": "duplicate_person",
    }


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (None, {"r1": None, "r2": "duplicate_person"}),
        ("keep", {"r1": None, "r2": "duplicate_person"}),
        ("reverse", {"r1": "withdrawn", "r2": None}),
    ],
)
def test_a_withdrawn_registration_makes_room_for_a_later_one(
    effect: str | None, expected: dict[str, str | None]
) -> None:
    story = Story()
    story.contract(withdrawal_effect=effect)
    story.counts(1, "2026-01-10 10:00", person="p")
    story.counts(2, "2026-01-20 10:00", person="p")
    story.becomes("r1", "withdrawn", "2026-03-01", published="2026-04-05 09:00")
    assert verdicts(story, "2026-04-01 00:00") == {"r1": None, "r2": "duplicate_person"}
    assert verdicts(story) == expected


def test_one_taken_back_or_never_rejected_is_not_eligible() -> None:
    story = Story()
    story.counts(1, "2026-01-10 10:00")
    story.event(1, "2026-01-20 10:00", "unrejected")
    story.answers("r2", "stranger", "2026-01-10 10:00", "2026-01-10 10:00")
    assert verdicts(story) == {"r1": "not_eligible_outcome", "r2": "not_eligible_outcome"}


def test_an_address_corrected_later_joins_two_persons_and_ties_a_registration() -> None:
    story = Story()
    story.counts(1, "2026-01-10 10:00", person="p")
    story.counts(2, "2026-01-20 10:00", person="p")
    story.counts(3, "2026-01-25 10:00")
    known = jst("2026-03-01 00:00")
    story.candidates[1] = replace(story.candidates[1], person_known_at=known)
    story.responses[2] = replace(story.responses[2], match_known_at=known)
    assert verdicts(story, "2026-02-28 00:00") == {
        "r1": None,
        "r2": None,
        "r3": "not_eligible_outcome",
    }
    assert verdicts(story) == {"r1": None, "r2": "duplicate_person", "r3": None}


def test_a_contract_stated_again_corrects_what_it_said() -> None:
    story = Story()
    story.contract(event="referred", published="2026-01-02 09:00")
    story.contract(event="consented", published="2026-02-01 09:00")
    story.counts(1, "2026-01-10 10:00")
    assert verdicts(story, "2026-01-31 00:00") == {"r1": "not_yet"}
    assert verdicts(story) == {"r1": None}


def test_without_a_contract_in_force_the_form_counts_and_a_person_once() -> None:
    told = Story()
    told.contract(until="2026-02-01", event="verified")
    told.counts(1, "2026-02-10 10:00")
    told.counts(2, "2026-02-11 10:00", person="p1")
    told.becomes("r1", "verified", "2026-02-12")
    found = judged(told)
    assert (found["r1"].counted_at, found["r1"].contract) == (jst("2026-02-10 10:00"), None)
    assert [found[r].refused_because for r in ("r1", "r2")] == [None, "duplicate_person"]


def _two(scope: str, days: int | None = None, group: str | None = "g") -> dict[str, str | None]:
    """One human counts at one company and registers at another one ten days later."""
    first, second = Story("a", group), Story("b", group)
    first.contract()
    second.contract(scope=scope, dedupe_window_days=days)
    first.counts(1, "2026-01-10 10:00", person="p")
    second.counts(2, "2026-01-20 10:00", person="p")
    one, other = first.truth(), second.truth()
    both = {f.name: getattr(one, f.name) + getattr(other, f.name) for f in fields(one)
            if isinstance(getattr(one, f.name), tuple)}  # fmt: skip
    view = at(replace(one, **both), jst(FAR))
    found = registrations(view, selections(view))
    return {r.response.response_id: r.refused_because for r in found}


@pytest.mark.parametrize(
    ("scope", "days", "group", "reason"),
    [
        ("company", None, "g", None),
        ("group", None, "g", "duplicate_person"),
        ("group", 10, "g", None),
        ("group", 11, "g", "duplicate_person"),
        ("group", None, None, None),
        ("programme", None, None, "duplicate_person"),
        ("programme", 10, None, None),
    ],
)
def test_a_human_counts_once_within_the_scope(
    scope: str, days: int | None, group: str | None, reason: str | None
) -> None:
    assert _two(scope, days, group) == {"r1": None, "r2": reason}


def test_on_a_day_without_a_contract_a_submission_counts() -> None:
    story = Story()
    story.contract("v1", until="2026-01-08")
    story.contract("v2", since="2026-02-01", event="verified")
    story.counts(1, "2026-01-10 10:00")
    found = judged(story)["r1"]
    assert (found.refused_because, found.contract) == (None, None)
    assert found.counted_at == jst("2026-01-10 10:00")
    view = at(story.truth(), jst(FAR))
    (account,) = accounts(view)
    assert account.counts == (found,)
    assert desired(account) == {}
