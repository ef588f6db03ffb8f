"""Who registers: from raw rows through dbt and the regression to the two marts."""

import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd
import psycopg
import pytest
from statsmodels.stats.proportion import proportion_confint

import warehouse
from analysis import registration
from analysis.logit import fit
from tests.dbt.project import Project
from tests.dbt.raw import Raw

pytestmark = pytest.mark.long

AS_OF = "2025-09-15T00:00:00Z"
MARTS = ("agg_registration_by_attribute", "agg_registration_coefficients")
SOURCES = {1: "Referral", 2: "Web", 3: "Fair", 4: "Agency"}
MINIMUM = 5


class Fact(NamedTuple):
    """A rejected application in the words of the rules."""

    person: int
    channel: str
    month: str
    is_registered: bool


def facts() -> Iterator[tuple[int, int, Fact]]:
    """(number, source, fact): two months and four channels, the last with three people."""
    for number in range(1, 91):
        source = 4 if number > 87 else 1 + number % 3
        month = "2025-05" if number % 2 else "2025-06"
        registered = number % 5 == 0 or (source == 1 and number % 4 == 0)
        # the last ten of the even ones come from the people of the first ten
        person = number - 70 if number % 2 == 0 and 70 < number <= 86 else number
        yield number, source, Fact(person, SOURCES[source], month, registered)


@pytest.fixture(scope="module")
def built(raw: Raw, project: Project) -> None:
    """A company of ninety rejections, and a second one of three, built."""
    for name, numbers in (("aozora", range(1, 91)), ("hinata", range(1, 4))):
        company = raw.company(name)
        company.reference()
        for source, channel in SOURCES.items():
            company._greenhouse("sources", source, name=channel, type={"id": 1, "name": "t"})
        for number, source, fact in facts():
            if number not in numbers:
                continue
            keys = {"email": f"{name}{fact.person}", "name": f"{name}{fact.person}"}
            company.candidate(number, **keys)
            at = f"{fact.month}-20T00:00:00Z"
            company.rejected(number, number, at)
            company.application(
                number, number, status="rejected", rejected_at=at, source_id=source,
                created_at=f"{fact.month}-{1 if fact.person == number else 2:02}T00:00:00Z",
            )  # fmt: skip
            company.mail(number, number, f"{name}{number}", at)
            if fact.is_registered:
                company.response(
                    f"{name}{number}", landed=f"{fact.month}-21T00:00:00Z",
                    submitted=f"{fact.month}-21T00:10:00Z", token=f"{name}{number}",
                    email=keys["email"], name=keys["name"],
                )  # fmt: skip
        # a rejection whose month is not mature
        company.candidate(99, email="young", name="young")
        company.rejected(99, 99, "2025-07-20T00:00:00Z")
    raw.check(AS_OF)
    project.run("build", "--exclude", "test_type:unit")


def cells(own: list[Fact]) -> dict[tuple[str, str], list[Fact]]:
    """The facts of every channel and month, and of all."""
    found: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in own:
        found["all", "all"].append(fact)
        found["channel", fact.channel].append(fact)
        found["rejection_month", fact.month].append(fact)
    return found


def people(own: list[Fact]) -> set[int]:
    return {fact.person for fact in own}


def registered(own: list[Fact]) -> set[int]:
    return {fact.person for fact in own if fact.is_registered}


def mart(owner: psycopg.Connection, name: str) -> list[dict[str, Any]]:
    with owner.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        return cursor.execute(f"select * from marts.{name} order by 1, 2, 3").fetchall()


def test_rates_are_those_of_the_facts(built: None, owner: psycopg.Connection) -> None:
    own = [fact for _, _, fact in facts()]
    rows = {
        (row["attribute"], row["value"]): row
        for row in mart(owner, MARTS[0])
        if row["company_id"] == "aozora"
    }
    whole = len(registered(own)) / len(people(own))
    expected = cells(own)
    assert {key for key in rows if key[0] in ("all", "channel", "rejection_month")} == set(expected)
    # the Agency has three people; the next smallest channel would give it away
    sizes = sorted((len(people(found)), value) for (name, value), found in expected.items()
                   if name == "channel")  # fmt: skip
    assert sizes[0] == (3, "Agency")
    hidden = {("channel", value) for _, value in sizes[:2]}
    for key, found in expected.items():
        row = rows[key]
        assert row["is_suppressed"] == (key in hidden), key
        if key in hidden:
            shown = set(row) - {"company_id", "attribute", "value", "is_suppressed"}
            assert all(row[column] is None for column in shown), key
            continue
        k, n = len(registered(found)), len(people(found))
        assert (row["applications"], row["people"], row["registered"]) == (len(found), n, k)
        assert float(row["registration_rate"]) == pytest.approx(k / n, abs=1e-6)
        assert float(row["lift"]) == pytest.approx(k / n / whole, abs=1e-6)
        assert (row["rate_lower"], row["rate_upper"]) == pytest.approx(
            proportion_confint(k, n, method="wilson"), rel=0, abs=1e-9
        )


def test_three_people_are_shown_nowhere(built: None, owner: psycopg.Connection) -> None:
    rows = [row for row in mart(owner, MARTS[0]) if row["company_id"] == "hinata"]
    assert rows
    assert all(row["is_suppressed"] and row["people"] is None for row in rows)


def test_who_applied_before_is_a_repeat_applicant(built: None, raw: Raw) -> None:
    again = raw.rows(
        "select count(*) from intermediate.int_registration_attributes"
        " where company_id = 'aozora' and repeat_applicant = 'yes'"
    )
    assert again == [(sum(fact.person != number for number, _, fact in facts()),)]


def test_the_fit_is_shown_without_another_build(built: None, owner: psycopg.Connection) -> None:
    assert mart(owner, MARTS[1]) == []
    assert all(row["adjusted_rate"] is None for row in mart(owner, MARTS[0]))
    done = subprocess.run(
        [sys.executable, "-m", "analysis", "registration"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == ["aozora", "hinata"]
    frame = pd.DataFrame(
        [
            {"channel": fact.channel, "person": str(fact.person), "month": fact.month,
             "repeat": "no" if fact.person == number else "yes", "outcome": fact.is_registered}
            for number, _, fact in facts()
        ]
    )  # fmt: skip
    expected = fit(
        frame[["channel", "month", "repeat"]].rename(
            columns={"month": "rejection_month", "repeat": "repeat_applicant"}
        ),
        frame["outcome"],
        frame["person"],
    )
    fitted = {one.level: one for one in expected.coefficients}
    rows = {
        (row["attribute"], row["value"]): row
        for row in mart(owner, MARTS[1])
        if row["company_id"] == "aozora"
    }
    intercept = rows["(intercept)", "(intercept)"]
    assert intercept["coefficient"] == pytest.approx(
        fitted["(intercept)", "(intercept)"].coefficient, rel=0, abs=1e-9
    )
    assert rows["channel", "Agency"]["status"] == "suppressed"
    assert rows["channel", "Agency"]["reason"] is None
    month = rows["rejection_month", "2025-05"]
    assert month["status"] == "fitted" or rows["rejection_month", "2025-06"]["status"] == "fitted"
    rates = {
        (row["attribute"], row["value"]): row["adjusted_rate"]
        for row in mart(owner, MARTS[0])
        if row["company_id"] == "aozora" and row["adjusted_rate"] is not None
    }
    assert len(rates) >= 4
    adjusted = {one.level: one.rate for one in expected.adjusted}
    assert rates == pytest.approx({level: adjusted[level] for level in rates}, rel=0, abs=1e-9)
    assert all(
        row["is_suppressed"] and row["coefficient"] is None
        for row in mart(owner, MARTS[1])
        if row["company_id"] == "hinata"
    )


def test_fitting_twice_is_fitting_once(built: None, owner: psycopg.Connection) -> None:
    registration.run(lambda _: None)
    before = [mart(owner, name) for name in MARTS]
    registration.run(lambda _: None)
    assert [mart(owner, name) for name in MARTS] == before


def test_the_marts_tests_hold_after_the_fit(built: None, project: Project) -> None:
    registration.run(lambda _: None)
    results = project.run("test", "--select", *MARTS, "--exclude", "test_type:unit")
    assert len(results) > 10


def test_building_the_cells_again_leaves_the_marts_standing(
    built: None, owner: psycopg.Connection, project: Project
) -> None:
    registration.run(lambda _: None)
    before = [mart(owner, name) for name in MARTS]
    assert all(before)
    project.run("run", "--select", "int_registration_attributes", "int_registration_cells")
    assert [mart(owner, name) for name in MARTS] == before
    project.run("run", "--full-refresh", "--select", "int_registration_cells")
    assert [mart(owner, name) for name in MARTS] == before


def test_a_company_that_went_away_is_shown_no_more(
    built: None, owner: psycopg.Connection, project: Project
) -> None:
    owner.execute(
        "delete from intermediate.int_registration_attributes where company_id = 'hinata'"
    )
    project.run("run", "--select", "int_registration_cells")
    registration.run(lambda _: None)
    for name in MARTS:
        assert {row["company_id"] for row in mart(owner, name)} == {"aozora"}


def test_before_dbt_there_is_nothing_to_fit(
    built: None, owner: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    from analysis.__main__ import main

    owner.execute("alter table intermediate.int_registration_attributes rename to away")
    try:
        with pytest.raises(warehouse.WarehouseError, match="Remedy: run `dbt build`"):
            registration.run(lambda _: None)
        assert main(["registration"]) == 1
        assert "Remedy" in capsys.readouterr().err
    finally:
        owner.execute("alter table intermediate.away rename to int_registration_attributes")
