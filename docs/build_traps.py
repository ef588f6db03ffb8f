"""Writes docs/traps.md: what vendors do that a naive reader gets wrong.

`.venv/bin/python docs/build_traps.py`
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from traps.catalog import Page, Trap, pages  # noqa: E402

PAGE = ROOT / "docs" / "traps.md"

HEAD = """# Traps

Written by `docs/build_traps.py` from `traps/*.toml`; a test compares. What the vendors do that a
naive reader gets wrong, and where it is handled. The catalog names the tests that show it.

`make traps` takes the handling of each away, on a copy of the project, and must see one of its
tests fail. `.venv/bin/python -m traps --page lever` tries one page. A new trap is a few lines in
`traps/<source>.toml`: the text that handles it, what a naive reader would have in its place, and
the tests that fail then.
"""


def page() -> str:
    """The page's text."""
    return "\n".join([HEAD, *(_section(each) for each in pages().values())])


def _section(each: Page) -> str:
    lines = [f"## {each.title}\n", "| trap | handled in |", "|---|---|"]
    return "\n".join([*lines, *map(_row, each.trap)]) + "\n"


def _row(trap: Trap) -> str:
    name = trap.name[:1].upper() + trap.name[1:].replace("|", "\\|")
    return f"| {name} | `{trap.file}` |"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
