{#-
    HERP's requisitions in the columns that every ATS ends in. A job was closed
    when it was first seen archived since it was last seen active.
-#}
with

requisitions as (
    select * from {{ ref("stg_herp__requisitions") }}
),

versions as (
    select * from {{ ref("stg_herp__requisition_versions") }}
),

last_active as (
    select
        requisition_id,
        max(seq) as seq
    from versions
    where status = 'active'
    group by requisition_id
),

archived as (
    select
        versions.requisition_id,
        min(versions.updated_at) as archived_at
    from versions
    left join last_active
        on versions.requisition_id = last_active.requisition_id
    where
        versions.status = 'archived'
        and versions.seq > coalesce(last_active.seq, 0)
    group by versions.requisition_id
),

final as (
    select
        requisitions.connection,
        requisitions.requisition_id as job_id,
        requisitions.requisition_name as job_name,
        requisitions.department_name,
        cast(null as {{ type_string() }}) as office_name,
        requisitions.employment_type_label,
        case requisitions.status
            when 'active' then 'open'
            when 'archived' then 'closed'
        end as job_status,
        requisitions.created_at as opened_at,
        archived.archived_at as closed_at
    from requisitions
    left join archived
        on requisitions.requisition_id = archived.requisition_id
)

select * from final
