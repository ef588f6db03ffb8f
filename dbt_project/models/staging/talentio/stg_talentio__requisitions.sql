with

landed as (
    {{ landed('talentio', 'requisitions') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as requisition_id,
        {{ json_field("name") }} as requisition_name,
        {{ json_field("status") }} as status,
        {{ json_field("createdAt", "timestamptz") }} as created_at
    from landed
)

select * from final
