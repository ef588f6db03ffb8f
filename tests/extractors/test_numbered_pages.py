"""Pages by number: what no page may look like, whatever vendor serves it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from extractors.paginate import WrongAnswer, counted_pages, numbered_pages


@dataclass(frozen=True)
class Page:
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


@pytest.mark.parametrize(
    "body",
    [
        {"rows": [], "more": True},
        {"rows": [{"id": 1}]},
        {"rows": [{"id": 1}], "others": [], "more": False},
        {"rows": ["text"], "more": False},
        {"rows": None, "more": False},
        [{"id": 1}],
        None,
    ],
)
def test_pages_that_say_whether_more_follow(body: Any) -> None:
    with pytest.raises(WrongAnswer):
        list(numbered_pages("more")(lambda query: Page(body), {}))


@pytest.mark.parametrize("total", [None, "", "many", "-1"])
def test_pages_that_are_counted_need_their_count(total: str | None) -> None:
    headers = {} if total is None else {"X-Total": total}
    with pytest.raises(WrongAnswer, match="expected a number in X-Total"):
        list(counted_pages("X-Total", 2)(lambda query: Page([{"id": 1}], headers), {}))


def test_pages_are_asked_for_until_all_are_counted() -> None:
    """Rows that come while the list is read are read too: the newest count decides."""
    asked: list[str] = []

    def get(query: Any) -> Page:
        asked.append(query["page"])
        total = "4" if len(asked) == 1 else "5"
        return Page([{"id": len(asked)}], {"X-Total": total})

    assert len(list(counted_pages("X-Total", 2)(get, {"sort": "id"}))) == 3
    assert asked == ["1", "2", "3"]
