{#-
    The stages that each candidate was in, by name. Talentio has types and places
    but no names: interviews are told apart by their place, unless the seed names
    the type at that place (`interview:2`); a type that the seed does not know is
    its own name.
-#}
with

stages as (
    select * from {{ ref("stg_talentio__stages") }}
    where stage_type is not null
),

stage_map as (
    select * from {{ ref("stage_map") }}
    where source = 'talentio'
),

final as (
    select
        stages.connection,
        stages.candidate_id,
        stages.element_number,
        stages.stage_type,
        stages.step - 1 as stage_order,
        coalesce(
            placed.stage_name,
            case
                when stages.stage_type = 'interview'
                    then
                        typed.stage_name
                        || cast(stages.step as {{ type_string() }})
                else typed.stage_name
            end,
            stages.stage_type
        ) as stage_name,
        coalesce(placed.is_offer, typed.is_offer, false) as is_offer,
        typed.code is not null or placed.code is not null as is_known
    from stages
    left join stage_map as typed
        on stages.stage_type = typed.code
    left join stage_map as placed
        on
            stages.stage_type
            || ':'
            || cast(stages.step as {{ type_string() }})
            = placed.code
)

select * from final
