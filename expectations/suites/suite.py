"""What the gate asserts of one stream."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from expectations.columns import Column
from expectations.rules import Rule, bounded, projected


@dataclass(frozen=True, slots=True)
class Suite:
    """``rules`` of the rows, and the top-level ``fields`` that are known; other fields are drift,
    which is reported and never holds a row back. Without ``fields`` drift is not looked for."""

    rules: tuple[Rule, ...] = ()
    fields: frozenset[str] = frozenset()

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every column the rules look at, once."""
        return projected(self.rules)

    def bounded(self, observed_at: datetime | None) -> Suite:
        """The suite with its time limits set by the vendor's clock."""
        return replace(self, rules=tuple(bounded(rule, observed_at) for rule in self.rules))


def suite(fields: str, *rules: Rule | Iterable[Rule]) -> Suite:
    """A suite from known fields (separated by blanks) and rules or groups of rules."""
    flat: list[Rule] = []
    for rule in rules:
        flat.extend([rule] if isinstance(rule, Rule) else rule)
    names = [rule.name for rule in flat]
    if len(set(names)) != len(names):
        raise ValueError(f"a rule is declared twice in: {', '.join(names)}")
    return Suite(tuple(flat), frozenset(fields.split()))
