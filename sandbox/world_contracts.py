"""The contracts of the companies: what the operator states, when, and which version rules when.

Every term that a contract can have is in force somewhere after T0; until then the contracts are
plain. The third company has nothing in writing before its first version and is the one that counts
people once in its group or the programme, the fifth and later ones never change theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sandbox.world_company import Company
from sandbox.world_time import DAY, HOUR, START, tokyo_day, tokyo_midnight

CONTRACT_CHANGE = START + 365 * DAY  # 2025-07-01 00:00 in Tokyo
LATER_CHANGES = {2: date(2026, 8, 20), 3: date(2026, 9, 1)}  # by company; the others:
LATER_CHANGE = date(2026, 8, 1)


@dataclass(frozen=True, slots=True)
class Contract:
    """One version of a company's rules; `valid_to` is the first day after it.

    Lists are values between bars, None for all; None elsewhere is what the template's empty cell
    means.
    """

    version: str
    valid_from: date
    valid_to: date | None
    threshold: int
    slot_valid_days: int | None
    slot_used_by: str
    published_at: int
    slots_per_threshold: int = 1
    counting_event: str = "consented"
    dedupe_scope: str = "company"
    stated_on: date | None = None
    eligible_stages: str | None = None
    eligible_channels: str | None = None
    excluded_channels: str | None = None
    eligible_employment_types: str | None = None
    dedupe_window_days: int | None = None
    slot_returned_by: str | None = None
    early_leave_days: int | None = None
    points_carry_over: str | None = None
    withdrawal_effect: str | None = None

    @property
    def starts_on(self) -> date:
        """The first day on which it can rule: never before it was agreed."""
        return max(self.valid_from, self.stated_on or self.valid_from)

    @property
    def is_returned_when_declined(self) -> bool:
        if self.slot_returned_by is None:
            return self.slot_used_by != "introduced"
        return "declined" in self.slot_returned_by.split("|")


DEFAULT = Contract("default", date(1900, 1, 1), None, 10, None, "introduced", START)


def later_change(company: Company) -> date:
    """The first day of the company's first new version after T0."""
    return LATER_CHANGES.get(company.index, LATER_CHANGE)


def statements(company: Company) -> list[Contract]:
    """All that the operator publishes, oldest first; a version may come more than once."""
    begins = tokyo_day(START)
    if company.index == 0:
        return _aozora(begins)
    if company.index == 1:
        first = Contract("1", begins, None, 10, None, "introduced", START)
        return [
            first,
            _ended(first, LATER_CHANGE, date(2026, 7, 10)),
            Contract(
                "2",
                LATER_CHANGE,
                None,
                10,
                120,
                "joined",
                _morning(date(2026, 7, 10)),
                counting_event="verified",
                eligible_channels="求人ボックス|自社採用サイト|LinkedIn|ダイレクトスカウト|社員紹介",
                slot_returned_by="declined|early_leave",
                early_leave_days=90,
                points_carry_over="keep",
                withdrawal_effect="keep",
            ),
        ]
    if company.index == 2:
        return _minato()
    if company.index == 3:
        return _yamabiko(begins)
    return [Contract("1", begins, None, 10, None, "introduced", START)]


def _aozora(begins: date) -> list[Contract]:
    change = tokyo_day(CONTRACT_CHANGE)
    first = Contract("1", begins, None, 10, 180, "accepted", START)
    second = Contract("2", change, None, 8, 180, "accepted", _morning(date(2025, 6, 5)))
    third = Contract(
        "3",
        LATER_CHANGE,
        None,
        6,
        180,
        "interviewed",
        _morning(date(2026, 7, 10)),
        excluded_channels="エージェント紹介",
        slot_returned_by="declined",
        points_carry_over="keep",
        withdrawal_effect="reverse",
    )
    # Agreed on 15 September for the 1st, so it rules from the 15th, over the third.
    fourth = Contract(
        "4",
        date(2026, 9, 1),
        None,
        6,
        None,
        "accepted",
        _morning(date(2026, 9, 15)),
        stated_on=date(2026, 9, 15),
        dedupe_window_days=90,
        slot_returned_by="none",
        points_carry_over="forfeit",
    )
    announced = date(2025, 6, 5)
    return [
        first,
        _ended(first, change, announced),
        second,
        _ended(second, LATER_CHANGE, date(2026, 7, 10)),
        third,
        fourth,
    ]


def _minato() -> list[Contract]:
    """Counts a person once in the group, and with its second version once in the programme."""
    change = date(2026, 9, 10)
    first = Contract(
        "1",
        date(2026, 8, 15),
        change,
        5,
        60,
        "introduced",
        _morning(date(2026, 8, 20)),
        slots_per_threshold=2,
        counting_event="registered",
        dedupe_scope="group",
        stated_on=date(2026, 8, 20),
        dedupe_window_days=30,
        slot_returned_by="declined",
        withdrawal_effect="reverse",
    )
    second = replace(
        first,
        version="2",
        valid_from=change,
        valid_to=None,
        dedupe_scope="programme",
    )
    return [first, second]


def _yamabiko(begins: date) -> list[Contract]:
    """The second version names a wrong threshold at first."""
    change = LATER_CHANGES[3]
    first = Contract("1", begins, None, 20, 365, "introduced", START, slots_per_threshold=2)
    second = Contract(
        "2",
        change,
        None,
        12,
        365,
        "accepted",
        _morning(date(2026, 8, 10)),
        counting_event="referred",
        eligible_stages="一次面接|二次面接|最終面接|店舗面接|オファー",
        eligible_employment_types="permanent|contract",
        slot_returned_by="declined|early_leave",
        early_leave_days=30,
        points_carry_over="forfeit",
        withdrawal_effect="reverse",
    )
    corrected = replace(second, threshold=10, published_at=_morning(date(2026, 9, 20)))
    return [first, _ended(first, change, date(2026, 8, 10)), second, corrected]


def _ended(contract: Contract, valid_to: date, announced: date) -> Contract:
    return replace(contract, valid_to=valid_to, published_at=_morning(announced))


def _morning(day: date) -> int:
    return tokyo_midnight(day) + 9 * HOUR


def contracts(company: Company) -> list[Contract]:
    """The versions as they are stated last, the default one before the first of them."""
    newest = {contract.version: contract for contract in statements(company)}
    own = sorted(newest.values(), key=lambda c: (c.starts_on, c.version))
    return [replace(DEFAULT, valid_to=own[0].starts_on) if own else DEFAULT, *own]


def ruling(rules: list[Contract], time: int) -> Contract | None:
    """The version in force at `time`: of several the one that began last."""
    day = tokyo_day(time)
    found = None
    for rule in rules:  # by their beginning
        if rule.starts_on <= day and (rule.valid_to is None or day < rule.valid_to):
            found = rule
    return found
