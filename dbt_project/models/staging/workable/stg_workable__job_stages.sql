with

landed as (
    {{ landed('workable', 'job_stages') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id(json_field("parent_id")) }} as job_id,
        {{ json_field("slug") }} as stage_slug,
        {{ json_field("name") }} as stage_name,
        {{ json_field("kind") }} as stage_kind,
        {{ json_field("position", "integer") }} as stage_position
    from landed
)

select * from final
