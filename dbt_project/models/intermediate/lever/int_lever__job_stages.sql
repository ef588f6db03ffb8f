{#-
    The stages of each job's selection. Lever has one pipeline for all jobs, so
    a job's are those that its applications have been in.
-#}
with

applications as (
    select * from {{ ref("int_lever__applications_ranked") }}
),

stages_entered as (
    select * from {{ ref("int_lever__stages_entered") }}
),

final as (
    select distinct
        stages_entered.connection,
        applications.job_id,
        stages_entered.stage_name,
        stages_entered.sort_order
    from stages_entered
    inner join applications
        on stages_entered.application_id = applications.application_id
    where applications.job_id is not null
)

select * from final
