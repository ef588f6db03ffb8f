"""Metrics straight from their marts: what MetricFlow must answer, each as company and other groups
and the value. Of metrics that no report shows; those that one shows are held against it."""

from __future__ import annotations

COMPANY = ("company",)
RETURN = "marts.agg_returns_monthly"
FORM = "marts.agg_form_friction where device != 'all'"
STAGE = ("company", "stage_and_way__stage")
QUESTION = ("company", "question_in_month__question")
ROUTE = ("company", "route_at_horizon__route")
YEAR = ("company", "placement_year__fiscal_year")
FISCAL = ("company", "return_in_month__fiscal_year")
LINE = ("company", "line__line_type", "line__reconciliation_reason")
REASON = ("company", "review__reason")

Query = tuple[tuple[str, ...], str]


def _fiscal(column: str, mart: str = RETURN) -> Query:
    return FISCAL, f"select company_id, fiscal_year, sum({column}) from {mart} group by 1, 2"


def _stage(left_as: str, column: str = "left_here") -> Query:
    return STAGE, (
        f"select company_id, stage, {column} from marts.agg_stage_dropoff"
        f" where left_as = '{left_as}'"
    )


def _form(column: str) -> Query:
    """People of the device 'all' stand beside those of each device."""
    return COMPANY, (
        f"select company_id, sum({column}) from (select distinct company_id, month, form_version,"
        f" {column} from marts.agg_form_friction where device = 'all') as forms group by 1"
    )


def _question(column: str) -> Query:
    return QUESTION, f"select company_id, question, sum({column}) from {FORM} group by 1, 2"


def _year(expression: str) -> Query:
    return YEAR, f"select company_id, fiscal_year, {expression} from marts.rpt_statutory_six_months"


def _route(days: int, expression: str) -> Query:
    return ROUTE, (
        f"select company_id, route, {expression} from marts.agg_retention_rates"
        f" where route != 'all' and horizon_days = {days} and not is_feed_suspect"
    )


def _lines(expression: str) -> Query:
    return LINE, (
        f"select company_id, line_type, reason, {expression} from marts.rpt_slot_reconciliation"
        " group by 1, 2, 3"
    )


def _reviews(condition: str) -> Query:
    return REASON, (
        "select company_id, reason, count(*) from marts.fct_identity_reviews"
        f" where {condition} group by 1, 2"
    )


def _pipeline(column: str) -> Query:
    return COMPANY, f"select company_id, sum({column}) from marts.agg_programme_roi group by 1"


DIRECT: dict[str, Query] = {
    "avoided_fee_low": _fiscal("avoided_fee_low_yen", "marts.agg_programme_roi"),
    "avoided_fee_high": _fiscal("avoided_fee_high_yen", "marts.agg_programme_roi"),
    "refund_low": _fiscal("refund_low_yen", "marts.agg_programme_roi"),
    "refund_high": _fiscal("refund_high_yen", "marts.agg_programme_roi"),
    "programme_internal_cost": _fiscal("cost_internal_yen", "marts.agg_programme_roi"),
    "programme_return_high": _fiscal("return_high_yen"),
    "pipeline_introductions": _pipeline("pipeline_introductions"),
    "pipeline_value_low": _pipeline("pipeline_value_low_yen"),
    "pipeline_value_high": _pipeline("pipeline_value_high_yen"),
    "came_to_stage": _stage("withdrawn", "reached"),
    "stage_rejected": _stage("rejected"),
    "stage_withdrawn": _stage("withdrawn"),
    "stage_declined": _stage("offer_declined"),
    "stage_registered": _stage("rejected", "registered"),
    "form_opened": _form("opened"),
    "form_started": _form("started"),
    "form_completed": _form("completed"),
    "form_machine_openings": _form("probable_bots"),
    "question_reached": _question("reached"),
    "question_abandoned": _question("abandoned"),
    "indefinite_placements": _year("indefinite_placements"),
    "left_within_six_months": _year("left_within_six_months"),
    "retained_six_months": _year("retained_six_months"),
    "six_months_unknown": _year("unknown"),
    "six_months_observed": _year("indefinite_placements - unknown - immature"),
    "lines_reconciled": _lines("count(*)"),
    "lines_differing": _lines("count(reason)"),
    "identity_reviews": _reviews("true"),
    "identity_reviews_open": _reviews("decision_id is null"),
    **{
        f"hires_{name}_{days}": _route(days, expression)
        for days in (30, 90, 180, 365)
        for name, expression in (("retained", "retained"), ("observed", "retained + left_total"))
    },
}

# a ratio that its mart states too: grouped alike, the two must agree
STATED: dict[str, Query] = {
    "programme_return_ratio": _fiscal("return_ratio_low", "marts.agg_programme_roi"),
    "programme_return_ratio_high": _fiscal("return_ratio_high", "marts.agg_programme_roi"),
    "stage_rejection_rate": _stage("rejected", "share_of_reached"),
    "stage_withdrawal_rate": _stage("withdrawn", "share_of_reached"),
    "stage_decline_rate": _stage("offer_declined", "share_of_reached"),
    "stage_registration_rate": _stage("rejected", "registration_rate"),
    **{f"hire_retention_{days}": _route(days, "retention_rate") for days in (30, 90, 180, 365)},
}

# a sum that a mart of fiscal years states too, where all of it is known
BY_FISCAL_YEAR: dict[str, Query] = {
    "programme_return": _fiscal("return_low_yen", "marts.agg_programme_roi"),
    "programme_return_high": _fiscal("return_high_yen", "marts.agg_programme_roi"),
    "programme_cost": _fiscal("cost_yen", "marts.agg_programme_roi"),
    "unpriced_slot_joins": _fiscal("unpriced_joins", "marts.agg_programme_roi"),
    "hires": _fiscal("hires", "marts.agg_cost_per_hire"),
    "recruiting_cost": _fiscal("total_cost_yen", "marts.agg_cost_per_hire"),
}
