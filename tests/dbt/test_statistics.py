"""The statistics that SQL computes equal statsmodels' and lifelines' on random data."""

import math
import random
from collections.abc import Iterator

import numpy as np
import psycopg
import pytest
from dbt.cli.main import dbtRunner
from lifelines import KaplanMeierFitter
from statsmodels.stats.proportion import proportion_confint

from tests.dbt.project import FOLDER, Project

TOLERANCE = 1e-9
Curve = tuple[list[int], list[bool]]


def compiled(project: Project, sql: str) -> str:
    """What dbt makes of a query with macros."""
    arguments = ["compile", "--inline", sql, "--project-dir", str(FOLDER), "--profiles-dir",
                 str(FOLDER), "--target-path", str(project.target), "--log-path",
                 str(project.target), "--quiet"]  # fmt: skip
    done = dbtRunner().invoke(arguments)
    assert done.success, repr(done.exception)
    return str(done.result.results[0].node.compiled_code)  # type: ignore[union-attr]


def test_wilson_equals_statsmodels(project: Project, owner: psycopg.Connection) -> None:
    chance = random.Random("wilson")
    pairs = {(k, n) for n in range(1, 25) for k in range(n + 1)}
    for _ in range(300):
        n = chance.randint(1, 3_000_000)
        pairs.add((chance.choice((0, n, chance.randint(0, n))), n))
    owner.execute("create temp table trials (k integer, n integer)")
    with owner.cursor() as cursor:
        cursor.executemany("insert into trials values (%s, %s)", sorted(pairs))
    query = "select k, n, {{ wilson_lower('k', 'n') }}, {{ wilson_upper('k', 'n') }} from trials"
    rows = owner.execute(compiled(project, query).encode()).fetchall()
    assert len(rows) == len(pairs)
    for k, n, lower, upper in rows:
        expected = proportion_confint(k, n, alpha=0.05, method="wilson")
        assert (lower, upper) == pytest.approx(expected, rel=0, abs=TOLERANCE), (k, n)
        assert 0 <= lower <= k / n + TOLERANCE
        assert k / n - TOLERANCE <= upper <= 1


def test_nobody_has_no_interval(project: Project, owner: psycopg.Connection) -> None:
    query = (
        "select {{ wilson_lower('k', 'n') }}, {{ wilson_upper('k', 'n') }}"
        " from (values (0, 0), (null, null)) as trials (k, n)"
    )
    assert owner.execute(compiled(project, query).encode()).fetchall() == [(None, None)] * 2


def curves() -> Iterator[Curve]:
    """Durations and whether each ended in an event: every edge, then at random."""
    yield [5], [True]
    yield [5], [False]
    yield [0, 0, 3], [True, False, True]
    yield [1, 2, 3], [False, False, False]
    yield [4, 4, 4, 4], [True, False, True, False]
    chance = random.Random("survival")
    for _ in range(60):
        size, longest = chance.randint(1, 400), chance.choice((3, 40, 2000))
        events = chance.random()
        yield (
            [chance.randint(0, longest) for _ in range(size)],
            [chance.random() < events for _ in range(size)],
        )


def test_survival_equals_lifelines(project: Project, owner: psycopg.Connection) -> None:
    samples = list(curves())
    owner.execute("create temp table lives (company text, kind text, days integer, is_event bool)")
    with owner.cursor() as cursor, cursor.copy("copy lives from stdin") as copy:
        for number, (durations, ended) in enumerate(samples):
            for duration, is_event in zip(durations, ended, strict=True):
                # a group may be told by a NULL
                copy.write_row((f"c{number:03}", None, duration, is_event))
        copy.write_row(("c000", None, None, True))  # without a time: takes no part
    query = """
        with curves as (
            {{ kaplan_meier('lives', ['company', 'kind'], 'days', 'is_event') }}
        )
        select company, t, at_risk, events, censored, survival, greenwood_variance,
            {{ log_log_lower('survival', 'greenwood_variance') }},
            {{ log_log_upper('survival', 'greenwood_variance') }}
        from curves order by company, t
    """
    rows = owner.execute(compiled(project, query).encode()).fetchall()
    for number, (durations, ended) in enumerate(samples):
        fitted = KaplanMeierFitter().fit(durations, ended)
        table = fitted.event_table
        own = [row[1:] for row in rows if row[0] == f"c{number:03}"]
        times = sorted(set(durations))
        assert [row[0] for row in own] == times
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = table.observed / (table.at_risk * (table.at_risk - table.observed))
        greenwood = steps.cumsum()
        interval = fitted.confidence_interval_survival_function_
        for t, at_risk, events, censored, survival, variance, lower, upper in own:
            at = table.loc[t]
            assert (events, censored) == (at.observed, at.censored)
            assert at_risk == sum(duration >= t for duration in durations)
            expected = float(fitted.survival_function_["KM_estimate"].loc[t])
            assert math.isclose(survival, expected, rel_tol=0, abs_tol=TOLERANCE)
            if expected == 0:
                assert variance is None
            else:
                assert variance == pytest.approx(
                    expected**2 * float(greenwood.loc[t]), rel=0, abs=TOLERANCE
                )
            if 0 < expected < 1:
                assert (lower, upper) == pytest.approx(tuple(interval.loc[t]), rel=0, abs=TOLERANCE)
            else:
                assert (lower, upper) == (None, None)


def test_one_curve_without_groups(project: Project, owner: psycopg.Connection) -> None:
    query = """
        with lives as (
            select * from (values (1, true), (2, false), (2, true), (9, true)) as v (days, died)
        )
        select * from ({{ kaplan_meier('lives', [], 'days', 'died') }}) as curve order by t
    """
    rows = owner.execute(compiled(project, query).encode()).fetchall()
    assert [row[:4] for row in rows] == [(1, 4, 1, 0), (2, 3, 1, 1), (9, 1, 1, 0)]
    assert [row[4] for row in rows] == pytest.approx([0.75, 0.5, 0.0], rel=0, abs=TOLERANCE)


def test_the_median_needs_no_interpolation(project: Project, owner: psycopg.Connection) -> None:
    """lifelines' median is the first time at which at most half are left; so is ours."""
    durations, ended = [3, 5, 5, 8, 13], [True, True, False, True, False]
    owner.execute("create temp table halves (days integer, died bool)")
    with owner.cursor() as cursor:
        cursor.executemany(
            "insert into halves values (%s, %s)", list(zip(durations, ended, strict=True))
        )
    query = (
        "select min(case when survival <= 0.5 then t end)"
        " from ({{ kaplan_meier('halves', [], 'days', 'died') }}) as curve"
    )
    row = owner.execute(compiled(project, query).encode()).fetchone()
    assert row == (KaplanMeierFitter().fit(durations, ended).median_survival_time_,)
