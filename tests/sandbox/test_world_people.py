"""People: unique addresses, and typed forms that stand for the same person as the ATS's."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from extractors.identity import canonical_email, canonical_phone, kana_key, name_key
from sandbox import people
from sandbox.people import Population
from sandbox.world_company import company
from sandbox.world_plan import Plan
from sandbox.world_stage import World
from sandbox.world_story import Candidate, Response, Story
from sandbox.world_tales import chunk

APPLICATIONS = 1500


@pytest.fixture(scope="module")
def stories() -> list[Story]:
    """All stories of two companies of one world."""
    population = Population(2 * 2 * (APPLICATIONS * 2))
    found: list[Story] = []
    for index in range(2):
        own = company(7, index, APPLICATIONS)
        world = World(7, 2, own, Plan(7, own.company_id, APPLICATIONS), population)
        found += [story for plan in world.plan.chunks for story in chunk(world, plan.number)]
    return found


def test_no_two_people_share_an_address_or_a_number(stories: list[Story]) -> None:
    everyone = [person for story in stories for person in story.persons]
    for column in ("email", "other_email"):
        assert all(canonical_email(getattr(person, column)) for person in everyone)
    emails = Counter(canonical_email(e) for p in everyone for e in (p.email, p.other_email))
    phones = Counter(canonical_phone(n) for p in everyone for n in (p.phone, p.other_phone))
    assert set(emails.values()) == {1}
    assert None not in phones
    assert set(phones.values()) == {1}
    assert len({person.person_id for person in everyone}) == len(everyone)


def test_the_ats_and_the_form_mean_the_same_person(stories: list[Story]) -> None:
    for story in stories:
        for candidate in story.candidates:
            person = candidate.person
            assert canonical_email(candidate.email) == canonical_email(person.email)
            if candidate.phone is not None:
                assert canonical_phone(candidate.phone) == canonical_phone(person.phone)
        for response in story.responses:
            answers = {ref: str(value) for ref, value in response.answers.items()}
            person = response.person
            if "name" in answers:
                assert name_key(answers["name"]) == name_key(person.family + person.given)
                assert kana_key(answers["kana"]) == kana_key(person.kana)
            if response.email is not None and response.phone is not None:
                assert canonical_email(answers["email"]) == canonical_email(response.email)
                assert canonical_phone(answers["phone"]) == canonical_phone(response.phone)


def test_forms_are_typed_in_many_ways(stories: list[Story]) -> None:
    answers = [r.answers for story in stories for r in story.responses if "email" in r.answers]
    emails = "\n".join(str(a["email"]) for a in answers)
    phones = "\n".join(str(a["phone"]) for a in answers)
    names = "\n".join(str(a["name"]) for a in answers)
    kana = "\n".join(str(a["kana"]) for a in answers)
    assert all(mark in emails for mark in ('"', "+career@", "＠", "@DOCOMO.NE.JP", "..", " "))
    assert all(mark in phones for mark in ("+81", "\u2212", "\u2010", "ー", "０", " "))
    assert all(mark in names for mark in ("\u3000", "髙", "𠮷"))
    assert all(mark in kana for mark in ("ｱ", "ﾞ", "\u3000"))


def test_matches_follow_from_what_is_shared(stories: list[Story]) -> None:
    """The truth of every registration, found again from canonical values alone."""
    for story in stories:
        senders = {e.token: a for a in story.applications for e in a.events if e.token is not None}
        for response in story.responses:
            if response.email is None:
                assert response.match_candidates == []
                continue
            shared = {
                candidate.candidate_id: _shared(candidate, response)
                for candidate in story.candidates
            }
            found = {i for i, s in shared.items() if "email" in s and len(s) > 1} | {
                i for i, s in shared.items() if s >= {"phone", "name"}
            }
            own = senders.get(response.token or "")
            if own is not None and shared[own.candidate.candidate_id]:
                assert response.match_method == "token"
                assert response.match_application is own
                found.add(own.candidate.candidate_id)
            else:
                assert response.match_application is None
                assert (response.match_method is None) == (not found)
            assert set(response.match_candidates) == found


def _shared(candidate: Candidate, response: Response) -> set[str]:
    person = candidate.person
    pairs = {
        "email": (canonical_email(candidate.email), canonical_email(response.email or "")),
        "phone": (
            canonical_phone(candidate.phone) if candidate.phone else None,
            canonical_phone(response.phone or ""),
        ),
        "name": (
            name_key(person.family + person.given),
            name_key(response.person.family + response.person.given),
        ),
    }
    return {kind for kind, (ours, theirs) in pairs.items() if ours is not None and ours == theirs}


def test_a_forwarded_link_reaches_somebody_else_altogether(stories: list[Story]) -> None:
    pairs = [story.persons for story in stories if story.kind.startswith("forwarded")]
    assert len(pairs) > 10
    for first, other in pairs:
        assert name_key(first.family + first.given) != name_key(other.family + other.given)
        assert first.email != other.email
        assert first.phone != other.phone


def test_landlines_and_carrier_addresses_occur(stories: list[Story]) -> None:
    everyone = [person for story in stories for person in story.persons]
    assert any(person.phone.startswith("03") for person in everyone)
    loose = [p for p in everyone if ".." in p.email or ".@" in p.email]
    assert {p.email.partition("@")[2] for p in loose} == set(people.LOOSE_DOMAINS)


def test_a_population_too_large_for_the_phone_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="phone numbers suffice"):
        Population(200_000_000)


def test_phones_stay_unique_at_the_far_end() -> None:
    population = Population(10_000_000)
    rng = Random(1)
    made = [population.person(rng, "p", n) for n in range(9_990_000, 10_000_000)]
    numbers = {n for p in made for n in (p.phone, p.other_phone)}
    assert len(numbers) == 20_000
    assert len({e for p in made for e in (p.email, p.other_email)}) == 20_000
