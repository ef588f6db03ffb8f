{#-
    One row per rejected application and step that it reached: a later step
    implies the earlier ones. `step_at` is NULL for a step that is only implied.
-#}
with

funnel as (
    select * from {{ ref("int_funnel_dated") }}
),

described as (
    select
        *,
        case
            when counted_at is not null then 5
            when registered_at is not null then 4
            when human_opened_at is not null then 3
            when mailed_at is not null then 2
            else 1
        end as last_step_order
    from funnel
),

steps as (
    select * from {{ ref("funnel_steps") }}
),

timed as (
    select
        described.*,
        steps.step,
        steps.step_order,
        case steps.step
            when 'rejected' then described.rejected_at
            when 'mailed' then described.mailed_at
            when 'opened' then described.human_opened_at
            when 'registered' then described.registered_at
            when 'counted' then described.counted_at
        end as step_at
    from described
    inner join steps
        on described.last_step_order >= steps.step_order
),

final as (
    select
        application_id,
        company_id,
        step,
        step_order,
        cohort_month,
        {{ month_start(local_date("step_at")) }} as step_month,
        step_at,
        last_step_order,
        is_opening_known,
        stage_reached,
        department_name,
        employment_type,
        channel,
        job_id,
        rejection_reason,
        mail_state
    from timed
)

select * from final
