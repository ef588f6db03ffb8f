with

landed as (
    {{ landed('greenhouse', 'jobs') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as job_id,
        {{ json_field("name") }} as job_name,
        {{ json_field("status") }} as job_status,
        {{ scoped_id(json_field("department_id")) }} as department_id,
        {{ scoped_id(json_field("office_ids.0")) }} as first_office_id,
        {{ json_field("custom_fields.employment_type.value") }}
            as employment_type_label,
        {{ json_field("opened_at", "timestamptz") }} as opened_at,
        {{ json_field("closed_at", "timestamptz") }} as closed_at
    from landed
)

select * from final
