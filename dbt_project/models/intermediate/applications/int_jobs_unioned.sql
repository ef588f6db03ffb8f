{#- Every ATS's jobs: one line per source. -#}
with

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

employment_type_map as (
    select * from {{ ref("employment_type_map") }}
),

unioned as (
    {{ union_used([
        "int_greenhouse__jobs_joined",
        "int_lever__jobs_joined",
        "int_ashby__jobs_joined",
        "int_workable__jobs_joined",
        "int_herp__jobs_joined",
        "int_talentio__jobs_joined",
        "int_files__jobs_joined",
    ]) }}
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
