{#- Ashby's jobs in the columns that every ATS ends in. -#}
with

jobs as (
    select * from {{ ref("stg_ashby__jobs") }}
),

departments as (
    select * from {{ ref("stg_ashby__departments") }}
),

locations as (
    select * from {{ ref("stg_ashby__locations") }}
),

final as (
    select
        jobs.connection,
        jobs.job_id,
        jobs.job_name,
        departments.department_name,
        locations.location_name as office_name,
        jobs.employment_type_label,
        lower(jobs.job_status) as job_status,
        jobs.opened_at,
        jobs.closed_at
    from jobs
    left join departments
        on jobs.department_id = departments.department_id
    left join locations
        on jobs.location_id = locations.location_id
)

select * from final
