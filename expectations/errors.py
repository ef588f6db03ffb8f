"""What the gate tells a person: one line with the place, the cause and the remedy."""

from __future__ import annotations

import psycopg

from extractors.errors import RelayError

_DATA_EXCEPTION_CLASSES = ("22", "23")


class GateError(RelayError):
    """The check cannot be made: unknown connection or stream, missing seed, missing tables."""

    exit_code = 2


class GateStopped(RelayError):
    """At least one stream was stopped; its new rows stay outside until the cause is gone."""


class DisagreementError(RuntimeError):
    """Great Expectations and the quarantine's SQL differ on a rule: a defect. The text names the
    rule and holds counts only."""


def describe(error: BaseException) -> str:
    """What failed, without any value of a row.

    Postgres quotes the offending value in the text of data errors (SQLSTATE classes 22 and 23),
    and great_expectations repeats such texts, so of those only the code or the type is told.
    """
    if isinstance(error, DisagreementError | RelayError):
        return str(error)
    if not isinstance(error, psycopg.Error):
        return type(error).__name__
    state = error.sqlstate or ""
    if state.startswith(_DATA_EXCEPTION_CLASSES) or not error.diag.message_primary:
        return f"{type(error).__name__} (SQLSTATE {state or 'none'})"
    return f"{type(error).__name__}: {error.diag.message_primary}"
