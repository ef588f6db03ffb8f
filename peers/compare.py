"""What a client read against what the sandbox holds, and whether a difference is explained."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Read:
    """What a client got of one stream: ids in order, and the failure it told of."""

    ids: Sequence[str]
    error: str | None = None
    waited: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """`is_fine`: what was due, or a difference with its reason."""

    is_fine: bool
    text: str


def records(expected: Collection[str], read: Read) -> str | None:
    """How the records differ from what is due; None when they do not."""
    due, got = set(expected), set(read.ids)
    differences = [
        f"{len(ids)} {word}"
        for ids, word in ((due - got, "missing"), (got - due, "not due"))
        if ids
    ]
    if read.error is not None:
        differences.append(f"failed: {_first_line(read.error)}")
    return ", ".join(differences) or None


def patience(read: Read, told: float) -> str | None:
    """Whether a client that was told to wait so many seconds did."""
    return None if read.waited >= told else f"waited {read.waited:.0f} s when told {told:.0f} s"


def refusal(read: Read) -> str | None:
    """A refused list must be told of: the records that are not there are no empty list."""
    if read.error is not None:
        return None
    return f"told of no failure, {len(set(read.ids))} records"


def judge(difference: str | None, known: str | None) -> Verdict:
    """A difference needs a reason, and a reason a difference."""
    if difference is None and known is None:
        return Verdict(True, "equal")
    if difference is None:
        return Verdict(False, f"equal, but a difference was known: {known}")
    if known is None:
        return Verdict(False, f"UNEXPLAINED: {difference}")
    return Verdict(True, f"known: {known} ({difference})")


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:160] if text.strip() else "without a word"
