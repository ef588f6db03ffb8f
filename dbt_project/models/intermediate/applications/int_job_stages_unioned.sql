{#- Every ATS's stages of each job's selection: one line per source. -#}
with

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

unioned as (
    {{ union_used([
        "stg_greenhouse__job_interview_stages",
        "int_lever__job_stages",
        "int_ashby__job_stages_joined",
        "int_workable__stages_numbered",
        "int_herp__job_stages_seen",
        "int_talentio__job_stages_seen",
        "int_files__job_stages_seen",
    ], "connection, job_id, stage_name, sort_order") }}
),

final as (
    select
        connections.company_id,
        unioned.job_id,
        unioned.stage_name,
        min(unioned.sort_order) as stage_order
    from unioned
    inner join connections
        on unioned.connection = connections.connection
    where unioned.job_id is not null and unioned.stage_name is not null
    group by
        connections.company_id,
        unioned.job_id,
        unioned.stage_name
)

select * from final
