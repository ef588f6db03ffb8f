"""SQLite homes of the sandbox: ``world.db`` (what vendors show), ``truth.db`` (oracles only).

``world.db`` is in WAL mode, so a server may read while the clock moves; one move of the clock is
one transaction. Every time in ``records`` is ISO 8601 UTC with milliseconds and therefore sorts as
text; every time in ``truth.db`` is ``YYYY-MM-DDTHH:MM:SSZ``; dates are Asia/Tokyo days.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

WORLD_FILE = "world.db"
TRUTH_FILE = "truth.db"

WORLD_DDL = """
create table if not exists records (
    account text not null,      -- connection name, e.g. aozora_greenhouse
    vendor text not null,       -- an ATS, typeform
    stream text not null,       -- name of the list; responses_{started,partial,completed}
    id integer not null,        -- the record's number in the world; greenhouse: its id
    key text,                   -- the vendor's id where that is no number (response_id), else null
    created_at text not null,
    updated_at text not null,
    sort_at text not null,      -- typeform: what since/until filter; greenhouse: updated_at
    flags text not null default '',  -- hidden by default: inactive|service_account|...
    body blob not null,         -- the record as the vendor serves it, JSON
    primary key (account, stream, id)
);
create table if not exists meta (key text primary key, value text not null);
create table if not exists accounts (
    account text primary key,
    vendor text not null,
    company_id text not null,
    client_id text,             -- greenhouse: OAuth client id
    secret text not null,       -- greenhouse: client secret; typeform: bearer token; lever: key
    scopes text not null default '[]',
    user_id integer,            -- greenhouse: a Site Admin, the credential's acting user
    form_id text                -- typeform
);
create table if not exists faults (
    id integer primary key autoincrement,
    vendor text not null,
    stream text,                -- null: every stream of the vendor
    kind text not null,
    params text not null default '{}',
    remaining integer           -- requests it still hits; null: until removed
);
create table if not exists writes (  -- what customers wrote; see sandbox/writes.py
    number integer primary key autoincrement,
    account text not null, stream text not null, id integer not null,
    at text not null,           -- the clock then
    change text not null        -- JSON; null: deleted
);
"""

WORLD_INDEXES = """
create index if not exists records_updated on records (account, stream, updated_at);
create index if not exists records_sort on records (account, stream, sort_at)
    where vendor = 'typeform';
create index if not exists records_key on records (account, stream, key) where key is not null;
"""

TRUTH_DDL = """
create table if not exists company (
    company_id text primary key, name text not null,
    group_id text,              -- null: the company belongs to no group
    ats text not null
);
create table if not exists contract (
    company_id text not null, version text not null, valid_from text not null, valid_to text,
    counting_event text not null, threshold integer not null, slots_per_threshold integer not null,
    slot_valid_days integer, slot_used_by text not null, dedupe_scope text not null,
    stated_on text, eligible_stages text, eligible_channels text, excluded_channels text,
    eligible_employment_types text, dedupe_window_days integer, slot_returned_by text,
    early_leave_days integer, points_carry_over text, withdrawal_effect text,
    published_at text not null,  -- one row per statement of a version
    primary key (company_id, version, published_at)
);
-- a human; the same one when several companies have a candidate or response of that person_id
create table if not exists person (person_id text primary key);
create table if not exists candidate (
    candidate_id integer primary key, company_id text not null, person_id text not null,
    created_at text not null,
    person_known_at text,       -- until then the record shows an address nobody uses
    canonical_id text not null  -- <connection>:<the vendor's id>, as marts show it
);
create table if not exists job (
    job_id integer primary key, company_id text not null, name text not null, department text,
    office text, employment_type text, status_open_from text not null, status_closed_at text,
    canonical_id text not null
);
create table if not exists stage (
    stage_id integer primary key, job_id integer not null, name text not null,
    sort_order integer not null
);
create table if not exists application (
    application_id integer primary key, company_id text not null, candidate_id integer not null,
    job_id integer, channel text, applied_at text not null, is_prospect integer not null,
    case_name text not null, canonical_id text not null
);
create table if not exists application_event (
    application_id integer not null, at text not null, kind text not null, stage_id integer,
    reason text, reason_type text, token text
);
create table if not exists response (
    response_id text primary key, company_id text not null, person_id text not null, token text,
    landed_at text not null, partial_at text, submitted_at text,
    visible_at text not null,   -- not shown before; then the latest state whose time has come
    consent integer, consent_version text not null, wish_job_type text, wish_location text,
    match_method text, match_application_id integer, match_candidate_ids text not null,
    case_name text not null,
    match_known_at text         -- null: from the beginning
);
create table if not exists likeness (  -- what a registration has in common with a record of the ATS
    response_id text not null, candidate_id integer not null,
    email_from text,            -- since when the record has the address; null: never
    has_phone integer not null, has_name integer not null,
    primary key (response_id, candidate_id)
);
create table if not exists registration_event (
    company_id text not null, registration_id text not null, event text not null,
    occurred_on text not null, published_at text not null,
    primary key (company_id, registration_id, event)
);
create table if not exists form_session (  -- what opened a form, and how far it came
    response_id text primary key, device text not null, agent_class text not null,
    network text not null, form_version text not null,
    last_question text,         -- the last one answered when it was put aside
    partial_at text, is_bot integer not null
);
create table if not exists mail_source (  -- companies that send rejection mails by themselves
    company_id text primary key, mail text not null
);
create table if not exists form_source (  -- companies whose form is not Typeform's
    company_id text primary key, form text not null
);
create table if not exists mail_event (   -- what became of the mails of these
    company_id text not null, number integer not null, token text not null,
    message_id text not null, kind text not null, at text not null,
    visible_at text not null,   -- not in the provider's list before
    agent_class text not null, link text not null, is_machine integer not null,
    primary key (company_id, number)
);
create table if not exists counted_registration (
    company_id text not null, registration_id text not null, counted_at text not null,
    counted_on text not null, known_at text not null, retracted_at text,
    published_at text,          -- null: retracted before its month was stated
    primary key (company_id, registration_id)
);
create table if not exists counted_statement (  -- a line of the file of a month
    company_id text not null, registration_id text not null, counted_on text not null,
    month text not null, published_at text not null,
    primary key (company_id, registration_id, month, published_at)
);
create table if not exists slot_statement (     -- a line of the file of a month
    company_id text not null, slot_number integer not null, granted_on text not null,
    used_on text, introduction_id text, month text not null, published_at text not null,
    primary key (company_id, slot_number, month, published_at)
);
create table if not exists introduction (  -- one row per published version
    company_id text not null, introduction_id text not null, slot_number integer,
    job_title text not null, introduced_on text not null, interview_on text, offered_on text,
    accepted_on text, declined_on text, published_at text not null,
    primary key (company_id, introduction_id, published_at)
);
create table if not exists join_ (
    company_id text not null, join_id text not null, introduction_id text not null,
    joined_on text not null, employment_type text not null, annual_salary_yen integer,
    left_on text, leave_type text, published_at text not null,
    primary key (company_id, join_id)
);
create table if not exists attestation (
    company_id text not null, join_id text not null, month text not null, observed_on text not null,
    employed text not null, left_on text, leave_type text, published_at text not null,
    primary key (company_id, join_id, month)
);
create table if not exists hire (  -- one row per published version
    company_id text not null, hire_id text not null, application_id text, channel text not null,
    joined_on text not null, employment_type text not null, annual_salary_yen integer,
    left_on text, leave_type text, observed_on text not null, published_at text not null,
    primary key (company_id, hire_id, published_at)
);
create table if not exists employee (  -- a record of an HR system; see sandbox/world_hr.py
    company_id text not null, connection text not null, employee_id text primary key,
    number integer not null, code text, person_id text not null, person text not null,
    is_recognisable integer not null, by_phone integer not null, joined_on text not null,
    left_on text, left_type text, reason text, seen_on text not null, told_on text,
    deleted_on text, absent_from text, absent_until text, status_lag integer not null,
    is_on_payroll integer not null
);
create table if not exists stated_number (  -- employee numbers in the joins and the hires
    company_id text not null, feed text not null, id text not null, employee_number text not null,
    primary key (company_id, feed, id)
);
create table if not exists cost (  -- one row per published version
    company_id text not null, cost_id text not null, month text not null, kind text not null,
    category text not null, amount_yen integer not null, is_programme text not null,
    published_at text not null, primary key (company_id, cost_id, published_at)
);
create table if not exists fee_term (
    company_id text not null, valid_from text not null, fee_rate_percent numeric not null,
    refund_steps text, minimum_fee_yen integer, published_at text not null,
    primary key (company_id, valid_from)
);
create table if not exists case_count (
    case_name text primary key,
    n integer not null,         -- complete at the world's first clock
    n_total integer not null    -- the future included
);
create table if not exists chunk (
    company_id text not null, number integer not null, first_at text not null,
    last_at text not null, primary key (company_id, number)
);
"""

TRUTH_INDEXES = """
create index if not exists application_event_application on application_event (application_id, at);
create index if not exists application_candidate on application (candidate_id);
create index if not exists response_submitted on response (company_id, submitted_at);
"""

# One row of records, in the order of its columns.
Record = tuple[str, str, str, int, str | None, str, str, str, str, bytes]

LAYOUT = zlib.crc32((WORLD_DDL + TRUTH_DDL).encode()) >> 1
"""What `pragma user_version` of a world's files says: which tables they were made with."""


@dataclass(frozen=True)
class Account:
    """A vendor account of the sandbox; its name is the connection that reads it."""

    account: str
    vendor: str
    company_id: str
    client_id: str | None
    secret: str
    scopes: tuple[str, ...]
    user_id: int | None
    form_id: str | None


class NoWorldError(FileNotFoundError):
    """There is no world in this home yet, or none that this version can read."""


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=60)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    return connection


def create(home: Path) -> None:
    """Empty ``world.db`` and ``truth.db`` in `home`, replacing earlier ones; indexes come last."""
    home.mkdir(parents=True, exist_ok=True)
    for name, ddl in ((WORLD_FILE, WORLD_DDL), (TRUTH_FILE, TRUTH_DDL)):
        for suffix in ("", "-wal", "-shm"):
            (home / f"{name}{suffix}").unlink(missing_ok=True)
        with closing(_open(home / name)) as connection:
            connection.executescript(ddl)
            connection.execute(f"pragma user_version = {LAYOUT}")


def _open_existing(home: Path, name: str) -> sqlite3.Connection:
    path = home / name
    if not path.exists():
        raise NoWorldError(
            f"no {name} in {home}; make one first: python -m sandbox make --home {home}"
        )
    connection = _open(path)
    if connection.execute("pragma user_version").fetchone() != (LAYOUT,):
        connection.close()
        raise NoWorldError(
            f"{path} was made by another version of the sandbox; make a new world: "
            f"python -m sandbox make --home {home} (or, with all that was read from it: make clean)"
        )
    return connection


def open_world(home: Path) -> sqlite3.Connection:
    """The vendor-visible database. Raises NoWorldError before ``make``."""
    return _open_existing(home, WORLD_FILE)


def open_truth(home: Path) -> sqlite3.Connection:
    """The full truth incl. the future; for oracles. Raises NoWorldError before ``make``."""
    return _open_existing(home, TRUTH_FILE)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Commit on success, roll back on error, close either way."""
    try:
        with connection:
            yield connection
    finally:
        connection.close()


def get_meta(world: sqlite3.Connection, key: str) -> str | None:
    """A value of ``meta``: clock, seed, applications, companies, rate_limit; None when unset."""
    row = world.execute("select value from meta where key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def set_meta(world: sqlite3.Connection, key: str, value: str) -> None:
    world.execute("insert or replace into meta values (?, ?)", (key, value))


def clock(world: sqlite3.Connection) -> str:
    """The sandbox's frozen now, ``YYYY-MM-DDTHH:MM:SSZ``."""
    value = get_meta(world, "clock")
    if value is None:
        raise NoWorldError("the world has no clock: its making was cut short; make it again")
    return value


def accounts(world: sqlite3.Connection) -> list[Account]:
    """Every vendor account, ordered by name."""
    rows = world.execute(
        "select account, vendor, company_id, client_id, secret, scopes, user_id, form_id"
        " from accounts order by account"
    )
    return [
        Account(account, vendor, company_id, client_id, secret, tuple(json.loads(scopes)), *rest)
        for account, vendor, company_id, client_id, secret, scopes, *rest in rows
    ]


def put_account(world: sqlite3.Connection, account: Account) -> None:
    world.execute(
        "insert or replace into accounts values (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            account.account,
            account.vendor,
            account.company_id,
            account.client_id,
            account.secret,
            json.dumps(account.scopes),
            account.user_id,
            account.form_id,
        ),
    )


def put_records(world: sqlite3.Connection, records: Iterable[Record]) -> None:
    """Insert or replace vendor records."""
    world.executemany("insert or replace into records values (?,?,?,?,?,?,?,?,?,?)", records)


def insert(connection: sqlite3.Connection, table: str, rows: Iterable[tuple]) -> None:
    """Insert rows that carry every column of `table`, in its order."""
    batch = list(rows)
    if batch:
        marks = ",".join("?" * len(batch[0]))
        connection.executemany(f"insert into {table} values ({marks})", batch)
