with

landed as (
    {{ landed('ashby', 'sources') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as source_id,
        {{ json_field("title") }} as source_name
    from landed
)

select * from final
