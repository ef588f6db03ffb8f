{#-
    The stages of each job: HERP has no list of them, so those that any of its
    candidacies was seen in.
-#}
with

stages as (
    select * from {{ ref("int_herp__candidacies_staged") }}
),

final as (
    select distinct
        connection,
        requisition_id as job_id,
        stage_name,
        stage_order as sort_order
    from stages
    where
        requisition_id is not null
        and stage_order is not null
)

select * from final
