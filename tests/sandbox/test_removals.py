"""Candidates deleted, merged and made anonymous in every ATS that has them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from sandbox import exports, store, world
from sandbox.removals import KEPT, Staff
from sandbox.world_time import parse

ATS = tuple(KEPT)
Rows = dict[tuple[str, int], dict[str, Any]]


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """A copy of the world of its own."""
    for name in (store.WORLD_FILE, store.TRUTH_FILE):
        with (
            closing(sqlite3.connect(made / name)) as old,
            closing(sqlite3.connect(tmp_path / name)) as new,
        ):
            old.backup(new)
    return tmp_path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("world")
    world.make(home, 3, 130 * len(ATS), len(ATS), ATS)
    return home


def rows(home: Path, ats: str) -> Rows:
    """Every record of the company with that ATS."""
    with closing(store.open_world(home)) as opened:
        found = opened.execute("select stream, id, body from records where vendor = ?", (ats,))
        return {(stream, number): orjson.loads(body) for stream, number, body in found}


def people(home: Path, ats: str) -> list[tuple[int, list[int]]]:
    """Candidates in process or not, with their applications, as the truth has them."""
    with closing(store.open_truth(home)) as truth:
        found = truth.execute(
            "select candidate_id, json_group_array(application_id) from application"
            " where company_id = (select company_id from company where ats = ?)"
            " and applied_at < '2026-06-01' group by 1 having min(is_prospect) = 0 order by 1",
            (ats,),
        )
        return [(candidate, orjson.loads(numbers)) for candidate, numbers in found]


def staffed(home: Path, ats: str) -> Iterator[Staff]:
    with store.transaction(store.open_world(home)) as opened:
        account = next(one for one in store.accounts(opened) if one.vendor == ats)
        yield Staff(opened, account)


@pytest.mark.parametrize("ats", ATS)
def test_who_is_deleted_is_gone_and_told_once(home: Path, ats: str) -> None:
    before, (candidate, numbers) = rows(home, ats), people(home, ats)[0]
    kept = KEPT[ats]
    for _ in range(2):
        for staff in staffed(home, ats):
            staff.delete(candidate, numbers)
        after = rows(home, ats)
        gone = before.keys() - after.keys()
        assert gone >= {(kept.applications, number) for number in numbers}
        assert ((kept.people, candidate) in gone) == bool(kept.people)
        told = {
            (stream, number): {"id": key(number)}
            for stream, key in (kept.told or {}).items()
            for number in numbers
        }
        new = {name: {"id": after[name]["id"]} for name in after.keys() - before.keys()}
        assert new == told
        assert {n: after[n] for n in before.keys() & after.keys()} == {
            n: before[n] for n in before.keys() - gone
        }


@pytest.mark.parametrize("ats", [ats for ats in ATS if KEPT[ats].owner])
def test_a_survivor_has_the_applications_of_both(home: Path, ats: str) -> None:
    (gone, numbers), (survivor, own) = people(home, ats)[:2]
    kept = KEPT[ats]
    before = rows(home, ats)
    for _ in range(2):
        for staff in staffed(home, ats):
            assert staff.applications(survivor) in (own, sorted({*own, *numbers}))
            staff.merge(gone, survivor, numbers)
            assert staff.applications(gone) == []
            assert staff.applications(survivor) == sorted({*own, *numbers})
    after = rows(home, ats)
    assert {n for n in before if n in after and before[n] != after[n]} == {
        (kept.applications, number) for number in numbers
    }
    assert ((kept.people, gone) in after) is False


@pytest.mark.parametrize("ats", [ats for ats in ATS if KEPT[ats].blank])
def test_who_is_anonymous_keeps_ids_and_applications(home: Path, ats: str) -> None:
    candidate, numbers = people(home, ats)[0]
    kept, before = KEPT[ats], rows(home, ats)
    for _ in range(2):
        for staff in staffed(home, ats):
            staff.anonymise(candidate, numbers)
    after = rows(home, ats)
    assert after.keys() == before.keys()
    changed = {name for name in before if before[name] != after[name]}
    stream = kept.people or kept.applications
    assert changed == {(stream, n) for n in ([candidate] if kept.people else numbers)}
    blank = kept.blank(candidate) if kept.blank else {}
    for name in changed:
        fields = {key for key in before[name] if before[name][key] != after[name][key]}
        assert fields <= {*blank, "updated_at", "updatedAt"}
        assert after[name] | blank == after[name]


def test_nobody_is_made_anonymous_where_the_vendor_makes_nobody(home: Path) -> None:
    for staff in staffed(home, "herp"):
        with pytest.raises(ValueError, match="herp makes nobody anonymous"):
            staff.anonymise(*people(home, "herp")[0])


def test_exports_written_anew_lack_who_is_gone(made: Path, home: Path) -> None:
    with closing(store.open_world(home)) as opened, closing(store.open_truth(home)) as truth:
        clock = parse(store.clock(opened))
        exports.write(home, opened, truth, clock)
        paths = sorted((home / "exports").glob("*/hrmos_*.csv"))
        before = paths[-1].read_bytes()
        for staff in staffed(home, "hrmos"):
            candidate, numbers = people(home, "hrmos")[0]
            staff.delete(candidate, numbers)
        exports.write(home, opened, truth, clock)
        assert paths[-1].read_bytes() == before
        exports.rewrite(home, opened, truth, clock)
    number = f"{numbers[0]:012d}".encode()
    assert number in before
    assert number not in paths[-1].read_bytes()
