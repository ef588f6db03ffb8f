with

landed as (
    {{ landed('workable', 'jobs') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as job_id,
        {{ json_field("title") }} as job_name,
        {{ json_field("state") }} as job_state,
        {{ json_field("department") }} as department_name,
        {{ json_field("place") }} as office_name,
        {{ json_field("employment_type") }} as employment_type_label,
        {{ json_field("created_at", "timestamptz") }} as opened_at
    from landed
)

select * from final
