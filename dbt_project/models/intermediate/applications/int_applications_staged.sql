{#-
    The stages of its selection that an application reached: the furthest it was
    in and every earlier stage of its job, also one that it skipped. One that
    was in no stage has the stage `(none)`.
-#}
with

applications as (
    select * from {{ ref("int_applications_decided") }}
),

job_stages as (
    select * from {{ ref("int_job_stages_unioned") }}
),

final as (
    select
        application_id,
        company_id,
        outcome,
        coalesce(stage_reached, '(none)') as stage,
        stage_reached_order as stage_order,
        true as is_last
    from applications
    union all
    select
        applications.application_id,
        applications.company_id,
        applications.outcome,
        job_stages.stage_name as stage,
        job_stages.stage_order,
        false as is_last
    from applications
    inner join job_stages
        on
            applications.job_id = job_stages.job_id
            and applications.stage_reached_order > job_stages.stage_order
            and applications.stage_reached != job_stages.stage_name
)

select * from final
