{#- Which stages each application has been in, once each. -#}
with

stage_changes as (
    select * from {{ ref("stg_lever__stage_changes") }}
),

stages as (
    select * from {{ ref("int_lever__stages_ordered") }}
),

final as (
    select distinct
        stage_changes.connection,
        stage_changes.application_id,
        stages.stage_id,
        stages.stage_name,
        stages.sort_order
    from stage_changes
    inner join stages
        on stage_changes.stage_id = stages.stage_id
)

select * from final
