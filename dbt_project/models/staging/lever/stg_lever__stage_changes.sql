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
    {{ json_elements('landed', 'stageChanges') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as application_id,
        {{ scoped_id("record_id") }} || ':' || coalesce(element_number, 0)
            as stage_change_id,
        {{ scoped_id(json_field("toStageId")) }} as stage_id,
        {{ json_field("toStageIndex", "integer") }} as stage_index,
        {{ json_epoch_ms("updatedAt") }} as entered_at
    from changes
)

select * from final
