"""The regression finds what was planted, equals the formulas, and says what it cannot tell."""

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from statsmodels.discrete.discrete_model import Logit

from analysis.logit import INTERCEPT, Coefficient, Fit, Level, fit

TOLERANCE = 1e-9
EFFECTS: dict[Level, float] = {
    ("channel", "Referral"): 1.2,
    ("channel", "Web"): -0.7,
    ("stage", "Interview"): 0.9,
}
BASE = -1.0


def planted(rows: int, seed: str, people: int | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Random rows whose outcome follows EFFECTS, and the person of each."""
    chance = random.Random(seed)
    records = []
    for number in range(rows):
        channel = chance.choices(("Agency", "Referral", "Web"), (5, 2, 3))[0]
        stage = chance.choices(("Screening", "Interview"), (3, 2))[0]
        logit = BASE + EFFECTS.get(("channel", channel), 0) + EFFECTS.get(("stage", stage), 0)
        person = chance.randrange(people) if people else number
        happened = chance.random() < 1 / (1 + np.exp(-logit))
        records.append((channel, stage, person, happened))
    frame = pd.DataFrame(records, columns=["channel", "stage", "person", "outcome"])
    return frame[["channel", "stage"]], frame[["person", "outcome"]]


def by_level(found: Fit) -> dict[Level, Coefficient]:
    """The coefficients by attribute and value."""
    return {one.level: one for one in found.coefficients}


def by_hand(x: np.ndarray, y: np.ndarray, groups: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Newton's method and the sandwich over groups, from the formulas: (beta, its covariance)."""
    beta = np.zeros(x.shape[1])
    for _ in range(100):
        p = 1 / (1 + np.exp(-x @ beta))
        bread = np.linalg.inv(x.T @ (x * (p * (1 - p))[:, None]))
        step = bread @ (x.T @ (y - p))
        beta = beta + step
        if np.abs(step).max() < 1e-14:
            break
    p = 1 / (1 + np.exp(-x @ beta))
    bread = np.linalg.inv(x.T @ (x * (p * (1 - p))[:, None]))
    scores = pd.DataFrame(x * (y - p)[:, None]).groupby(list(groups)).sum().to_numpy()
    n, k, g = len(y), x.shape[1], len(scores)
    return beta, bread @ (scores.T @ scores) @ bread * (g / (g - 1) * (n - 1) / (n - k))


def design(attributes: pd.DataFrame, levels: Sequence[Level]) -> np.ndarray:
    """Ones and dummies in the order of the levels."""
    columns = [
        np.ones(len(attributes)) if level == INTERCEPT else (attributes[level[0]] == level[1])
        for level in levels
    ]
    return np.column_stack(columns).astype(float)


def test_it_finds_the_effects_that_were_planted() -> None:
    attributes, facts = planted(20_000, "planted")
    found = by_level(fit(attributes, facts["outcome"], facts["person"]))
    assert found["channel", "Agency"].status == found["stage", "Screening"].status == "reference"
    for level, effect in {**EFFECTS, INTERCEPT: BASE}.items():
        one = found[level]
        assert one.lower is not None
        assert one.upper is not None
        assert one.lower < effect < one.upper, level
        assert one.upper - one.lower < 0.3
        assert one.p_value is not None
        assert one.p_value < 1e-9


@pytest.mark.parametrize("seed", range(8))
def test_it_equals_the_formulas(seed: int) -> None:
    attributes, facts = planted(300 + 150 * seed, f"formulas {seed}", people=200 + 40 * seed)
    found = fit(attributes, facts["outcome"], facts["person"])
    fitted = [one for one in found.coefficients if one.status == "fitted"]
    x = design(attributes, [one.level for one in fitted])
    y = facts["outcome"].to_numpy(dtype=float)
    beta, covariance = by_hand(x, y, facts["person"].tolist())
    assert [one.coefficient for one in fitted] == pytest.approx(list(beta), rel=0, abs=TOLERANCE)
    errors = np.sqrt(np.diag(covariance))
    assert [one.std_error for one in fitted] == pytest.approx(list(errors), rel=0, abs=TOLERANCE)
    for one in fitted:
        assert one.coefficient is not None
        assert one.std_error is not None
        half = 1.959963984540054 * one.std_error
        ends = (one.coefficient - half, one.coefficient + half)
        assert (one.lower, one.upper) == pytest.approx(ends, rel=0, abs=TOLERANCE)
    for row in found.adjusted:
        name = row.level[0]
        same = attributes.assign(**{name: row.level[1]})
        p = 1 / (1 + np.exp(-design(same, [one.level for one in fitted]) @ beta))
        slope = (design(same, [one.level for one in fitted]) * (p * (1 - p))[:, None]).mean(axis=0)
        error = float(np.sqrt(slope @ covariance @ slope))
        assert row.rate == pytest.approx(p.mean(), rel=0, abs=TOLERANCE)
        assert row.std_error == pytest.approx(error, rel=0, abs=TOLERANCE)


def test_adjusted_rates_equal_statsmodels() -> None:
    attributes, facts = planted(500, "adjusted", people=350)
    found = fit(attributes, facts["outcome"], facts["person"])
    levels = [one.level for one in found.coefficients if one.status == "fitted"]
    result = Logit(facts["outcome"].to_numpy(dtype=float), design(attributes, levels)).fit(
        disp=False, cov_type="cluster", cov_kwds={"groups": facts["person"].to_numpy()}
    )
    assert len(found.adjusted) == 5
    for row in found.adjusted:
        same = design(attributes.assign(**{row.level[0]: row.level[1]}), levels)
        mean = result.get_prediction(same, average=True).summary_frame().iloc[0]
        assert (row.rate, row.std_error, row.lower, row.upper) == pytest.approx(
            (mean["predicted"], mean["se"], mean["ci_lower"], mean["ci_upper"]),
            rel=0, abs=TOLERANCE,
        )  # fmt: skip


def test_adjusting_takes_away_what_another_attribute_explains() -> None:
    chance = random.Random("confounded")
    rows = []
    for number in range(8000):
        stage = chance.choice(("Screening", "Interview"))
        # the channel says nothing by itself, but brings people to the interview
        channel = "Agency" if chance.random() < (0.8 if stage == "Interview" else 0.2) else "Web"
        happened = chance.random() < (0.6 if stage == "Interview" else 0.2)
        rows.append((channel, stage, number, happened))
    frame = pd.DataFrame(rows, columns=["channel", "stage", "person", "outcome"])
    found = fit(frame[["channel", "stage"]], frame["outcome"], frame["person"])
    rates = frame.groupby("channel")["outcome"].mean()
    adjusted = {row.level: row for row in found.adjusted}
    assert rates["Agency"] - rates["Web"] > 0.2
    agency, web = adjusted["channel", "Agency"], adjusted["channel", "Web"]
    assert abs(agency.rate - web.rate) < 0.05
    assert adjusted["stage", "Interview"].rate - adjusted["stage", "Screening"].rate > 0.3


def test_a_value_with_one_outcome_takes_no_part() -> None:
    attributes, facts = planted(600, "constant")
    attributes.loc[:39, "channel"] = "Fair"
    facts.loc[:39, "outcome"] = False
    found = by_level(fit(attributes, facts["outcome"], facts["person"]))
    fair = found["channel", "Fair"]
    assert (fair.status, fair.rows, fair.coefficient) == ("constant", 40, None)
    assert found[INTERCEPT].rows == 600
    rest = fit(attributes[40:], facts["outcome"][40:], facts["person"][40:])
    for level, one in by_level(rest).items():
        assert replace(found[level], rows=one.rows) == one


def test_a_value_that_only_comes_with_another_is_collinear() -> None:
    attributes, facts = planted(600, "collinear")
    attributes["track"] = attributes["stage"].map({"Screening": "short", "Interview": "long"})
    found = by_level(fit(attributes, facts["outcome"], facts["person"]))
    assert found["stage", "Interview"].status == "fitted"
    assert found["track", "long"].status == "collinear"
    assert found["track", "short"].status == "reference"
    without = fit(attributes[["channel", "stage"]], facts["outcome"], facts["person"])
    assert found["stage", "Interview"] == by_level(without)["stage", "Interview"]


def test_rare_outcomes_bear_few_coefficients() -> None:
    attributes, facts = planted(120, "rare")
    attributes["month"] = [f"2025-{1 + number % 12:02}" for number in range(120)]
    found = by_level(fit(attributes, facts["outcome"], facts["person"]))
    months = [one for level, one in found.items() if level[0] == "month"]
    assert [(one.status, one.rows) for one in months] == [("left_out", 10)] * 12
    assert {one.reason for one in months} == {"too few outcomes for this many values"}
    assert found["stage", "Interview"].status == "fitted"


def test_values_that_together_tell_the_outcome_are_not_fitted_at_infinity() -> None:
    rows = [
        (a, b, outcome)
        for a, b, outcomes in (
            ("x", "x", (0, 0)), ("x", "y", (0, 1)), ("y", "x", (0, 1)), ("y", "y", (0, 0)),
        )
        for outcome in outcomes * 30
    ]  # fmt: skip
    # nobody of x-x, everybody of y-y: no plane through the values has a finite slope
    frame = pd.DataFrame(rows, columns=["a", "b", "outcome"])
    frame.loc[(frame["a"] == "y") & (frame["b"] == "y"), "outcome"] = 1
    found = by_level(
        fit(frame[["a", "b"]], frame["outcome"].astype(bool), pd.Series(range(len(frame))))
    )
    for one in found.values():
        if one.coefficient is not None:
            assert abs(one.coefficient) < 10
            assert one.std_error is None or one.std_error < 5
    assert "left_out" in {one.status for one in found.values()}


def test_an_attribute_that_tells_every_outcome_is_left_out() -> None:
    attributes, facts = planted(400, "telling")
    attributes["answer"] = facts["outcome"].map({True: "yes", False: "no"})
    attributes["a number"] = [f"{number:03}" for number in range(400)]
    found = by_level(fit(attributes, facts["outcome"], facts["person"]))
    telling = [one for level, one in found.items() if level[0] in ("answer", "a number")]
    assert len(telling) == 402
    assert {(one.status, one.reason) for one in telling} == {
        ("left_out", "every value has only one outcome")
    }
    without = fit(attributes[["channel", "stage"]], facts["outcome"], facts["person"])
    assert {level: found[level] for level in by_level(without)} == by_level(without)


def test_attributes_that_tell_every_outcome_one_after_another() -> None:
    """No row is left once the values with one outcome have taken theirs away."""
    rows = [("x", "x", True)] * 9 + [("x", "y", False)] * 9 + [("y", "y", True)] * 9
    frame = pd.DataFrame(rows, columns=["a", "b", "outcome"])
    found = by_level(fit(frame[["a", "b"]], frame["outcome"], pd.Series(range(27))))
    assert found["b", "y"].status == "left_out"
    assert found["a", "y"].status == "constant"
    assert found["a", "x"].status == "reference"


@pytest.mark.parametrize("outcome", [True, False])
def test_without_two_outcomes_nothing_is_identified(outcome: bool) -> None:
    attributes, facts = planted(50, "same")
    found = fit(attributes, pd.Series(outcome, index=attributes.index), facts["person"])
    assert {one.status for one in found.coefficients} == {"not_identified"}
    assert {one.reason for one in found.coefficients} == {"everybody or nobody registered"}
    assert found.adjusted == ()


def test_one_person_alone_is_not_identified() -> None:
    attributes, facts = planted(50, "one person")
    found = fit(attributes, facts["outcome"], pd.Series("p", index=attributes.index))
    assert {one.status for one in found.coefficients} == {"not_identified"}


def test_the_order_of_columns_changes_nothing() -> None:
    attributes, facts = planted(400, "order")
    one = fit(attributes, facts["outcome"], facts["person"])
    other = fit(attributes[["stage", "channel"]], facts["outcome"], facts["person"])
    assert one == other
