with

landed as (
    {{ landed('ashby', 'jobs') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as job_id,
        {{ json_field("title") }} as job_name,
        {{ json_field("status") }} as job_status,
        {{ scoped_id(json_field("departmentId")) }} as department_id,
        {{ scoped_id(json_field("locationId")) }} as location_id,
        {{ scoped_id(json_field("defaultInterviewPlanId")) }}
            as interview_plan_id,
        nullif({{ json_field("employmentType") }}, '') as employment_type_label,
        {{ json_field("openedAt", "timestamptz") }} as opened_at,
        {{ json_field("closedAt", "timestamptz") }} as closed_at
    from landed
)

select * from final
