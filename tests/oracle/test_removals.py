"""What deleting, merging and anonymising in the ATS makes of small stories."""

from __future__ import annotations

from dataclasses import replace

from tests.oracle.applications import rows, selections
from tests.oracle.ledger import accounts
from tests.oracle.registrations import Registration, registrations
from tests.oracle.story import FAR, Story, jst
from tests.oracle.truth import Removal, Truth
from tests.oracle.visible import at

BEFORE, DONE = "2026-02-01 00:00", "2026-03-01 00:00"


def view(story: Story, *removals: Removal, clock: str = FAR) -> Truth:
    whole = replace(story.truth(), removals=removals)
    return at(whole, jst(clock), [jst(run) for run in (BEFORE, DONE) if run < clock])


def deleted(candidate: int, *applications: int) -> Removal:
    return Removal("c", "deleted", candidate, jst(DONE), applications)


def merged(candidate: int, survivor: int) -> Removal:
    return Removal("c", "merged", candidate, jst(DONE), survivor_id=survivor)


def anonymised(candidate: int) -> Removal:
    return Removal("c", "anonymised", candidate, jst(DONE))


def judged(found: Truth) -> dict[str, Registration]:
    listed = registrations(found, selections(found))
    return {registration.response.response_id: registration for registration in listed}


def counted(found: Truth) -> list[str]:
    (account,) = accounts(found)
    return [count.response.response_id for count in account.counts]


def two(**candidate: str) -> Story:
    """Two people, each counted by the link of a mail."""
    story = Story()
    story.contract(threshold=2)
    story.counts(1, "2026-01-10 10:00")
    story.counts(2, "2026-01-11 10:00", **candidate)
    return story


class TestDeleted:
    def test_takes_back_what_was_counted_from_then_on(self) -> None:
        story = two()
        assert counted(view(story, deleted(1, 1), clock=BEFORE)) == ["r1", "r2"]
        after = view(story, deleted(1, 1), clock=DONE)
        assert counted(after) == ["r2"]
        assert [row["application_id"] for row in rows(after)] == ["c_greenhouse:2"]
        (account,) = accounts(after)
        assert account.slots == ()

    def test_its_link_ties_nobody_and_the_person_may_still_be_known(self) -> None:
        """By another record of the same person, as without a link."""
        story = two(person="p1")
        story.resembles("r1", 1, email="2026-01-01 09:00")
        story.resembles("r1", 2, email="2026-01-01 09:00")
        found = judged(view(story, deleted(1, 1)))
        assert (found["r1"].method, found["r1"].application_id) == ("email", 2)
        found = judged(view(story, deleted(1, 1), deleted(2, 2)))
        assert (found["r1"].method, found["r1"].application_id) == (None, None)

    def test_who_keeps_an_application_keeps_the_record(self) -> None:
        story = two()
        story.applies(3, "p1", candidate=1)
        story.rejects(3, "2026-01-06 10:00", mail=False)
        story.resembles("r1", 1, email="2026-01-01 09:00")
        after = view(story, deleted(1, 1))
        assert {candidate.candidate_id for candidate in after.candidates} == {1, 2}
        assert judged(after)["r1"].application_id == 3


class TestMerged:
    def test_both_are_one_person_who_counts_once(self) -> None:
        story = two(person="p1")
        story.candidates[1] = replace(story.candidates[1], person_known_at=jst(FAR))
        assert counted(view(story, merged(2, 1), clock=BEFORE)) == ["r1", "r2"]
        after = view(story, merged(2, 1), clock=DONE)
        assert counted(after) == ["r1"]
        assert {row["person_id"] for row in rows(after)} == {"c_greenhouse:1"}

    def test_the_survivor_is_known_by_what_both_were(self) -> None:
        story = two(person="p1")
        story.answers("later", "p1", "2026-04-01 10:00", "2026-04-01 10:00")
        story.ats = "lever"
        story.resembles("later", 1, phone=True, name=False)
        story.resembles("later", 2, name=True)
        assert judged(view(story))["later"].method is None
        found = judged(view(story, merged(1, 2)))
        assert (found["later"].method, found["later"].person_id) == ("phone", "c_greenhouse:2")

    def test_who_was_merged_twice_is_with_the_last(self) -> None:
        story = two(person="p1")
        story.counts(3, "2026-01-12 10:00", person="p1")
        after = view(story, merged(1, 2), merged(2, 3))
        assert {row["person_id"] for row in rows(after)} == {"c_greenhouse:3"}


class TestAnonymised:
    def test_what_was_counted_stays(self) -> None:
        story = two()
        assert counted(view(story, anonymised(1))) == ["r1", "r2"]

    def test_nobody_is_recognised_by_an_anonymous_record(self) -> None:
        """Not even with the link, since nothing is left that agrees with it."""
        story = Story()
        story.contract()
        for number, on in ((1, "2026-02-10"), (2, "2026-01-20")):
            story.counts(number, f"{on} 10:00")
            story.resembles(f"r{number}", number, email="2026-01-01 09:00")
        found = judged(view(story, anonymised(1), anonymised(2)))
        assert (found["r1"].method, found["r2"].method) == (None, "token")
        assert judged(view(story, anonymised(2)))["r1"].method == "token"


class TestGroup:
    def test_who_was_deleted_is_in_the_group_by_the_form_alone(self) -> None:
        """A person of one company without a record, and a candidate of another one."""
        first, second = Story("a", "g"), Story("b", "g")
        for story, number in ((first, 1), (second, 2)):
            story.contract()
            story.counts(number, "2026-01-10 10:00", person="p1")
        one, other = first.truth(), second.truth()
        both = replace(
            one,
            companies=one.companies + other.companies,
            contracts=one.contracts + other.contracts,
            candidates=one.candidates + other.candidates,
            applications=one.applications + other.applications,
            events=one.events + other.events,
            responses=one.responses + other.responses,
            removals=(Removal("a", "deleted", 1, jst(DONE), (1,)),),
        )
        (row,) = rows(at(both, jst(DONE), [jst(BEFORE)]))
        assert (row["person_id"], row["group_person_id"]) == ("b_greenhouse:2", "a_typeform:r1")
