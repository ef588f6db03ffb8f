with

jobs as (
    select * from {{ ref("int_jobs_unioned") }}
),

final as (
    select
        job_id,
        company_id,
        connection,
        job_name,
        department_name,
        office_name,
        employment_type,
        job_status,
        {{ local_date("opened_at") }} as opened_date,
        {{ local_date("closed_at") }} as closed_date
    from jobs
)

select * from final
