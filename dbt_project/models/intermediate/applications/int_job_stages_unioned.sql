{#- Every ATS's stages of each job's selection: one line of the union each. -#}
with

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

unioned as (
    select
        connection,
        job_id,
        stage_name,
        sort_order
    from {{ ref("stg_greenhouse__job_interview_stages") }}
    {%- if is_used("lever") %}
    union all
    select
        connection,
        job_id,
        stage_name,
        sort_order
    from {{ ref("int_lever__job_stages") }}
    {%- endif %}
    {%- if is_used("ashby") %}
    union all
    select
        connection,
        job_id,
        stage_name,
        sort_order
    from {{ ref("int_ashby__job_stages_joined") }}
    {%- endif %}
    {%- if is_used("herp") %}
    union all
    select
        connection,
        job_id,
        stage_name,
        sort_order
    from {{ ref("int_herp__job_stages_seen") }}
    {%- endif %}
    {%- if is_used("talentio") %}
    union all
    select
        connection,
        job_id,
        stage_name,
        sort_order
    from {{ ref("int_talentio__job_stages_seen") }}
    {%- endif %}
    {%- if is_used("workable") %}
    union all
    select
        connection,
        job_id,
        stage_name,
        sort_order
    from {{ ref("int_workable__stages_numbered") }}
    {%- endif %}
    {%- if is_used("files") %}
    union all
    select
        connection,
        job_id,
        stage_name,
        sort_order
    from {{ ref("int_files__job_stages_seen") }}
    {%- endif %}
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
