{#- Every ATS's applications: one line of the union per source. -#}
with

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

unioned as (
    select * from {{ ref("int_greenhouse__applications_joined") }}
    {%- if is_used("lever") %}
    union all
    select * from {{ ref("int_lever__applications_joined") }}
    {%- endif %}
    {%- if is_used("herp") %}
    union all
    select * from {{ ref("int_herp__applications_joined") }}
    {%- endif %}
    {%- if is_used("talentio") %}
    union all
    select * from {{ ref("int_talentio__applications_joined") }}
    {%- endif %}
    {%- if is_used("ashby") %}
    union all
    select * from {{ ref("int_ashby__applications_joined") }}
    {%- endif %}
    {%- if is_used("workable") %}
    union all
    select * from {{ ref("int_workable__applications_joined") }}
    {%- endif %}
    {%- if is_used("files") %}
    union all
    select * from {{ ref("int_files__applications_joined") }}
    {%- endif %}
),

final as (
    select
        connections.company_id,
        unioned.*
    from unioned
    inner join connections
        on unioned.connection = connections.connection
)

select * from final
