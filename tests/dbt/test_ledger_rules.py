"""What contracts say about counts, points and slots, and what the operator says against it."""

import pytest

from tests.dbt.project import Project
from tests.dbt.raw import Raw
from tests.dbt.slot_runs import balances, counted, run

pytestmark = pytest.mark.long


def test_points_lapse_and_balances_are_known_when_they_were(raw: Raw, project: Project) -> None:
    company = raw.company("lapse")
    company.reference()
    company.contract("v1", "2025-01-01", threshold=3)
    # agreed a day after its first day: it acts from the 16th
    company.contract("v2", "2025-06-15", threshold=2, points_carry_over="forfeit",
                     stated_on="2025-06-16")  # fmt: skip
    days = ["11T00:00:00", "12T00:00:00", "15T00:00:00", "15T14:59:59", "15T15:00:00",
            "17T00:00:00"]  # fmt: skip
    for number, at in enumerate(days, start=1):
        counted(company, number, f"2025-06-{at}Z")
    run(raw, project, "2025-07-31T00:00:00Z")
    assert raw.rows(
        "select transaction_id, quantity, effective_at::text, contract_id"
        " from marts.fct_slot_ledger where company_id = 'lapse' and account = 'points'"
        " and quantity < 0 order by effective_at"
    ) == [
        ("grant:lapse:1", -3, "2025-06-15 00:00:00+00", "lapse:v1"),
        ("lapse:lapse:v2", -1, "2025-06-15 15:00:00+00", "lapse:v2"),
        ("grant:lapse:2", -2, "2025-06-17 00:00:00+00", "lapse:v2"),
    ]
    assert balances(raw, "lapse") == {
        "counted": -6, "points_spent": 5, "points_lapsed": 1, "issued": -2, "slots": 2,
    }  # fmt: skip

    # taken back: the grant needs one more point, and none is left to lapse
    company.application(1, 1)
    run(raw, project, "2025-09-01T00:00:00Z")
    assert balances(raw, "lapse") == {
        "counted": -5, "points_spent": 5, "issued": -2, "slots": 2,
    }  # fmt: skip
    company.application(2, 2)
    run(raw, project, "2025-09-30T00:00:00Z")
    assert balances(raw, "lapse") == {
        "counted": -4, "points_spent": 2, "points_lapsed": 2, "issued": -1, "slots": 1,
    }  # fmt: skip
    assert raw.rows(
        "select known_date::text, slots_granted from marts.agg_slot_balances_known"
        " where company_id = 'lapse' and balance_date = '2025-06-30' order by 1"
    ) == [("2025-07-31", 2), ("2025-08-31", 2), ("2025-09-30", 1)]


def test_the_default_contract_holds_until_the_first_one(raw: Raw, project: Project) -> None:
    company = raw.company("before")
    company.reference()
    for number in range(1, 11):
        counted(company, number, f"2025-06-{number + 10}T00:00:00Z")
    run(raw, project, "2025-10-01T00:00:00Z")
    assert balances(raw, "before") == {
        "counted": -10, "points_spent": 10, "issued": -1, "slots": 1,
    }  # fmt: skip
    # stated late, with a first day in the past: what lies before the agreement stays
    company.contract("v1", "2025-06-11", stated_on="2025-06-20")
    run(raw, project, "2025-10-02T00:00:00Z")
    assert raw.rows(
        "select contract_id, account, sum(quantity)::int from marts.fct_slot_ledger"
        " where company_id = 'before' and account in ('counted', 'issued')"
        " group by 1, 2 having sum(quantity) <> 0 order by 1, 2"
    ) == [
        ("before:default", "counted", -9),
        ("before:v1", "counted", -1),
        ("before:v1", "issued", -5),
    ]
    assert raw.rows(
        "select contract_version, in_force_from::text, valid_to::text from marts.dim_contracts"
        " where company_id = 'before' order by 1"
    ) == [("default", "1900-01-01", "2025-06-20"), ("v1", "2025-06-20", None)]


def test_each_difference_has_one_reason(raw: Raw, project: Project) -> None:
    company = raw.company("recon")
    company.reference()
    company.contract("v1", "2025-06-01", withdrawal_effect="reverse")
    for number in (1, 2, 3):
        counted(company, number, f"2025-06-{number + 10}T00:00:00Z")
    counted(company, 4, "2025-06-14T00:00:00Z", consent=False)
    counted(company, 5, "2025-06-15T00:00:00Z")
    company.application(5, 5)
    company.response("r006", landed="2025-06-16T00:00:00Z", submitted="2025-06-16T00:00:00Z",
                     token="t1", email="e1", name="n1")  # fmt: skip
    counted(company, 7, "2025-05-31T00:00:00Z")
    counted(company, 8, "2025-07-05T00:00:00Z")
    counted(company, 9, "2025-06-17T00:00:00Z")
    company.registration_event("r009", "withdrawn", "2025-06-25")
    company.introduction("i1", 1, "2025-06-21")

    company.stated_count("r001", "2025-06-11")
    company.stated_count("r002", "2025-06-13")
    for number in (4, 5, 6, 7, 9):
        company.stated_count(f"r{number:03}", "2025-06-20")
    company.stated_count("elsewhere", "2025-06-20")
    company.stated_slot(1, "2025-06-12", used_on="2025-06-20", introduction_id="i1")
    company.stated_slot(3, "2025-06-25")
    run(raw, project, "2025-10-03T00:00:00Z")
    found = raw.rows(
        "select replace(line_id, ':recon:', ' '), state, reason"
        " from marts.rpt_slot_reconciliation where company_id = 'recon' order by 1"
    )
    assert found == [
        ("registration elsewhere", "only_theirs", "not_a_registration"),
        ("registration r001", "agreed", None),
        ("registration r002", "differs", "counted_other_day"),
        ("registration r003", "only_ours", "not_stated"),
        ("registration r004", "only_theirs", "no_consent"),
        ("registration r005", "only_theirs", "not_rejected"),
        ("registration r006", "only_theirs", "duplicate_person"),
        ("registration r007", "only_theirs", "before_rejection"),
        ("registration r008", "only_ours", "not_yet_stated"),
        ("registration r009", "only_theirs", "withdrawn"),
        ("slot 1", "differs", "use_other_day"),
        ("slot 2", "only_ours", "not_yet_stated"),
        ("slot 3", "only_theirs", "not_enough_points"),
    ]


def test_the_credit_for_a_human_moves_within_the_group(raw: Raw, project: Project) -> None:
    """Who counted first loses the count later; the other company's registration takes its place."""
    companies = [raw.company(name) for name in ("earlier", "later", "outside")]
    raw.connection.execute(
        "update landing.companies set group_id = 'g' where company_id in ('earlier', 'later')"
    )
    for number, company in enumerate(companies):
        company.reference()
        company.contract("v1", "2025-01-01", dedupe_scope="group")
        counted(company, 1, f"2025-06-{number + 10}T00:00:00Z")
    run(raw, project, "2025-10-04T00:00:00Z")
    one = {"counted": -1, "points": 1}
    assert [balances(raw, c.name) for c in companies] == [one, {}, one]

    companies[0].application(1, 1)
    companies[2].contract("v2", "2025-06-01", dedupe_scope="programme")
    run(raw, project, "2025-10-05T00:00:00Z")
    assert [balances(raw, c.name) for c in companies] == [{}, one, {}]
    assert raw.rows(
        "select company_id, cause, quantity::int from marts.fct_slot_ledger"
        " where account = 'points' and company_id in ('earlier', 'later', 'outside')"
        " and recorded_at = '2025-10-05T00:00:00Z' order by 1"
    ) == [
        ("earlier", "reversal", -1),
        ("later", "registration_counted", 1),
        ("outside", "reversal", -1),
    ]
