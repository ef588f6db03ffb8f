with

landed as (
    {{ landed('ashby', 'departments') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as department_id,
        {{ json_field("name") }} as department_name
    from landed
)

select * from final
