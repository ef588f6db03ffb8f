"""Every message that the operations page explains is one that the code can say."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, prose, rows, spans

PAGE = ROOT / "docs" / "operations.md"
PACKAGES = ("analysis", "dags", "expectations", "extractors", "inbox", "sandbox", "warehouse")
VARIABLE = "…"
SHORTEST = 4
"""Characters between two variables that are worth looking for."""


def _texts(path: Path) -> Iterator[str]:
    """Every string of a module; what an f-string fills in is a line break."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "\n" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


TEXTS = "\0".join(
    text
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    for text in _texts(path)
)


def _is_said(part: str) -> bool:
    """Whether one string holds the part, or two that the code puts together do."""
    cuts = (found.start() for found in re.finditer(" ", part))
    return part in TEXTS or any(part[:at] in TEXTS and part[at + 1 :] in TEXTS for at in cuts)


def _messages() -> list[str]:
    table = False
    found = []
    for row in rows(prose(PAGE)):
        if row[0] in ("message", "DAG, task", "wish", "way out", "change", "secret", "what", ""):
            table = row[0] == "message"
        elif table:
            found += [span for span in spans(row[0]) if VARIABLE in span]
    return found


@pytest.mark.parametrize("message", _messages())
def test_the_code_says_it(message: str) -> None:
    parts = [part.strip(" :,()") for part in message.split(VARIABLE)]
    assert not [part for part in parts if len(part) >= SHORTEST and not _is_said(part)]


def test_there_are_messages() -> None:
    assert len(_messages()) > 30


def test_constants_of_the_messages() -> None:
    """What stands in prose instead of a message."""
    text = re.sub(r"\s+", " ", PAGE.read_text("utf-8"))
    from expectations.gx import MOSTLY_MISSING, SMALL_BATCH
    from expectations.volume import LEAST_SHARE
    from sandbox.processes import STOP_SECONDS

    assert SMALL_BATCH == 20
    assert (MOSTLY_MISSING, "more than half of a batch of at least 20 rows" in text) == (0.5, True)
    assert (LEAST_SHARE, "under a tenth of the usual rows" in text) == (0.1, True)
    assert f"has {STOP_SECONDS:.0f} seconds to end" in text
