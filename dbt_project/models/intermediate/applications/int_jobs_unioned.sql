{#- Every ATS's jobs: one line of the union per source. -#}
with

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

employment_type_map as (
    select * from {{ ref("employment_type_map") }}
),

unioned as (
    select * from {{ ref("int_greenhouse__jobs_joined") }}
    {%- if is_used("lever") %}
    union all
    select * from {{ ref("int_lever__jobs_joined") }}
    {%- endif %}
    {%- if is_used("herp") %}
    union all
    select * from {{ ref("int_herp__jobs_joined") }}
    {%- endif %}
    {%- if is_used("talentio") %}
    union all
    select * from {{ ref("int_talentio__jobs_joined") }}
    {%- endif %}
    {%- if is_used("ashby") %}
    union all
    select * from {{ ref("int_ashby__jobs_joined") }}
    {%- endif %}
    {%- if is_used("workable") %}
    union all
    select * from {{ ref("int_workable__jobs_joined") }}
    {%- endif %}
    {%- if is_used("files") %}
    union all
    select * from {{ ref("int_files__jobs_joined") }}
    {%- endif %}
),

final as (
    select
        connections.company_id,
        unioned.*,
        employment_type_map.employment_type
    from unioned
    inner join connections
        on unioned.connection = connections.connection
    left join employment_type_map
        on unioned.employment_type_label = employment_type_map.label
)

select * from final
