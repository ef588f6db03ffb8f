"""Every `make` target and `python -m` command that a page names exists, with its options."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, commands, name_of

_MAKE = re.compile(r"(?:^|[\s;&])make ([a-z][\w-]*)")
_MODULE = re.compile(r"python -m ([a-z_][\w.]*)((?: +[^ |;&#]+)*)")
_WORD = re.compile(r"[a-z][a-z-]*")


def _targets(page: Path) -> set[str]:
    return {target for line in commands(page) for target in _MAKE.findall(line)}


def _calls(page: Path) -> set[tuple[str, str | None, tuple[str, ...]]]:
    """(module, subcommand or None, options) of every command on the page."""
    calls = set()
    for line in commands(page):
        for module, rest in _MODULE.findall(line):
            words = rest.replace('"', "").replace(")", "").split()
            command = words[0] if words and _WORD.fullmatch(words[0]) else None
            options = tuple(word for word in words if word.startswith("--") and word != "--")
            calls.add((module, command, options))
    return calls


CALLS = sorted({call for page in PAGES for call in _calls(page)}, key=str)


@cache
def _help(module: str, command: str | None) -> str:
    words = [module] if command is None else [module, command]
    done = subprocess.run(
        [sys.executable, "-m", *words, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_has_the_target(page: Path) -> None:
    rules = re.findall(r"^([\w -]+):(?!=)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert _targets(page) <= {target for rule in rules for target in rule.split()}


@pytest.mark.parametrize(("module", "command", "options"), CALLS)
def test_python_has_the_command(module: str, command: str | None, options: tuple[str, ...]) -> None:
    text = _help(module, command)
    assert [option for option in options if option not in text] == []


def test_the_pages_name_every_command_line() -> None:
    assert {module for module, _, _ in CALLS} >= {
        "analysis", "bench", "bench.request_counts", "expectations", "extractors", "inbox",
        "sandbox", "sandbox.services", "warehouse",
    }  # fmt: skip
