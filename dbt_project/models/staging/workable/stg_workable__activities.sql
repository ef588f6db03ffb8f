with

landed as (
    {{ landed('workable', 'activities') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as activity_id,
        {{ scoped_id(json_field("parent_id")) }} as candidate_id,
        {{ json_field("action") }} as action,
        coalesce(
            {{ json_field("target_stage") }}, {{ json_field("stage_name") }}
        ) as stage_name,
        coalesce({{ json_field("withdrew", "boolean") }}, false)
            as has_withdrawn,
        {{ json_field("created_at", "timestamptz") }} as happened_at
    from landed
)

select * from final
