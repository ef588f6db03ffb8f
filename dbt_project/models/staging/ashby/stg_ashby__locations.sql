with

landed as (
    {{ landed('ashby', 'locations') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as location_id,
        {{ json_field("name") }} as location_name
    from landed
)

select * from final
