"""The project's Markdown: its fenced blocks, code spans, tables, headings and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PAGES = (README, *sorted((ROOT / "docs").rglob("*.md")))

_FENCE = re.compile(r"^( *)```([\w-]*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language as written, its text without the fence's own indent."""

    language: str
    text: str


def name_of(page: Path) -> str:
    """How a test names a page."""
    return str(page.relative_to(ROOT))


def blocks(page: Path, *languages: str) -> list[Block]:
    """The fenced blocks, all or those of the languages."""
    found = [
        Block(language, re.sub(rf"^{indent}", "", text, flags=re.MULTILINE))
        for indent, language, text in _FENCE.findall(page.read_text("utf-8"))
    ]
    return [block for block in found if not languages or block.language in languages]


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def commands(page: Path) -> Iterator[str]:
    """Everything written as code, where a command may stand."""
    for block in blocks(page):
        yield from re.sub(r"\\\n\s*", " ", block.text).splitlines()
    yield from _SPAN.findall(prose(page))


def section(page: Path, heading: str, *above: str) -> str:
    """The text under a heading, up to the next of its level or higher; with ``above``, the one
    that stands under those headings."""
    text = prose(page)
    for name in (*above, heading):
        found = next(match for match in _HEADING.finditer(text) if match[2] == name)
        rest = text[found.end() :]
        level = len(found[1])
        end = next((match for match in _HEADING.finditer(rest) if len(match[1]) <= level), None)
        text = rest[: end.start()] if end else rest
    return text


def rows(text: str) -> list[list[str]]:
    """The cells of every table row, headers included, rulers left out."""
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("|")]
    cells = [[cell.strip() for cell in _CELL.split(line)[1:-1]] for line in lines]
    return [row for row in cells if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]


def spans(cell: str) -> list[str]:
    """The code spans of a cell, with the table's own escapes undone."""
    return [span.replace("\\|", "|") for span in _SPAN.findall(cell)]


def links(page: Path) -> list[str]:
    """Targets of the page's links and images."""
    return _LINK.findall(re.sub(_SPAN, "", prose(page)))


def anchors(page: Path) -> set[str]:
    """What `#...` may name in a page, as GitHub derives it from headings."""
    names = (re.sub(r"[`*]", "", heading).lower() for _, heading in _HEADING.findall(prose(page)))
    return {re.sub(r"[^\w\- ]", "", name).replace(" ", "-") for name in names}
