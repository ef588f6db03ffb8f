with

landed as (
    {{ landed('lever', 'stages') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as stage_id,
        {{ json_field("text") }} as stage_name
    from landed
)

select * from final
