{#-
    The jobs of exports in the columns that every ATS ends in, as the application
    that changed last names them. Whether a job is open, and since when, no
    export of applications says.
-#}
with

applications as (
    select * from {{ ref("stg_files__applications") }}
    where job_id is not null
),

ranked as (
    select
        *,
        row_number() over (
            partition by job_id
            order by
                seq desc,
                {{ byte_order("application_id") }} desc
        ) as position
    from applications
),

final as (
    select
        connection,
        job_id,
        job_name,
        department_name,
        office_name,
        employment_type_label,
        'unknown' as job_status,
        cast(null as {{ type_timestamp_tz() }}) as opened_at,
        cast(null as {{ type_timestamp_tz() }}) as closed_at
    from ranked
    where position = 1
)

select * from final
