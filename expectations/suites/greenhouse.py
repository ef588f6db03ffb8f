"""Greenhouse Harvest v3: what its records have to satisfy. Fields follow the vendor's schemas.

Nothing here looks at a person's name, address, number or text.
"""

from __future__ import annotations

from collections.abc import Mapping

from expectations.columns import Column, condition, found_in, json_type, moment, number, text
from expectations.rules import (
    Rule,
    holds,
    in_order,
    mapped,
    moment_rules,
    one_of,
    refers_to,
    required,
)
from expectations.seeds import EMPLOYMENT_LABELS, outcome_codes
from expectations.suites.suite import Suite, suite

SOURCE = "greenhouse"
OUTCOMES = outcome_codes(SOURCE)

_NEWEST_REASONS = """
    select distinct on (k.record_id) k.record_id,
        nullif(btrim(k.payload #>> '{type,key}'), '') as type_key
    from raw_greenhouse.rejection_reasons k
    where k.connection = %(connection)s
    order by k.record_id, k.seq desc
"""

# A rejected application whose reason type no line of the seed maps. The inner join on the few
# unmapped reasons comes first: usually there are none, and the details are not read at all.
_UNMAPPED_REJECTION = f"""
    left join (
        select distinct on (d.payload ->> 'application_id')
            d.payload ->> 'application_id' as application_id,
            'rejected / ' || reason.type_key as code
        from ({_NEWEST_REASONS}) as reason
        join raw_greenhouse.rejection_details d
            on d.payload ->> 'rejection_reason_id' = reason.record_id
        where d.connection = %(connection)s
            and not ('rejected / ' || reason.type_key) = any(%(known_outcome_code)s)
            and not exists (
                select from raw_greenhouse.rejection_details newer
                where newer.connection = d.connection and newer.record_id = d.record_id
                    and newer.seq > d.seq
            )
        order by d.payload ->> 'application_id', d.seq desc
    ) as unmapped
        on unmapped.application_id = r.payload ->> 'id' and r.payload ->> 'status' = 'rejected'
"""

APPLICATION_CODE = Column(
    "outcome_code",
    "coalesce(unmapped.code, nullif(btrim(r.payload ->> 'status'), ''))",
    _UNMAPPED_REJECTION,
)
REJECTION_CODE = Column(
    "outcome_code",
    "'rejected / ' || reason.type_key",
    f"left join ({_NEWEST_REASONS}) as reason"
    " on reason.record_id = r.payload ->> 'rejection_reason_id'",
)

_STAMPS = "id created_at updated_at"


def _record(fields: str, *rules: Rule | tuple[Rule, ...]) -> Suite:
    """A vendor object: an id and two times in order, then its own rules."""
    return suite(
        f"{_STAMPS} {fields}",
        required(number("id"), key=True),
        moment_rules("created_at", needed=True, key=True),
        moment_rules("updated_at", needed=True, key=True),
        in_order(moment("created_at"), moment("updated_at")),
        *rules,
    )


def _webhook(fields: str, *rules: Rule | tuple[Rule, ...]) -> Suite:
    """What a webhook said of a record; only its arrival has a time."""
    return suite(
        f"id received_at {fields}",
        required(number("id"), key=True),
        moment_rules("received_at", needed=True),
        *rules,
    )


SUITES: Mapping[str, Suite] = {
    "candidates": _record(
        "first_name last_name phone_numbers email_addresses tags private last_activity_at",
        moment_rules("last_activity_at"),
    ),
    "applications": _record(
        "agency_note_id candidate_id coordinator_id job_id job_post_id recruiter_id referrer_id "
        "source_id stage_id stage_name status needs_decision prospect rejected_at "
        "last_activity_at prospective_job_ids custom_fields",
        required(number("candidate_id"), key=True),
        required(text("status"), key=True),
        mapped(APPLICATION_CODE, OUTCOMES),
        moment_rules("rejected_at"),
        in_order(moment("created_at"), moment("rejected_at")),
        holds(
            condition(
                "rejected_at_present_when_rejected",
                "case when r.payload ->> 'status' = 'rejected' "
                "then r.payload ->> 'rejected_at' is not null end",
            ),
            "status is rejected without rejected_at",
        ),
        holds(
            condition(
                "job_present_unless_prospect",
                "case when r.payload ->> 'prospect' is distinct from 'true' "
                "then r.payload ->> 'job_id' is not null end",
            ),
            "job_id is missing and the application is no prospect",
        ),
    ),
    "application_stages": _record(
        "application_id job_interview_stage_id entered_at exited_at days_in_stage current",
        required(number("application_id"), key=True),
        required(number("job_interview_stage_id")),
        moment_rules("entered_at"),
        moment_rules("exited_at"),
        in_order(moment("entered_at"), moment("exited_at")),
    ),
    "rejection_details": _record(
        "application_id rejected_by_id rejection_note_id rejection_reason_id rejected_at "
        "question_custom_fields",
        required(number("application_id"), key=True),
        moment_rules("rejected_at"),
        refers_to(
            found_in("rejection_reason_id", SOURCE, "rejection_reasons"),
            "rejection_reasons",
            "run the stream rejection_reasons (Greenhouse lists default reasons only when asked)",
        ),
        mapped(REJECTION_CODE, OUTCOMES),
    ),
    "rejection_reasons": _record("name type", required(text("name"))),
    "jobs": _record(
        "name requisition_id notes confidential status opened_at closed_at is_template "
        "copied_from_id department_id office_ids custom_fields",
        required(text("name")),
        one_of(text("status"), ("open", "closed", "draft")),
        moment_rules("opened_at"),
        moment_rules("closed_at"),
        in_order(moment("opened_at"), moment("closed_at")),
        mapped(
            Column(
                "employment_type",
                "nullif(btrim(r.payload #>> '{custom_fields,employment_type,value}'), '')",
            ),
            EMPLOYMENT_LABELS,
        ),
    ),
    "job_interview_stages": _record(
        "job_id sort_order name active",
        required(number("job_id")),
        required(number("sort_order")),
        required(text("name")),
    ),
    "job_posts": _record(
        "title internal active live featured first_published_at content internal_content "
        "language public_url demographic_question_set_id job_id job_board_id questions",
        required(number("job_id")),
    ),
    "offers": _record(
        "version application_id job_id candidate_id opening_id status starts_on sent_on "
        "resolved_at custom_fields",
        required(number("application_id"), key=True),
        required(number("version")),
        required(text("status")),
        one_of(text("status"), ("Created", "Accepted", "Rejected", "Deprecated")),
        moment_rules("resolved_at"),
        holds(
            condition(
                "resolved_at_present_when_accepted",
                "case when r.payload ->> 'status' = 'Accepted' "
                "then r.payload ->> 'resolved_at' is not null end",
            ),
            "status is Accepted without resolved_at",
        ),
    ),
    "notes": _record(
        "candidate_id application_id user_id type visibility registration_token",
        required(text("type")),
        holds(
            condition(
                "note_has_an_owner",
                "coalesce(r.payload ->> 'candidate_id', r.payload ->> 'application_id') "
                "is not null",
            ),
            "neither candidate_id nor application_id is given",
        ),
    ),
    "sources": _record("name type", required(text("name"))),
    "users": _record(
        "first_name last_name primary_email job_title agency_id name deactivated site_admin "
        "employee_id linked_candidate_ids office_ids department_ids interviewer_tags emails "
        "custom_fields",
        holds(
            condition(
                "deactivated_is_boolean",
                f"coalesce({json_type('deactivated').sql} = 'boolean', false)",
            ),
            "deactivated is missing or not true or false",
        ),
    ),
    "departments": _record("name parent_id external_id", required(text("name"))),
    "offices": _record(
        "name parent_id external_id location primary_in_house_contact_user_id",
        required(text("name")),
    ),
    "custom_fields": _record(
        "field_type sort_order name value_type private required require_approval "
        "trigger_new_version active updated_by_id internal_type expose_in_job_board_api "
        "placeholder name_key description application_type api_only use_for_job_approvals "
        "use_for_offer_approvals template_token_string default_value",
        required(text("name_key")),
        required(text("field_type")),
    ),
    "candidate_tags": _record("name", required(text("name"))),
    "applied_candidate_tags": _record(
        "candidate_tag_id candidate_id",
        required(number("candidate_tag_id")),
        required(number("candidate_id")),
    ),
    "candidates_deleted": _webhook(""),
    "applications_deleted": _webhook("candidate_id", required(number("candidate_id"))),
    "candidate_merges": _webhook("new_candidate_id", required(number("new_candidate_id"))),
    "candidate_anonymisations": _webhook(
        "anonymized_fields",
        holds(
            condition(
                "anonymized_fields_is_a_list",
                f"coalesce({json_type('anonymized_fields').sql} = 'array', false)",
            ),
            "anonymized_fields is missing or not a list",
        ),
    ),
}
