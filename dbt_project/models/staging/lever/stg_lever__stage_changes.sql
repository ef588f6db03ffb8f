{#- Several rows per record: every change of stage in an opportunity. -#}
{{ config(
    indexes=[
        {"columns": ["connection", "record_id"]},
        {"columns": ["connection", "seq"]},
    ],
) }}

with

landed as (
    {{ landed('lever', 'opportunities') }}
),

-- an opportunity without a change keeps a row, which replaces earlier ones
changes as (
    select
        landed.connection,
        landed.record_id,
        landed.seq,
        landed.is_deleted,
        elements.payload,
        elements.position
    from landed
    left join lateral {{ json_elements("stageChanges") }} on true
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as application_id,
        {{ scoped_id("record_id") }} || ':' || coalesce(position, 0)
            as stage_change_id,
        {{ scoped_id(json_field("toStageId")) }} as stage_id,
        {{ json_field("toStageIndex", "integer") }} as stage_index,
        {{ json_epoch_ms("updatedAt") }} as entered_at
    from changes
)

select * from final
