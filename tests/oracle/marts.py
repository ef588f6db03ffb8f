"""All marts at once, over successive clocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tests.oracle import (
    applications,
    attributes,
    dimensions,
    employments,
    form_friction,
    funnel,
    kpis,
    monthly,
    reconciliation,
    retention,
    retention_curves,
    return_kpis,
    returns,
    returns_monthly,
    slot_state,
    stage_dropoff,
    statutory,
)
from tests.oracle.clock import jst_date
from tests.oracle.employments import JOINS, Employment
from tests.oracle.figures import figures
from tests.oracle.ledger import Journal, accounts, desired
from tests.oracle.report import Report
from tests.oracle.rows import Row
from tests.oracle.truth import Truth
from tests.oracle.visible import at

KEYS: dict[str, tuple[str, ...]] = {
    "dim_companies": ("company_id",),
    "dim_contracts": ("contract_id",),
    "dim_jobs": ("job_id",),
    "fct_applications": ("application_id",),
    "fct_relay_funnel": ("application_id",),
    "agg_funnel_monthly": (
        "company_id",
        "basis",
        "month",
        "segment_type",
        "segment_value",
        "step",
    ),
    "agg_stage_dropoff": ("company_id", "stage", "left_as"),
    "fct_form_sessions": ("response_id",),
    "agg_form_friction": ("company_id", "month", "form_version", "device", "question"),
    "agg_registration_by_attribute": ("company_id", "attribute", "value"),
    "fct_slot_ledger": ("posting_id",),
    "fct_slots": ("slot_id",),
    "agg_slot_balances": ("company_id", "balance_date"),
    "agg_slot_balances_known": ("company_id", "known_date", "balance_date"),
    "rpt_slot_reconciliation": ("line_id",),
    "fct_introductions": ("introduction_id",),
    "fct_retention": ("join_id", "horizon_days"),
    "agg_retention_rates": ("company_id", "route", "horizon_days"),
    "agg_retention_curves": ("company_id", "route", "cohort", "day"),
    "rpt_statutory_six_months": ("company_id", "fiscal_year"),
    "agg_returns_monthly": ("company_id", "month"),
    "agg_programme_roi": ("company_id", "fiscal_year"),
    "agg_cost_per_hire": ("company_id", "fiscal_year"),
    "rpt_kpis": ("company_id", "month", "kpi"),
    "rpt_monthly": ("report_id",),
    "rpt_monthly_current": ("company_id", "report_month", "metric"),
}

# Columns that the oracle leaves out: what a regression says, which is checked where it is fitted.
LEFT_OUT: dict[str, tuple[str, ...]] = {
    "agg_registration_by_attribute": (
        "adjusted_rate",
        "adjusted_lower",
        "adjusted_upper",
        "adjusted_at",
    ),
}


@dataclass
class Oracle:
    """The marts expected after each run; the journal of the ledger is kept between runs."""

    truth: Truth
    journal: Journal = field(default_factory=Journal)
    report: Report = field(default_factory=Report)
    runs: list[datetime] = field(default_factory=list)

    def run(self, clock: datetime) -> dict[str, list[Row]]:
        """Expected rows of every mart after a transform whose ``as_of`` is ``clock``."""
        view = at(self.truth, clock, self.runs)
        self.runs.append(clock)
        state = accounts(view)
        postings = {key: content for account in state for key, content in desired(account).items()}
        self.journal.post(postings, clock)
        introductions = slot_state.introduction_rows(view, state)
        covered = {str(row["introduction_id"]) for row in introductions if row["is_slot_covered"]}
        hired = employments.employments(view, covered)
        expected = {
            "dim_companies": dimensions.company_rows(view),
            "dim_contracts": dimensions.contract_rows(view),
            "dim_jobs": dimensions.job_rows(view),
            "fct_applications": applications.rows(view),
            "fct_relay_funnel": funnel.rows(view),
            "agg_funnel_monthly": monthly.rows(view),
            "agg_stage_dropoff": stage_dropoff.rows(view),
            "fct_form_sessions": form_friction.session_rows(view),
            "agg_form_friction": form_friction.rows(view),
            "agg_registration_by_attribute": attributes.rows(view),
            "fct_slot_ledger": [posting.row() for posting in self.journal.postings],
            "fct_slots": slot_state.slot_rows(view, state),
            "agg_slot_balances": slot_state.balance_rows(self.journal.postings, jst_date(clock)),
            "agg_slot_balances_known": slot_state.known_rows(
                self.journal.postings, jst_date(clock)
            ),
            "rpt_slot_reconciliation": reconciliation.rows(view, state),
            "fct_introductions": introductions,
            "fct_retention": retention.rows(hired),
            "agg_retention_rates": retention_curves.rate_rows(hired),
            "agg_retention_curves": retention_curves.curve_rows(hired),
            "rpt_statutory_six_months": statutory.rows(view, hired),
            "agg_returns_monthly": returns_monthly.rows(view, hired),
            "agg_programme_roi": returns.roi_rows(view, hired, covered),
            "agg_cost_per_hire": returns.cost_rows(view, hired),
        }
        return expected | self._reports(expected, hired, clock)

    def _reports(
        self, marts: dict[str, list[Row]], hired: list[Employment], clock: datetime
    ) -> dict[str, list[Row]]:
        """What is reported of the other marts' rows; the report is kept between runs too."""
        found = figures(marts) | return_kpis.figures(marts["agg_returns_monthly"])
        today, targets = jst_date(clock), kpis.shipped_targets()
        self.report.close(found, clock)
        suspects = {
            company for company, feed in employments.suspects(hired) if feed.startswith(JOINS)
        }
        return {
            "rpt_kpis": kpis.rows(found, today, targets, suspects)
            + return_kpis.rows(found, today, targets),
            "rpt_monthly": self.report.rows(),
            "rpt_monthly_current": self.report.current_rows(),
        }
