{#-
    The stages of an account in the order of its pipeline. The list of stages
    does not tell it: a stage stands where its latest change says.
-#}
with

stages as (
    select * from {{ ref("stg_lever__stages") }}
),

stage_changes as (
    select * from {{ ref("stg_lever__stage_changes") }}
),

ranked as (
    select
        stage_id,
        stage_index,
        row_number() over (
            partition by stage_id
            order by
                entered_at desc nulls last,
                {{ byte_order("stage_change_id") }} desc
        ) as position
    from stage_changes
    where stage_id is not null
),

final as (
    select
        stages.stage_id,
        stages.stage_name,
        ranked.stage_index as sort_order
    from stages
    inner join ranked
        on
            stages.stage_id = ranked.stage_id
            and ranked.position = 1
)

select * from final
