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
        department_name,
        employment_type,
        channel,
        stage_reached,
        stage_reached_order,
        rejection_reason,
        cohort_month,
        rejected_at,
        rejected_date,
        mail_state,
        mailed_at,
        delivered_at,
        bounced_at,
        clicked_at,
        human_clicked_at,
        opened_at,
        human_opened_at,
        open_state,
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
