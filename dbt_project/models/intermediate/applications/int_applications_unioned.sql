{#- Every ATS's applications: one line per source. -#}
with

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

unioned as (
    {{ union_used([
        "int_greenhouse__applications_joined",
        "int_lever__applications_joined",
        "int_ashby__applications_joined",
        "int_workable__applications_joined",
        "int_herp__applications_joined",
        "int_talentio__applications_joined",
        "int_files__applications_joined",
    ]) }}
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
