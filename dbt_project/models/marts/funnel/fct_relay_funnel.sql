{{ config(indexes=[
    {"columns": ["company_id", "cohort_month"]},
    {"columns": ["registration_id"]},
]) }}

with

funnel as (
    select * from {{ ref("int_funnel_dated") }}
),

final as (
    select
        application_id,
        company_id,
        connection,
        person_id,
        job_id,
        cohort_month,
        rejected_at,
        rejected_date,
        mail_state,
        mailed_at,
        opened_at,
        registered_at,
        registration_id,
        match_method,
        has_consent,
        counted_at,
        counted_date,
        stopped_because
    from funnel
)

select * from final
