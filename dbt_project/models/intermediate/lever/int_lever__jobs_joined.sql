{#-
    Lever's postings in the columns that every ATS ends in. Lever keeps no time
    of closing: it is the last change of a closed posting.
-#}
with

postings as (
    select * from {{ ref("stg_lever__postings") }}
),

stated as (
    select
        *,
        case
            when posting_state in ('published', 'internal') then 'open'
            when posting_state = 'closed' then 'closed'
            else 'draft'
        end as job_status
    from postings
),

final as (
    select
        connection,
        job_id,
        job_name,
        department_name,
        office_name,
        employment_type_label,
        job_status,
        case when job_status != 'draft' then created_at end as opened_at,
        case when job_status = 'closed' then updated_at end as closed_at
    from stated
)

select * from final
