"""Hires, costs and fees as people type them."""

from datetime import datetime

import pytest

from extractors.statements import TEMPLATES, typed_row
from extractors.tables import Cell, Row

FEES: dict[str, Cell] = {
    "company_id": "aozora",
    "valid_from": "2026-04-01",
    "fee_rate_percent": "35",
    "refund_steps": None,
    "minimum_fee_yen": None,
}
COST: dict[str, Cell] = {
    "company_id": "aozora",
    "cost_id": "c1",
    "month": "2026年5月",
    "kind": "社内",
    "category": " 面接工数 ",
    "amount_yen": "１２０,０００円",
    "is_programme": "はい",
}


def _read(template: str, cells: dict[str, Cell]) -> tuple[dict[str, object], list[str]]:
    return typed_row(Row(2, cells), TEMPLATES[template])


@pytest.mark.parametrize(
    ("cell", "number"),
    [("35", 35), (35.0, 35), (32.5, 32.5), ("３２.５％", 32.5), ("33.33 %", 33.33), ("100", 100)],
)
def test_percentages(cell: Cell, number: float) -> None:
    payload, problems = _read("fee_terms", {**FEES, "fee_rate_percent": cell})
    assert not problems
    assert payload["fee_rate_percent"] == number
    assert isinstance(payload["fee_rate_percent"], type(number))


@pytest.mark.parametrize("cell", [0.35, "0", "101", "-5", "3割5分", True, "33.333", None])
def test_what_is_no_percentage(cell: Cell) -> None:
    _, (problem,) = _read("fee_terms", {**FEES, "fee_rate_percent": cell})
    assert "column fee_rate_percent: expected a" in problem


@pytest.mark.parametrize(
    ("cell", "steps"),
    [
        ("30:100|90:50", "30:100|90:50"),
        ("３０：１００ ｜ ９０：５０", "30:100|90:50"),
        ("180:10", "180:10"),
        ("1:6|2:5|3:4|4:3|5:2|6:1", "1:6|2:5|3:4|4:3|5:2|6:1"),
        (" ", None),
    ],
)
def test_refund_steps(cell: Cell, steps: str | None) -> None:
    payload, problems = _read("fee_terms", {**FEES, "refund_steps": cell})
    assert (payload["refund_steps"], problems) == (steps, [])


@pytest.mark.parametrize(
    "cell",
    ["30", "30:", "90:50|30:100", "30:100|30:50", "30:101", "0:50", "1:6|2:5|3:4|4:3|5:2|6:1|7:0"],
)
def test_what_is_no_refund(cell: Cell) -> None:
    _, (problem,) = _read("fee_terms", {**FEES, "refund_steps": cell})
    assert "expected at most 6 steps such as 30:100|90:50" in problem


@pytest.mark.parametrize(
    ("cell", "expected"),
    [(7.0, "7"), (7, "7"), ("００７", "007"), (" 007 ", "007"), ("join-1", "join-1")],
)
def test_ids_are_what_was_typed(cell: Cell, expected: str) -> None:
    """A spreadsheet may give digits back as a decimal number."""
    payload, problems = _read("costs", {**COST, "cost_id": cell})
    assert (payload["cost_id"], problems) == (expected, [])


def test_costs() -> None:
    payload, problems = _read("costs", COST)
    assert not problems
    assert payload == {
        "company_id": "aozora",
        "cost_id": "c1",
        "month": "2026-05",
        "kind": "internal",
        "category": "面接工数",
        "amount_yen": 120_000,
        "is_programme": "yes",
    }
    _, problems = _read("costs", {**COST, "kind": "その他", "is_programme": "unknown"})
    assert [problem.split(",")[1] for problem in problems] == [
        " column kind: expected one of internal",
        " column is_programme: expected one of yes",
    ]


MAIL = {"company_id": "aozora", "token": "t1", "application_id": "48213"}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-06-02 18:03", "2026-06-02T09:03:00Z"),
        ("2026/6/2 8:03:22", "2026-06-01T23:03:22Z"),
        ("令和8年6月2日 18:03", "2026-06-02T09:03:00Z"),
        ("２０２６-０６-０２ １８：０３", "2026-06-02T09:03:00Z"),
        ("2026-06-02T18:03:00+09:00", "2026-06-02T09:03:00Z"),
        ("2026-06-02T09:03:00Z", "2026-06-02T09:03:00Z"),
        (datetime(2026, 6, 2, 18, 3), "2026-06-02T09:03:00Z"),
    ],
)
def test_a_mail_was_sent_at_a_time_of_japan_unless_it_says_otherwise(
    cell: Cell, expected: str
) -> None:
    payload, problems = _read("mails", {**MAIL, "sent_at": cell})
    assert problems == []
    assert payload["sent_at"] == expected
    assert payload["message_id"] is None


@pytest.mark.parametrize(
    "cell",
    [
        "2026-06-02",
        "18:03",
        "2026/6/2 25:00",
        "2026/13/2 5:00",
        "46173",
        46173.5,
        "yesterday",
        True,
        "",
    ],
)
def test_a_day_is_no_time(cell: Cell) -> None:
    _, (problem,) = _read("mails", {**MAIL, "sent_at": cell})
    assert "column sent_at" in problem
