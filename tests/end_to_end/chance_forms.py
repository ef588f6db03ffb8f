"""Random small truths of mails, forms and selections, dense in what decides the funnel's numbers.

Mails just within and just outside a day before the rejection, links sent twice, forwarded and
shared, forms opened by machines with and without a sign, on the edges of every limit; people who
apply twice, at once or under two records; stages skipped, unnamed or named alike in two jobs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

from tests.oracle import statements as s
from tests.oracle import truth as t
from tests.oracle.clock import JST

FIRST = datetime(2025, 11, 20, tzinfo=JST)
REJECTED_ON = ("2025-12-30", "2026-01-31", "2026-01-31", "2026-02-01", "2026-02-27")
LAST_ANSWERS = (None, None, None, "name", "wish_job_type", "email", "birth_date", "consent")
DEVICES = ("mobile", "mobile", "desktop", "tablet", "unknown")
CLASSES = ("human", "human", "human", "human", "unknown", "scanner", "library")
LAGS = (-86_401, -86_400, -600, 0, 300, 300, 300, 90_000)  # of a mail after its rejection
DELAYS = (-11, -10, -1, 9, 10, 11, 3_600, 90_000, 400_000)  # of an opening after its mail
GAPS = (0, 10, 30, 30, 31)  # between the openings of a sweep
STAGES = (
    (("書類選考", 0), ("一次面接", 1), ("最終面接", 2), ("オファー", 3)),
    (("書類選考", 0), ("店舗面接", 1), ("オファー", 2)),
    (("面談", 0), ("書類選考", 1), ("面談", 2)),
)


@dataclass
class Told:
    """A company's facts, as they are told."""

    rng: Random
    company_id: str
    base: int
    contracts: list[s.Contract] = field(default_factory=list)
    candidates: list[t.Candidate] = field(default_factory=list)
    jobs: list[t.Job] = field(default_factory=list)
    stages: list[t.Stage] = field(default_factory=list)
    applications: list[t.Application] = field(default_factory=list)
    events: list[t.Event] = field(default_factory=list)
    responses: list[t.Response] = field(default_factory=list)
    sessions: list[t.FormSession] = field(default_factory=list)

    def seconds(self, most: int) -> timedelta:
        """Some seconds, seldom on a whole minute."""
        return timedelta(seconds=self.rng.randrange(most))


def truth(seed: int, companies: int) -> t.Truth:
    """The truths of some companies in one."""
    parts = [_company(Random(f"{seed}:forms:{index}"), index) for index in range(companies)]
    return t.Truth(
        companies=tuple(t.Company(part.company_id, "空") for part in parts),
        contracts=tuple(fact for part in parts for fact in part.contracts),
        candidates=tuple(fact for part in parts for fact in part.candidates),
        jobs=tuple(fact for part in parts for fact in part.jobs),
        stages=tuple(fact for part in parts for fact in part.stages),
        applications=tuple(fact for part in parts for fact in part.applications),
        events=tuple(fact for part in parts for fact in part.events),
        responses=tuple(fact for part in parts for fact in part.responses),
        sessions=tuple(fact for part in parts for fact in part.sessions),
    )


def _company(rng: Random, index: int) -> Told:
    told = Told(rng, f"f{index:02}", 1 + index * 1000)
    if rng.random() < 0.6:
        # one in three ends and leaves the company without a contract
        until = None if index % 3 else date(2026, 2, 3)
        told.contracts.append(_contract(rng, told.company_id, until))
    for place, plan in enumerate(STAGES):
        number = told.base + place
        department, label = ("営業部", "正社員") if place else (None, rng.choice((None, "パート")))
        opened = FIRST.astimezone(UTC)
        told.jobs.append(
            t.Job(number, told.company_id, f"職{place}", department, "東京", label, opened)
        )
        told.stages += [
            t.Stage(number * 10 + step, number, name, order)
            for step, (name, order) in enumerate(plan)
        ]
    for number in range(rng.randint(10, 22)):
        _applicant(told, told.base + number)
    for number in range(rng.randint(12, 30)):
        _opening(told, f"r{told.base + number}")
    for number in range(3):
        _sweep(told, f"s{told.base + 10 * number}")
    return told


def _contract(rng: Random, company_id: str, until: date | None) -> s.Contract:
    return s.Contract(
        company_id=company_id,
        version="v1",
        valid_from=date(2025, 1, 1),
        valid_to=until,
        counting_event=rng.choice(("registered", "consented", "consented")),
        threshold=2,
        slots_per_threshold=1,
        slot_valid_days=None,
        slot_used_by="introduced",
        dedupe_scope="company",
        eligible_stages=rng.choice((None, "一次面接|最終面接|書類選考")),
        dedupe_window_days=rng.choice((None, 3)),
    )


def _applicant(told: Told, number: int) -> None:
    rng = told.rng
    known = rng.choice(told.candidates) if told.candidates and rng.random() < 0.3 else None
    applied = FIRST.astimezone(UTC) + timedelta(days=rng.choice((0, 0, 1, 20, 45)))
    if known is None or rng.random() < 0.5:
        person = known.person_id if known else f"{told.company_id}-p{number}"
        known = t.Candidate(number, told.company_id, person, applied)
        told.candidates.append(known)
    job = rng.choice(told.jobs)
    channel = rng.choice((None, "求人サイト", "紹介"))
    told.applications.append(
        t.Application(
            number,
            told.company_id,
            known.candidate_id,
            job.job_id,
            channel,
            max(applied, known.created_at),
        )
    )
    plan = [stage for stage in told.stages if stage.job_id == job.job_id]
    for stage in rng.sample(plan, rng.randint(0, 2)):
        at = FIRST.astimezone(UTC) + timedelta(days=46) + told.seconds(9_000)
        told.events.append(t.Event(number, at, "stage_entered", stage_id=stage.stage_id))
    kind = rng.choice((*["WE_REJECTED_THEM"] * 8, "THEY_REJECTED_US", "SECURITY_CONCERN", ""))
    if kind:
        _rejected(told, number, kind)


def _rejected(told: Told, number: int, kind: str) -> None:
    """Around midnight in Tokyo; now and then taken back and rejected once more."""
    rng = told.rng
    midnight = datetime.fromisoformat(rng.choice(REJECTED_ON)).replace(tzinfo=JST)
    at = midnight.astimezone(UTC) + timedelta(hours=rng.choice((0, 10, 23, 24))) + told.seconds(3)
    told.events.append(t.Event(number, at, "rejected", None, "経験不足", kind))
    _mail(told, number, at)
    if rng.random() < 0.12:
        told.events.append(t.Event(number, at + timedelta(days=2), "unrejected"))
        at += timedelta(days=rng.randint(3, 9))
        told.events.append(t.Event(number, at, "rejected", None, "経験不足", kind))
        _mail(told, number, at)


def _mail(told: Told, number: int, rejected_at: datetime) -> None:
    """None, one or two mails; a link can stand in another application's mail, too."""
    for lag in told.rng.sample(LAGS, told.rng.choice((0, 1, 1, 1, 2))):
        links = [event.token for event in told.events if event.token]
        is_new = not links or told.rng.random() < 0.9
        token = f"tok{number}x{lag + 86_401}" if is_new else told.rng.choice(links)
        sent = rejected_at + timedelta(seconds=lag)
        if any(
            (e.application_id, e.at, e.kind) == (number, sent, "mail_sent") for e in told.events
        ):
            continue  # a told mail is known by its application and its second
        told.events.append(t.Event(number, sent, "mail_sent", token=token))


def _opening(told: Told, response_id: str) -> None:
    """By the addressee or somebody else, with a link, an unknown one or none."""
    rng = told.rng
    mail = rng.choice([event for event in told.events if event.token])
    at = mail.at + timedelta(seconds=rng.choice(DELAYS))
    known = {a.application_id: a.candidate_id for a in told.applications}
    people = {c.candidate_id: c.person_id for c in told.candidates}
    person = people[known[mail.application_id]]
    if rng.random() < 0.25:
        person = rng.choice([*people.values(), f"{told.company_id}-nobody"])
    token = rng.choice((mail.token, mail.token, mail.token, mail.token, None, "unknown"))
    last = rng.choice(LAST_ANSWERS)
    submitted = None
    if rng.random() < 0.5:
        submitted = at + timedelta(seconds=rng.choice((0, 60, 60, 600, 600, 300_000)))
    _respond(told, response_id, person, token, at, last, submitted)


def _sweep(told: Told, name: str) -> None:
    """Several links from one network, which may have opened links of other companies, too."""
    rng = told.rng
    links = [event.token for event in told.events if event.token]
    at = FIRST.astimezone(UTC) + timedelta(days=rng.choice((75, 76)))
    network = rng.choice(("gate", f"gate{told.company_id}", ""))
    for place in range(rng.randint(2, 5)):
        token = rng.choice((*rng.choices(links, k=6), None, "unknown"))
        last = rng.choice((*[None] * 7, "email"))
        _respond(told, f"{name}y{place}", f"{told.company_id}-gate", token, at, last, None, network)
        at += timedelta(seconds=rng.choice(GAPS))


def _respond(
    told: Told,
    response_id: str,
    person: str,
    token: str | None,
    at: datetime,
    last: str | None,
    submitted: datetime | None,
    network: str = "",
) -> None:
    rng = told.rng
    own = tuple(c.candidate_id for c in told.candidates if c.person_id == person)
    sent = sorted((e.at, e.application_id) for e in told.events if e.token and e.token == token)
    sender = next((a for a in told.applications if sent and a.application_id == sent[0][1]), None)
    application = sender.application_id if sender and sender.candidate_id in own else None
    partial = at + timedelta(seconds=30) if last else None
    told.responses.append(
        t.Response(
            response_id=response_id,
            company_id=told.company_id,
            person_id=person,
            token=token,
            landed_at=at,
            partial_at=partial,
            submitted_at=submitted,
            visible_at=at,
            consent=rng.choice((True, True, True, False, None)),
            match_method=("token" if application else "email") if own else None,
            match_application_id=application,
            match_candidate_ids=own,
        )
    )
    version = rng.choice(("1", "2", "2", "(none)"))
    told.sessions.append(
        t.FormSession(
            response_id,
            rng.choice(DEVICES),
            rng.choice(CLASSES) if not network else "human",
            network or response_id,
            version,
            last,
            partial,
        )
    )
