"""The slot ledger over several runs: postings are added, never changed."""

from datetime import date
from typing import Any

import pytest

from tests.dbt.project import Project
from tests.dbt.raw import Company, Raw
from tests.dbt.slot_runs import counted


def _unreject(company: Company, number: int) -> None:
    company.application(number, number)


def _ledger(raw: Raw, company: str) -> list[tuple[Any, ...]]:
    return raw.rows(
        "select posting_key, quantity, effective_at::date::text, cause, reversal_of is not null"
        f" from marts.fct_slot_ledger where company_id = '{company}'"
        " and account in ('points', 'slots')"
        " order by batch, effective_at, posting_key, cause"
    )


def _balances(raw: Raw, company: str) -> dict[str, int]:
    return dict(
        raw.rows(
            "select account, sum(quantity)::int from marts.fct_slot_ledger"
            f" where company_id = '{company}' and account in ('points', 'slots') group by account"
        )
    )


def _slots(raw: Raw, company: str) -> list[tuple[Any, ...]]:
    return raw.rows(
        "select slot_number, status, granted_at::date, introduction_id from marts.fct_slots"
        f" where company_id = '{company}' order by slot_number"
    )


def _run(raw: Raw, project: Project, as_of: str) -> None:
    raw.check(as_of)
    project.transform()


@pytest.fixture(scope="module")
def aozora(raw: Raw, project: Project) -> Company:
    """Five counts, threshold 2: two slots and a point over."""
    company = raw.company("aozora")
    company.reference()
    company.contract("v1", "2025-01-01")
    for number in range(1, 6):
        counted(company, number, f"2025-06-{number + 10}T00:00:00Z")
    _run(raw, project, "2025-07-01T00:00:00Z")
    return company


@pytest.mark.long
def test_a_life_of_a_ledger(aozora: Company, raw: Raw, project: Project) -> None:
    reg = "aozora_typeform:r00"
    first = [
        (f"count:{reg}1/points", 1, "2025-06-11", "registration_counted", False),
        (f"count:{reg}2/points", 1, "2025-06-12", "registration_counted", False),
        ("grant:aozora:1/points", -2, "2025-06-12", "threshold_reached", False),
        ("grant:aozora:1/slots/aozora:1", 1, "2025-06-12", "threshold_reached", False),
        (f"count:{reg}3/points", 1, "2025-06-13", "registration_counted", False),
        (f"count:{reg}4/points", 1, "2025-06-14", "registration_counted", False),
        ("grant:aozora:2/points", -2, "2025-06-14", "threshold_reached", False),
        ("grant:aozora:2/slots/aozora:2", 1, "2025-06-14", "threshold_reached", False),
        (f"count:{reg}5/points", 1, "2025-06-15", "registration_counted", False),
    ]
    assert _ledger(raw, "aozora") == first
    assert _balances(raw, "aozora") == {"points": 1, "slots": 2}

    # nothing new: nothing posted, whatever the time
    _run(raw, project, "2025-07-02T00:00:00Z")
    assert _ledger(raw, "aozora") == first

    # a count is taken back: both grants move to later registrations
    _unreject(aozora, 1)
    _run(raw, project, "2025-07-03T00:00:00Z")
    posted = _ledger(raw, "aozora")
    assert posted[: len(first)] == first
    second = posted[len(first) :]
    assert second == [
        (f"count:{reg}1/points", -1, "2025-06-11", "reversal", True),
        ("grant:aozora:1/points", 2, "2025-06-12", "reversal", True),
        ("grant:aozora:1/slots/aozora:1", -1, "2025-06-12", "reversal", True),
        ("grant:aozora:1/points", -2, "2025-06-13", "threshold_reached", False),
        ("grant:aozora:1/slots/aozora:1", 1, "2025-06-13", "threshold_reached", False),
        ("grant:aozora:2/points", 2, "2025-06-14", "reversal", True),
        ("grant:aozora:2/slots/aozora:2", -1, "2025-06-14", "reversal", True),
        ("grant:aozora:2/points", -2, "2025-06-15", "threshold_reached", False),
        ("grant:aozora:2/slots/aozora:2", 1, "2025-06-15", "threshold_reached", False),
    ]
    assert _balances(raw, "aozora") == {"points": 0, "slots": 2}

    # slot 2 is in use when its points go: it goes with them, and its use
    aozora.introduction("i1", 2, "2025-06-20")
    _run(raw, project, "2025-07-04T00:00:00Z")
    assert [slot[:2] for slot in _slots(raw, "aozora")] == [(1, "available"), (2, "used")]
    _unreject(aozora, 2)
    _run(raw, project, "2025-07-05T00:00:00Z")
    assert _slots(raw, "aozora") == [(1, "available", date(2025, 6, 14), None)]
    assert _balances(raw, "aozora") == {"points": 1, "slots": 1}

    # two more counts: granted anew by the registration that reaches it, and used again
    for number in (6, 7):
        counted(aozora, number, f"2025-06-{number + 10}T00:00:00Z")
    _run(raw, project, "2025-07-06T00:00:00Z")
    assert _slots(raw, "aozora") == [
        (1, "available", date(2025, 6, 14), None),
        (2, "used", date(2025, 6, 16), "aozora:i1"),
    ]
    assert _balances(raw, "aozora") == {"points": 1, "slots": 1}

    # the history of what was known when is all there, and rebuilding changes nothing
    before = _ledger(raw, "aozora")
    project.run("run", "--full-refresh")
    assert _ledger(raw, "aozora") == before


def test_points_carry_over_to_the_next_version(raw: Raw, project: Project) -> None:
    company = raw.company("hinata")
    company.reference()
    company.contract("v1", "2025-01-01", valid_to="2025-06-15", threshold=4)
    company.contract("v2", "2025-06-15", threshold=2, slots_per_threshold=2)
    for number in range(1, 4):
        counted(company, number, f"2025-06-{number + 10}T00:00:00Z")
    # 23:30 in Tokyo still belongs to the first version, half past midnight to the second
    counted(company, 4, "2025-06-14T15:30:00Z")
    _run(raw, project, "2025-07-10T00:00:00Z")
    # 3 points carried, the fourth crosses the threshold of 2 twice
    grants = [row for row in _ledger(raw, "hinata") if row[0].startswith("grant:")]
    assert [(key, quantity) for key, quantity, *_ in grants] == [
        ("grant:hinata:1/points", -2),
        ("grant:hinata:1/slots/hinata:1", 1),
        ("grant:hinata:1/slots/hinata:2", 1),
        ("grant:hinata:3/points", -2),
        ("grant:hinata:3/slots/hinata:3", 1),
        ("grant:hinata:3/slots/hinata:4", 1),
    ]
    assert _balances(raw, "hinata") == {"points": 0, "slots": 4}
    assert raw.rows(
        "select distinct contract_id from marts.fct_slots where company_id = 'hinata'"
    ) == [("hinata:v2",)]


def test_a_slot_is_reserved_returned_held_again_and_expires(raw: Raw, project: Project) -> None:
    company = raw.company("minato")
    company.reference()
    company.contract("v1", "2025-01-01", threshold=1, slot_used_by="accepted", slot_valid_days=30)
    for number in range(1, 4):
        counted(company, number, "2025-06-10T03:00:00Z")
    company.introduction("a", 1, "2025-06-10", declined_on="2025-06-20")
    company.introduction("b", 1, "2025-06-19")  # a still holds it
    company.introduction("c", 1, "2025-06-20", accepted_on="2025-07-01")
    company.introduction("d", 2, "2025-06-09", declined_on="2025-06-12")  # in advance
    company.introduction("e", 2, "2025-07-10")  # expired that day
    company.introduction("f", 3, "2025-07-09", declined_on="2025-07-20")
    company.introduction("g", None, "2025-07-09")
    _run(raw, project, "2025-08-01T00:00:00Z")
    assert raw.rows(
        "select split_part(introduction_id, ':', 2), is_slot_covered, status"
        " from marts.fct_introductions where company_id = 'minato' order by 1"
    ) == [
        ("a", True, "declined"),
        ("b", False, "introduced"),
        ("c", True, "accepted"),
        ("d", True, "declined"),
        ("e", False, "introduced"),
        ("f", True, "declined"),
        ("g", False, "introduced"),
    ]
    assert raw.rows(
        "select slot_number, status, reserved_at::text, used_at::text, returned_at::text,"
        " expired_at::text from marts.fct_slots where company_id = 'minato' order by 1"
    ) == [
        (1, "used", "2025-06-19 15:00:00+00", "2025-06-30 15:00:00+00", None, None),
        (2, "expired", "2025-06-10 03:00:00+00", None, "2025-06-11 15:00:00+00",
         "2025-07-09 15:00:00+00"),
        (3, "expired", "2025-07-08 15:00:00+00", None, "2025-07-19 15:00:00+00",
         "2025-07-19 15:00:00+00"),
    ]  # fmt: skip
    slots = [row[:4] for row in _ledger(raw, "minato")]
    assert ("hold:minato:a/slots/minato:1", -1, "2025-06-10", "slot_reserved") in slots
    assert ("expire:minato:2/slots/minato:2", -1, "2025-07-09", "slot_expired") in slots
    assert _balances(raw, "minato") == {"points": 0, "slots": 0}
    assert raw.rows(
        "select balance_date::text, slots_balance, slots_granted, slots_reserved, slots_used,"
        " slots_expired"
        " from marts.agg_slot_balances where company_id = 'minato' and balance_date in"
        " ('2025-06-10', '2025-06-20', '2025-07-09', '2025-07-10', '2025-07-20', '2025-08-01')"
        " order by 1"
    ) == [
        ("2025-06-10", 1, 3, 2, 0, 0),
        ("2025-06-20", 2, 3, 1, 0, 0),
        ("2025-07-09", 1, 3, 1, 1, 0),
        ("2025-07-10", 0, 3, 1, 1, 1),
        ("2025-07-20", 0, 3, 0, 1, 2),
        ("2025-08-01", 0, 3, 0, 1, 2),
    ]


def test_the_order_of_arrival_does_not_change_the_balances(raw: Raw, project: Project) -> None:
    early, late = raw.company("early"), raw.company("late")
    days = {number: f"2025-06-{number + 10}T00:00:00Z" for number in range(1, 8)}
    for company, order in ((early, list(days)), (late, [5, 2, 7, 1, 4, 6, 3])):
        company.reference()
        company.contract("v1", "2025-01-01", threshold=3)
        for number in order[:4]:
            counted(company, number, days[number])
    _run(raw, project, "2025-08-02T00:00:00Z")
    for company, order in ((early, list(days)), (late, [5, 2, 7, 1, 4, 6, 3])):
        for number in order[4:]:
            counted(company, number, days[number])
    _run(raw, project, "2025-08-03T00:00:00Z")
    query = (
        "select balance_date, points_balance, slots_balance, slots_granted, slots_used"
        " from marts.agg_slot_balances where company_id = '{}' order by 1"
    )
    assert raw.rows(query.format("early")) == raw.rows(query.format("late"))
    assert _balances(raw, "early") == {"points": 1, "slots": 2}


def test_retention(raw: Raw, project: Project) -> None:
    company = raw.company("retain")
    for number in "abcde":
        company.introduction(number, None, "2025-01-05", accepted_on="2025-01-10")
        company.join(f"j{number}", number, "2025-02-01")
    # a left after 89 days, b on the 90th; c is attested later, d only before; e is on leave unknown
    company.attestation("ja", "2025-06", "2025-06-30", "no", left_on="2025-05-01",
                        leave_type="voluntary")  # fmt: skip
    company.attestation("jb", "2025-05", "2025-05-31", "no", left_on="2025-04-30")
    company.attestation("jb", "2025-06", "2025-06-30", "no", left_on="2025-05-02")
    company.attestation("jc", "2025-05", "2025-05-02", "yes")
    company.attestation("jd", "2025-05", "2025-05-01", "yes")
    company.attestation("je", "2025-06", "2025-06-30", "unknown")
    _run(raw, project, "2025-08-04T00:00:00Z")
    found = raw.rows(
        "select split_part(join_id, ':', 2), state, left_date::text, last_observed_date::text"
        " from marts.fct_retention where company_id = 'retain' and horizon_days = 90 order by 1"
    )
    assert found == [
        ("ja", "left", "2025-05-01", "2025-06-30"),
        ("jb", "retained", "2025-05-02", "2025-06-30"),
        ("jc", "retained", None, "2025-05-02"),
        ("jd", "unknown", None, "2025-05-01"),
        ("je", "unknown", None, None),
    ]
    assert raw.rows(
        "select distinct state from marts.fct_retention"
        " where company_id = 'retain' and horizon_days >= 180"
    ) == [("immature",)]
