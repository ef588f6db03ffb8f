"""Which registrations count: the generator's own reading of the contracts, story by story."""

from __future__ import annotations

from random import Random

from sandbox import world_catalog as catalog
from sandbox.world_contracts import Contract, ruling
from sandbox.world_story import Application, Count, Elsewhere, Response, Story
from sandbox.world_time import DAY, TOKYO, month_start, parse, published, tokyo_day

EVENTS_FROM = parse("2026-05-01T00:00:00+09:00")  # the operator states events of these and later
FORGIVEN = "unrejected"


def add_events(seed: int, story: Story) -> None:
    """What becomes of registrations at the operator; each has a random stream of its own."""
    for response in story.responses:
        submitted_at = response.submitted_at
        if submitted_at is None or not response.consent or response.events:
            continue
        rng = Random(f"{seed}:events:{response.response_id}")
        verified_at = _midnight(submitted_at, rng.randint(0, 9))
        referred_at = _midnight(verified_at, rng.randint(3, 30))
        if submitted_at >= EVENTS_FROM and rng.random() < 0.9:
            response.events["verified"] = verified_at
            if rng.random() < 0.75:
                response.events["referred"] = referred_at


def _midnight(time: int, days: int) -> int:
    """Midnight in Tokyo some days after the day of `time`."""
    return (time + TOKYO) // DAY * DAY - TOKYO + days * DAY


def stated_at(midnight: int) -> int:
    """When the statement of an event's month appears."""
    return published(month_start(tokyo_day(midnight)))


def counts(story: Story, rules: list[Contract]) -> list[Count]:
    """The registrations of a story that count, once matched and once their events are known."""
    found: list[Count] = []
    timed = [
        (time, response.response_id, response)
        for response in story.responses
        if response.submitted_at is not None and (time := _counting_time(response, rules))
    ]
    for time, _, response in sorted(timed, key=lambda entry: entry[:2]):
        count = _count(story, rules, response, time, found)
        if count is not None:
            found.append(count)
    return found


def _counting_time(response: Response, rules: list[Contract]) -> int | None:
    """The first moment at which the event that the contract of its day asks for has happened."""
    submitted_at = response.submitted_at or 0
    moments = {"registered": submitted_at}
    if response.consent:
        moments["consented"] = submitted_at
        for event in ("verified", "referred"):
            if event in response.events:
                moments[event] = max(submitted_at, response.events[event])
    for moment in sorted(moments.values()):
        rule = ruling(rules, moment)
        if rule is not None and moments.get(rule.counting_event) == moment:
            return moment
    return None


def _count(
    story: Story, rules: list[Contract], response: Response, time: int, before: list[Count]
) -> Count | None:
    rule = ruling(rules, time)
    application = _attributed(story, response)
    if rule is None or application is None or not _is_eligible(rule, application, time):
        return None
    person_id = response.person.person_id
    corrected_at = _corrected_at(story, response)
    retracted = [e.at for e in application.events if e.kind == FORGIVEN and e.at > time]
    for count in before:
        if count.response.person.person_id != person_id:
            continue
        days = rule.dedupe_window_days
        if days is None or time < count.counted_at + days * DAY:
            if corrected_at is None:
                return None
            retracted.append(corrected_at)
    known_at = _known_at(response, time, rule)
    for other in story.elsewhere:
        if _blocks(other, rule, time):
            if other.retracted_at is None:
                return None
            known_at = max(known_at, other.retracted_at)
    if rule.withdrawal_effect == "reverse" and "withdrawn" in response.events:
        retracted.append(stated_at(response.events["withdrawn"]))
    return Count(response, time, known_at, min(retracted, default=None))


def _blocks(other: Elsewhere, rule: Contract, time: int) -> bool:
    """Whether a count at another company keeps one at `time` from counting."""
    days = rule.dedupe_window_days
    is_in_scope = rule.dedupe_scope == "programme" or (
        rule.dedupe_scope == "group" and other.is_in_group
    )
    is_recent = days is None or time < other.counted_at + days * DAY
    return is_in_scope and other.counted_at < time and is_recent


def _known_at(response: Response, time: int, rule: Contract) -> int:
    """When the employer's sources show all that makes it count."""
    known = [time, response.visible_at, response.match_known_at or 0]
    if rule.counting_event in response.events:
        known.append(stated_at(response.events[rule.counting_event]))
    if rule.stated_on is not None:
        known.append(rule.published_at)
    return max(known)


def _corrected_at(story: Story, response: Response) -> int | None:
    """When the sender's second record in the ATS turns out to be theirs."""
    application = response.match_application
    return application.candidate.corrected_at if application else None


def _is_eligible(rule: Contract, application: Application, time: int) -> bool:
    standing = application.rejection_at(time)
    if standing is None or standing.reason is None or standing.reason.type_key != catalog.WE:
        return False
    entered = [e.stage for e in application.events if e.kind == "stage_entered" and e.stage]
    stage = max(entered, key=lambda s: s.sort_order).name if entered else None
    channel = None if application.source is None else catalog.SOURCES[application.source][0]
    label = application.job.label
    return (
        _holds(rule.eligible_stages, stage)
        and _holds(rule.eligible_channels, channel)
        and _holds(rule.eligible_employment_types, catalog.EMPLOYMENT_TYPES.get(label or ""))
        and channel not in (rule.excluded_channels or "").split("|")
    )


def _holds(values: str | None, value: str | None) -> bool:
    return values is None or value in values.split("|")


def _attributed(story: Story, response: Response) -> Application | None:
    """The application that the company had rejected when the person registered."""
    at = response.submitted_at or 0
    if response.match_application is not None:
        return response.match_application
    people = {
        c.person.person_id for c in story.candidates if c.candidate_id in response.match_candidates
    }
    own = [a for a in story.applications if a.candidate.person.person_id in people]
    rejected = [
        (rejection.at, application.application_id, application)
        for application in own
        if (rejection := application.rejection_at(at)) is not None
        and rejection.reason is not None
        and rejection.reason.type_key == catalog.WE
    ]
    return max(rejected, key=lambda entry: entry[:2])[2] if rejected else None
