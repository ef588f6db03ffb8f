{#-
    The stages of each Workable job in which a company judges, numbered from 0:
    sourced and hired candidates stand in stages of their own.
-#}
with

job_stages as (
    select * from {{ ref("stg_workable__job_stages") }}
),

final as (
    select
        connection,
        job_id,
        stage_name,
        cast(row_number() over (
            partition by job_id
            order by
                stage_position,
                {{ byte_order("stage_slug") }}
        ) - 1 as {{ type_int() }}) as sort_order
    from job_stages
    where stage_kind not in ('sourced', 'hired')
)

select * from final
