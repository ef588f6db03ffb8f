with

landed as (
    {{ landed('operator', 'joins') }}
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
        || {{ json_field("join_id") }} as join_id,
        {{ json_field("company_id") }}
        || ':'
        || {{ json_field("introduction_id") }} as introduction_id,
        {{ json_field("joined_on", "date") }} as joined_date,
        {{ json_field("employment_type") }} as employment_type,
        {{ json_field("annual_salary_yen", "bigint") }} as annual_salary_yen,
        {{ json_field("employee_number") }} as employee_number
    from landed
)

select * from final
