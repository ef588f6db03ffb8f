"""The kinds of story, one function each: what happens, in which order, to whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from sandbox import world_catalog as catalog
from sandbox import world_clicks, world_mail
from sandbox.world_contracts import CONTRACT_CHANGE, contracts
from sandbox.world_counts import add_events, counts
from sandbox.world_forms import match
from sandbox.world_plan import KINDS, LEFT_OUT, PLACED, SHARED, Kind
from sandbox.world_planted import LONGEST, PLANTED_TALES
from sandbox.world_shared import SHARED_TALES
from sandbox.world_stage import Stage, World
from sandbox.world_story import Story
from sandbox.world_time import DAY, MINUTE, T0


def _not_opened(s: Stage) -> None:
    s.mailed()


def _mail_not_recorded(s: Stage) -> None:
    s.rejected(s.record(s.person(), s.begins), s.begins)


def _form_opened(s: Stage) -> None:
    candidate, token, at = s.mailed()
    s.forms.open(candidate.person, token, s.forms.soon(at), s.story.kind)


def _form_partial(s: Stage) -> None:
    candidate, token, at = s.mailed()
    s.forms.begin(candidate.person, token, s.forms.soon(at), s.story.kind)


def _token_same_email(s: Stage) -> None:
    """The ordinary registration; one in ten had opened the link before and left."""
    candidate, token, at = s.mailed()
    landed = s.forms.soon(at)
    if s.rng.random() < 0.1:
        s.forms.open(candidate.person, token, landed, "opened_before")
        landed += int((0.1 + 2 * s.rng.random()) * DAY)
    s.forms.complete(candidate.person, token, landed, s.story.kind)


def _token_other_email(s: Stage) -> None:
    candidate, token, at = s.mailed()
    s.forms.complete(candidate.person, token, s.forms.soon(at), s.story.kind, other_email=True)


def _stripped_email(s: Stage) -> None:
    candidate, _, at = s.mailed()
    s.forms.complete(candidate.person, None, s.forms.soon(at), s.story.kind)


def _stripped_phone(s: Stage) -> None:
    candidate, _, at = s.mailed()
    candidate.phone = candidate.phone or candidate.person.phone
    s.forms.complete(candidate.person, None, s.forms.soon(at), s.story.kind, other_email=True)


def _mangled_token(s: Stage) -> None:
    """A mail scanner scrambled the link: the token that arrives was never sent."""
    candidate, _, at = s.mailed()
    mangled = f"{s.rng.getrandbits(128):032x}"
    s.forms.complete(candidate.person, mangled, s.forms.soon(at), s.story.kind)


def _unmatched(s: Stage) -> None:
    candidate, _, at = s.mailed()
    landed = s.forms.soon(at)
    s.forms.complete(
        candidate.person, None, landed, s.story.kind, other_email=True, other_phone=True
    )


def _forwarded_outsider(s: Stage) -> None:
    candidate, token, at = s.mailed()
    outsider = s.person(unlike=candidate.person)
    s.forms.complete(outsider, token, s.forms.soon(at), s.story.kind)


def _forwarded_candidate(s: Stage) -> None:
    """The link of one rejected candidate is used by another, who is matched as themselves."""
    first, token, at = s.mailed()
    other = s.person(unlike=first.person)
    applied = s.again(s.begins)
    own = s.rejected(s.record(other, applied), applied)
    at = max(at, own.last("rejected").at)
    s.selections.mail(own)
    s.forms.complete(other, token, s.forms.soon(at), s.story.kind)


def _double_submit(s: Stage) -> None:
    candidate, token, at = s.mailed()
    landed = s.forms.soon(at)
    s.forms.complete(candidate.person, token, landed, s.story.kind)
    landed += int((11 + 5 * s.rng.random()) * DAY)
    s.forms.complete(candidate.person, token, landed, s.story.kind)


def _two_applications(s: Stage) -> None:
    """Registers through both rejection mails of one candidate record."""
    candidate, token, at = s.mailed()
    s.forms.complete(candidate.person, token, s.forms.soon(at), s.story.kind)
    second = s.rejected(candidate, s.again(s.begins))
    token = s.selections.mail(second)
    landed = s.forms.soon(second.last("mail_sent").at)
    s.forms.complete(candidate.person, token, landed, s.story.kind)


def _two_candidates(s: Stage) -> None:
    """The same person is in the ATS twice and registers through both mails."""
    first, token, at = s.mailed()
    s.forms.complete(first.person, token, s.forms.soon(at), s.story.kind)
    applied = s.again(s.begins)
    second = s.rejected(s.record(first.person, applied), applied)
    token = s.selections.mail(second)
    landed = s.forms.soon(second.last("mail_sent").at)
    s.forms.complete(first.person, token, landed, s.story.kind)


def _consent_refused(s: Stage) -> None:
    candidate, token, at = s.mailed()
    s.forms.complete(candidate.person, token, s.forms.soon(at), s.story.kind, consent=False)


def _unrejected(s: Stage) -> None:
    """Counted, then taken back into the selection; hired or rejected again in the end."""
    candidate, token, at = s.mailed()
    response = s.forms.complete(candidate.person, token, s.forms.soon(at), s.story.kind)
    at = max(response.submitted_at or at, at + 7 * DAY)
    _take_back(s, s.selections.working_hours(at, 2, 14))


def _unrejected_later(s: Stage) -> None:
    """As before, but counted before T0 and taken back after it."""
    s.begins = T0 - LONGEST + int(s.rng.random() * DAY)
    candidate = s.record(s.person(), s.begins)
    application = s.rejected(candidate, s.begins, "unrejected")
    token = s.selections.mail(application)
    landed = application.last("mail_sent").at + DAY
    s.forms.complete(
        candidate.person, token, landed, "unrejected", submitted_at=landed + 5 * MINUTE
    )
    _take_back(s, s.selections.working_hours(T0, 10, 20))


def _take_back(s: Stage, at: int) -> None:
    application = s.story.applications[0]
    s.selections.unreject(application, at)
    if s.is_first or s.rng.random() < 0.5:
        s.selections.offer(application, accepted=True)
    else:
        s.selections.reject(application)
        s.selections.mail(application)


def _unrecorded_mail_registered(s: Stage) -> None:
    """The mail went out by hand, with a link that carries no token."""
    candidate = s.record(s.person(), s.begins)
    application = s.rejected(candidate, s.begins)
    landed = s.forms.soon(application.last("rejected").at)
    s.forms.complete(candidate.person, None, landed, s.story.kind)


def _reapplicant_registered(s: Stage) -> None:
    """Rejected twice, registers without a token: belongs to the later rejection."""
    candidate, _, _ = s.mailed()
    second = s.rejected(candidate, s.again(s.begins))
    s.selections.mail(second)
    at = max(a.last("mail_sent").at for a in s.story.applications)
    s.forms.complete(candidate.person, None, s.forms.soon(at), s.story.kind)


def _reapplicant_hired(s: Stage) -> None:
    """Rejected and counted, applies once more and is hired."""
    candidate, token, at = s.mailed()
    s.forms.complete(candidate.person, token, s.forms.soon(at), s.story.kind)
    s.selections.offer(s.applied(candidate, s.again(s.begins)), accepted=True)


def _hired(s: Stage) -> None:
    s.selections.offer(s.applied(s.record(s.person(), s.begins), s.begins), accepted=True)


def _withdrawn(s: Stage) -> None:
    application = s.applied(s.record(s.person(), s.begins), s.begins)
    s.selections.move(application, s.selections.some_steps())
    s.selections.reject(application, catalog.THEY)


def _withdrawn_registered(s: Stage) -> None:
    """Withdrew, found the form elsewhere: known, but nobody the company rejected."""
    _withdrawn(s)
    application = s.story.applications[0]
    landed = s.forms.soon(application.last("rejected").at)
    s.forms.complete(application.candidate.person, None, landed, s.story.kind)


def _offer_declined(s: Stage) -> None:
    s.selections.offer(s.applied(s.record(s.person(), s.begins), s.begins), accepted=False)


def _ended(reason_type: str | None) -> Callable[[Stage], None]:
    def tell(s: Stage) -> None:
        application = s.applied(s.record(s.person(), s.begins), s.begins)
        s.selections.reject(application, reason_type)

    return tell


def _prospect(s: Stage) -> None:
    candidate = s.record(s.person(), s.begins)
    s.story.applications.append(
        s.selections.prospect(s.application_id(), candidate, s.begins, s.story.kind)
    )


def _converted(s: Stage) -> None:
    """A prospect becomes an applicant: a second application, which the company rejects."""
    _prospect(s)
    prospect = s.story.applications[0]
    prospect.converted_at = s.again(s.begins)
    s.selections.mail(s.rejected(prospect.candidate, prospect.converted_at))


def _late_visible(s: Stage) -> None:
    """Submitted eight minutes before T0, shown by the API twelve minutes after it."""
    s.begins = T0 - LONGEST + int(s.rng.random() * DAY)
    candidate, token, _ = s.mailed()
    submitted_at = T0 - 8 * MINUTE
    response = s.forms.complete(
        candidate.person,
        token,
        submitted_at - 4 * MINUTE,
        s.story.kind,
        submitted_at=submitted_at,
    )
    response.visible_at = T0 + 12 * MINUTE


def _contract_edge(s: Stage) -> None:
    """Submitted in the last second of the old contract, or in the first of the new one."""
    s.begins = CONTRACT_CHANGE - LONGEST + int(s.rng.random() * DAY)
    candidate, token, _ = s.mailed()
    submitted_at = CONTRACT_CHANGE - (1 if s.is_first else 0)
    s.forms.complete(
        candidate.person,
        token,
        submitted_at - 6 * MINUTE,
        s.story.kind,
        submitted_at=submitted_at,
    )


TALES: dict[str, Callable[[Stage], None]] = {
    "not_opened": _not_opened,
    "mail_not_recorded": _mail_not_recorded,
    "form_opened": _form_opened,
    "form_partial": _form_partial,
    "token_same_email": _token_same_email,
    "token_other_email": _token_other_email,
    "stripped_email": _stripped_email,
    "stripped_phone": _stripped_phone,
    "mangled_token": _mangled_token,
    "unmatched": _unmatched,
    "forwarded_outsider": _forwarded_outsider,
    "forwarded_candidate": _forwarded_candidate,
    "double_submit": _double_submit,
    "two_applications": _two_applications,
    "two_candidates": _two_candidates,
    "consent_refused": _consent_refused,
    "unrejected": _unrejected,
    "unrecorded_mail_registered": _unrecorded_mail_registered,
    "reapplicant_registered": _reapplicant_registered,
    "reapplicant_hired": _reapplicant_hired,
    "hired": _hired,
    "withdrawn": _withdrawn,
    "withdrawn_registered": _withdrawn_registered,
    "offer_declined": _offer_declined,
    "security_concern": _ended(catalog.SECURITY),
    "no_reason": _ended(None),
    "none_specified": _ended(catalog.NONE_SPECIFIED),
    "prospect": _prospect,
    "converted": _converted,
    "late_visible": _late_visible,
    "contract_edge": _contract_edge,
    "unrejected_later": _unrejected_later,
}


def chunk(world: World, number: int) -> list[Story]:
    """The stories of one chunk of a company's plan, always the same ones."""
    plan = world.plan.chunks[number]
    rng = Random(f"{world.seed}:{world.company.company_id}:{number}")
    rules = contracts(world.company)
    application, candidate = plan.application, plan.candidate
    stories = []
    for index in range(plan.first, plan.last):
        kind: Kind = KINDS[world.plan.kinds[index]]
        story = Story(kind.name)
        stage = Stage(
            world,
            rng,
            story,
            world.plan.begins(index, rng.random()),
            world.plan.horizon(index),
            application,
            candidate,
            world.plan.kinds.index(world.plan.kinds[index]) == index,
        )
        if kind.name in PLACED or kind.name in SHARED:
            stage = _replaced(stage, index)
        if kind.name == LEFT_OUT:
            continue
        (TALES | PLANTED_TALES | SHARED_TALES)[kind.name](stage)
        for made in story.applications:
            made.events.sort(key=lambda event: event.at)
        match(story)
        add_events(world.seed, story)
        story.counts = counts(story, rules)
        stories.append(story)
        application += kind.applications
        candidate += kind.candidates
    world_clicks.tell(world.seed, world.company, stories)
    world_mail.tell(world.seed, world.company, stories)
    return stories


def _replaced(stage: Stage, index: int) -> Stage:
    """The stage with a random stream of its own, after the story that stood in its place."""
    company_id, kind = stage.world.company.company_id, stage.story.kind
    story, stage.story = stage.story, Story(KINDS[0].name)
    TALES[KINDS[0].name](stage)
    rng = Random(f"{stage.world.seed}:{company_id}:{kind}:{index}")
    return replace(stage, rng=rng, story=story)
