"""Make a seeded world, and move its clock.

A world is a pure function of (seed, applications, companies, clock): moving the clock in steps
gives the same records as moving it at once. It holds 24 months of selections until T0
(2026-07-01 00:00 in Tokyo), where the clock starts, and 12 months that only moves reveal.
"""

from __future__ import annotations

import gc
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

from sandbox import (
    exports,
    operator_files,
    send_log,
    store,
    world_hr,
    world_returns,
    world_statements,
    writes,
)
from sandbox.ats import ATS
from sandbox.forms import FORMS
from sandbox.mail import MAIL, THE_ATS
from sandbox.mail import accounts as mail_accounts
from sandbox.mail import project as project_mail
from sandbox.people import Population
from sandbox.world_catalog import COMPANIES
from sandbox.world_company import Company
from sandbox.world_company import company as make_company
from sandbox.world_hr_records import HR, NO_HR
from sandbox.world_plan import ChunkPlan, Plan, group_id, shared_kinds, smallest
from sandbox.world_stage import RESPONSES_PER_APPLICATION, World
from sandbox.world_story import Candidate, Story
from sandbox.world_tales import chunk
from sandbox.world_time import DAY, END, T0, iso, parse
from sandbox.world_truth import Cases, company_rows, story_rows

BULK = ("journal_mode = off", "synchronous = off", "cache_size = -32768")


class WorldError(ValueError):
    """A world that cannot be made, or a clock that cannot be moved there."""


def make(
    home: Path,
    seed: int,
    applications: int,
    companies: int = 2,
    ats: Sequence[str] = ("greenhouse",),
    form: Sequence[str] = ("typeform",),
    mail: Sequence[str] = (),
    hr: Sequence[str] = (),
) -> None:
    """Make the world in `home`, replacing what is there; `applications` until T0, in all.

    The companies use the systems named in `ats`, the forms named in `form`, the HR systems named in
    `hr`, if any (`none` leaves one out), and those of `mail` for their rejection mails, of which
    their ATS then has no record, in turn; without any `mail` the ATS sends them. Raises WorldError
    for one that there is not, and when the world would be too small to hold every kind of story.
    """
    staffed = (*HR, NO_HR)
    chosen = (("ats", ats, ATS), ("form", form, FORMS), ("mail", mail, MAIL), ("hr", hr, staffed))
    for name, wanted, known in chosen:
        if unknown := sorted(set(wanted) - set(known)):
            raise WorldError(
                f"{name}: expected some of {', '.join(known)}, got {', '.join(unknown)}"
            )
    if not 1 <= companies <= len(COMPANIES):
        raise WorldError(f"companies: expected 1 to {len(COMPANIES)}, got {companies}")
    least = smallest(companies)
    if applications < least * companies:
        raise WorldError(
            f"applications: expected at least {least} for each of {companies} companies,"
            f" got {applications}; raise --applications or lower --companies"
        )
    store.create(home)
    for folder in ("operator", "exports"):
        shutil.rmtree(home / folder, ignore_errors=True)
    with (
        closing(store.open_world(home)) as world,
        closing(store.open_truth(home)) as truth,
        _no_collection(),
    ):
        for connection in (world, truth):
            for pragma in BULK:
                connection.execute(f"pragma {pragma}")
        cases = Cases()
        for part in _companies(seed, applications, companies, ats, form, mail, hr):
            _make_company(world, truth, part, cases)
        store.insert(truth, "case_count", cases.rows())
        truth.executescript(store.TRUTH_INDEXES)
        world.executescript(store.WORLD_INDEXES)
        for key, value in (
            ("seed", seed),
            ("applications", applications),
            ("companies", companies),
            ("ats", ",".join(ats)),
            ("form", ",".join(form)),
            ("mail", ",".join(mail)),
        ):
            store.set_meta(world, key, str(value))
        if hr:
            store.set_meta(world, "hr", ",".join(hr))
        store.set_meta(world, "clock", iso(T0))
        for connection in (world, truth):
            connection.commit()
            connection.execute("pragma journal_mode = wal")
        operator_files.write(home, truth, T0)
        send_log.write(home, truth, T0)
        exports.write(home, world, truth, T0 - DAY, early=True)
        exports.write(home, world, truth, T0)


def advance(home: Path, days: int = 30) -> str:
    """Move the clock and reveal what has happened; returns the new clock.

    Records, clock and all change in one transaction. Raises WorldError beyond the world's end.
    """
    with closing(store.open_world(home)) as world, closing(store.open_truth(home)) as truth:
        before = parse(store.clock(world))
        after = before + days * DAY
        if days < 0 or after > END:
            raise WorldError(
                f"days: expected 0 to {(END - before) // DAY} (the world ends {iso(END)}),"
                f" got {days}"
            )
        seed, applications, companies = (
            int(store.get_meta(world, key) or 0) for key in ("seed", "applications", "companies")
        )
        ats = (store.get_meta(world, "ats") or "").split(",")
        form = (store.get_meta(world, "form") or "typeform").split(",")
        mail = (store.get_meta(world, "mail") or "").split(",")
        hr = (store.get_meta(world, "hr") or NO_HR).split(",")
        with world:
            for part in _companies(seed, applications, companies, ats, form, mail, hr):
                _advance_company(world, truth, part, before, after)
            store.set_meta(world, "clock", iso(after))
        operator_files.write(home, truth, after)
        send_log.write(home, truth, after)
        exports.write(home, world, truth, after)
    return iso(after)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Stories hold no cycles: looking for them would cost a fifth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _companies(
    seed: int,
    applications: int,
    companies: int,
    ats: Sequence[str],
    form: Sequence[str],
    mail: Sequence[str],
    hr: Sequence[str],
) -> Iterator[World]:
    """The companies of a world; the first ones take what does not divide evenly."""
    # A story has at most two persons for each of its applications; 1.5 times T0's are told.
    population = Population(2 * companies * (applications // companies + 1) * 2)
    for index in range(companies):
        own = applications // companies + (index < applications % companies)
        used = ats[index % len(ats)], form[index % len(form)]
        sent_by = mail[index % len(mail)] if mail else THE_ATS
        staff = hr[index % len(hr)] if hr else NO_HR
        company = make_company(
            seed,
            index,
            own,
            *used,
            "" if sent_by == THE_ATS else sent_by,
            "" if staff == NO_HR else staff,
        )
        plan = Plan(seed, company.company_id, own, shared_kinds(index, companies))
        yield World(seed, companies, company, plan, population)


def _make_company(
    world: sqlite3.Connection, truth: sqlite3.Connection, part: World, cases: Cases
) -> None:
    company = part.company
    for account in _accounts(part):
        store.put_account(world, account)
    store.put_records(world, ATS[company.ats].records(company, T0))
    hired: dict[str, Candidate] = {}
    for table, rows in company_rows(company, group_id(company.index, part.companies)).items():
        store.insert(truth, table, rows)
    for plan in part.plan.chunks:
        stories = chunk(part, plan.number)
        store.put_records(world, _project(part, stories, T0))
        for table, rows in story_rows(company, stories).items():
            store.insert(truth, table, rows)
        for table, make_rows in world_statements.OF_STORIES.items():
            store.insert(truth, table, make_rows(company, stories))
        store.insert(truth, "chunk", [_span(part, plan, stories)])
        cases.add(stories)
        hired |= _hired(company, stories)
    cases.more(world_statements.write(truth, part.seed, company))
    world_returns.write(truth, part.seed, company)
    if company.hr:
        staffing = world_hr.Staffing(part.seed, part.companies, company, part.population)
        world_hr.write(truth, staffing, company, hired)
        _show_staff(world, truth, company, T0)


def _hired(company: Company, stories: list[Story]) -> dict[str, Candidate]:
    """Who accepted an offer, by the ATS's id of the application; nobody without an HR system."""
    return {
        ATS[company.ats].vendor_id(application.application_id): application.candidate
        for story in stories
        for application in story.applications
        if company.hr and any(event.kind == "offer_accepted" for event in application.events)
    }


def _show_staff(
    world: sqlite3.Connection, truth: sqlite3.Connection, company: Company, clock: int
) -> None:
    """The HR system's records at a clock, and no others: some are deleted one day."""
    world.execute("delete from records where account = ?", (company.hr_account,))
    employees = world_hr.employees(truth, company)
    store.put_records(world, HR[company.hr].records(company, employees, clock))


def _advance_company(
    world: sqlite3.Connection, truth: sqlite3.Connection, part: World, before: int, after: int
) -> None:
    company = part.company
    store.put_records(world, ATS[company.ats].records(company, after))
    touched = truth.execute(
        "select number from chunk where company_id = ? and first_at <= ? and last_at > ?"
        " order by number",
        (company.company_id, iso(after), iso(before)),
    ).fetchall()
    for (number,) in touched:
        plan = part.plan.chunks[number]
        _forget_responses(world, part, plan)
        store.put_records(world, _project(part, chunk(part, number), after))
    writes.replay(world, company.ats_account)
    if company.hr:
        _show_staff(world, truth, company, after)


def _forget_responses(world: sqlite3.Connection, part: World, plan: ChunkPlan) -> None:
    """A response moves from list to list as it goes on."""
    base = part.company.base_id
    numbers = (
        base + plan.application * RESPONSES_PER_APPLICATION,
        base + plan.next_application * RESPONSES_PER_APPLICATION,
    )
    for stream in FORMS[part.company.form].streams:
        world.execute(
            "delete from records where account = ? and stream = ? and id >= ? and id < ?",
            (part.company.form_account, stream, *numbers),
        )


def _project(part: World, stories: list[Story], clock: int) -> list[store.Record]:
    """The records of some stories at a clock, stream by stream."""
    found: list[store.Record] = []
    project = ATS[part.company.ats].projector(part.company, clock, found.append)
    for story in stories:
        if story.first_at() <= clock:
            project(story)
            FORMS[part.company.form].project(part.company, clock, found.append, story)
            project_mail(part.company, clock, found.append, story)
    found.sort(key=lambda record: (record[2], record[3]))
    return found


def _span(part: World, plan: ChunkPlan, stories: list[Story]) -> tuple[str, int, str, str]:
    first = min(story.first_at() for story in stories)
    last = max(story.last_at() for story in stories)
    return part.company.company_id, plan.number, iso(first), iso(last)


def _accounts(part: World) -> Iterator[store.Account]:
    """The company's vendor accounts; their secrets come from the seed and open nothing else."""
    company = part.company
    rng = Random(f"{part.seed}:{company.company_id}:accounts")
    yield ATS[company.ats].account(company, rng)
    yield FORMS[company.form].account(company, rng)
    yield from mail_accounts(company, part.seed)
    if company.hr:
        yield HR[company.hr].account(company, Random(f"{part.seed}:{company.company_id}:hr"))
