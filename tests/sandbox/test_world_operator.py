"""The operator's files and numbers."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from sandbox import world
from sandbox.operator_files import TEMPLATES
from tests.oracle import applications, registrations
from tests.oracle import truth as oracle_truth
from tests.oracle.visible import at
from tests.sandbox.worlds import clock, truth

COMPANIES = ("aozora", "hinata", "minato")
UNSTATED = {("minato", "contracts"), ("minato", "fee_terms")}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("operator")
    world.make(home, seed=1, applications=3000, companies=3)
    return home


def read(path: Path, encoding: str = "utf-8-sig") -> list[dict[str, Any]]:
    """The rows of one file; dates as ISO text, empty cells as None."""
    if path.suffix == ".xlsx":
        header, *rows = load_workbook(path, read_only=True).worksheets[0].values
        table = [dict(zip_longest(header, row)) for row in rows]  # empty cells at the end are cut
    else:
        table = list(csv.DictReader(io.StringIO(path.read_bytes().decode(encoding))))
    return [{name: _plain(value) for name, value in row.items()} for row in table]


def _plain(value: Any) -> str | None:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return str(value) if value not in (None, "") else None


def encoding_of(path: Path) -> str:
    content = path.read_bytes()
    if path.suffix == ".xlsx":
        return "xlsx"
    return "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "cp932"


def files(home: Path, company: str, stream: str) -> list[Path]:
    return sorted((home / "operator" / company).glob(f"{stream}_*"))


def newest(home: Path, company: str, stream: str, *key: str) -> dict[tuple, dict[str, Any]]:
    """What the files say in the end: a later file restates a row by its key."""
    state = {}
    for path in files(home, company, stream):
        for row in read(path, encoding_of(path)):
            state[tuple(row[column] for column in key)] = row
    return state


def test_every_stream_of_every_company_with_the_columns_of_its_template(home: Path) -> None:
    for company in COMPANIES:
        for template in TEMPLATES:
            found = files(home, company, template.stream)
            assert bool(found) == ((company, template.stream) not in UNSTATED)
            for path in found:
                rows = read(path, encoding_of(path))
                assert rows
                assert tuple(rows[0]) == template.columns
                assert {row["company_id"] for row in rows} == {company}


def test_three_formats_are_in_use(home: Path) -> None:
    paths = [path for company in COMPANIES for path in files(home, company, "*")]
    assert set(Counter(map(encoding_of, paths))) == {"utf-8-sig", "cp932", "xlsx"}
    japanese = [p for p in paths if p.stem.startswith("introductions") and p.suffix == ".csv"]
    assert any(ord(c) > 255 for p in japanese for c in p.read_bytes().decode(encoding_of(p)))


def test_files_appear_on_the_fifth_of_the_next_month(tmp_path: Path) -> None:
    world.make(tmp_path, seed=1, applications=400)
    before = {path: path.read_bytes() for path in (tmp_path / "operator").rglob("*.*")}
    assert max(path.stem[-7:] for path in before) == "2026-05"
    world.advance(tmp_path, 4)
    assert set((tmp_path / "operator").rglob("*.*")) == set(before)
    world.advance(tmp_path, 1)
    after = {path: path.read_bytes() for path in (tmp_path / "operator").rglob("*.*")}
    assert {path.stem[-7:] for path in after.keys() - before.keys()} == {"2026-06"}
    assert all(after[path] == content for path, content in before.items())


def test_a_contract_changes_its_threshold_at_midnight(home: Path) -> None:
    first, second = files(home, "aozora", "contracts")
    assert [row["valid_to"] for row in read(first, encoding_of(first))] == [None]
    old, new = newest(home, "aozora", "contracts", "contract_version").values()
    assert (old["threshold"], old["valid_to"]) == ("10", "2025-07-01")
    assert (new["threshold"], new["valid_from"], new["valid_to"]) == ("8", "2025-07-01", None)
    assert (new["slot_valid_days"], new["slot_used_by"]) == ("180", "accepted")
    (only,) = newest(home, "hinata", "contracts", "contract_version").values()
    assert (only["threshold"], only["slot_valid_days"], only["slot_used_by"]) == (
        "10",
        None,
        "introduced",
    )
    assert second.stem == "contracts_2025-06"


@pytest.mark.parametrize("days", [0, 40, 100])
def test_counts_are_those_of_the_rules(home: Path, days: int) -> None:
    """Against the independent oracle, at three clocks."""
    everything = oracle_truth.load(home / "truth.db")
    now = datetime.fromisoformat(clock(home)) + timedelta(days=days)
    view = at(everything, now)
    found = registrations.registrations(view, applications.selections(view))
    expected = {entry.response.response_id for entry in registrations.counted(found)}
    moment = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    counted = truth(
        home,
        "select c.registration_id from counted_registration c"
        " where c.known_at <= ?1"
        " and (c.retracted_at is null or c.retracted_at > ?1)",
        moment,
    )
    assert {row[0] for row in counted} == expected


def test_statements_list_what_was_counted_when_they_were_made(home: Path) -> None:
    stated = [
        newest(home, company, "counted_registrations", "registration_id") for company in COMPANIES
    ]
    listed = {key[0]: row["counted_on"] for state in stated for key, row in state.items()}
    expected = truth(
        home, "select * from counted_registration where published_at <= ?", clock(home)
    )
    assert listed == {row["registration_id"]: row["counted_on"] for row in expected}
    assert truth(home, "select 1 from counted_registration where published_at is null")


def test_slots_follow_from_the_counts(home: Path) -> None:
    """At the last statement before T0, counted anew with a plain loop."""
    for company in COMPANIES:
        known = "2026-06-05T00:00:00Z"
        counts = [
            row["counted_on"]
            for row in truth(
                home,
                "select counted_on from counted_registration where company_id = ?"
                " and counted_on < '2026-06-01' and known_at <= ?2"
                " and (retracted_at is null or retracted_at > ?2)"
                " order by counted_at, registration_id",
                company,
                known,
            )
        ]
        granted, points = [], 0
        for day in counts:
            points += 1
            threshold = 8 if company == "aozora" and day >= "2025-07-01" else 10
            while points >= threshold:
                points -= threshold
                granted.append(day)
        state = newest(home, company, "slots", "slot_number")
        assert [state[(str(n),)]["granted_on"] for n in range(1, len(granted) + 1)] == granted
        assert len(granted) >= 8


def test_most_uses_of_slots_are_covered_and_some_are_not(home: Path) -> None:
    for company in COMPANIES:
        slots = newest(home, company, "slots", "slot_number")
        used: defaultdict[str, int] = defaultdict(int)
        outcome: Counter[str] = Counter()
        introductions = newest(home, company, "introductions", "introduction_id").values()
        for row in sorted(introductions, key=lambda row: row["introduced_on"]):
            slot = slots.get((row["slot_number"],))
            if slot is None or slot["granted_on"] > row["introduced_on"]:
                outcome["uncovered"] += 1
                continue
            used[row["slot_number"]] += company != "aozora" or row["accepted_on"] is not None
            outcome["again" if used[row["slot_number"]] > 1 else "covered"] += 1
        assert outcome["covered"] > 3 * (outcome["uncovered"] + outcome["again"])
        assert outcome["uncovered"] >= 1
    assert {row["slot_used_by"] for row in truth(home, "select slot_used_by from contract")} == {
        "accepted",
        "interviewed",
        "introduced",
        "joined",
    }


@pytest.mark.parametrize(("applications", "companies"), [(200, 2), (330, 3)])
def test_no_slot_is_stated_as_used_before_its_grant(
    tmp_path: Path, applications: int, companies: int
) -> None:
    """In a small world a count that is taken back moves the grant of a slot behind its use."""
    world.make(tmp_path, seed=2, applications=applications, companies=companies)
    stated = truth(tmp_path, "select * from slot_statement where used_on is not null")
    assert [tuple(row) for row in stated if row["used_on"] < row["granted_on"]] == []
    introduced = {
        (row["company_id"], row["introduction_id"]): row["introduced_on"]
        for row in truth(tmp_path, "select * from introduction")
    }
    moved = [
        row
        for row in stated
        if introduced[row["company_id"], row["introduction_id"]] < row["granted_on"]
    ]
    assert moved
    assert all(row["used_on"] == row["granted_on"] for row in moved)


def test_introductions_grow_from_statement_to_statement(home: Path) -> None:
    order = ("introduced_on", "interview_on", "offered_on", "accepted_on")
    for row in truth(home, "select * from introduction"):
        covered = (date.fromisoformat(row["published_at"][:10]).replace(day=1)).isoformat()
        dates = [row[column] for column in order if row[column] is not None]
        assert dates == sorted(dates)
        assert all(day < covered for day in dates)
        assert row["declined_on"] is None or row["accepted_on"] is None
    versions = truth(
        home, "select count(*) as n from introduction group by company_id, introduction_id"
    )
    assert max(row["n"] for row in versions) >= 3


def test_joins_are_attested_every_month_until_they_leave(home: Path) -> None:
    joins = [
        row for company in COMPANIES for row in newest(home, company, "joins", "join_id").values()
    ]
    assert len(joins) >= 10
    assert {row["employment_type"] for row in joins} <= {"正社員", "契約社員"}
    left = {
        (row["company_id"], row["join_id"]): row
        for row in truth(home, "select * from join_ where left_on is not null")
    }
    leavers = 0
    for company in COMPANIES:
        by_join = defaultdict(list)
        for row in newest(home, company, "attestations", "join_id", "month").values():
            by_join[row["join_id"]].append(row)
        for join_id, rows in by_join.items():
            rows.sort(key=lambda row: row["month"])
            assert all(row["observed_on"].startswith(row["month"]) for row in rows)
            assert all(row["employed"] in ("yes", "unknown") for row in rows[:-1])
            if rows[-1]["employed"] == "no":
                leavers += 1
                assert rows[-1]["left_on"] == left[company, join_id]["left_on"]
                assert rows[-1]["leave_type"] == left[company, join_id]["leave_type"]
    assert leavers >= 3


def test_workbooks_are_the_same_bytes_every_time(home: Path, tmp_path: Path) -> None:
    world.make(tmp_path, seed=1, applications=3000, companies=3)
    for path in sorted((home / "operator").rglob("*.xlsx")):
        assert (tmp_path / path.relative_to(home)).read_bytes() == path.read_bytes()
