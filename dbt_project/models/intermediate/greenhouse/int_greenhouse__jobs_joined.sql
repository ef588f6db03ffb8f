{#- Greenhouse's jobs in the columns that every ATS ends in. -#}
with

jobs as (
    select * from {{ ref("stg_greenhouse__jobs") }}
),

departments as (
    select * from {{ ref("stg_greenhouse__departments") }}
),

offices as (
    select * from {{ ref("stg_greenhouse__offices") }}
),

final as (
    select
        jobs.connection,
        jobs.job_id,
        jobs.job_name,
        departments.department_name,
        offices.office_name,
        jobs.employment_type_label,
        jobs.job_status,
        jobs.opened_at,
        jobs.closed_at
    from jobs
    left join departments
        on jobs.department_id = departments.department_id
    left join offices
        on jobs.first_office_id = offices.office_id
)

select * from final
