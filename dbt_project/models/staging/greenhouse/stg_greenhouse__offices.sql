with

landed as (
    {{ landed('greenhouse', 'offices') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as office_id,
        {{ json_field("name") }} as office_name
    from landed
)

select * from final
