"""Building the slot account alone, with the invariants that concern it."""

from typing import Any

from tests.dbt.project import Project
from tests.dbt.raw import Company, Raw

REJECTED = "2025-06-01T00:00:00Z"
SELECTED = (
    "--select", "+rpt_slot_reconciliation", "+agg_slot_balances", "+agg_slot_balances_known",
    "--exclude", "test_type:generic", "test_type:unit", "--indirect-selection", "cautious",
)  # fmt: skip


def counted(company: Company, number: int, at: str, **response: Any) -> None:
    """A rejected application and the registration that counts for it."""
    person: dict[str, Any] = {"email": f"e{number}", "name": f"n{number}"}
    company.candidate(number, **person)
    company.rejected(number, number, REJECTED)
    company.mail(number, number, f"t{number}", REJECTED)
    company.response(
        f"r{number:03}", landed=at, submitted=at, token=f"t{number}", **person, **response
    )


def run(raw: Raw, project: Project, as_of: str) -> None:
    """Let everything through the gate and bring the slot account up to it."""
    raw.check(as_of)
    project.run("build", *SELECTED)


def balances(raw: Raw, company: str) -> dict[str, int]:
    """The sum of every account."""
    return dict(
        raw.rows(
            "select account, sum(quantity)::int from marts.fct_slot_ledger"
            f" where company_id = '{company}' group by account having sum(quantity) <> 0"
        )
    )
