{#- The stages of each Ashby job: those of its default interview plan. -#}
with

jobs as (
    select * from {{ ref("stg_ashby__jobs") }}
),

stages as (
    select * from {{ ref("int_ashby__stages_numbered") }}
),

final as (
    select
        jobs.connection,
        jobs.job_id,
        stages.stage_name,
        stages.sort_order
    from jobs
    inner join stages
        on jobs.interview_plan_id = stages.interview_plan_id
)

select * from final
