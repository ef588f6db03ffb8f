{#-
    Workable's jobs in the columns that every ATS ends in. When a job was closed
    is not told.
-#}
with

jobs as (
    select * from {{ ref("stg_workable__jobs") }}
),

final as (
    select
        connection,
        job_id,
        job_name,
        department_name,
        office_name,
        employment_type_label,
        case job_state
            when 'published' then 'open'
            when 'archived' then 'closed'
            else job_state
        end as job_status,
        opened_at,
        cast(null as {{ type_timestamp_tz() }}) as closed_at
    from jobs
)

select * from final
