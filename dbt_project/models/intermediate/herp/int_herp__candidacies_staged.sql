{#-
    The stages that each candidacy was ever seen in. HERP lists the present step
    only, so they come from every version that landed; a step that the seed does
    not know is a stage of its own, without a place.
-#}
with

versions as (
    select * from {{ ref("stg_herp__candidacy_versions") }}
),

stages as (
    select * from {{ ref("stage_map") }}
    where source = 'herp'
),

final as (
    select
        versions.connection,
        versions.candidacy_id,
        versions.requisition_id,
        coalesce(stages.stage_name, versions.step) as stage_name,
        min(stages.stage_order) as stage_order,
        max(case when stages.is_offer then 1 else 0 end) = 1 as is_offer
    from versions
    left join stages
        on versions.step = stages.code
    where versions.step is not null
    group by
        versions.connection,
        versions.candidacy_id,
        versions.requisition_id,
        coalesce(stages.stage_name, versions.step)
)

select * from final
