with

landed as (
    {{ landed('operator', 'hires') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ json_field("company_id") }} as company_id,
        {{ json_field("company_id") }}
        || ':'
        || {{ json_field("hire_id") }} as hire_id,
        {{ json_field("application_id") }} as source_application_id,
        {{ json_field("channel") }} as channel,
        {{ json_field("joined_on", "date") }} as joined_date,
        {{ json_field("employment_type") }} as employment_type,
        {{ json_field("annual_salary_yen", "bigint") }} as annual_salary_yen,
        {{ json_field("left_on", "date") }} as left_date,
        {{ json_field("leave_type") }} as leave_type,
        {{ json_field("observed_on", "date") }} as observed_date,
        {{ json_field("employee_number") }} as employee_number
    from landed
)

select * from final
