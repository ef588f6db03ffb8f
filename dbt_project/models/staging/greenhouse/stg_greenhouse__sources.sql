with

landed as (
    {{ landed('greenhouse', 'sources') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as source_id,
        {{ json_field("name") }} as source_name,
        {{ json_field("type.name") }} as source_type
    from landed
)

select * from final
