{#-
    The stages of each job: Talentio has no list of them, so those that any of
    its candidates was in.
-#}
with

stages as (
    select * from {{ ref("int_talentio__stages_named") }}
),

candidates as (
    select * from {{ ref("stg_talentio__candidates") }}
),

final as (
    select
        candidates.connection,
        candidates.requisition_id as job_id,
        stages.stage_name,
        min(stages.stage_order) as sort_order
    from stages
    inner join candidates
        on stages.candidate_id = candidates.candidate_id
    where candidates.requisition_id is not null
    group by
        candidates.connection,
        candidates.requisition_id,
        stages.stage_name
)

select * from final
