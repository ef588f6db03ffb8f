"""``dim_companies``, ``dim_jobs`` and ``dim_contracts``."""

from __future__ import annotations

from datetime import date

from tests.oracle.clock import jst_date, month_end, month_of, optional_date
from tests.oracle.contracts import DEFAULT_VERSION, contracts_of, in_force, returned_by, start
from tests.oracle.rows import Row
from tests.oracle.statements import Contract
from tests.oracle.truth import Job, Truth

EMPLOYMENT_TYPES = {
    "正社員": "permanent",
    "契約社員": "contract",
    "アルバイト": "part_time",
    "パート": "part_time",
}


def employment_type(label: str | None) -> str | None:
    """The programme's code of a job's employment label; an unknown label is an error."""
    if label is None or label in EMPLOYMENT_TYPES.values():
        return label
    return EMPLOYMENT_TYPES[label]


def company_rows(truth: Truth) -> list[Row]:
    """The expected rows of ``dim_companies``."""
    today = jst_date(truth.as_of)
    rows: list[Row] = []
    for company in truth.companies:
        contracts = contracts_of(truth, company.company_id)
        current = in_force(contracts, today)
        starts = [c.valid_from for c in contracts if c.version != DEFAULT_VERSION]
        rows.append(
            {
                "company_id": company.company_id,
                "company_name": company.name,
                "programme_start_date": min(starts, default=None),
                "current_contract_id": current.contract_id if current else None,
            }
        )
    return rows


def job_rows(truth: Truth) -> list[Row]:
    """The expected rows of ``dim_jobs``."""
    return [
        {
            "job_id": job.key,
            "company_id": job.company_id,
            "connection": job.connection,
            "job_name": job.name,
            "department_name": job.department,
            "office_name": job.office,
            "employment_type": employment_type(job.employment_type),
            "job_status": _job_status(job),
            "opened_date": jst_date(job.status_open_from) if job.is_state_told else None,
            "closed_date": optional_date(
                job.status_closed_at if job.is_closing_dated and job.is_state_told else None
            ),
        }
        for job in truth.jobs
    ]


def _job_status(job: Job) -> str:
    if not job.is_state_told:
        return "unknown"
    return "open" if job.status_closed_at is None else "closed"


def contract_rows(truth: Truth) -> list[Row]:
    """The expected rows of ``dim_contracts``."""
    return [
        {
            "contract_id": contract.contract_id,
            "company_id": contract.company_id,
            "contract_version": contract.version,
            "valid_from": contract.valid_from,
            "valid_to": contract.valid_to,
            "counting_event": contract.counting_event,
            "threshold": contract.threshold,
            "slots_per_threshold": contract.slots_per_threshold,
            "slot_valid_days": contract.slot_valid_days,
            "slot_used_by": contract.slot_used_by,
            "stated_date": contract.stated_on or contract.valid_from,
            "in_force_from": start(contract),
            "eligible_stages": contract.eligible_stages,
            "eligible_channels": contract.eligible_channels,
            "excluded_channels": contract.excluded_channels,
            "eligible_employment_types": contract.eligible_employment_types,
            "dedupe_window_days": contract.dedupe_window_days,
            "slot_returned_by": contract.slot_returned_by or _returned_by(contract),
            "early_leave_days": contract.early_leave_days or 0,
            "points_carry_over": contract.points_carry_over or "keep",
            "withdrawal_effect": contract.withdrawal_effect or "keep",
            "dedupe_scope": contract.dedupe_scope,
        }
        for company in truth.companies
        for contract in contracts_of(truth, company.company_id)
    ]


def _returned_by(contract: Contract) -> str:
    return "|".join(sorted(returned_by(contract))) or "none"


def date_row(day: date) -> Row:
    """The row of one day in ``dim_dates``; a fiscal year runs from April to March."""
    return {
        "date_day": day,
        "year": day.year,
        "month": day.month,
        "fiscal_year": day.year if day.month >= 4 else day.year - 1,
        "month_start": month_of(day),
        "is_month_end": day == month_end(day),
    }
