"""The traps: one TOML file per source, and `across.toml` for what all sources share.

A trap names the text that handles it, the text that a naive reader would have in its place, and the
tests that must fail then.
"""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(__file__).resolve().parent


class Trap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`name` says what the vendor does. `handling` occurs once in `file`; `without` stands in its
    place while `tests` (pytest's node ids) run."""

    name: str
    file: str
    handling: str
    without: str
    tests: tuple[str, ...]

    def faults(self) -> list[str]:
        """Why the trap cannot be tried; empty when it can."""
        path = ROOT / self.file
        times = path.read_text("utf-8").count(self.handling) if path.is_file() else 0
        found = [] if times == 1 else [f"{self.file} has its handling {times} times, not once"]
        if self.handling == self.without:
            found.append("removing its handling changes nothing")
        if not self.tests:
            found.append("no test is named")
        return found + [f"{test} does not exist" for test in self.tests if not _exists(test)]


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of traps."""

    title: str
    trap: tuple[Trap, ...]


def pages() -> dict[str, Page]:
    """The pages by name, sources first."""
    files = sorted(FOLDER.glob("*.toml"), key=lambda file: (file.stem == "across", file.stem))
    return {
        file.stem: msgspec.convert(tomllib.loads(file.read_text("utf-8")), Page) for file in files
    }


def _exists(test: str) -> bool:
    file, *names = test.split("[")[0].split("::")
    path = ROOT / file
    if not path.is_file():
        return False
    body: list[ast.stmt] = ast.parse(path.read_text("utf-8")).body
    for name in names:
        found = [node for node in body if getattr(node, "name", None) == name]
        if not found:
            return False
        body = getattr(found[0], "body", [])
    return True
