{#-
    The stages of each job: an export has no list of them, so those that any of
    its applications was in.
-#}
with

stages as (
    select * from {{ ref("int_files__stages_entered") }}
),

final as (
    select
        connection,
        job_id,
        stage_name,
        min(stage_order) as sort_order
    from stages
    where
        job_id is not null
        and stage_order is not null
    group by
        connection,
        job_id,
        stage_name
)

select * from final
