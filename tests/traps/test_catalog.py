"""The catalog of traps: each can be tried, every source has a page. `make traps` tries them."""

import pytest

from extractors.registry import SOURCES
from traps.catalog import Trap, pages

TRAPS = [pytest.param(t, id=f"{n}: {t.name}") for n, page in pages().items() for t in page.trap]


@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_can_be_tried(trap: Trap) -> None:
    assert trap.faults() == []


def test_every_source_has_a_page() -> None:
    assert set(pages()) == {*SOURCES, "inbox", "across"}


def test_what_cannot_be_tried_is_told() -> None:
    here = "tests/traps/test_catalog.py"
    trap = Trap("a trap", here, "not in the file: \x00", "", (f"{here}::test_nowhere",))
    assert trap.faults() == [
        f"{here} has its handling 0 times, not once",
        f"{here}::test_nowhere does not exist",
    ]
