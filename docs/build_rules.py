"""Writes docs/gate-rules.md: what the gate asks of each stream's records.

`.venv/bin/python docs/build_rules.py`
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from expectations.rules import Rule, Severity  # noqa: E402
from expectations.seeds import Seeds  # noqa: E402
from expectations.suites import streams_of, suite_for  # noqa: E402
from extractors.registry import SOURCES  # noqa: E402

PAGE = ROOT / "docs" / "gate-rules.md"

HEAD = """# Gate: the rules of each stream

Written by `docs/build_rules.py` from `expectations/suites/`; a test compares. A record that breaks
a rule is held back; a rule in the first column also stops its stream when most of a batch breaks
it. In brackets stand the values that a rule allows, or the seed that says them. Every stream has
the [rules of the batch](data-quality.md#what-is-checked) besides.
"""


def page() -> str:
    """The page's text."""
    return "\n".join([HEAD, *(_source(name, source.title) for name, source in SOURCES.items())])


def _source(name: str, title: str) -> str:
    lines = [
        f"## {title}\n",
        "| stream | stops the stream | holds the record back |",
        "|---|---|---|",
        *(_stream(name, stream) for stream in streams_of(name)),
    ]
    return "\n".join(lines) + "\n"


def _stream(source: str, stream: str) -> str:
    rules = suite_for(source, stream).rules
    critical = [_rule(rule) for rule in rules if rule.severity is Severity.CRITICAL]
    others = [_rule(rule) for rule in rules if rule.severity is not Severity.CRITICAL]
    return f"| `{stream}` | {', '.join(critical)} | {', '.join(others)} |"


def _rule(rule: Rule) -> str:
    if rule.codes:
        return f"`{rule.name}` (`{rule.codes.file}`)"
    values = ", ".join(f"`{value}`" for value in rule.values(Seeds()) if isinstance(value, str))
    return f"`{rule.name}` ({values})" if values else f"`{rule.name}`"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
