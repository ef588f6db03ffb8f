"""A logistic regression on categories that says what the data cannot tell.

Only what has a finite, unique maximum is fitted. What stands in the way is left out step by step,
and each value's status says why:

fitted          it has a coefficient, against the reference of its attribute
reference       the attribute's most frequent value: coefficient 0
constant        all or none of its rows have the outcome, so its coefficient would be infinite; its
                rows take no part
collinear       it always comes together with other values
left_out        the outcome is too rare for this many coefficients, or still has no finite maximum;
                the attribute with the most values goes first
not_identified  nothing could be fitted: everybody or nobody has the outcome
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from statsmodels.discrete.discrete_model import Logit
from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationWarning

Status = Literal["fitted", "reference", "constant", "collinear", "left_out", "not_identified"]
Level = tuple[str, str]
"""An attribute and one of its values."""

INTERCEPT: Level = ("(intercept)", "(intercept)")
EVENTS_PER_COEFFICIENT = 5
"""Rows with the rarer outcome that each coefficient needs."""
_DEPENDENT = 1e-9
_Z = 1.959963984540054
"""Standard errors on either side of an interval of 95 %."""


class NotIdentified(Exception):
    """The maximum of the likelihood is not finite or not unique."""


@dataclass(frozen=True)
class Coefficient:
    """A value's log odds against the reference of its attribute; None where there is none.

    `rows` had the value; the interval holds 95 %.
    """

    level: Level
    status: Status
    rows: int
    reason: str | None = None
    coefficient: float | None = None
    std_error: float | None = None
    lower: float | None = None
    upper: float | None = None
    p_value: float | None = None


@dataclass(frozen=True)
class Adjusted:
    """The share with the outcome if everybody had the value and kept all else."""

    level: Level
    rate: float
    std_error: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Fit:
    """Every value of every attribute once, and the intercept first."""

    coefficients: tuple[Coefficient, ...]
    adjusted: tuple[Adjusted, ...]


@dataclass(frozen=True)
class _Design:
    """The rows and columns that can be fitted, and why the others cannot."""

    rows: pd.Series
    levels: tuple[Level, ...]
    x: np.ndarray
    references: Mapping[str, str]
    constant: frozenset[Level]


def fit(attributes: pd.DataFrame, outcome: pd.Series, groups: pd.Series) -> Fit:
    """Fit `outcome` (bool) on the columns of `attributes` (text), a row each.

    Rows of one group (a person) may depend on each other: standard errors are clustered by it.
    """
    counts = {name: attributes[name].value_counts() for name in attributes.columns}
    included = sorted(counts)
    if outcome.nunique() < 2:
        return _unidentified(counts, len(outcome), "everybody or nobody registered")
    left_out = {
        name: "every value has only one outcome"
        for name in included
        if outcome.groupby(attributes[name]).mean().isin((0.0, 1.0)).all()
    }
    included = [name for name in included if name not in left_out]
    while True:
        try:
            design = _design(attributes[included], outcome)
            result = _maximum(design, outcome, groups)
        except NotIdentified as error:
            if not included:
                return _unidentified(counts, len(outcome), str(error))
            widest = max(included, key=lambda name: (len(counts[name]), name))
            included.remove(widest)
            left_out[widest] = str(error)
            continue
        return Fit(
            tuple(_coefficients(result, design, counts, left_out)),
            tuple(_adjusted(result, design)),
        )


def _design(attributes: pd.DataFrame, outcome: pd.Series) -> _Design:
    """Dummies against the most frequent value, without the values that cannot be told.

    Raises NotIdentified if no row is left.
    """
    rows, constant = _varying(attributes, outcome)
    if not rows.any():
        raise NotIdentified("the values tell the outcome perfectly")
    kept = attributes[rows]
    references: dict[str, str] = {}
    columns = {INTERCEPT: np.ones(len(kept))}
    for name in attributes.columns:
        frequency = kept[name].value_counts()
        order = sorted(frequency.index, key=lambda value: (-frequency[value], value))
        references[name] = order[0]
        for value in sorted(order[1:]):
            columns[name, value] = (kept[name] == value).to_numpy(dtype=float)
    told = _independent(np.column_stack(list(columns.values())))
    levels = tuple(columns)
    return _Design(
        rows,
        tuple(levels[at] for at in told),
        np.column_stack([columns[levels[at]] for at in told]),
        references,
        constant,
    )


def _varying(attributes: pd.DataFrame, outcome: pd.Series) -> tuple[pd.Series, frozenset[Level]]:
    """The rows of values with both outcomes, and the values without; one can make another."""
    rows = pd.Series(True, index=attributes.index)
    constant: set[Level] = set()
    while True:
        found = {
            (name, str(value))
            for name in attributes.columns
            for value, share in outcome[rows].groupby(attributes[name][rows]).mean().items()
            if share in (0.0, 1.0)
        }
        if not found:
            return rows, frozenset(constant)
        constant |= found
        for name, value in found:
            rows &= attributes[name] != value


def _independent(x: np.ndarray) -> list[int]:
    """The columns that are no sums of columns before them; a sum's pivot in QR vanishes."""
    kept = list(range(x.shape[1]))
    while True:
        pivots = np.abs(np.diag(np.linalg.qr(x[:, kept], mode="r")))
        kept = kept[: max(len(pivots), 1)]  # no more columns than rows
        length = np.sqrt((x[:, kept] ** 2).sum(axis=0))
        vanishing = np.flatnonzero(pivots <= _DEPENDENT * length[: len(pivots)])
        if not len(vanishing) or len(kept) == 1:
            return kept
        del kept[vanishing[0]]


def _maximum(design: _Design, outcome: pd.Series, groups: pd.Series) -> Any:
    """statsmodels' result; NotIdentified if there is no finite, unique maximum."""
    y = outcome[design.rows].astype(float)
    rarer = min(y.sum(), len(y) - y.sum())
    if rarer < EVENTS_PER_COEFFICIENT * (len(design.levels) - 1) or rarer < 1:
        raise NotIdentified("too few outcomes for this many values")
    codes = pd.factorize(groups[design.rows])[0]
    if codes.max() < 1:
        raise NotIdentified("all rows are of one person")
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerfectSeparationWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)  # asked for below
        # bfgs would claim to have converged where there is no finite maximum
        model = Logit(y.to_numpy(), design.x)
        try:
            result = model.fit(
                method="newton", maxiter=100, disp=False,
                cov_type="cluster", cov_kwds={"groups": codes},
            )  # fmt: skip
        except (PerfectSeparationWarning, np.linalg.LinAlgError) as error:
            raise NotIdentified("the values tell the outcome perfectly") from error
    if not result.mle_retvals["converged"]:
        raise NotIdentified("no finite maximum: some group of values has only one outcome")
    return result


def _coefficients(
    result: Any, design: _Design, counts: Mapping[str, pd.Series], left_out: Mapping[str, str]
) -> Iterable[Coefficient]:
    intervals = result.conf_int()
    numbers: dict[Level, tuple[float, ...]] = {
        level: tuple(map(float, (result.params[at], result.bse[at], *intervals[at],
                                 result.pvalues[at])))
        for at, level in enumerate(design.levels)
    }  # fmt: skip
    # of all rows: how many took no part would tell of values that are too small to be shown
    yield Coefficient(INTERCEPT, "fitted", len(design.rows), None, *numbers[INTERCEPT])
    for name, frequency in sorted(counts.items()):
        for value, rows in sorted(frequency.items()):
            level = (name, str(value))
            if name in left_out:
                yield Coefficient(level, "left_out", int(rows), left_out[name])
            elif level in design.constant:
                reason = "all or none of its applications registered"
                yield Coefficient(level, "constant", int(rows), reason)
            elif level in numbers:
                yield Coefficient(level, "fitted", int(rows), None, *numbers[level])
            elif value == design.references[name]:
                yield Coefficient(level, "reference", int(rows), None, 0.0)
            else:
                yield Coefficient(level, "collinear", int(rows), "comes only with other values")


def _adjusted(result: Any, design: _Design) -> Iterable[Adjusted]:
    """Average predictions and their delta-method errors, which statsmodels' own get_prediction
    gives as well, a hundred times slower."""
    covariance = result.cov_params()
    for name, reference in design.references.items():
        own = [level for level in design.levels if level[0] == name]
        if not own:
            continue  # one value only, or all told by other attributes: nothing to compare
        for level in [(name, reference), *own]:
            x = design.x.copy()
            for at, column in enumerate(design.levels):
                if column[0] == name:
                    x[:, at] = float(column == level)
            share = 1 / (1 + np.exp(-x @ result.params))
            slope = (share * (1 - share)) @ x / len(x)
            rate, error = float(share.mean()), math.sqrt(slope @ covariance @ slope)
            lower, upper = max(0.0, rate - _Z * error), min(1.0, rate + _Z * error)
            yield Adjusted(level, rate, error, lower, upper)


def _unidentified(counts: Mapping[str, pd.Series], rows: int, reason: str) -> Fit:
    levels: Sequence[tuple[Level, int]] = [
        (INTERCEPT, rows),
        *(
            ((name, str(value)), int(number))
            for name, frequency in sorted(counts.items())
            for value, number in sorted(frequency.items())
        ),
    ]
    return Fit(
        tuple(Coefficient(level, "not_identified", number, reason) for level, number in levels),
        (),
    )
