with

landed as (
    {{ landed('herp', 'requisitions') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as requisition_id,
        coalesce({{ json_field("title") }}, {{ json_field("name") }})
            as requisition_name,
        {{ json_field("status") }} as status,
        {{ json_field("department") }} as department_name,
        {{ json_field("employmentType") }} as employment_type_label,
        {{ json_field("createdAt", "timestamptz") }} as created_at
    from landed
)

select * from final
