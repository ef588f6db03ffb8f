{#-
    One row per rejected application and step that it reached: a later step
    implies the earlier ones. `step_at` is NULL for a step that is only implied.
-#}
with

funnel as (
    select * from {{ ref("int_funnel_dated") }}
),

jobs as (
    select * from {{ ref("int_jobs_unioned") }}
),

described as (
    select
        funnel.*,
        jobs.department_name,
        jobs.employment_type,
        case
            when funnel.counted_at is not null then 5
            when funnel.registered_at is not null then 4
            when funnel.opened_at is not null then 3
            when funnel.mailed_at is not null then 2
            else 1
        end as last_step_order
    from funnel
    left join jobs
        on funnel.job_id = jobs.job_id
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
            when 'opened' then described.opened_at
            when 'registered' then described.registered_at
            when 'counted' then described.counted_at
        end as step_at,
        case steps.step
            when 'mailed' then described.rejected_at
            when 'opened' then described.mailed_at
            when 'registered' then described.opened_at
            when 'counted' then described.registered_at
        end as previous_step_at
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
        {{ seconds_between("previous_step_at", "step_at") }}
            as seconds_from_previous,
        stage_reached,
        department_name,
        employment_type,
        channel
    from timed
)

select * from final
